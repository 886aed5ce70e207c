//! `[line.NAME]`: numbers a tenant owns and what answers them (FLOWS §7.5).

use rappel_ivr::diagnostic::Place;
use rappel_ivr::{FlowFile, words};
use rappel_model::{
    CampaignName, FlowName, Language, LineName, ListName, PersonName, PhoneNumber, Secrecy,
    SurveyName,
};

use crate::codes;
use crate::fields::Fields;
use crate::names::{Declared, Kind, Names};
use crate::problems::Problems;
use crate::settings::{FlowReference, read_language};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its name; of a number that only a campaign, list or survey declares, one with a `/` in it,
    /// which no file can write.
    pub name: LineName,
    /// Its number, E.164.
    pub number: PhoneNumber,
    /// The short number the tenant's own phones may dial instead; digits only.
    pub extension: Option<String>,
    /// What a call to it reaches.
    pub leads: Leads,
    /// The flow that answers it: the one named, or one that does what `leads` says.
    pub flow: FlowName,
    /// Whether it may be answered at all.
    pub answer: Answer,
    /// Whether sentences may be said before it is answered (`early = true`).
    pub early: bool,
    /// Whether the voice of its callers is encrypted; `None` leaves it to the trunk and the engine.
    pub secrecy: Option<Secrecy>,
    /// The language of the first words: the line's, else the tenant's first.
    pub language: Language,
}

/// What a call to a line reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// A flow.
    Flow(FlowName),
    /// A person's phones, then their mailbox.
    Person(PersonName),
    /// A campaign: it rings, is refused and counts.
    Campaign(CampaignName),
    /// A list: whoever rings follows it (`true`) or stops (`false`).
    List(ListName, bool),
    /// An answer of a survey, counted from 1.
    Survey(SurveyName, usize),
}

/// Whether calls of a line may be answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// When the flow first needs it.
    #[default]
    Auto,
    /// Never, whatever the flow says: no caller is ever charged.
    Never,
}

/// A line as written, with the place of its flow.
pub(crate) struct Read<'d> {
    pub line: Line,
    /// The flow it names; `None` when it leads to something else.
    pub flow: Option<FlowReference<'d>>,
    /// Its own language, when it names one.
    pub language: Option<Language>,
    /// Where it names it.
    pub language_at: Option<Place>,
}

/// Reads every line; those without a number or anything to reach are problems and left out.
pub(crate) fn read<'d>(
    names: &Names<'d>,
    languages: &[Language],
    problems: &mut Problems,
) -> Vec<Read<'d>> {
    names
        .of(Kind::Line)
        .filter_map(|declared| read_one(declared, names, languages, problems))
        .collect()
}

fn read_one<'d>(
    declared: &Declared<'d>,
    names: &Names<'d>,
    languages: &[Language],
    problems: &mut Problems,
) -> Option<Read<'d>> {
    let mut fields = declared.fields();
    fields.require("number", problems);
    let number = fields.number("number", problems);
    let extension = read_extension(&mut fields, problems);
    let answers = [("auto", Answer::Auto), ("never", Answer::Never)];
    let answer = fields.choice("answer", &answers, problems);
    let early = fields.yes_no("early", problems).unwrap_or(false);
    let secrecy = Secrecy::ALL.map(|secrecy| (secrecy.word(), secrecy));
    let secrecy = fields.choice("srtp", &secrecy, problems);
    let target = read_target(&mut fields, names, problems);
    let is_campaign = matches!(target, Some((Leads::Campaign(_), _)));
    if is_campaign && answer == Some(Answer::Auto) {
        let message = words!(
            "the lines of a campaign are never answered",
            "les lignes d'une campagne ne sont jamais décrochées"
        );
        let place = fields.span_of("answer");
        let problem = fields.error(codes::BAD_VALUE, place, message);
        problems.push(problem.remedy(words!(
            "write  answer = \"never\"",
            "écrivez  answer = \"never\""
        )));
    }
    if early && answer == Some(Answer::Never) {
        let message = words!(
            "nothing can be said on a line that is never answered",
            "rien ne peut être dit sur une ligne qui n'est jamais décrochée"
        );
        let place = fields.span_of("early");
        problems.push(fields.error(codes::BAD_VALUE, place, message));
    }
    if early {
        let place = fields.source().place(fields.span_of("early"));
        let message = words!(
            "\"early\" is read; sentences still answer the call first",
            "« early » est lu ; les phrases décrochent encore d'abord"
        );
        problems.not_served("early", place, message);
    }
    let language = own_language(&mut fields, languages, problems);
    let language_at = fields.source().place(fields.span_of("language"));
    fields.finish(problems);
    let (leads, flow) = target?;
    let never = is_campaign || answer == Some(Answer::Never);
    let first = languages.first().cloned();
    Some(Read {
        line: Line {
            name: LineName::from(declared.name),
            number: number?,
            extension,
            flow: flow_of(&leads),
            leads,
            answer: if never { Answer::Never } else { Answer::Auto },
            early,
            secrecy,
            language: language
                .clone()
                .or(first)
                .unwrap_or_else(|| Language::from("fr")),
        },
        flow,
        language_at: language.as_ref().map(|_| language_at),
        language,
    })
}

