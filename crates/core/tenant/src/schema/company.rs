//! The company, its people, hours, queues, mailboxes and lines, for the schema.

use super::table::Takes::{
    Date, Duration, Number, OneOf, Openings, Table, Tables, Text, Texts, Whole, YesNo,
};
use super::table::{Field, field, must};

pub(super) const TENANT: &[Field] = &[
    field("title", Text, "the company's name", "le nom de la société"),
    must("timezone", Text, "Europe/Paris", "Europe/Paris"),
    must(
        "languages",
        Texts,
        "the languages it speaks, the default first",
        "les langues parlées, celle par défaut d'abord",
    ),
    field(
        "mailbox",
        Text,
        "where failed calls leave their message",
        "où les appels en échec laissent leur message",
    ),
    field(
        "number",
        Number,
        "shown when we call",
        "montré quand nous appelons",
    ),
    field(
        "on_error",
        Text,
        "a flow for calls that fail",
        "un flux pour les appels en échec",
    ),
    field(
        "country",
        Text,
        "its country: FR, CH …",
        "son pays : FR, CH …",
    ),
    field(
        "huitante",
        YesNo,
        "say huitante in fr-CH",
        "dire huitante en fr-CH",
    ),
    field(
        "longest_wait",
        Duration,
        "a longer wait is announced as more than this",
        "une attente plus longue est dite « plus de »",
    ),
    field(
        "domain",
        Text,
        "the SIP domain of its phones",
        "le domaine SIP de ses téléphones",
    ),
];

pub(super) const CALENDAR: &[Field] = &[
    field(
        "timezone",
        Text,
        "else the company's",
        "sinon celui de la société",
    ),
    field(
        "holidays",
        Texts,
        "countries or regions whose public holidays close",
        "pays ou régions dont les jours fériés ferment",
    ),
    field(
        "lunch",
        Duration,
        "a shorter gap between two openings is lunch",
        "un écart plus court entre deux ouvertures est la pause",
    ),
    field(
        "^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$",
        Openings,
        "openings of these days: [\"08:30-12:00\"]",
        "ouvertures de ces jours : [\"08:30-12:00\"]",
    ),
    field(
        "except",
        Tables(&[
            field("on", Date, "the day", "le jour"),
            field("from", Date, "the first day", "le premier jour"),
            field(
                "to",
                Date,
                "the last day, included",
                "le dernier jour, compris",
            ),
            field(
                "hours",
                Openings,
                "other openings; none closes",
                "autres ouvertures ; aucune ferme",
            ),
            field("reason", Text, "why", "pourquoi"),
        ]),
        "days with other hours",
        "jours à d'autres horaires",
    ),
];

pub(super) const PERSON: &[Field] = &[
    field("name", Text, "as written for people", "comme on l'écrit"),
    field(
        "spoken",
        Text,
        "a prompt with the recorded name",
        "une phrase avec le nom enregistré",
    ),
    field(
        "phones",
        Texts,
        "users that register, or devices",
        "utilisateurs connectés, ou appareils",
    ),
    field(
        "extension",
        Text,
        "what colleagues dial",
        "ce que composent les collègues",
    ),
    field("hours", Text, "a calendar", "des horaires"),
    field(
        "backup",
        Text,
        "a team to propose in their absence",
        "une équipe proposée en son absence",
    ),
    field(
        "voice",
        OneOf(&["on", "off"]),
        "whether messages are taken",
        "si l'on prend des messages",
    ),
    field(
        "text",
        Number,
        "their number for texts",
        "son numéro pour les textos",
    ),
    field("focus", Openings, "not rung then", "ne sonne pas alors"),
    field(
        "pickup",
        OneOf(&["open", "auto", "ring"]),
        "how the phone picks up",
        "comment son téléphone décroche",
    ),
    field("skills", Texts, "what they can do", "ses compétences"),
    field(
        "per_person",
        Whole,
        "written dialogues at once",
        "dialogues écrits à la fois",
    ),
    field(
        "absence",
        Tables(&[
            must("from", Date, "the first day", "le premier jour"),
            must(
                "to",
                Date,
                "the last day, included",
                "le dernier jour, compris",
            ),
            field("reason", Text, "why", "pourquoi"),
        ]),
        "days of absence",
        "jours d'absence",
    ),
    field(
        "outside",
        YesNo,
        "whether their phones may call outside",
        "si ses téléphones peuvent appeler l'extérieur",
    ),
];

