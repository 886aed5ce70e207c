//! `[campaign.NAME]`: lines that ring, refuse and are counted (FLOWS §14).

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_ivr::words;
use rappel_model::campaign::{
    Alarm, Campaign, CampaignLine, Days, Every, Numbers, OncePer, Owed, Privacy, REPORT_CONTENT,
    RefuseAs, Report,
};
use rappel_model::time::parse_duration;
use rappel_model::{CampaignName, Language, PersonName, QueueName};

use crate::codes;
use crate::fields::Fields;
use crate::names::{Declared, Kind, Names};
use crate::problems::Problems;

/// Reads every campaign; one with problems is there all the same, so that its name stays known.
pub(crate) fn read(
    names: &Names<'_>,
    languages: &[Language],
    problems: &mut Problems,
) -> BTreeMap<CampaignName, Campaign> {
    let mut campaigns = BTreeMap::new();
    for declared in names.of(Kind::Campaign) {
        let message = words!(
            "the lines of campaigns ring and refuse; counting, replying and reporting come later",
            "les lignes des campagnes sonnent et refusent ; compter, répondre et rapporter viendront"
        );
        problems.not_served("campaign", declared.header(), message);
        let campaign = read_one(declared, names, languages, problems);
        campaigns.insert(campaign.name.clone(), campaign);
    }
    campaigns
}

fn read_one(
    declared: &Declared<'_>,
    names: &Names<'_>,
    languages: &[Language],
    problems: &mut Problems,
) -> Campaign {
    let mut fields = declared.fields();
    fields.require("kind", problems);
    fields.choice("kind", &[("missed_call", ())], problems);
    let title = fields.text("title", problems);
    let campaign = Campaign {
        name: CampaignName::from(declared.name),
        title: title.map_or(declared.name, |text| text.value).to_owned(),
        period: read_period(&mut fields, problems),
        ring: read_ring(&mut fields, problems),
        refuse_as: fields
            .choice("refuse_as", &RefuseAs::WORDS, problems)
            .unwrap_or_default(),
        once_per: read_once(&mut fields, problems),
        plan: fields
            .text("plan", problems)
            .map(|text| text.value.to_owned()),
        privacy: read_privacy(&mut fields, problems),
        lines: read_lines(&mut fields, names, problems),
        alarm: read_alarm(&mut fields, problems),
        reply: read_reply(&mut fields, languages, problems),
        report: read_report(&mut fields, problems),
        then: read_owed(&mut fields, names, problems),
    };
    fields.finish(problems);
    campaign
}

/// `from` and `to`, each of which may be absent.
pub(crate) fn read_period(fields: &mut Fields<'_>, problems: &mut Problems) -> Days {
    let (from, to) = (fields.date("from", problems), fields.date("to", problems));
    if let (Some(first), Some(last)) = (from, to)
        && last < first
    {
        let message = words!(
            "this ends on {last}, before it begins on {first}",
            "ceci finit le {last}, avant de commencer le {first}"
        );
        let place = fields.span_of("to");
        problems.push(fields.error(codes::BAD_VALUE, place, message));
    }
    Days { from, to }
}

/// How long a line rings before it refuses: longer, and callers would wait for an answer.
pub(crate) fn read_ring(fields: &mut Fields<'_>, problems: &mut Problems) -> Duration {
    let ring = fields.duration_within("ring", 1..=10, problems);
    ring.unwrap_or(Duration::from_secs(2))
}

/// `once_per`: `day`, `campaign` or a duration.
fn read_once(fields: &mut Fields<'_>, problems: &mut Problems) -> OncePer {
    let Some(text) = fields.text("once_per", problems) else {
        return OncePer::default();
    };
    match (text.value, parse_duration(text.value)) {
        ("day", _) => OncePer::Day,
        ("campaign", _) => OncePer::Campaign,
        (_, Some(length)) if (60..=366 * 86_400).contains(&length.as_secs()) => {
            OncePer::Time(length)
        }
        (written, _) => {
            let message = words!(
                "\"{written}\" does not say how often a caller counts",
                "« {written} » ne dit pas combien de fois un appelant compte"
            );
            let problem = fields.error(codes::BAD_VALUE, text.span, message);
            problems.push(problem.label(words!(
                "write day, campaign, or a duration from 1m to 366d",
                "écrivez day, campaign, ou une durée de 1m à 366d"
            )));
            OncePer::default()
        }
    }
}

fn read_privacy(fields: &mut Fields<'_>, problems: &mut Problems) -> Privacy {
    let usual = Privacy::default();
    let Some(mut fields) = fields.table("privacy", problems) else {
        return usual;
    };
    let words = [
        ("never", Numbers::Never),
        ("follow_only", Numbers::FollowOnly),
    ];
    let privacy = Privacy {
        numbers: fields
            .choice("numbers", &words, problems)
            .unwrap_or_default(),
        forget_key: fields
            .duration_within("forget_key", 86_400..=366 * 86_400, problems)
            .unwrap_or(usual.forget_key),
        min_group: fields
            .whole("min_group", 1..=1000, problems)
            .unwrap_or(usual.min_group),
    };
    fields.finish(problems);
    privacy
}

