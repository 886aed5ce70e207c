//! The codes of this room's problems: stable, so that a manual can explain each one. Where the room
//! `ivr` finds the same problem in a flow, it has the same code.

use rappel_ivr::Code;
use rappel_ivr::words::Help;

/// Declares the codes, each with its meaning and its remedy in both languages.
macro_rules! codes {
    ($($name:ident = $code:literal, $en:literal, $fr:literal; $en_remedy:literal, $fr_remedy:literal;)+) => {
        $(#[doc = $en] pub(crate) const $name: &str = $code;)+

        /// Every code that the files of a tenant may be told, flows apart, by number.
        pub const CODES: &[Code] = &[$(Code {
            code: $code,
            title: Help { en: $en, fr: $fr },
            remedy: Help { en: $en_remedy, fr: $fr_remedy },
        }),+];
    };
}

codes! {
    NOT_TOML = "R001",
        "The file is not TOML.",
        "Le fichier n'est pas du TOML.";
        "Look at the place shown: a quote, a bracket or an equals sign is missing or one too many.",
        "Regardez l'endroit indiqué : il manque un guillemet, un crochet ou un signe égal, ou il y en a un de trop.";
    VERSION = "R002",
        "The version of the language is missing, or one this engine does not know.",
        "La version du langage manque, ou ce moteur ne la connaît pas.";
        "Begin the file with  rappel = 1 .",
        "Commencez le fichier par  rappel = 1 .";
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
    UNKNOWN_KEY = "R101",
        "A key or table does not exist.",
        "Un réglage ou un tableau n'existe pas.";
        "Write the one that was meant, or remove it.",
        "Écrivez celui que vous vouliez, ou retirez-le.";
    MISSING = "R103",
        "Something required is missing.",
        "Il manque quelque chose d'obligatoire.";
        "Add it.",
        "Ajoutez-le.";
    UNKNOWN_PROMPT = "R105",
        "No prompt has this name.",
        "Aucune phrase ne porte ce nom.";
        "Declare [prompt.NAME] with its words.",
        "Déclarez [prompt.NOM] avec ses mots.";
    UNKNOWN_CALENDAR = "R106",
        "No calendar has this name.",
        "Aucun calendrier d'horaires ne porte ce nom.";
        "Declare [calendar.NAME].",
        "Déclarez [calendar.NOM].";
    UNKNOWN_PERSON = "R107",
        "No person or team has this name.",
        "Aucune personne ni équipe ne porte ce nom.";
        "Declare [person.NAME] or [team.NAME].",
        "Déclarez [person.NOM] ou [team.NOM].";
    UNKNOWN_MAILBOX = "R108",
        "No mailbox has this name.",
        "Aucune messagerie ne porte ce nom.";
        "Declare [mailbox.NAME].",
        "Déclarez [mailbox.NOM].";
    UNKNOWN_FLOW = "R109",
        "No flow has this name.",
        "Aucun flux ne porte ce nom.";
        "Write flows/NAME.toml.",
        "Écrivez flows/NOM.toml.";
    TWICE = "R110",
        "The same name is declared twice.",
        "Le même nom est déclaré deux fois.";
        "Keep one of the two places shown.",
        "Gardez l'un des deux endroits indiqués.";
    BAD_NAME = "R115",
        "A name has letters that names may not have.",
        "Un nom contient des signes qu'un nom ne peut pas avoir.";
        "Use letters, digits, - and _.",
        "Employez des lettres, des chiffres, - et _.";
    UNKNOWN_QUEUE = "R117",
        "No queue has this name.",
        "Aucune file d'attente ne porte ce nom.";
        "Declare [queue.NAME], or write the name of one that exists.",
        "Déclarez [queue.NOM], ou écrivez le nom d'une file qui existe.";
    UNKNOWN_DIRECTORY = "R118",
        "No directory has this name, or its file is missing.",
        "Aucun annuaire ne porte ce nom, ou son fichier manque.";
        "Declare [directory.NAME] and put its CSV file beside tenant.toml.",
        "Déclarez [directory.NOM] et mettez son fichier CSV à côté de tenant.toml.";
    UNKNOWN_COLUMN = "R119",
        "A directory has no column of this name.",
        "Un annuaire n'a pas de colonne de ce nom.";
        "Write the column as the first line of the file does.",
        "Écrivez la colonne comme la première ligne du fichier.";
    UNKNOWN_DESTINATION = "R120",
        "No line or destination has this name.",
        "Aucune ligne ni destination ne porte ce nom.";
        "Declare [line.NAME] or [destination.NAME].",
        "Déclarez [line.NOM] ou [destination.NOM].";
    UNKNOWN_LIST = "R121",
        "No campaign, list or survey has this name.",
        "Aucune campagne, liste ni aucun sondage ne porte ce nom.";
        "Declare [campaign.NAME], [list.NAME] or [survey.NAME].",
        "Déclarez [campaign.NOM], [list.NOM] ou [survey.NOM].";
    WRONG_TYPE = "R201",
        "A value is of another type.",
        "Une valeur est d'un autre type.";
        "Write it as the line beside the caret shows.",
        "Écrivez-la comme le montre la ligne à côté du repère.";
    NOT_A_DURATION = "R202",
        "A text is not a duration.",
        "Un texte n'est pas une durée.";
        "Write 30s, 20m, 1h30m or 3d.",
        "Écrivez 30s, 20m, 1h30m ou 3d.";
    OUT_OF_RANGE = "R203",
        "A value is outside its bounds.",
        "Une valeur est hors de ses bornes.";
        "Stay between the bounds shown.",
        "Restez entre les bornes indiquées.";
    NOT_A_WORD = "R209",
        "A word is none of those the key takes.",
        "Un mot n'est aucun de ceux que prend le réglage.";
        "Write one of the words shown.",
        "Écrivez l'un des mots indiqués.";
    BAD_VALUE = "R213",
        "A value is not what its key takes: a date, hours, a zone, a domain, an address.",
        "Une valeur n'est pas ce qu'attend son réglage : une date, des heures, un fuseau, un domaine, une adresse.";
        "Write it as the line beside the caret shows.",
        "Écrivez-la comme le montre la ligne à côté du repère.";
    NOT_E164 = "R214",
        "A telephone number is not international.",
        "Un numéro de téléphone n'est pas international.";
        "Write + and the country code: +33199000010.",
        "Écrivez + et l'indicatif du pays : +33199000010.";
    NO_SENTENCE = "R401",
        "A sentence is missing in a language.",
        "Il manque une phrase dans une langue.";
        "Write it in prompts.toml.",
        "Écrivez-la dans prompts.toml.";
    NO_RECORDING = "R405",
        "A sentence has neither a recording nor a voice.",
        "Une phrase n'a ni enregistrement ni voix de synthèse.";
        "Record it, or set up speech synthesis.",
        "Enregistrez-la, ou configurez la synthèse vocale.";
    NOBODY = "R501",
        "Nobody is there: a team or queue without members, a mailbox without an owner.",
        "Il n'y a personne : une équipe ou une file sans membre, une messagerie sans propriétaire.";
        "Name somebody.",
        "Nommez quelqu'un.";
    VOICE_OFF = "R502",
        "A mailbox takes no voice messages and nothing else is offered.",
        "Une messagerie ne prend pas de message vocal et rien d'autre n'est proposé.";
        "Lead  on.off  somewhere, or choose another mailbox.",
        "Menez  on.off  quelque part, ou choisissez une autre messagerie.";
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
    LIMIT = "R701",
        "Something has grown beyond its bound.",
        "Quelque chose dépasse sa borne.";
        "Split it.",
        "Divisez-le.";
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
    NOT_SERVED_YET = "W10",
        "Something is read and checked, and this engine does not do it yet.",
        "Quelque chose est lu et vérifié, et ce moteur ne le fait pas encore.";
        "Keep it for later, or remove it.",
        "Gardez-le pour plus tard, ou retirez-le.";
    SLOW_PICKUP = "W11",
        "A button promises to ring at once and its agents pick up first.",
        "Un bouton promet de sonner aussitôt et ses agents décrochent d'abord.";
        "Give them  pickup = \"auto\"  or  \"open\".",
        "Donnez-leur  pickup = \"auto\"  ou  \"open\".";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_once_and_in_whole_sentences() {
        for (index, code) in CODES.iter().enumerate() {
            assert!(
                CODES[..index].iter().all(|other| other.code != code.code),
                "{}",
                code.code
            );
            for text in [code.title.en, code.title.fr, code.remedy.en, code.remedy.fr] {
                assert!(
                    text.ends_with('.') && !text.contains("  ."),
                    "{}: {text}",
                    code.code
                );
            }
        }
    }
}