pub(super) const QUEUE: &[Field] = &[
    must("team", Text, "who serves it", "qui la sert"),
    field(
        "calendar",
        Text,
        "when it is open",
        "quand elle est ouverte",
    ),
    field(
        "kind",
        OneOf(&["voice", "text"]),
        "text for written dialogues",
        "text pour des dialogues écrits",
    ),
    field(
        "strategy",
        OneOf(&[
            "longest_idle",
            "together",
            "in_turn",
            "least_calls",
            "skills",
        ]),
        "who is rung first",
        "qui sonne d'abord",
    ),
    field(
        "relax",
        Tables(&[
            must("after", Duration, "after this wait", "après cette attente"),
            must(
                "skills",
                Texts,
                "these skills will do",
                "ces compétences suffisent",
            ),
        ]),
        "skills that are asked less and less",
        "compétences de moins en moins exigées",
    ),
    field(
        "ring",
        Duration,
        "how long each is rung",
        "combien de temps chacun sonne",
    ),
    field(
        "wrap_up",
        Duration,
        "pause after a call",
        "pause après un appel",
    ),
    field("max_wait", Duration, "then on.timeout", "puis on.timeout"),
    field("max_size", Whole, "then on.full", "puis on.full"),
    field("music", Text, "music, or none", "une musique, ou none"),
    field("quiet_key", Text, "turns the music off", "coupe la musique"),
    field(
        "drain",
        OneOf(&["after_close", "at_close"]),
        "people waiting at closing time",
        "ceux qui attendent à la fermeture",
    ),
    field(
        "announce",
        Table(&[
            field("first", Text, "at entry", "à l'entrée"),
            field(
                "estimate",
                Text,
                "while the wait can be told",
                "quand l'attente peut être dite",
            ),
            field(
                "unknown",
                Text,
                "while it cannot",
                "quand elle ne le peut pas",
            ),
            field("every", Duration, "how often", "à quel rythme"),
            field(
                "never_up",
                YesNo,
                "a later estimate is said with an apology, once",
                "une attente plus longue est dite avec une excuse, une fois",
            ),
        ]),
        "what people waiting hear",
        "ce qu'entend qui attend",
    ),
    field(
        "estimate",
        Table(&[
            field(
                "confidence",
                Whole,
                "calls in 100 for which the upper end holds",
                "appels sur 100 pour lesquels le maximum tient",
            ),
            field(
                "ceiling",
                Duration,
                "longest wait that is told",
                "plus longue attente annoncée",
            ),
        ]),
        "how the wait is told",
        "comment l'attente est dite",
    ),
    field(
        "callback",
        Table(CALLBACK),
        "how promises are kept",
        "comment les promesses sont tenues",
    ),
    field(
        "per_person",
        Whole,
        "dialogues at once",
        "dialogues à la fois",
    ),
    field(
        "reply_by",
        Duration,
        "goal of a reply",
        "délai de réponse visé",
    ),
    field(
        "breach",
        Duration,
        "then somebody else takes over",
        "ensuite quelqu'un d'autre prend la suite",
    ),
    field(
        "receipt",
        Text,
        "first automatic answer",
        "première réponse automatique",
    ),
];

const CALLBACK: &[Field] = &[
    field(
        "offer_over",
        Duration,
        "offered when the wait exceeds this",
        "proposé quand l'attente dépasse ceci",
    ),
    field("tries", Whole, "how often it is tried", "nombre d'essais"),
    field("between", Duration, "between tries", "entre deux essais"),
    field("hours", Text, "a calendar", "des horaires"),
    field("ring", Duration, "at least 15s", "15s au moins"),
    field(
        "on_voicemail",
        OneOf(&["text", "message", "try_again"]),
        "when a machine answers",
        "quand une machine répond",
    ),
    field(
        "after_close",
        OneOf(&["next_open"]),
        "promises left at closing time",
        "promesses restées à la fermeture",
    ),
    field(
        "destinations",
        Texts,
        "countries that may be called",
        "pays que l'on peut appeler",
    ),
];

