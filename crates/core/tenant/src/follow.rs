//! `[list.NAME]` and `[survey.NAME]`: people who chose to follow, and questions answered by a missed
//! call (FLOWS §14).

use std::collections::BTreeMap;
use std::time::Duration;

use rappel_ivr::words;
use rappel_model::calendar::Openings;
use rappel_model::campaign::Days;
use rappel_model::follow::{By, Invite, List, OneVote, Survey, SurveyAnswer};
use rappel_model::rate::Period;
use rappel_model::{Language, ListName, Rate, SurveyName};

use crate::calendars::read_openings;
use crate::campaigns::{read_owed, read_period, read_ring, read_words};
use crate::codes;
use crate::fields::Fields;
use crate::names::{Declared, Kind, Names};
use crate::outbound::{Outbound, Purpose, shown};
use crate::problems::Problems;

/// Reads every list.
pub(crate) fn read_lists(
    names: &Names<'_>,
    languages: &[Language],
    outbound: &Outbound,
    problems: &mut Problems,
) -> BTreeMap<ListName, List> {
    let mut lists = BTreeMap::new();
    for declared in names.of(Kind::List) {
        let message = words!(
            "the lines of lists ring and refuse; joining, leaving and texts come later",
            "les lignes des listes sonnent et refusent ; suivre, quitter et textos viendront"
        );
        problems.not_served("list", declared.header(), message);
        let list = read_list(declared, languages, outbound, problems);
        lists.insert(list.name.clone(), list);
    }
    lists
}

fn read_list(
    declared: &Declared<'_>,
    languages: &[Language],
    outbound: &Outbound,
    problems: &mut Problems,
) -> List {
    let mut fields = declared.fields();
    let title = fields.text("title", problems);
    let leave = fields.number("leave", problems);
    if !fields.has("leave") {
        let name = declared.name;
        let message = words!(
            "nobody can leave the list \"{name}\"",
            "personne ne peut quitter la liste « {name} »"
        );
        let problem = declared.error(codes::NO_WAY_OUT, message);
        problems.push(problem.remedy(words!(
            "add  leave = \"+33…\": a number to ring to stop",
            "ajoutez  leave = \"+33…\" : un numéro à faire sonner pour ne plus rien recevoir"
        )));
    }
    let list = List {
        name: ListName::from(declared.name),
        title: title.map_or(declared.name, |text| text.value).to_owned(),
        join: fields.number("join", problems),
        leave,
        confirm: fields.yes_no("confirm", problems).unwrap_or(true),
        keep: fields
            .duration_within("keep", 86_400..=3 * 365 * 86_400, problems)
            .unwrap_or(Duration::from_secs(3 * 365 * 86_400)),
        max: fields.rate("max", problems).unwrap_or(FEW),
        hours: read_hours(&mut fields, outbound, problems),
        body: read_words(&mut fields, "body", languages, problems),
    };
    fields.finish(problems);
    list
}

/// `hours` of texts that offer something: stretches that the rule permits.
fn read_hours(fields: &mut Fields<'_>, outbound: &Outbound, problems: &mut Problems) -> Openings {
    let Some(texts) = fields.texts("hours", problems) else {
        return Openings::NONE;
    };
    let Some(hours) = read_openings(fields, texts, problems) else {
        return Openings::NONE;
    };
    if let Some(permitted) = outbound.hours_outside(&hours, Purpose::Commercial) {
        let permitted = shown(&permitted);
        let message = words!(
            [permitted] "offers would go out outside permitted hours: {permitted}",
            "des offres partiraient hors des heures permises : {permitted}"
        );
        let place = fields.span_of("hours");
        let problem = fields.error(codes::HOURS, place, message);
        problems.push(problem.note(outbound.rule_words(Purpose::Commercial)));
    }
    hours
}

