//! Campaigns, lists, surveys and the button on a page, for the schema.

use super::table::Takes::{
    Date, Duration, Number, OneOf, Openings, Rate, Table, Tables, Text, Texts, Whole, YesNo,
};
use super::table::{Field, Takes, field, must};

pub(super) const CALL_ME: &[Field] = &[
    must("queue", Text, "who will call", "qui appellera"),
    must(
        "origins",
        Texts,
        "pages that may ask",
        "pages qui peuvent demander",
    ),
    field(
        "ring_within",
        Duration,
        "when somebody is free",
        "quand quelqu'un est libre",
    ),
    field("per_number", Rate, "3/day", "3/day"),
    field("per_address", Rate, "10/hour", "10/hour"),
    field(
        "languages",
        Texts,
        "languages of the button",
        "langues du bouton",
    ),
];

pub(super) const CAMPAIGN: &[Field] = &[
    field("title", Text, "for reports", "pour les rapports"),
    must(
        "kind",
        OneOf(&["missed_call"]),
        "the line rings and is never answered",
        "la ligne sonne et n'est jamais décrochée",
    ),
    field("from", Date, "the first day", "le premier jour"),
    field(
        "to",
        Date,
        "the last day, included",
        "le dernier jour, compris",
    ),
    field("ring", Duration, "then refused", "puis refusé"),
    field(
        "refuse_as",
        OneOf(&["busy", "declined", "unavailable", "not_in_service"]),
        "how it is refused",
        "comment c'est refusé",
    ),
    field(
        "once_per",
        Text,
        "one caller counts once: day, campaign",
        "un appelant compte une fois : day, campaign",
    ),
    field(
        "plan",
        Text,
        "quotas of the subscription",
        "quotas de l'abonnement",
    ),
    field(
        "privacy",
        Table(&[
            field(
                "numbers",
                OneOf(&["never", "follow_only"]),
                "whether numbers are kept",
                "si les numéros sont gardés",
            ),
            field(
                "forget_key",
                Duration,
                "after this nobody can link older days",
                "après quoi nul ne peut relier les jours",
            ),
            field(
                "min_group",
                Whole,
                "smaller groups are hidden",
                "les groupes plus petits sont cachés",
            ),
        ]),
        "what is kept of callers",
        "ce qui est gardé des appelants",
    ),
    field(
        "line",
        Tables(&[
            must("number", Number, "the number, +33…", "le numéro, +33…"),
            field("label", Text, "for reports", "pour les rapports"),
            field("person", Text, "who holds the sign", "qui tient le panneau"),
        ]),
        "its numbers",
        "ses numéros",
    ),
    field(
        "alarm",
        Table(&[
            field("same_caller", Rate, "5/day", "5/day"),
            field("burst", Rate, "30/minute", "30/minute"),
            field(
                "versus_handed_out",
                Whole,
                "percent of difference",
                "écart en pour cent",
            ),
        ]),
        "what raises a question",
        "ce qui pose question",
    ),
    field(
        "reply",
        Table(&[BODY]),
        "one text to the caller",
        "un texto à l'appelant",
    ),
    field("then", THEN, "what follows", "la suite"),
    field("report", REPORT, "who is told", "qui est informé"),
];

/// Words by language.
const WORDS: &[Field] = &[field(
    "^[a-z]{2}(-[A-Z]{2})?$",
    Text,
    "the words in this language",
    "les mots dans cette langue",
)];

const BODY: Field = field("body", Table(WORDS), "the text", "le texte");

const THEN: Takes = Table(&[
    field(
        "callback",
        Text,
        "the queue that calls back",
        "la file qui rappelle",
    ),
    field("within", Text, "how soon", "sous quel délai"),
]);

const REPORT: Takes = Table(&[
    must("to", Texts, "addresses", "adresses"),
    field(
        "every",
        OneOf(&["day", "week", "month"]),
        "how often",
        "à quel rythme",
    ),
    field(
        "content",
        Texts,
        "count, unique, by_line, by_hour",
        "count, unique, by_line, by_hour",
    ),
]);

pub(super) const LIST: &[Field] = &[
    field("title", Text, "for people", "pour les personnes"),
    field(
        "join",
        Number,
        "ring it to follow",
        "à faire sonner pour suivre",
    ),
    must(
        "leave",
        Number,
        "ring it to stop",
        "à faire sonner pour arrêter",
    ),
    field(
        "confirm",
        YesNo,
        "asks to ring once more",
        "demande de sonner encore une fois",
    ),
    field("keep", Duration, "without activity", "sans activité"),
    field("max", Rate, "4/month", "4/month"),
    field(
        "hours",
        Openings,
        "when texts may be sent",
        "quand les textos peuvent partir",
    ),
    BODY,
];

pub(super) const SURVEY: &[Field] = &[
    field("title", Text, "for reports", "pour les rapports"),
    field("from", Date, "the first day", "le premier jour"),
    field(
        "to",
        Date,
        "the last day, included",
        "le dernier jour, compris",
    ),
    field("ring", Duration, "then refused", "puis refusé"),
    field(
        "one_vote",
        OneOf(&["last", "first"]),
        "which of a caller's votes counts",
        "lequel des votes d'un appelant compte",
    ),
    field("question", Table(WORDS), "the question", "la question"),
    field(
        "answer",
        Tables(&[
            must(
                "number",
                Number,
                "the line to ring, +33…",
                "la ligne à faire sonner, +33…",
            ),
            field("label", Table(WORDS), "the answer", "la réponse"),
            field("then", THEN, "what follows", "la suite"),
        ]),
        "its answers",
        "ses réponses",
    ),
    field(
        "invite",
        Table(&[
            field("list", Text, "whom to invite", "qui inviter"),
            field("by", OneOf(&["sms", "email"]), "how", "par quel moyen"),
            field(
                "per_minute",
                Whole,
                "how many a minute",
                "combien par minute",
            ),
            field("hours", Openings, "when", "à quelles heures"),
        ]),
        "whom to ask",
        "à qui demander",
    ),
    field("report", REPORT, "who is told", "qui est informé"),
];
