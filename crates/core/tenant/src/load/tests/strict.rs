//! Every table of FLOWS §7 and §14 broken in one place: the code, and what is said in both languages.

use rappel_ivr::words::Lang;

use super::tables::{MORE, error, with};
use super::*;

/// The errors of the tables with `from` replaced by `to`: one of them has this code and says this.
fn broken(from: &str, to: &str, code: &str, en: &str, fr: &str) {
    assert!(MORE.contains(from), "{from}");
    let problems = load_alone(&with(&MORE.replacen(from, to, 1)));
    let problems = problems.err().unwrap_or_else(|| panic!("{to} is taken"));
    let says = |problem: &Diagnostic| {
        let (one, two) = (
            problem.shown(Lang::En).to_string(),
            problem.shown(Lang::Fr).to_string(),
        );
        problem.is_error() && problem.code == code && one.contains(en) && two.contains(fr)
    };
    let shown: Vec<_> = problems
        .iter()
        .map(|p| format!("{}\n{}", p.shown(Lang::En), p.shown(Lang::Fr)))
        .collect();
    assert!(
        problems.iter().any(says),
        "{to}: {code} {en} {fr}\n{}",
        shown.join("\n")
    );
}

#[test]
fn queues_are_read_strictly() {
    for (from, to, code, en, fr) in [
        (
            "team      = \"atelier\"",
            "",
            "R103",
            "has no \"team\"",
            "n'a pas de « team »",
        ),
        (
            "team      = \"atelier\"",
            "team = \"ateliers\"",
            "R107",
            "did you mean \"atelier\"",
            "aucune équipe",
        ),
        (
            "\"skills\"\nrelax",
            "\"skils\"\nrelax",
            "R209",
            "\"strategy\" is one of",
            "au choix",
        ),
        (
            "max_wait  = \"30m\"",
            "max_wait = \"5h\"",
            "R203",
            "between 10s and 4h",
            "entre 10s et 4h",
        ),
        (
            "max_size  = 12",
            "max_size = 0",
            "R203",
            "between 1 and 1000",
            "entre 1 et 1000",
        ),
        (
            "quiet_key = \"5\"",
            "quiet_key = \"55\"",
            "R201",
            "is a key",
            "est une touche",
        ),
        (
            "after = \"6m\"",
            "after = \"2m\"",
            "R213",
            "grow from one to the next",
            "en augmentant",
        ),
        (
            "first    = \"occupe\"",
            "first = \"ocupe\"",
            "R105",
            "no prompt",
            "aucune phrase",
        ),
        (
            "unknown  = \"ferme\"",
            "",
            "R103",
            "cannot be said honestly",
            "honnêtement",
        ),
        (
            "confidence = 90",
            "confidence = 99",
            "R203",
            "between 50 and 95",
            "entre 50 et 95",
        ),
        (
            "ring         = \"30s\"",
            "ring = \"10s\"",
            "R603",
            "rings 15s at least",
            "sonne au moins 15s",
        ),
        (
            "\"next_open\"",
            "\"never\"",
            "R209",
            "next_open",
            "next_open",
        ),
        (
            "destinations = [\"FR\", \"BE\"]",
            "destinations = [\"FR\", \"CH\"]",
            "R507",
            "may not call CH",
            "ne peut pas appeler CH",
        ),
        (
            "destinations = [\"FR\", \"BE\"]",
            "destinations = []",
            "R507",
            "is empty",
            "est vide",
        ),
        (
            "destinations = [\"FR\", \"BE\"]",
            "destinations = [\"France\"]",
            "R213",
            "is no country",
            "n'est pas un pays",
        ),
        (
            "[\"08:00-20:00\"]",
            "[\"10:00-18:00\"]",
            "R602",
            "mon permits 10:00-18:00",
            "mon permet 10:00-18:00",
        ),
        (
            "breach     = \"10m\"",
            "breach = \"5m\"",
            "R213",
            "comes after \"reply_by\"",
            "vient après",
        ),
        (
            "kind       = \"text\"\n",
            "",
            "R101",
            "for queues of written dialogues",
            "dialogues écrits",
        ),
        (
            "per_person = 6",
            "music = \"calme\"",
            "R101",
            "is for queues of calls",
            "files d'appels",
        ),
        (
            "members = [\"karim\"]",
            "members = [\"skill:rien\"]",
            "R501",
            "nobody serves the queue",
            "personne ne sert la file",
        ),
    ] {
        broken(from, to, code, en, fr);
    }
}