/// Reads every survey.
pub(crate) fn read_surveys(
    names: &Names<'_>,
    languages: &[Language],
    outbound: &Outbound,
    problems: &mut Problems,
) -> BTreeMap<SurveyName, Survey> {
    let mut surveys = BTreeMap::new();
    for declared in names.of(Kind::Survey) {
        let message = words!(
            "the lines of surveys ring and refuse; inviting and counting come later",
            "les lignes des sondages sonnent et refusent ; inviter et compter viendront"
        );
        problems.not_served("survey", declared.header(), message);
        let survey = read_survey(declared, names, languages, outbound, problems);
        surveys.insert(survey.name.clone(), survey);
    }
    surveys
}

fn read_survey(
    declared: &Declared<'_>,
    names: &Names<'_>,
    languages: &[Language],
    outbound: &Outbound,
    problems: &mut Problems,
) -> Survey {
    let mut fields = declared.fields();
    let title = fields.text("title", problems);
    let period: Days = read_period(&mut fields, problems);
    let votes = [("last", OneVote::Last), ("first", OneVote::First)];
    let survey = Survey {
        name: SurveyName::from(declared.name),
        title: title.map_or(declared.name, |text| text.value).to_owned(),
        period,
        one_vote: fields
            .choice("one_vote", &votes, problems)
            .unwrap_or_default(),
        ring: read_ring(&mut fields, problems),
        question: read_words(&mut fields, "question", languages, problems),
        invite: read_invite(&mut fields, names, outbound, problems),
        answers: read_answers(&mut fields, names, languages, problems),
    };
    fields.finish(problems);
    survey
}

fn read_invite(
    fields: &mut Fields<'_>,
    names: &Names<'_>,
    outbound: &Outbound,
    problems: &mut Problems,
) -> Option<Invite> {
    let mut fields = fields.table("invite", problems)?;
    if !fields.has("list") {
        let message = words!(
            "people who did not ask would be written to",
            "des gens qui n'ont rien demandé recevraient un message"
        );
        let problem = fields.error(codes::NO_LIST, fields.span(), message);
        problems.push(problem.remedy(words!(
            "add  list = \"…\": the people who chose to follow",
            "ajoutez  list = \"…\" : les gens qui ont choisi de suivre"
        )));
    }
    let list = names.refer(&mut fields, "list", Kind::List, problems);
    let by = fields.choice("by", &[("sms", By::Sms), ("email", By::Email)], problems);
    let per_minute = fields.whole("per_minute", 1..=600, problems);
    let hours = read_hours(&mut fields, outbound, problems);
    fields.finish(problems);
    Some(Invite {
        by: by.unwrap_or(By::Sms),
        list: ListName::from(list?),
        per_minute: per_minute.unwrap_or(60),
        hours,
    })
}

fn read_answers(
    fields: &mut Fields<'_>,
    names: &Names<'_>,
    languages: &[Language],
    problems: &mut Problems,
) -> Vec<SurveyAnswer> {
    let place = fields.span();
    let written = fields.tables("answer", problems);
    if written.len() < 2 {
        let message = words!(
            "a question has two answers at least",
            "une question a au moins deux réponses"
        );
        let problem = fields.error(codes::MISSING, place, message);
        problems.push(problem.remedy(words!(
            "add  [[survey.NAME.answer]]  with a number and a label",
            "ajoutez  [[survey.NOM.answer]]  avec un numéro et un libellé"
        )));
    }
    let mut answers = Vec::new();
    for mut fields in written {
        fields.require("number", problems);
        let number = fields.number("number", problems);
        let label = read_words(&mut fields, "label", languages, problems);
        let then = read_owed(&mut fields, names, problems);
        fields.finish(problems);
        if let Some(number) = number {
            answers.push(SurveyAnswer {
                number,
                label,
                then,
            });
        }
    }
    answers
}

/// Texts that one follower gets where the list does not say.
const FEW: Rate = Rate {
    count: 4,
    per: Period::Month,
};
