//! The tables of a tenant and their keys (FLOWS §7), for the schema.

use rappel_ivr::words::Help;

use super::campaigns::{CALL_ME, CAMPAIGN, LIST, SURVEY};
use super::company::{CALENDAR, CODES, LINE, MAILBOX, PERSON, PHONES, QUEUE, TENANT};
use super::help;

/// Tables of one name.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// `[person.NAME]`, one for each name; else `[tenant]` alone.
    pub(super) many: bool,
    pub(super) help: Help,
    pub(super) fields: &'static [Field],
}

/// One key; a name that begins with `^` is a pattern for several.
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) takes: Takes,
    pub(super) required: bool,
    pub(super) help: Help,
}

/// What a key takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Text,
    Texts,
    Duration,
    Whole,
    YesNo,
    OneOf(&'static [&'static str]),
    Number,
    Rate,
    Date,
    Openings,
    TextOrOpenings,
    Table(&'static [Field]),
    Tables(&'static [Field]),
}

use Takes::{Duration, Number, Text, TextOrOpenings, Texts, Whole, YesNo};

pub(super) const fn field(
    key: &'static str,
    takes: Takes,
    en: &'static str,
    fr: &'static str,
) -> Field {
    Field {
        key,
        takes,
        required: false,
        help: help(en, fr),
    }
}

pub(super) const fn must(
    key: &'static str,
    takes: Takes,
    en: &'static str,
    fr: &'static str,
) -> Field {
    Field {
        required: true,
        ..field(key, takes, en, fr)
    }
}

const fn one(
    name: &'static str,
    en: &'static str,
    fr: &'static str,
    fields: &'static [Field],
) -> Table {
    Table {
        name,
        many: false,
        help: help(en, fr),
        fields,
    }
}

const fn many(
    name: &'static str,
    en: &'static str,
    fr: &'static str,
    fields: &'static [Field],
) -> Table {
    Table {
        many: true,
        ..one(name, en, fr, fields)
    }
}

/// All tables.
pub(super) const TABLES: &[Table] = &[
    one(
        "tenant",
        "the company itself",
        "la société elle-même",
        TENANT,
    ),
    many("calendar", "opening hours", "des horaires", CALENDAR),
    many("person", "a person", "une personne", PERSON),
    many(
        "team",
        "a team",
        "une équipe",
        &[
            must(
                "members",
                Texts,
                "people, or skill:NAME",
                "des personnes, ou skill:NOM",
            ),
            field(
                "forwarded",
                Takes::OneOf(&["skip", "ring"]),
                "whether members ring who forward their calls",
                "si les membres sonnent qui renvoient leurs appels",
            ),
        ],
    ),
    many(
        "device",
        "a phone of ours reached through a trunk",
        "un téléphone à nous, joint par l'opérateur",
        &[must(
            "number",
            Number,
            "its number, +33…",
            "son numéro, +33…",
        )],
    ),
    many(
        "queue",
        "a queue of calls or of written dialogues",
        "une file d'attente d'appels ou de dialogues écrits",
        QUEUE,
    ),
    many("mailbox", "a mailbox", "une messagerie", MAILBOX),
    many(
        "line",
        "a number and what answers it",
        "un numéro et ce qui y répond",
        LINE,
    ),
    many(
        "prompt",
        "a sentence, in every language",
        "une phrase, dans chaque langue",
        &[field(
            "^[a-z]{2}(-[A-Z]{2})?$",
            Text,
            "its words, with holes {value|format}",
            "ses mots, avec des trous {valeur|format}",
        )],
    ),
    many(
        "directory",
        "a file for `lookup`",
        "un fichier pour `lookup`",
        &[
            must(
                "file",
                Text,
                "a CSV file beside these tables",
                "un fichier CSV à côté de ces tables",
            ),
            must(
                "key",
                Text,
                "the column that is searched",
                "la colonne où l'on cherche",
            ),
            field(
                "contacts",
                YesNo,
                "who is in it is caller.known",
                "qui s'y trouve est caller.known",
            ),
        ],
    ),
    many(
        "destination",
        "where `transfer` may send a call",
        "où `transfer` peut envoyer un appel",
        &[must(
            "number",
            Number,
            "its number, +33…",
            "son numéro, +33…",
        )],
    ),
    many(
        "call_me",
        "a button on a web page",
        "un bouton sur une page",
        CALL_ME,
    ),
    many(
        "campaign",
        "a campaign of missed calls",
        "une campagne d'appels manqués",
        CAMPAIGN,
    ),
    many(
        "list",
        "people who chose to follow",
        "des personnes qui ont choisi de suivre",
        LIST,
    ),
    many(
        "survey",
        "a question, a line per answer",
        "une question, une ligne par réponse",
        SURVEY,
    ),
    one(
        "defaults",
        "what steps do unless they say otherwise",
        "ce que font les étapes sauf mention contraire",
        &[field(
            "callback",
            Takes::Table(&[field(
                "on",
                Takes::Table(&[field(
                    "^[a-z_]+$",
                    Text,
                    "a step of every flow",
                    "une étape de chaque flux",
                )]),
                "outcomes",
                "sorties",
            )]),
            "of every callback",
            "de chaque rappel",
        )],
    ),
    one(
        "http",
        "other systems",
        "autres systèmes",
        &[field(
            "allow",
            Texts,
            "addresses that may be asked, https://host/path/",
            "adresses permises, https://hôte/chemin/",
        )],
    ),
    one(
        "limits",
        "limits of the subscription",
        "limites de l'abonnement",
        &[
            field("flows", Whole, "flows", "flux"),
            field("steps", Whole, "steps of a flow", "étapes d'un flux"),
            field("calls", Whole, "calls at once", "appels à la fois"),
            field("recordings", Whole, "recordings", "enregistrements"),
            field("texts_per_day", Whole, "texts a day", "textos par jour"),
        ],
    ),
    one(
        "keep",
        "how long things are kept",
        "durées de conservation",
        &[
            field("calls", Duration, "records of calls", "traces des appels"),
            field("messages", Duration, "messages", "messages"),
            field("recordings", Duration, "recordings", "enregistrements"),
            field("texts", Duration, "texts", "textos"),
        ],
    ),
    one(
        "phones",
        "what the company's own phones may do",
        "ce que peuvent les téléphones de la société",
        PHONES,
    ),
    one(
        "codes",
        "what phones dial for services",
        "ce que les téléphones composent pour les services",
        CODES,
    ),
    one(
        "outbound",
        "when the company may call",
        "quand la société peut appeler",
        &[
            field(
                "hours",
                TextOrOpenings,
                "a calendar, or openings",
                "des horaires, par leur nom ou écrits ici",
            ),
            field(
                "destinations",
                Texts,
                "countries that may be called",
                "pays que l'on peut appeler",
            ),
        ],
    ),
];