fn read_lines(
    fields: &mut Fields<'_>,
    names: &Names<'_>,
    problems: &mut Problems,
) -> Vec<CampaignLine> {
    fields.require("line", problems);
    let mut lines = Vec::new();
    for mut fields in fields.tables("line", problems) {
        fields.require("number", problems);
        let number = fields.number("number", problems);
        let label = fields.text("label", problems);
        let person = names.refer(&mut fields, "person", Kind::Person, problems);
        fields.finish(problems);
        if let Some(number) = number {
            lines.push(CampaignLine {
                label: label.map_or_else(|| number.to_string(), |text| text.value.to_owned()),
                number,
                person: person.map(PersonName::from),
            });
        }
    }
    lines
}

fn read_alarm(fields: &mut Fields<'_>, problems: &mut Problems) -> Alarm {
    let Some(mut fields) = fields.table("alarm", problems) else {
        return Alarm::default();
    };
    let alarm = Alarm {
        same_caller: fields.rate("same_caller", problems),
        burst: fields.rate("burst", problems),
        versus_handed_out: fields.whole("versus_handed_out", 1..=1000, problems),
    };
    fields.finish(problems);
    alarm
}

fn read_reply(
    fields: &mut Fields<'_>,
    languages: &[Language],
    problems: &mut Problems,
) -> BTreeMap<Language, String> {
    let Some(mut fields) = fields.table("reply", problems) else {
        return BTreeMap::new();
    };
    let body = read_words(&mut fields, "body", languages, problems);
    fields.finish(problems);
    body
}

/// The words of `key` in every language of the tenant: `body.fr`, `body.en`.
pub(crate) fn read_words(
    fields: &mut Fields<'_>,
    key: &'static str,
    languages: &[Language],
    problems: &mut Problems,
) -> BTreeMap<Language, String> {
    fields.require(key, problems);
    let mut said = BTreeMap::new();
    let Some(mut fields) = fields.table(key, problems) else {
        return said;
    };
    for (written, value) in fields.entries() {
        let language = written.get_ref().as_ref();
        if !crate::settings::is_language(language) {
            continue;
        }
        fields.took(language);
        if let Some(text) = crate::fields::text_of(fields.source(), language, value, problems) {
            said.insert(Language::from(language), text.value.to_owned());
        }
    }
    for language in languages {
        let plain = language.as_str().split('-').next().unwrap_or_default();
        if !said.contains_key(language) && !said.contains_key(plain) {
            let message = words!(
                "\"{key}\" has no words in \"{language}\"",
                "« {key} » n'a pas de texte en « {language} »"
            );
            let problem = fields.error(codes::NO_SENTENCE, fields.span(), message);
            problems.push(problem.remedy(words!(
                "add  {key}.{language} = \"…\"",
                "ajoutez  {key}.{language} = \"…\""
            )));
        }
    }
    fields.finish(problems);
    said
}

fn read_report(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Report> {
    let mut fields = fields.table("report", problems)?;
    fields.require("to", problems);
    let mut to = Vec::new();
    for text in fields.texts("to", problems).unwrap_or_default() {
        let address = text.value;
        if is_address(address) {
            to.push(address.to_owned());
            continue;
        }
        let message = words!(
            "\"{address}\" is not an e-mail address",
            "« {address} » n'est pas une adresse électronique"
        );
        problems.push(fields.error(codes::BAD_VALUE, text.span, message));
    }
    let every = [
        ("day", Every::Day),
        ("week", Every::Week),
        ("month", Every::Month),
    ];
    let every = fields.choice("every", &every, problems).unwrap_or_default();
    let content = fields.texts("content", problems);
    let content = match content {
        None => vec!["count", "unique"],
        Some(texts) => texts
            .iter()
            .filter_map(|text| fields.one_of("content", text, &REPORT_CONTENT, problems))
            .collect(),
    };
    fields.finish(problems);
    Some(Report { to, every, content })
}

/// `then = { callback = "ventes", within = "auto" }`: a call owed to whoever rang.
pub(crate) fn read_owed(
    fields: &mut Fields<'_>,
    names: &Names<'_>,
    problems: &mut Problems,
) -> Option<Owed> {
    let mut fields = fields.table("then", problems)?;
    fields.require("callback", problems);
    let queue = names.refer(&mut fields, "callback", Kind::Queue, problems);
    let within = fields.text("within", problems);
    let within = match within {
        Some(text) if text.value != "auto" => {
            fields.duration_within("within", 60..=86_400, problems)
        }
        _ => None,
    };
    fields.finish(problems);
    Some(Owed {
        queue: QueueName::from(queue?),
        within,
    })
}

/// Whether `text` has the form of an e-mail address: one `@`, a domain with a dot, no spaces.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_fine = |part: &str| {
        !part.is_empty()
            && !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@')
    };
    text.len() <= MAX_ADDRESS && is_fine(local) && is_fine(domain) && domain.contains('.')
}

/// Longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3).
const MAX_ADDRESS: usize = 254;