#[test]
fn mailboxes_escalate_to_somebody() {
    for (from, to, code, en, fr) in [
        (
            "text   = \"+33639981112\"",
            "",
            "R506",
            "can be told by \"sms\"",
            "prévenu par « sms »",
        ),
        (
            "phones = [\"poste-12\"]",
            "",
            "R506",
            "can be told by \"call\"",
            "prévenu par « call »",
        ),
        (
            "\"team:atelier\"",
            "\"team:ateliers\"",
            "R107",
            "no team",
            "aucune équipe",
        ),
        (
            "\"team:atelier\"",
            "\"atelier\"",
            "R213",
            "write person:NAME",
            "écrivez person:NOM",
        ),
        (
            "\"desk\", \"email\"",
            "\"bureau\"",
            "R209",
            "desk, email",
            "desk, email",
        ),
        (
            "after = \"1d\"",
            "after = \"1h\"",
            "R213",
            "grow from one to the next",
            "en augmentant",
        ),
        (
            "hear_by  = \"2h\"",
            "hear_by = \"2s\"",
            "R203",
            "between 1m",
            "entre 1m",
        ),
        (
            "receipt  = true",
            "receipt = \"oui\"",
            "R201",
            "write true or false",
            "true (oui)",
        ),
        (
            "by = \"call\" }]",
            "by = \"call\", who = 1 }]",
            "R101",
            "has no key \"who\"",
            "de réglage « who »",
        ),
    ] {
        broken(from, to, code, en, fr);
    }
    let off = "[mailbox.accueil]\nteam     = \"ventes\"";
    assert_shows(
        &problem(&[(
            "tables.toml",
            &TABLES.replace(off, &format!("{off}\nvoice = \"off\"")),
        )]),
        &["R502", "calls are rescued to \"accueil\"", "tenant.toml:7:"],
    );
}

#[test]
fn campaigns_lists_and_surveys_are_read_strictly() {
    for (from, to, code, en, fr) in [
        (
            "kind      = \"missed_call\"",
            "",
            "R103",
            "has no \"kind\"",
            "n'a pas de « kind »",
        ),
        (
            "\"2026-05-31\"",
            "\"2026-02-01\"",
            "R213",
            "this ends on",
            "ceci finit le",
        ),
        (
            "ring      = \"3s\"",
            "ring = \"30s\"",
            "R203",
            "between 1s and 10s",
            "entre 1s et 10s",
        ),
        (
            "\"declined\"",
            "\"gone\"",
            "R209",
            "not_in_service",
            "not_in_service",
        ),
        (
            "once_per  = \"10m\"",
            "once_per = \"often\"",
            "R213",
            "write day, campaign",
            "écrivez day",
        ),
        (
            "callback = \"atelier\", within",
            "callback = \"ventes\", within",
            "R120",
            "no queue",
            "aucune file d'attente",
        ),
        (
            "forget_key = \"30d\"",
            "forget_key = \"1h\"",
            "R203",
            "between 1d",
            "entre 1d",
        ),
        (
            "[[campaign.essai.line]]\nnumber = \"+33199000042\"",
            "[[campaign.essai.line]]\nnumber = \"0199\"",
            "R214",
            "international",
            "international",
        ),
        (
            "[[campaign.essai.line]]\nnumber = \"+33199000042\"",
            "[[campaign.essai.line]]\nnumber = \"+33199000041\"",
            "R504",
            "already",
            "déjà pris",
        ),
        (
            "person = \"karim\"\n[[",
            "person = \"karin\"\n[[",
            "R107",
            "did you mean \"karim\"",
            "vouliez-vous dire",
        ),
        ("\"5/day\"", "\"5 a day\"", "R213", "10/hour", "10/hour"),
        (
            "body.en = \"Thank you!\"",
            "",
            "R401",
            "no words in \"en\"",
            "pas de texte en « en »",
        ),
        (
            "\"marque@exemple.fr\"",
            "\"marque\"",
            "R213",
            "e-mail address",
            "adresse électronique",
        ),
        (
            "\"by_line\"",
            "\"by_person\", \"by_moon\"",
            "R209",
            "by_hour",
            "by_hour",
        ),
        (
            "leave   = \"+33199000052\"",
            "",
            "R605",
            "nobody can leave",
            "personne ne peut quitter",
        ),
        (
            "keep    = \"3y\"",
            "keep = \"9y\"",
            "R203",
            "between 1d",
            "entre 1d",
        ),
        (
            "hours   = [\"10:00-13:00\"]",
            "hours = [\"06:00-13:00\"]",
            "R602",
            "offers would go out",
            "des offres partiraient",
        ),
        (
            "list = \"offres\"",
            "list = \"ofres\"",
            "R121",
            "no list",
            "aucune liste",
        ),
        (
            "list = \"offres\", ",
            "",
            "R601",
            "did not ask",
            "rien demandé",
        ),
        (
            "label.en = \"Bad\"",
            "",
            "R401",
            "no words in \"en\"",
            "pas de texte",
        ),
        (
            "[[survey.voyage.answer]]\nnumber   = \"+33199000062\"\nlabel.fr = \"Mal\"\nlabel.en = \"Bad\"\nthen     = { callback = \"atelier\" }",
            "",
            "R103",
            "two answers at least",
            "au moins deux réponses",
        ),
        (
            "campaign = \"essai\"\nanswer   = \"never\"",
            "campaign = \"essai\"\nanswer = \"auto\"",
            "R213",
            "never answered",
            "jamais décrochées",
        ),
        (
            "person = \"karim\"\n\n[line.panneau]",
            "person = \"karim\"\nflow = \"accueil\"\n\n[line.panneau]",
            "R103",
            "leads to several: flow, person",
            "mène à plusieurs",
        ),
    ] {
        broken(from, to, code, en, fr);
    }
}

