//! The codes of problems of tests, beside those of flows and of a company's tables.

use rappel_ivr::Code;
use rappel_ivr::words::Help;

/// Every code that a file of tests may be told, in order.
pub const CODES: &[Code] = &[
    entry(
        "R801",
        [
            "A file of tests is not TOML.",
            "Un fichier de tests n'est pas du TOML.",
        ],
        [
            "Look at the place shown: a quote, a bracket or an equals sign is missing or one too many.",
            "Regardez l'endroit indiqué : il manque un guillemet, un crochet ou un signe égal, ou il y en a un de trop.",
        ],
    ),
    entry(
        "R802",
        [
            "A test names a key, a word, a flow or a sentence that nothing has.",
            "Un test nomme un réglage, un mot, un flux ou une phrase qui n'existe pas.",
        ],
        [
            "Write the name that was meant; `rappel test --help` lists the words of `say`.",
            "Écrivez le nom voulu ; `rappel test --help` donne les mots de `say`.",
        ],
    ),
    entry(
        "R803",
        [
            "A value of a test is of another kind.",
            "Une valeur d'un test n'est pas de la bonne sorte.",
        ],
        [
            "Write what the message asks for: a text, a number, a time like \"2026-11-24 12:15\".",
            "Écrivez ce que demande le message : un texte, un nombre, une heure comme \"2026-11-24 12:15\".",
        ],
    ),
    entry(
        "R804",
        [
            "Something that a test needs is missing.",
            "Il manque quelque chose à un test.",
        ],
        [
            "Give it a name, a flow, a moment (`at`) and what happens (`say`).",
            "Donnez-lui un nom, un flux, un moment (`at`) et ce qui se passe (`say`).",
        ],
    ),
    entry(
        "R805",
        [
            "The call went otherwise than the test says.",
            "L'appel ne s'est pas passé comme le dit le test.",
        ],
        [
            "Read the call below the message: mend the flow if it is wrong, the test if it is not.",
            "Relisez l'appel sous le message : corrigez le flux s'il a tort, le test sinon.",
        ],
    ),
];

const fn entry(
    code: &'static str,
    [title_en, title_fr]: [&'static str; 2],
    [remedy_en, remedy_fr]: [&'static str; 2],
) -> Code {
    Code {
        code,
        title: Help {
            en: title_en,
            fr: title_fr,
        },
        remedy: Help {
            en: remedy_en,
            fr: remedy_fr,
        },
    }
}
