//! Queues, campaigns, lists, surveys, directories, buttons, limits: every table of FLOWS §7 and §14.

use std::time::Duration;

use rappel_model::callback::OnVoicemail;
use rappel_model::campaign::{OncePer, RefuseAs};
use rappel_model::follow::By;
use rappel_model::queue::{Drain, Music, Strategy};

use super::*;
use crate::lines::Leads;

pub(super) const MORE: &str = r#"
[person.karim]
name   = "Karim"
phones = ["poste-12"]
text   = "+33639981112"
pickup = "auto"

[team.atelier]
members = ["karim"]

[queue.atelier]
team      = "atelier"
calendar  = "garage"
strategy  = "skills"
relax     = [{ after = "3m", skills = ["general"] }, { after = "6m", skills = ["general", "accueil"] }]
ring      = "20s"
wrap_up   = "40s"
max_wait  = "30m"
max_size  = 12
music     = "calme"
quiet_key = "5"
drain     = "at_close"

[queue.atelier.announce]
first    = "occupe"
estimate = "occupe"
unknown  = "ferme"
every    = "90s"
never_up = false

[queue.atelier.estimate]
confidence = 90
ceiling    = "1h"

[queue.atelier.callback]
offer_over   = "90s"
tries        = 4
between      = "30m"
hours        = "garage"
ring         = "30s"
on_voicemail = "try_again"
after_close  = "next_open"
destinations = ["FR", "BE"]

[queue.textos]
team       = "atelier"
kind       = "text"
per_person = 6
reply_by   = "5m"
breach     = "10m"
receipt    = "occupe"

[mailbox.atelier]
team     = "atelier"
deliver  = ["desk", "email"]
hear_by  = "2h"
escalate = [{ after = "2h", to = "team:atelier", by = "sms" }, { after = "1d", to = "person:karim", by = "call" }]
receipt  = true

[line.direct]
number = "+33199000030"
person = "karim"

[line.panneau]
number   = "+33199000041"
campaign = "essai"
answer   = "never"

[campaign.essai]
title     = "Essai"
kind      = "missed_call"
from      = "2026-03-01"
to        = "2026-05-31"
ring      = "3s"
refuse_as = "declined"
once_per  = "10m"
then      = { callback = "atelier", within = "auto" }
[campaign.essai.privacy]
numbers    = "follow_only"
forget_key = "30d"
min_group  = 10
[[campaign.essai.line]]
number = "+33199000041"
label  = "Vitrine"
person = "karim"
[[campaign.essai.line]]
number = "+33199000042"
[campaign.essai.alarm]
same_caller       = "5/day"
burst             = "30/minute"
versus_handed_out = 20
[campaign.essai.reply]
body.fr = "Merci !"
body.en = "Thank you!"
[campaign.essai.report]
to      = ["marque@exemple.fr"]
every   = "week"
content = ["count", "by_line"]

[list.offres]
title   = "Offres"
join    = "+33199000051"
leave   = "+33199000052"
confirm = true
keep    = "3y"
max     = "4/month"
hours   = ["10:00-13:00"]
body.fr = "Vous suivez."
body.en = "You follow."

[survey.voyage]
title       = "Voyage"
one_vote    = "first"
question.fr = "Alors ?"
question.en = "Well?"
invite      = { by = "sms", list = "offres", per_minute = 60, hours = ["14:00-20:00"] }
[[survey.voyage.answer]]
number   = "+33199000061"
label.fr = "Bien"
label.en = "Good"
[[survey.voyage.answer]]
number   = "+33199000062"
label.fr = "Mal"
label.en = "Bad"
then     = { callback = "atelier" }

[directory.clients]
file     = "clients.csv"
key      = "telephone"
contacts = true

[destination.astreinte]
number = "+33199000077"

[call_me.site]
queue       = "atelier"
origins     = ["https://www.exemple.fr"]
ring_within = "5s"
per_number  = "3/day"
per_address = "10/hour"
languages   = ["fr"]

[defaults.callback]
on.bad_number = "message"
on.give_up    = "message"

[http]
allow = ["https://clients.exemple.fr/v1/"]

[limits]
flows         = 5
steps         = 50
calls         = 4
texts_per_day = 100

[keep]
calls    = "1y"
messages = "90d"

[outbound]
hours        = ["08:00-20:00"]
destinations = ["FR", "BE"]
"#;

/// The usual folder with these tables more.
pub(super) fn with(more: &str) -> Files {
    let mut files = folder(&[("more.toml", more)]);
    files.set_columns("clients.csv", vec!["telephone".into(), "nom".into()]);
    files.tell_all_tables();
    files
}

/// The first error of a folder, as shown.
pub(super) fn error(files: &Files) -> String {
    let problems = load_alone(files).expect_err("these files are wrong");
    let first = problems.iter().find(|problem| problem.is_error());
    first.unwrap().to_string()
}