#[test]
fn what_is_reached_and_how_much_is_read_strictly() {
    for (from, to, code, en, fr) in [
        (
            "\"clients.csv\"",
            "\"client.csv\"",
            "R117",
            "there is no file",
            "pas de fichier",
        ),
        (
            "\"clients.csv\"",
            "\"../clients.csv\"",
            "R213",
            "is not a CSV file of this folder",
            "n'est pas un fichier CSV",
        ),
        (
            "key      = \"telephone\"",
            "key = \"telefone\"",
            "R117",
            "did you mean \"telephone\"",
            "telephone, nom",
        ),
        (
            "\"+33199000077\"",
            "\"+41791234567\"",
            "R507",
            "may not call CH",
            "ne peut pas appeler CH",
        ),
        (
            "queue       = \"atelier\"",
            "queue = \"textos\"",
            "R213",
            "is for written dialogues",
            "dialogues écrits",
        ),
        (
            "\"https://www.exemple.fr\"",
            "\"http://www.exemple.fr/page\"",
            "R213",
            "is not a web site",
            "n'est pas un site web",
        ),
        (
            "languages   = [\"fr\"]",
            "languages = [\"fr-CH\"]",
            "R213",
            "does not speak",
            "ne parle pas",
        ),
        (
            "on.give_up",
            "on.gave_up",
            "R101",
            "no outcome \"gave_up\"",
            "pas d'issue",
        ),
        ("v1/\"", "v1\"", "R213", "with the final /", "le / final"),
        (
            "steps         = 50",
            "steps = 0",
            "R203",
            "between 1",
            "entre 1",
        ),
        (
            "calls    = \"1y\"",
            "calls = \"1h\"",
            "R203",
            "between 1d",
            "entre 1d",
        ),
        (
            "hours        = [\"08:00-20:00\"]",
            "hours = \"garages\"",
            "R106",
            "no calendar",
            "aucun calendrier",
        ),
        (
            "[limits]",
            "[limit]",
            "R101",
            "did you mean \"limits\"",
            "vouliez-vous dire",
        ),
        (
            "[limits]",
            "[flow]\nstart = \"x\"\n[limits]",
            "R101",
            "flows are in flows/NAME.toml",
            "les flux sont dans",
        ),
    ] {
        broken(from, to, code, en, fr);
    }
    let mut files = with(MORE);
    files.add("z.toml", "[limits]\nflows = 5\n").unwrap();
    assert_shows(
        &error(&files),
        &[
            "R110",
            "[limits] is declared twice",
            "first declared at tenants/garage/more.toml",
        ],
    );
    let flows = MORE.replacen("flows         = 5", "flows = 1", 1);
    let mut files = with(&flows);
    files.add("flows/autre.toml", FLOW).unwrap();
    assert_shows(&error(&files), &["R703", "has 2 flows, and may have 1"]);
}