/// What a line reaches, as it names it: exactly one of `flow`, `campaign` and `person`.
fn read_target<'d>(
    fields: &mut Fields<'d>,
    names: &Names<'d>,
    problems: &mut Problems,
) -> Option<(Leads, Option<FlowReference<'d>>)> {
    let written = TARGETS.into_iter().filter(|key| fields.has(key));
    let written: Vec<_> = written.collect();
    if written.len() != 1 {
        let message = if written.is_empty() {
            words!(
                "nothing answers this line: it has no \"flow\"",
                "rien ne répond sur cette ligne : elle n'a pas de « flow »"
            )
        } else {
            let keys = written.join(", ");
            words!(
                "this line leads to several: {keys}",
                "cette ligne mène à plusieurs : {keys}"
            )
        };
        let problem = fields.error(codes::MISSING, fields.span(), message);
        problems.push(problem.remedy(words!(
            "write one of  flow = \"…\",  person = \"…\",  campaign = \"…\"",
            "écrivez  flow = \"…\",  person = \"…\"  ou  campaign = \"…\", un seul"
        )));
        return None;
    }
    match written[0] {
        "person" => {
            let person = names.refer(fields, "person", Kind::Person, problems)?;
            Some((Leads::Person(PersonName::from(person)), None))
        }
        "campaign" => {
            let campaign = names.refer(fields, "campaign", Kind::Campaign, problems)?;
            Some((Leads::Campaign(CampaignName::from(campaign)), None))
        }
        _ => {
            let source = fields.source();
            let flow = fields.text("flow", problems)?;
            let leads = Leads::Flow(FlowName::from(flow.value));
            Some((leads, Some(FlowReference { flow, source })))
        }
    }
}

fn own_language(
    fields: &mut Fields<'_>,
    languages: &[Language],
    problems: &mut Problems,
) -> Option<Language> {
    let text = fields.text("language", problems)?;
    let language = read_language(fields, &text, problems)?;
    if languages.contains(&language) {
        return Some(language);
    }
    let message = words!(
        "the tenant does not speak \"{language}\"",
        "l'entreprise ne parle pas « {language} »"
    );
    let problem = fields.error(codes::BAD_VALUE, text.span, message);
    problems.push(problem.remedy(words!(
        "add it to  languages  of [tenant]",
        "ajoutez-la à  languages  de [tenant]"
    )));
    None
}

/// The flow that does what `leads` says. Names with a `/` are no file's.
pub(crate) fn flow_of(leads: &Leads) -> FlowName {
    match leads {
        Leads::Flow(name) => name.clone(),
        Leads::Person(_) => rappel_ivr::builtin::extension(),
        Leads::Campaign(name) => FlowName::from(format!("campaign/{name}")),
        Leads::List(name, _) => FlowName::from(format!("list/{name}")),
        Leads::Survey(name, _) => FlowName::from(format!("survey/{name}")),
    }
}

/// The flow of a line that rings and refuses: what a campaign, a list or a survey is to its callers
/// (FLOWS §14), whatever else is done about the call.
pub(crate) fn ring_and_refuse(
    name: FlowName,
    ring: std::time::Duration,
    refuse_as: &str,
    languages: &[Language],
) -> FlowFile {
    let ring = ring.as_secs();
    let languages: Vec<_> = languages
        .iter()
        .map(|l| format!("{:?}", l.as_str()))
        .collect();
    let languages = languages.join(", ");
    let text = format!(
        "rappel = 1\n[flow]\nstart = \"ring\"\nlanguages = [{languages}]\n\
         [step.ring]\ndo = \"ring\"\nfor = \"{ring}s\"\nnext = \"refuse\"\n\
         [step.refuse]\ndo = \"reject\"\nas = \"{refuse_as}\"\n"
    );
    FlowFile {
        path: format!("{name}.toml"),
        name,
        text,
    }
}

/// Reads `extension`: two to six digits, none that somebody may dial for help.
pub(crate) fn read_extension(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<String> {
    let text = fields.text("extension", problems)?;
    let written = text.value;
    let (code, message, label) = if written.starts_with(['*', '#']) {
        (
            codes::RESERVED,
            words!(
                "\"{written}\" is for the engine's own codes",
                "« {written} » est réservé aux codes du moteur"
            ),
            words!(
                "write digits: * and # are for codes like *98",
                "écrivez des chiffres : * et # sont pour des codes comme *98"
            ),
        )
    } else if EMERGENCY.contains(&written) {
        (
            codes::RESERVED,
            words!(
                "\"{written}\" calls for help",
                "« {written} » appelle les secours"
            ),
            words!(
                "choose another: somebody may dial this in an emergency",
                "choisissez-en un autre : quelqu'un peut composer celui-ci en cas d'urgence"
            ),
        )
    } else if (2..=6).contains(&written.len()) && written.bytes().all(|b| b.is_ascii_digit()) {
        return Some(written.to_owned());
    } else {
        (
            codes::BAD_VALUE,
            words!(
                "\"{written}\" is not an extension",
                "« {written} » n'est pas un numéro interne"
            ),
            words!("write two to six digits", "écrivez deux à six chiffres"),
        )
    };
    problems.push(fields.error(code, text.span, message).label(label));
    None
}

/// What a line may lead to.
const TARGETS: [&str; 3] = ["flow", "person", "campaign"];

/// Numbers that reach help in Europe, France, the United Kingdom and North America.
const EMERGENCY: [&str; 12] = [
    "15", "17", "18", "112", "114", "115", "119", "191", "196", "197", "911", "999",
];