#[test]
fn every_table_is_read() {
    let version = load_alone(&with(MORE)).unwrap();
    let around = &version.surroundings;
    let queue = &around.queues["atelier"];
    assert_eq!(queue.calendar, Some("garage".into()));
    let voice = queue.voice().unwrap();
    assert_eq!(
        (voice.strategy, voice.drain),
        (Strategy::Skills, Drain::AtClose)
    );
    assert_eq!((voice.max_size, voice.quiet_key), (12, Some('5')));
    assert_eq!(voice.music, Music::Named("calme".into()));
    assert_eq!(voice.relax[1].skills, ["general", "accueil"]);
    assert_eq!(voice.announce.every, Duration::from_secs(90));
    assert_eq!(voice.estimate.confidence, 90);
    let rules = &voice.callback;
    assert_eq!(
        (rules.tries, rules.on_voicemail),
        (4, OnVoicemail::TryAgain)
    );
    assert_eq!(rules.destinations.len(), 2);
    let textos = around.queues["textos"].text().unwrap();
    assert_eq!(
        (textos.per_person, textos.breach),
        (6, Some(Duration::from_secs(600)))
    );

    let mailbox = &around.mailboxes["atelier"];
    assert_eq!((mailbox.deliver.len(), mailbox.escalate.len()), (2, 2));
    assert_eq!((mailbox.escalate[1].by, mailbox.receipt), (By::Call, true));

    let campaign = &version.campaigns["essai"];
    assert_eq!(campaign.refuse_as, RefuseAs::Declined);
    assert_eq!(campaign.once_per, OncePer::Time(Duration::from_secs(600)));
    assert_eq!((campaign.lines.len(), campaign.reply.len()), (2, 2));
    assert_eq!(campaign.then.as_ref().unwrap().within, None);
    assert_eq!(around.lists["offres"].max.to_string(), "4/month");
    assert_eq!(around.surveys["voyage"].answers.len(), 2);
    assert!(around.surveys["voyage"].invite.is_some());

    assert_eq!(
        around.directories["clients"]
            .columns
            .as_ref()
            .unwrap()
            .len(),
        2
    );
    assert!(around.destinations.contains_key("astreinte"));
    assert_eq!(version.call_me[0].languages.len(), 1);
    assert_eq!(around.callback_defaults["give_up"].as_str(), "message");
    assert_eq!(around.http_allow, ["https://clients.exemple.fr/v1/"]);
    assert_eq!(version.settings.limits.calls, Some(4));
    assert_eq!(
        version.settings.keep.calls,
        Some(Duration::from_secs(365 * 86_400))
    );
    // What this engine does not do yet is said once for each kind of thing.
    let idle = version.warnings.iter().filter(|w| w.code == "W10").count();
    assert_eq!(idle, 8, "{:#?}", version.warnings);
}

#[test]
fn lines_of_campaigns_lists_and_surveys_are_never_answered() {
    let version = load_alone(&with(MORE)).unwrap();
    let line = |number| {
        version
            .line_by_number(&PhoneNumber::parse(number).unwrap())
            .unwrap()
    };
    assert_eq!(line("+33199000030").leads, Leads::Person("karim".into()));
    assert_eq!(line("+33199000041").name.as_str(), "panneau");
    for (number, leads) in [
        ("+33199000041", Leads::Campaign("essai".into())),
        ("+33199000042", Leads::Campaign("essai".into())),
        ("+33199000051", Leads::List("offres".into(), true)),
        ("+33199000052", Leads::List("offres".into(), false)),
        ("+33199000062", Leads::Survey("voyage".into(), 2)),
    ] {
        let line = line(number);
        assert_eq!(
            (&line.leads, line.answer),
            (&leads, Answer::Never),
            "{number}"
        );
        assert!(version.flows.contains(&line.flow), "{}", line.flow);
    }
    let texts =
        crate::lines::ring_and_refuse("campaign/x".into(), Duration::from_secs(3), "busy", &[]);
    assert!(texts.text.contains("for = \"3s\"") && texts.text.contains("as = \"busy\""));
}

#[test]
fn the_number_shown_is_owned() {
    let other = TENANT.replace("+33199000010", "+33199000099");
    assert_shows(
        &problem(&[("tenant.toml", &other)]),
        &["R604", "is no line of this company", "tenant.toml:8:"],
    );
    // A number of a campaign is owned, too.
    let own = TENANT.replace("+33199000010", "+33199000042");
    let files = folder(&[("tenant.toml", &own), ("more.toml", MORE)]);
    assert!(load_alone(&files).is_ok());
}

#[test]
fn a_button_warns_of_agents_who_pick_up_first() {
    let codes = |more: &str| -> Vec<&str> {
        let warnings = load_alone(&with(more)).unwrap().warnings;
        warnings
            .iter()
            .map(|w| w.code)
            .filter(|code| *code == "W11")
            .collect()
    };
    assert!(codes(MORE).is_empty());
    assert_eq!(codes(&MORE.replace("pickup = \"auto\"", "")), ["W11"]);
}

/// Without `[outbound]` the country's rule holds: French law for offers, daytime for promised calls.
#[test]
fn the_rule_of_the_country_holds_where_there_is_no_other() {
    let own = MORE.replace("[outbound]\nhours        = [\"08:00-20:00\"]", "[outbound]");
    assert!(load_alone(&with(&own)).is_ok());
    let problems = |more: &str| error(&with(more));
    let lunch = own.replace("hours   = [\"10:00-13:00\"]", "hours = [\"12:00-15:00\"]");
    let shown = problems(&lunch);
    assert_shows(
        &shown,
        &["R602", "10:00-13:00, 14:00-20:00", "décret 2022-1313"],
    );
    let early = format!("{own}\n[calendar.tot]\nmon-fri = [\"05:00-12:00\"]\n");
    let early = early.replace("hours        = \"garage\"", "hours = \"tot\"");
    let shown = problems(&early);
    assert_shows(
        &shown,
        &["R602", "mon permits 08:00-22:00", "in the daytime"],
    );
    // With a calendar as the rule.
    let by_name = own.replace("[outbound]", "[outbound]\nhours = \"garage\"");
    let shown =
        problems(&by_name.replace("hours   = [\"10:00-13:00\"]", "hours = [\"12:00-15:00\"]"));
    assert_shows(&shown, &["R602", "08:30-12:00, 14:00-19:00"]);
}