pub(super) const MAILBOX: &[Field] = &[
    field("team", Text, "whose it is", "à qui elle est"),
    field("person", Text, "or one person's", "ou à une personne"),
    field(
        "calendar",
        Text,
        "decides the greeting",
        "décide de l'accueil",
    ),
    field(
        "voice",
        OneOf(&["on", "off"]),
        "off: other channels are offered",
        "off : d'autres moyens sont proposés",
    ),
    field(
        "greeting",
        Table(&[
            field(
                "open",
                Text,
                "during opening hours",
                "pendant les heures d'ouverture",
            ),
            field("lunch", Text, "during lunch", "pendant la pause"),
            field("closed", Text, "when closed", "à la fermeture"),
        ]),
        "prompts, by situation",
        "phrases, selon la situation",
    ),
    field("deliver", Texts, "desk, email", "desk, email"),
    field(
        "hear_by",
        Duration,
        "goal, in opening hours",
        "délai visé, en heures d'ouverture",
    ),
    field(
        "escalate",
        Tables(&[
            must("after", Duration, "after this long", "après ce délai"),
            must(
                "to",
                Text,
                "team:NAME or person:NAME",
                "team:NOM ou person:NOM",
            ),
            field(
                "by",
                OneOf(&["sms", "call", "desk", "email"]),
                "how",
                "par quel moyen",
            ),
        ]),
        "who is told next",
        "qui est prévenu ensuite",
    ),
    field(
        "receipt",
        YesNo,
        "the caller is told when it was heard",
        "l'appelant est prévenu de l'écoute",
    ),
    field("keep", Duration, "how long", "combien de temps"),
];

pub(super) const LINE: &[Field] = &[
    must(
        "number",
        Number,
        "the number dialled, +33…",
        "le numéro composé, +33…",
    ),
    field(
        "extension",
        Text,
        "what our own phones dial",
        "ce que composent nos téléphones",
    ),
    field("flow", Text, "the flow that answers", "le flux qui répond"),
    field("person", Text, "or a person", "ou une personne"),
    field("campaign", Text, "or a campaign", "ou une campagne"),
    field("language", Text, "of the first words", "des premiers mots"),
    field(
        "answer",
        OneOf(&["auto", "never"]),
        "never: no flow can answer it",
        "never : aucun flux ne peut décrocher",
    ),
    field(
        "early",
        YesNo,
        "sound before the answer",
        "du son avant de décrocher",
    ),
    field(
        "srtp",
        OneOf(&["off", "offered", "required"]),
        "whether voice is encrypted",
        "si la voix est chiffrée",
    ),
];

pub(super) const PHONES: &[Field] = &[
    field(
        "prefix",
        Text,
        "dialled before numbers outside",
        "composé avant les numéros extérieurs",
    ),
    field(
        "outside",
        YesNo,
        "whether phones may call outside",
        "si les téléphones peuvent appeler l'extérieur",
    ),
    field(
        "pickup",
        OneOf(&["all", "team", "off"]),
        "whose ringing calls may be picked up",
        "de qui l'on peut prendre les appels qui sonnent",
    ),
    field(
        "supervisors",
        Texts,
        "who may listen to conversations, and speak in them",
        "qui peut écouter les conversations, et y parler",
    ),
    field(
        "park_return",
        Duration,
        "how long a parked call waits before it returns",
        "combien de temps un appel mis en attente patiente avant de revenir",
    ),
    field(
        "hold_return",
        Duration,
        "how long a caller may be forgotten on hold before they ring again; at three fifths of it the phones that hold them ring for a moment",
        "combien de temps un appelant peut être oublié en garde avant de resonner ; aux trois cinquièmes, les téléphones qui le gardent sonnent un instant",
    ),
    field(
        "conference",
        OneOf(&["open", "host"]),
        "whether a conference goes on or ends when who began it leaves",
        "si une conférence continue ou s'arrête quand qui l'a commencée la quitte",
    ),
];

pub(super) const CODES: &[Field] = &[
    field(
        "messages",
        Text,
        "hear messages: *98",
        "écouter ses messages : *98",
    ),
    field(
        "pickup",
        Text,
        "pick up a call: *8",
        "prendre un appel : *8",
    ),
    field(
        "park",
        Text,
        "park and fetch a call: *68",
        "mettre en attente et reprendre un appel : *68",
    ),
    field(
        "supervise",
        Text,
        "listen to a conversation: *55",
        "écouter une conversation : *55",
    ),
    field(
        "conference",
        Text,
        "join those on hold: *3",
        "réunir ceux qui sont en garde : *3",
    ),
    field(
        "slots",
        Text,
        "places of parked calls: 701-709",
        "places des appels mis en attente : 701-709",
    ),
    field(
        "forward",
        Text,
        "forward all calls: *21",
        "renvoyer tous les appels : *21",
    ),
    field(
        "forward_no_answer",
        Text,
        "forward what nobody answers: *61",
        "renvoyer sans réponse : *61",
    ),
    field(
        "forward_busy",
        Text,
        "forward while busy: *67",
        "renvoyer si occupé : *67",
    ),
];
