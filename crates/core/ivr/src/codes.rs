//! Every code that `rappel check` gives a problem of a flow or of its sentences: what it means and what
//! to do. `rappel help R104` and the manual come from this table.

use crate::code::Code;
use crate::words::Help;

/// The code `name`, written as in a message: `R104`, `w2`.
pub fn code(name: &str) -> Option<&'static Code> {
    CODES
        .iter()
        .find(|code| code.code.eq_ignore_ascii_case(name))
}

/// All codes, in order: R0 files, R1 names, R2 types, R3 paths, R4 prompts, R5 people, R6 rules, R7 limits, W
/// warnings. Those of a company's other files stand in the room `tenant`.
pub const CODES: &[Code] = &[
    entry(
        "R001",
        ["This is not TOML.", "Ceci n'est pas du TOML."],
        [
            "Look at the place shown: a quote, a bracket or an equals sign is missing or one too many.",
            "Regardez l'endroit indiqué : il manque un guillemet, un crochet ou un signe égal, ou il y en a un de trop.",
        ],
    ),
    entry(
        "R002",
        [
            "The file does not say which version of the language it is written in.",
            "Le fichier ne dit pas dans quelle version du langage il est écrit.",
        ],
        [
            "Begin the file with  rappel = 1",
            "Commencez le fichier par  rappel = 1",
        ],
    ),
    entry(
        "R101",
        [
            "This key or table does not exist here.",
            "Ce réglage ou ce tableau n'existe pas ici.",
        ],
        [
            "Write the name that was meant; `rappel help VERB` lists the keys of a step.",
            "Écrivez le nom voulu ; `rappel help VERBE` donne les réglages d'une étape.",
        ],
    ),
    entry(
        "R102",
        ["No verb has this name.", "Aucun verbe ne porte ce nom."],
        [
            "Write one of the verbs that `rappel help` lists.",
            "Écrivez l'un des verbes que donne `rappel help`.",
        ],
    ),
    entry(
        "R103",
        [
            "Something required is missing.",
            "Il manque quelque chose d'obligatoire.",
        ],
        ["Add the key that is named.", "Ajoutez le réglage indiqué."],
    ),
    entry(
        "R104",
        [
            "No step of this flow has this name.",
            "Aucune étape de ce flux ne porte ce nom.",
        ],
        [
            "Write the name of a step as it stands in its header [step.NAME], or add that step.",
            "Écrivez le nom d'une étape comme dans son titre [step.NOM], ou ajoutez cette étape.",
        ],
    ),
    entry(
        "R105",
        ["No prompt has this name.", "Aucune phrase ne porte ce nom."],
        [
            "Write the name as it stands in prompts.toml, or add the sentence there.",
            "Écrivez le nom comme dans prompts.toml, ou ajoutez-y la phrase.",
        ],
    ),
    entry(
        "R106",
        [
            "No calendar has this name.",
            "Aucun calendrier d'horaires ne porte ce nom.",
        ],
        [
            "Write the name as it stands in [calendar.NAME], or declare the calendar.",
            "Écrivez le nom comme dans [calendar.NOM], ou déclarez le calendrier.",
        ],
    ),
    entry(
        "R107",
        [
            "No person or team has this name.",
            "Aucune personne ou équipe ne porte ce nom.",
        ],
        [
            "Write the name as it stands in [person.NAME] or [team.NAME].",
            "Écrivez le nom comme dans [person.NOM] ou [team.NOM].",
        ],
    ),
    entry(
        "R108",
        [
            "No mailbox has this name.",
            "Aucune messagerie ne porte ce nom.",
        ],
        [
            "Write the name as it stands in [mailbox.NAME], or declare the mailbox.",
            "Écrivez le nom comme dans [mailbox.NOM], ou déclarez la messagerie.",
        ],
    ),
    entry(
        "R109",
        ["No flow has this name.", "Aucun flux ne porte ce nom."],
        [
            "Write the name of a file in flows/, without .toml.",
            "Écrivez le nom d'un fichier de flows/, sans .toml.",
        ],
    ),
    entry(
        "R110",
        [
            "The same name is declared twice.",
            "Le même nom est déclaré deux fois.",
        ],
        [
            "Remove one of the two, or give it another name.",
            "Retirez l'un des deux, ou donnez-lui un autre nom.",
        ],
    ),
    entry(
        "R111",
        [
            "A step lacks a way out that it needs.",
            "Il manque à une étape une sortie dont elle a besoin.",
        ],
        [
            "Add the on.WORD or press.K that is named.",
            "Ajoutez le on.MOT ou le press.T indiqué.",
        ],
    ),
    entry(
        "R112",
        [
            "This verb has no such outcome.",
            "Ce verbe n'a pas cette sortie.",
        ],
        [
            "Write an outcome that `rappel help VERB` lists, or remove the line.",
            "Écrivez une sortie que donne `rappel help VERBE`, ou retirez la ligne.",
        ],
    ),
    entry(
        "R113",
        [
            "This verb comes with a later release.",
            "Ce verbe viendra avec une prochaine version.",
        ],
        [
            "Use another verb for now.",
            "Employez un autre verbe pour l'instant.",
        ],
    ),
    entry(
        "R114",
        [
            "This part of the language comes with a later release.",
            "Cette partie du langage viendra avec une prochaine version.",
        ],
        ["Remove it for now.", "Retirez-la pour l'instant."],
    ),
    entry(
        "R115",
        [
            "A name is written in a way names are not.",
            "Un nom est écrit comme un nom ne s'écrit pas.",
        ],
        [
            "Use letters, digits, _ and -, 60 at most; a key of the telephone is 0-9, \"*\" or \"#\".",
            "Employez lettres, chiffres, _ et -, 60 au plus ; une touche de téléphone est 0-9, \"*\" ou \"#\".",
        ],
    ),
    entry(
        "R116",
        [
            "A language is used that the company or the flow does not speak.",
            "Une langue est employée que l'entreprise ou le flux ne parle pas.",
        ],
        [
            "Add it to `languages`, or use one of those.",
            "Ajoutez-la à `languages`, ou prenez l'une de celles-ci.",
        ],
    ),
    entry(
        "R117",
        [
            "No directory, or no column of it, has this name.",
            "Aucun annuaire, ou aucune de ses colonnes, ne porte ce nom.",
        ],
        [
            "Write the name as it stands in [directory.NAME], or the column as the first line of its file does.",
            "Écrivez le nom comme dans [directory.NOM], ou la colonne comme la première ligne de son fichier.",
        ],
    ),
    entry(
        "R118",
        ["No secret has this name.", "Aucun secret ne porte ce nom."],
        [
            "Ask the administrator to declare it in secrets.toml.",
            "Demandez à l'administrateur de le déclarer dans secrets.toml.",
        ],
    ),
    entry(
        "R119",
        [
            "A flow takes no such argument, or gives no such result.",
            "Un flux ne prend pas cet argument, ou ne rend pas ce résultat.",
        ],
        [
            "Write a name of its [args] or [results]; a flow that needs arguments is run by do = \"flow\".",
            "Écrivez un nom de ses [args] ou [results] ; un flux qui demande des arguments se lance par do = \"flow\".",
        ],
    ),
    entry(
        "R120",
        [
            "No queue of this kind has this name.",
            "Aucune file d'attente de cette sorte ne porte ce nom.",
        ],
        [
            "Write the name as it stands in [queue.NAME]: calls and written dialogues wait in different queues.",
            "Écrivez le nom comme dans [queue.NOM] : appels et dialogues écrits attendent dans des files différentes.",
        ],
    ),
    entry(
        "R121",
        ["No list has this name.", "Aucune liste ne porte ce nom."],
        [
            "Write the name as it stands in [list.NAME].",
            "Écrivez le nom comme dans [list.NOM].",
        ],
    ),
    entry(
        "R122",
        [
            "No line or destination has this name.",
            "Aucune ligne ou destination ne porte ce nom.",
        ],
        [
            "Write the name as it stands in [line.NAME] or [destination.NAME].",
            "Écrivez le nom comme dans [line.NOM] ou [destination.NOM].",
        ],
    ),
    entry(
        "R201",
        [
            "A value is of another type than its place needs.",
            "Une valeur n'est pas du type qu'il faut à sa place.",
        ],
        [
            "Write a value of the type that is named.",
            "Écrivez une valeur du type indiqué.",
        ],
    ),
    entry(
        "R202",
        [
            "This is no duration, time or date.",
            "Ceci n'est ni une durée, ni une heure, ni une date.",
        ],
        [
            "Write 5s, 20m, 2h, 3d or 1h30m; 08:30; 2026-12-24.",
            "Écrivez 5s, 20m, 2h, 3d ou 1h30m ; 08:30 ; 2026-12-24.",
        ],
    ),
    entry(
        "R203",
        [
            "A value is out of its bounds.",
            "Une valeur sort de ses limites.",
        ],
        [
            "Write a value between the two that are named.",
            "Écrivez une valeur entre les deux indiquées.",
        ],
    ),
    entry(
        "R204",
        ["Nothing has this name.", "Rien ne porte ce nom."],
        [
            "Declare the variable in [vars], or use a built-in value.",
            "Déclarez la variable dans [vars], ou prenez une valeur du langage.",
        ],
    ),
    entry(
        "R205",
        [
            "A value is used where it may be missing.",
            "Une valeur est employée là où elle peut manquer.",
        ],
        [
            "Test it with \"is set\" first, or give a default with \"??\".",
            "Testez d'abord avec « is set », ou donnez une valeur par défaut avec « ?? ».",
        ],
    ),
    entry(
        "R206",
        [
            "An expression is not well formed.",
            "Une expression est mal formée.",
        ],
        [
            "Compare what is written with the examples of the manual.",
            "Comparez avec les exemples du manuel.",
        ],
    ),
    entry(
        "R207",
        [
            "Two values of different types are compared or joined.",
            "Deux valeurs de types différents sont comparées ou réunies.",
        ],
        [
            "Compare like with like: a duration with 10m, a time with 08:30, a text with 'words'.",
            "Comparez ce qui se ressemble : une durée à 10m, une heure à 08:30, un texte à 'mots'.",
        ],
    ),
    entry(
        "R208",
        [
            "A function does not exist, or does not take this.",
            "Une fonction n'existe pas, ou ne prend pas ceci.",
        ],
        [
            "Write a function of the language with the values it takes.",
            "Écrivez une fonction du langage avec les valeurs qu'elle prend.",
        ],
    ),
    entry(
        "R209",
        [
            "This word is none of those that may stand here.",
            "Ce mot n'est pas de ceux qui peuvent être ici.",
        ],
        [
            "Write one of the words that are named.",
            "Écrivez l'un des mots indiqués.",
        ],
    ),
    entry(
        "R210",
        [
            "A secret would be written or said.",
            "Un secret serait écrit ou dit.",
        ],
        [
            "Do not write it anywhere; say secret = false if it is none.",
            "Ne l'écrivez nulle part ; dites secret = false si ce n'en est pas un.",
        ],
    ),
    entry(
        "R213",
        [
            "A value is not what its key takes.",
            "Une valeur n'est pas ce que prend son réglage.",
        ],
        [
            "Write it as the message shows.",
            "Écrivez-la comme le montre le message.",
        ],
    ),
    entry(
        "R301",
        [
            "A caller would hear nothing before the call ends.",
            "L'appelant n'entendrait rien avant la fin de l'appel.",
        ],
        [
            "Lead the way that is named to a step that says something or takes a message.",
            "Menez la sortie indiquée à une étape qui dit quelque chose ou prend un message.",
        ],
    ),
    entry(
        "R302",
        ["A step leads nowhere.", "Une étape ne mène nulle part."],
        ["Add next = \"STEP\".", "Ajoutez next = \"ÉTAPE\"."],
    ),
    entry(
        "R303",
        [
            "Calls would go round in a circle without the caller.",
            "Les appels tourneraient en rond sans l'appelant.",
        ],
        [
            "Put a menu or a voicemail into the circle, or lead out of it.",
            "Mettez un menu ou une messagerie dans le cercle, ou sortez-en.",
        ],
    ),
    entry(
        "R304",
        [
            "A line that is never answered would be answered.",
            "Une ligne qui ne décroche jamais décrocherait.",
        ],
        [
            "Refuse the call with do = \"reject\", or let the line answer.",
            "Refusez l'appel par do = \"reject\", ou laissez la ligne décrocher.",
        ],
    ),
    entry(
        "R305",
        [
            "Something would be said to a caller who has hung up.",
            "On parlerait à un appelant qui a raccroché.",
        ],
        [
            "After on_hangup use only steps that need no caller: tag, count, text, task.",
            "Après on_hangup, n'employez que des étapes sans appelant : tag, count, text, task.",
        ],
    ),
    entry(
        "R306",
        [
            "The caller would hear nothing for more than two seconds.",
            "L'appelant n'entendrait rien pendant plus de deux secondes.",
        ],
        [
            "Say something in between, or shorten the pauses.",
            "Dites quelque chose entre-temps, ou raccourcissez les pauses.",
        ],
    ),
    entry(
        "R307",
        [
            "What follows a step can never happen, because the flow it calls does not come back.",
            "Ce qui suit une étape n'arrive jamais, car le flux qu'elle appelle ne revient pas.",
        ],
        [
            "End that flow with do = \"return\", or go there by do = \"goto\".",
            "Terminez ce flux par do = \"return\", ou allez-y par do = \"goto\".",
        ],
    ),
    entry(
        "R308",
        [
            "A call would be recorded without the caller being told or agreeing.",
            "Un appel serait enregistré sans que l'appelant soit prévenu ou d'accord.",
        ],
        [
            "Put a consent of kind \"recording\" before it, and lead only on.yes to it when it asks.",
            "Mettez avant un consent de kind \"recording\" ; s'il pose la question, n'y menez que on.yes.",
        ],
    ),
    entry(
        "R401",
        [
            "A sentence is missing in a language.",
            "Une phrase manque dans une langue.",
        ],
        ["Write it in prompts.toml.", "Écrivez-la dans prompts.toml."],
    ),
    entry(
        "R402",
        ["A sentence is too long.", "Une phrase est trop longue."],
        ["Cut it in two.", "Coupez-la en deux."],
    ),
    entry(
        "R403",
        [
            "A value cannot be said at its place in a sentence.",
            "Une valeur ne peut pas être dite à sa place dans une phrase.",
        ],
        [
            "Choose a format that fits the value, or a value that surely exists at this step.",
            "Choisissez un format qui convient à la valeur, ou une valeur qui existe sûrement à cette étape.",
        ],
    ),
    entry(
        "R404",
        [
            "A hole of a sentence is not well formed.",
            "Un trou dans une phrase est mal formé.",
        ],
        [
            "Write {value|format}; {{ and }} stand for braces.",
            "Écrivez {valeur|format} ; {{ et }} représentent les accolades.",
        ],
    ),
    entry(
        "R405",
        [
            "A sentence has neither a recording nor a voice.",
            "Une phrase n'a ni enregistrement ni voix.",
        ],
        [
            "Record it, install espeak-ng, or set another voice under [tts] in rappel.toml.",
            "Enregistrez-la, installez espeak-ng, ou réglez une autre voix sous [tts] dans rappel.toml.",
        ],
    ),
    entry(
        "R406",
        [
            "A sentence says nothing: it has neither words nor a value.",
            "Une phrase ne dit rien : elle n'a ni mots ni valeur.",
        ],
        [
            "Write what callers shall hear, or leave the sentence out.",
            "Écrivez ce que les appelants entendront, ou supprimez la phrase.",
        ],
    ),
    entry(
        "R501",
        [
            "Nobody could be reached here.",
            "Personne ne pourrait être joint ici.",
        ],
        [
            "Add members to the team, or phones to the person.",
            "Ajoutez des membres à l'équipe, ou des téléphones à la personne.",
        ],
    ),
    entry(
        "R502",
        [
            "A mailbox takes no voice and nothing else is offered.",
            "Une messagerie n'enregistre pas de voix et rien d'autre n'est proposé.",
        ],
        ["Add on.off to the step.", "Ajoutez on.off à l'étape."],
    ),
    entry(
        "R606",
        [
            "An address is not on the list of those allowed.",
            "Une adresse n'est pas sur la liste de celles qui sont permises.",
        ],
        [
            "Add it to  [http] allow  in tenant.toml: its host and path before the first hole.",
            "Ajoutez-la à  [http] allow  dans tenant.toml : hôte et chemin jusqu'au premier trou.",
        ],
    ),
    entry(
        "R701",
        [
            "Something has grown beyond its limit.",
            "Quelque chose dépasse sa limite.",
        ],
        ["Split it into several.", "Partagez-le en plusieurs."],
    ),
    entry(
        "R702",
        ["A file is too large.", "Un fichier est trop grand."],
        ["Split it into several.", "Partagez-le en plusieurs."],
    ),
    entry(
        "R704",
        [
            "Flows call each other too deep.",
            "Les flux s'appellent trop profond.",
        ],
        [
            "Come back with do = \"return\", or go on by do = \"goto\".",
            "Revenez par do = \"return\", ou continuez par do = \"goto\".",
        ],
    ),
    entry(
        "W1",
        [
            "A step is never reached.",
            "Aucun chemin ne mène à une étape.",
        ],
        [
            "Lead a way to it, or remove it.",
            "Menez-y un chemin, ou supprimez-la.",
        ],
    ),
    entry(
        "W2",
        [
            "A key is offered that no sentence speaks of.",
            "Une touche est proposée dont aucune phrase ne parle.",
        ],
        ["Add it to the sentence.", "Annoncez-la dans la phrase."],
    ),
    entry(
        "W3",
        [
            "A menu offers too much, or stands too deep.",
            "Un menu propose trop, ou vient trop loin.",
        ],
        [
            "Offer five choices at most, behind three menus at most.",
            "Proposez cinq choix au plus, après deux autres menus au plus.",
        ],
    ),
    entry(
        "W4",
        [
            "A recording is older than its sentence.",
            "Un enregistrement est plus ancien que sa phrase.",
        ],
        [
            "Record the sentence again.",
            "Enregistrez de nouveau la phrase.",
        ],
    ),
    entry(
        "W5",
        [
            "Callers listen for more than a minute before anybody is called.",
            "Les appelants écoutent plus d'une minute avant qu'on appelle quelqu'un.",
        ],
        [
            "Shorten the sentences, or call somebody sooner.",
            "Raccourcissez les phrases, ou appelez quelqu'un plus tôt.",
        ],
    ),
    entry(
        "W6",
        [
            "A choice offered when closed leaves nothing behind.",
            "Un choix proposé quand c'est fermé ne laisse aucune trace.",
        ],
        [
            "Lead it to a voicemail, a callback or a text.",
            "Menez-le à une messagerie, un rappel ou un texto.",
        ],
    ),
    entry(
        "W7",
        [
            "A variable is never read.",
            "Une variable n'est jamais lue.",
        ],
        ["Use it, or remove it.", "Employez-la, ou retirez-la."],
    ),
    entry(
        "W8",
        [
            "A sentence is longer than twenty seconds.",
            "Une phrase dure plus de vingt secondes.",
        ],
        [
            "Shorten it, or cut it in two.",
            "Raccourcissez-la, ou coupez-la en deux.",
        ],
    ),
    entry(
        "W10",
        [
            "A verb is not available yet: its steps fail when a call comes to them.",
            "Un verbe n'est pas encore disponible : ses étapes échouent quand un appel y vient.",
        ],
        [
            "Use what the message names instead, for now.",
            "Employez pour l'instant ce que le message indique.",
        ],
    ),
    entry(
        "W13",
        [
            "A setting of rappel.toml works otherwise than it seems.",
            "Un réglage de rappel.toml agit autrement qu'il n'y paraît.",
        ],
        [
            "Change what the message names, or leave it knowingly.",
            "Changez ce que nomme le message, ou laissez-le en connaissance de cause.",
        ],
    ),
];

const fn entry(code: &'static str, title: [&'static str; 2], remedy: [&'static str; 2]) -> Code {
    Code {
        code,
        title: Help {
            en: title[0],
            fr: title[1],
        },
        remedy: Help {
            en: remedy[0],
            fr: remedy[1],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_told_once_in_both_languages() {
        for pair in CODES.windows(2) {
            let key = |code: &Code| {
                let number: u32 = code.code[1..].parse().unwrap();
                (code.code.starts_with('W'), number)
            };
            assert!(key(&pair[0]) < key(&pair[1]), "{}", pair[1].code);
        }
        for code in CODES {
            let texts = [code.title.en, code.title.fr, code.remedy.en, code.remedy.fr];
            assert!(texts.iter().all(|text| text.len() > 10), "{}", code.code);
            assert_ne!(code.title.en, code.title.fr, "{}", code.code);
            assert!(super::code(&code.code.to_lowercase()).is_some());
        }
    }
}
