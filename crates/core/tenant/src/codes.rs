//! The codes of this room's problems: stable, so that a manual can explain each one. Where the room
//! `ivr` finds the same problem in a flow, it has the same code and explains it.

use rappel_ivr::Code;
use rappel_ivr::words::Help;

/// Names codes that [`rappel_ivr::CODES`] explains.
macro_rules! shared {
    ($($name:ident = $code:literal, $en:literal;)+) => {
        $(#[doc = $en] pub(crate) const $name: &str = $code;)+

        /// What the tests look up there.
        #[cfg(test)]
        const SHARED: &[&str] = &[$($code),+];
    };
}

/// Declares the codes of this room alone, each with its meaning and its remedy in both languages.
macro_rules! codes {
    ($($name:ident = $code:literal, $en:literal, $fr:literal; $en_remedy:literal, $fr_remedy:literal;)+) => {
        $(#[doc = $en] pub(crate) const $name: &str = $code;)+

        /// Every code that only the tables of a tenant may be told, in order; those of flows are in
        /// [`rappel_ivr::CODES`], and no code is in both.
        pub const CODES: &[Code] = &[$(Code {
            code: $code,
            title: Help { en: $en, fr: $fr },
            remedy: Help { en: $en_remedy, fr: $fr_remedy },
        }),+];
    };
}

shared! {
    NOT_TOML = "R001", "The file is not TOML.";
    VERSION = "R002", "The version of the language is missing, or one this engine does not know.";
    UNKNOWN_KEY = "R101", "A key or table does not exist.";
    MISSING = "R103", "Something required is missing.";
    UNKNOWN_PROMPT = "R105", "No prompt has this name.";
    UNKNOWN_CALENDAR = "R106", "No calendar has this name.";
    UNKNOWN_PERSON = "R107", "No person or team has this name.";
    UNKNOWN_MAILBOX = "R108", "No mailbox has this name.";
    UNKNOWN_FLOW = "R109", "No flow has this name.";
    TWICE = "R110", "The same name is declared twice.";
    BAD_NAME = "R115", "A name has letters that names may not have.";
    UNKNOWN_QUEUE = "R120", "No queue has this name.";
    UNKNOWN_DIRECTORY = "R117", "No directory has this name, or its file is missing.";
    UNKNOWN_COLUMN = "R117", "A directory has no column of this name.";
    UNKNOWN_DESTINATION = "R122", "No line or destination has this name.";
    UNKNOWN_LIST = "R121", "No campaign, list or survey has this name.";
    WRONG_TYPE = "R201", "A value is of another type.";
    NOT_A_DURATION = "R202", "A text is not a duration.";
    OUT_OF_RANGE = "R203", "A value is outside its bounds.";
    NOT_A_WORD = "R209", "A word is none of those the key takes.";
    BAD_VALUE = "R213", "A value is not what its key takes: a date, hours, a zone, a domain, an address.";
    NO_SENTENCE = "R401", "A sentence is missing in a language.";
    NO_RECORDING = "R405", "A sentence has neither a recording nor a voice.";
    NOBODY = "R501", "Nobody is there: a team or queue without members, a mailbox without an owner.";
    VOICE_OFF = "R502", "A mailbox takes no voice messages and nothing else is offered.";
    LIMIT = "R701", "Something has grown beyond its bound.";
    OLD_RECORDING = "W4", "A recording is older than its sentence.";
    NOT_SERVED_YET = "W10", "Something is read and checked, and this engine does not do it yet.";
}

codes! {
    NOT_TEXT = "R003",
        "A file is not text in UTF-8, or cannot be read.",
        "Un fichier n'est pas du texte en UTF-8, ou ne peut pas être lu.";
        "Open it in an editor and save it as UTF-8.",
        "Ouvrez-le dans un éditeur et enregistrez-le en UTF-8.";
    TOO_DEEP = "R004",
        "A file nests deeper than anything of the language.",
        "Un fichier imbrique plus profond que tout ce que connaît le langage.";
        "Write [table.name] and its keys below it.",
        "Écrivez [tableau.nom] et ses réglages en dessous.";
    STRAY_FILE = "R006",
        "A file lies where nothing reads it.",
        "Un fichier se trouve là où rien ne le lit.";
        "Put flows in flows/, tests in tests/, tables beside tenant.toml.",
        "Mettez les flux dans flows/, les essais dans tests/, les tableaux à côté de tenant.toml.";
    NOT_E164 = "R214",
        "A telephone number is not international.",
        "Un numéro de téléphone n'est pas international.";
        "Write + and the country code: +33199000010.",
        "Écrivez + et l'indicatif du pays : +33199000010.";
    NEVER_OPEN = "R503",
        "A calendar is never open.",
        "Un calendrier n'ouvre jamais.";
        "Add opening hours.",
        "Ajoutez des heures d'ouverture.";
    CLAIMED_TWICE = "R504",
        "A number, an extension or a person is claimed by two.",
        "Un numéro, un numéro interne ou une personne est pris deux fois.";
        "Keep it in one of the two places.",
        "Gardez-le à un seul des deux endroits.";
    RESERVED = "R505",
        "An extension is needed by the engine or by emergency services.",
        "Un numéro interne est réservé au moteur ou aux secours.";
        "Choose another one.",
        "Choisissez-en un autre.";
    ESCALATION = "R506",
        "An escalation reaches nobody.",
        "Une relance ne prévient personne.";
        "Name somebody whom this way of telling reaches.",
        "Nommez quelqu'un que ce moyen atteint.";
    DESTINATION = "R507",
        "A country may not be called.",
        "Un pays ne peut pas être appelé.";
        "Add it to  destinations  of [outbound], or take it out.",
        "Ajoutez-le à  destinations  de [outbound], ou retirez-le.";
    NO_LIST = "R601",
        "A commercial text goes to people who did not ask for it.",
        "Un message commercial va à des gens qui n'ont rien demandé.";
        "Send it to a list that people chose to follow.",
        "Envoyez-le à une liste que des gens ont choisi de suivre.";
    HOURS = "R602",
        "People would be called or written to outside permitted hours.",
        "Des gens seraient appelés ou recevraient des messages hors des heures permises.";
        "Keep to the hours shown, or set  hours  of [outbound].",
        "Tenez-vous aux heures indiquées, ou réglez  hours  de [outbound].";
    RING_TOO_SHORT = "R603",
        "A customer's phone would ring for less than 15 seconds.",
        "Le téléphone d'un client sonnerait moins de 15 secondes.";
        "Write a longer  ring.",
        "Écrivez un  ring  plus long.";
    NOT_OWNED = "R604",
        "The number shown belongs to no line of the company.",
        "Le numéro affiché n'est celui d'aucune ligne de l'entreprise.";
        "Show the number of one of its lines.",
        "Affichez le numéro d'une de ses lignes.";
    NO_WAY_OUT = "R605",
        "Nobody can leave a list.",
        "Personne ne peut quitter une liste.";
        "Give it a number to ring to stop:  leave.",
        "Donnez-lui un numéro à faire sonner pour arrêter :  leave.";
    TENANT_LIMIT = "R703",
        "The company has more than its [limits] say.",
        "L'entreprise a plus que ce que permettent ses [limits].";
        "Remove something, or raise the limit.",
        "Retirez quelque chose, ou relevez la limite.";
    NOT_OPEN_SOON = "W9",
        "A calendar has no opening in the next 30 days.",
        "Un calendrier n'ouvre pas dans les 30 prochains jours.";
        "Look at its exceptions:  rappel hours NAME .",
        "Regardez ses exceptions :  rappel hours NOM .";
    SLOW_PICKUP = "W11",
        "A button promises to ring at once and its agents pick up first.",
        "Un bouton promet de sonner aussitôt et ses agents décrochent d'abord.";
        "Give them  pickup = \"auto\"  or  \"open\".",
        "Donnez-leur  pickup = \"auto\"  ou  \"open\".";
    UNSPOKEN = "W12",
        "A sentence is in a language that the company does not speak.",
        "Une phrase est dans une langue que l'entreprise ne parle pas.";
        "Add the language to  languages  of [tenant], or remove the sentence.",
        "Ajoutez la langue à  languages  de [tenant], ou retirez la phrase.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_once_in_whole_sentences() {
        for (index, code) in CODES.iter().enumerate() {
            let twice = CODES[..index].iter().any(|other| other.code == code.code);
            let elsewhere = rappel_ivr::CODES
                .iter()
                .any(|other| other.code == code.code);
            assert!(!twice && !elsewhere, "{}", code.code);
            for text in [code.title.en, code.title.fr, code.remedy.en, code.remedy.fr] {
                assert!(text.ends_with('.'), "{}: {text}", code.code);
            }
        }
        for code in SHARED {
            assert!(
                rappel_ivr::CODES.iter().any(|other| other.code == *code),
                "{code}"
            );
        }
    }
}
