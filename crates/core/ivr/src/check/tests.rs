//! Broken flows and what is said about them: one table, and three shown whole.

use proptest::prelude::*;

use crate::diagnostic::Diagnostic;
use crate::flow::{FlowSet, Use};
use crate::testing::{company, file, sentences};

const HEAD: &str = "rappel = 1\n[flow]\nstart = \"a\"\n[vars]\nn = { type = \"number\", default = 3 }\nt = { type = \"text\" }\n";
const END: &str = "\n[step.fin]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n";

fn problems(files: &[(&str, String)], uses: &[Use]) -> Vec<Diagnostic> {
    let files: Vec<_> = files.iter().map(|(name, text)| file(name, text)).collect();
    match FlowSet::load(&files, sentences(), &company(), uses) {
        Ok((_, warnings)) => warnings,
        Err(problems) => problems,
    }
}

/// The problems of one flow, as `code line:column`.
fn found(text: &str) -> Vec<String> {
    let shown = |p: &Diagnostic| format!("{} {}:{}", p.code, p.place.line, p.place.column);
    problems(&[("essai", text.to_owned())], &[])
        .iter()
        .map(shown)
        .collect()
}

/// One broken step `a` (its `do` stands in line 8), then a good end.
fn step(body: &str) -> Vec<String> {
    let all = found(&format!("{HEAD}[step.a]\n{body}{END}"));
    all.into_iter()
        .filter(|p| !p.starts_with("W1 ") && !p.starts_with("W7"))
        .collect()
}

#[test]
fn a_default_that_cannot_be_read_is_told_once_and_how_to_write_it() {
    let body = "do = \"tag\"\ntags.x = \"x\"\nif = \"v = v\"\nnext = \"fin\"";
    for (declared, label) in [
        (
            "{ type = \"date\", default = 2026-11-24 }",
            "put it in quotes: \"2026-11-24\"",
        ),
        (
            "{ type = \"number\", default = 1.5 }",
            "write a whole number",
        ),
        (
            "{ type = \"duration\", default = 5 }",
            "in quotes, as in \"1h30m\"",
        ),
        (
            "{ type = \"yesno\", default = \"oui\" }",
            "write true or false",
        ),
    ] {
        let head = HEAD.replace("t = {", &format!("v = {declared}\nt = {{"));
        let text = format!("{head}[step.a]\n{body}{END}");
        let all = problems(&[("essai", text)], &[]);
        let errors: Vec<_> = all.iter().filter(|p| p.is_error()).collect();
        assert_eq!(errors.len(), 1, "{declared}: {all:?}");
        assert_eq!(errors[0].code, "R201");
        assert_eq!(errors[0].label.as_ref().unwrap().en, label, "{declared}");
    }
}

mod people;
mod secrets;

#[test]
fn every_mistake_in_a_step_has_its_code_and_place() {
    for (body, expected) in [
        (
            "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fni\"",
            "R104 10:8",
        ),
        ("do = \"plya\"\nnext = \"fin\"", "R102 8:6"),
        ("do = \"follow\"\nnext = \"fin\"", "R113 8:6"),
        ("do = \"listen\"\nnext = \"fin\"", "R102 8:6"),
        ("next = \"fin\"", "R103 7:1"),
        ("do = \"play\"\nnext = \"fin\"", "R103 7:1"),
        (
            "do = \"play\"\nprompt = \"bonjuor\"\nnext = \"fin\"",
            "R105 9:10",
        ),
        (
            "do = \"play\"\nprompt = \"seul\"\nnext = \"fin\"",
            "R401 9:10",
        ),
        ("do = \"play\"\nprompt = 3\nnext = \"fin\"", "R201 9:10"),
        ("do = \"play\"\nprompt = []\nnext = \"fin\"", "R203 9:10"),
        (
            "do = \"play\"\nprompt = \"bonjour\"\nintterupt = true\nnext = \"fin\"",
            "R101 10:1",
        ),
        (
            "do = \"play\"\nprompt = \"bonjour\"\ninterrupt = \"yes\"\nnext = \"fin\"",
            "R201 10:13",
        ),
        (
            "do = \"play\"\nprompt = \"bonjour\"\nrepeat = 11\nnext = \"fin\"",
            "R203 10:10",
        ),
        ("do = \"play\"\nprompt = \"bonjour\"", "R302 7:1"),
        (
            "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\nnext = \"fin\"",
            "R110 11:1",
        ),
        (
            "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\non.closed = \"fin\"",
            "R112 11:4",
        ),
        (
            "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\npress.1 = \"fin\"",
            "R101 11:1",
        ),
        (
            "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\nmax_visits = 51",
            "R203 11:14",
        ),
        (
            "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\nif = \"n > 'x'\"",
            "R207 11:9",
        ),
        (
            "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\nif = \"t = 'x'\"",
            "R205 11:7",
        ),
        (
            "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\ntags.x = \"{nn}\"",
            "R204 11:12",
        ),
        (
            "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\ntags.x = \"{n\"",
            "R404 11:11",
        ),
        (
            "do = \"play\"\nprompt = \"absente\"\nnext = \"fin\"",
            "R403 9:10",
        ),
        ("do = \"ring\"\nfor = \"10\"\nnext = \"fin\"", "R202 9:7"),
        (
            "do = \"collect\"\nprompt = \"bonjour\"\ninto = \"t\"\nend = \"5\"\nnext = \"fin\"\non.give_up = \"fin\"",
            "R213 11:7",
        ),
        (
            "do = \"collect\"\nprompt = \"bonjour\"\ninto = \"t\"\nend = \"*\"\nnext = \"fin\"\non.give_up = \"fin\"\non.cancel = \"fin\"",
            "R213 11:7",
        ),
        ("do = \"pause\"\nfor = \"3s\"\nnext = \"fin\"", "R203 9:7"),
        ("do = \"reject\"\nas = \"bussy\"", "R209 9:6"),
        ("do = \"reject\"\nnext = \"fin\"", "R101 9:8"),
        (
            "do = \"menu\"\nprompt = \"menu\"\non.give_up = \"fin\"",
            "R111 7:1",
        ),
        (
            "do = \"menu\"\nprompt = \"menu\"\npress.1 = \"fin\"",
            "R111 7:1",
        ),
        (
            "do = \"menu\"\nprompt = \"menu\"\npress.A = \"fin\"\npress.1 = \"fin\"\non.give_up = \"fin\"",
            "R115 10:7",
        ),
        (
            "do = \"menu\"\nprompt = \"menu\"\npress.7 = \"fin\"\non.give_up = \"fin\"",
            "W2 10:11",
        ),
        (
            "do = \"collect\"\nprompt = \"dossier\"\ninto = \"x\"\nnext = \"fin\"\non.give_up = \"fin\"",
            "R204 10:8",
        ),
        (
            "do = \"collect\"\nprompt = \"dossier\"\ninto = \"n\"\nnext = \"fin\"\non.give_up = \"fin\"",
            "R201 10:8",
        ),
        (
            "do = \"collect\"\nprompt = \"dossier\"\ninto = \"t\"\nmin = 5\nmax = 4\nnext = \"fin\"\non.give_up = \"fin\"",
            "R203 11:7",
        ),
        (
            "do = \"collect\"\nprompt = \"dossier\"\ninto = \"t\"\nask = \"date\"\nnext = \"fin\"\non.give_up = \"fin\"",
            "R201 10:8",
        ),
        (
            "do = \"collect\"\nprompt = \"dossier\"\ninto = \"t\"\nask = \"pin\"\nconfirm = \"relire\"\nnext = \"fin\"\non.give_up = \"fin\"",
            "R210 12:11",
        ),
        (
            "do = \"hours\"\ncalendar = \"magazin\"\non.open = \"fin\"\non.closed = \"fin\"",
            "R106 9:12",
        ),
        (
            "do = \"hours\"\non.open = \"fin\"\non.closed = \"fin\"",
            "R103 7:1",
        ),
        (
            "do = \"hours\"\ncalendar = \"magasin\"\non.open = \"fin\"",
            "R111 7:1",
        ),
        (
            "do = \"switch\"\ncase = [{ if = \"n\", then = \"fin\" }]\nelse = \"fin\"",
            "R201 9:16",
        ),
        (
            "do = \"switch\"\ncase = [{ if = \"n > 2\" }]\nelse = \"fin\"",
            "R103 9:9",
        ),
        ("do = \"switch\"\ncase = []\nelse = \"fin\"", "R203 9:8"),
        ("do = \"set\"\nset.n = \"'x'\"\nnext = \"fin\"", "R201 9:9"),
        ("do = \"set\"\nset.m = \"1\"\nnext = \"fin\"", "R204 9:5"),
        ("do = \"goto\"\nflow = \"acceuil\"", "R109 9:8"),
        (
            "do = \"reach\"\nperson = \"duran\"\non.absent = \"fin\"\nnext = \"fin\"",
            "R107 9:10",
        ),
        (
            "do = \"reach\"\nperson = \"durand\"\nnext = \"fin\"",
            "R111 9:10",
        ),
        (
            "do = \"reach\"\nperson = \"sans\"\non.absent = \"fin\"\nnext = \"fin\"",
            "R501 9:10",
        ),
        (
            "do = \"reach\"\nteam = \"vide\"\nnext = \"fin\"",
            "R501 9:8",
        ),
        (
            "do = \"reach\"\nteam = \"ventes\"\nring = \"5s\"\nnext = \"fin\"",
            "R203 10:8",
        ),
        (
            "do = \"reach\"\nteam = \"ventes\"\nscreen = true\nnext = \"fin\"",
            "W10 7:1",
        ),
        (
            "do = \"voicemail\"\nmailbox = \"accuel\"\nnext = \"fin\"\non.empty = \"fin\"",
            "R108 9:11",
        ),
        (
            "do = \"voicemail\"\nmailbox = \"muette\"\nnext = \"fin\"\non.empty = \"fin\"",
            "R502 9:11",
        ),
        (
            "do = \"voicemail\"\nmailbox = \"*default\"\nnext = \"fin\"\non.empty = \"fin\"",
            "R108 9:11",
        ),
        ("do = \"tag\"\nnext = \"fin\"", "R103 7:1"),
        ("do = \"count\"\nnext = \"fin\"", "R103 7:1"),
    ] {
        assert_eq!(step(body), [expected], "{body}");
    }
}

#[test]
fn every_mistake_around_steps_has_its_code_and_place() {
    let good = "[step.a]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n";
    for (text, expected) in [
        ("rappel = 1\n[flow\n".to_owned(), vec!["R001 2:6"]),
        (format!("[flow]\nstart = \"a\"\n{good}"), vec!["R002 1:1"]),
        (
            format!("rappel = 2\n[flow]\nstart = \"a\"\n{good}"),
            vec!["R002 1:10"],
        ),
        (format!("rappel = 1\n{good}"), vec!["R103 1:1"]),
        (format!("rappel = 1\n[flow]\n{good}"), vec!["R103 2:1"]),
        (
            format!("rappel = 1\n[flow]\nstart = \"b\"\n{good}"),
            vec!["R104 3:9"],
        ),
        (
            format!("rappel = 1\n[flow]\nstart = \"a\"\ntitel = \"x\"\n{good}"),
            vec!["R101 4:1"],
        ),
        (
            format!("rappel = 1\n[flow]\nstart = \"a\"\nlanguages = [\"de\"]\n{good}"),
            vec!["R116 4:14"],
        ),
        (
            format!("rappel = 1\n[flow]\nstart = \"a\"\n[vras]\n{good}"),
            vec!["R101 4:2"],
        ),
        (
            format!(
                "rappel = 1\n[flow]\nstart = \"a\"\n[args]\nkeys = {{ type = \"text\" }}\n{good}"
            ),
            vec!["R115 5:1"],
        ),
        (
            format!(
                "rappel = 1\n[flow]\nstart = \"a\"\n[vars]\nx = {{ type = \"money\" }}\n{good}"
            ),
            vec!["W7 5:1"],
        ),
        (
            format!("rappel = 1\n[flow]\nstart = \"a\"\n[vars]\nx = {{ type = \"txt\" }}\n{good}"),
            vec!["R209 5:14"],
        ),
        (
            format!(
                "rappel = 1\n[flow]\nstart = \"a\"\n[vars]\nx = {{ type = \"number\", default = \"3\" }}\n{good}"
            ),
            vec!["R201 5:34", "W7 5:1"],
        ),
        (
            format!(
                "rappel = 1\n[flow]\nstart = \"a\"\n[vars]\nx = {{ type = \"number\" }}\n{good}"
            ),
            vec!["W7 5:1"],
        ),
        (
            format!("rappel = 1\n[flow]\nstart = \"a\"\n{good}[step.b]\ndo = \"hangup\"\n"),
            vec!["W1 7:1"],
        ),
        (
            format!("rappel = 1\n[flow]\nstart = \"a\"\non_hangup = \"a\"\n{good}[step.a]\n"),
            vec!["R110 8:7"],
        ),
        (
            format!("rappel = 1\nstep = 3\n[flow]\nstart = \"a\"\n{}", ""),
            vec!["R201 2:8", "R104 4:9"],
        ),
    ] {
        let mut found = found(&text);
        found.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn paths_are_followed() {
    let flow = |steps: &str| format!("rappel = 1\n[flow]\nstart = \"a\"\n{steps}{END}");
    let hours = "do = \"hours\"\ncalendar = \"magasin\"\n";
    for (steps, expected) in [
        ("[step.a]\ndo = \"hangup\"\n", vec!["R301 4:1", "W1 7:1"]),
        (
            &format!(
                "[step.a]\n{hours}on.open = \"b\"\non.closed = \"fin\"\n[step.b]\ndo = \"hangup\"\n"
            ),
            vec!["R301 7:11"],
        ),
        (
            "[step.a]\ndo = \"play\"\nprompt = \"bonjour\"\nnext = \"b\"\n[step.b]\ndo = \"hangup\"\n",
            vec!["W1 11:1"],
        ),
        (
            &format!(
                "[step.a]\n{hours}on.open = \"b\"\non.closed = \"fin\"\n[step.b]\ndo = \"tag\"\ntags.x = \"y\"\nnext = \"a\"\n"
            ),
            vec!["R303 12:8"],
        ),
        (
            "[step.a]\ndo = \"pause\"\nfor = \"2s\"\nnext = \"b\"\n[step.b]\ndo = \"pause\"\nnext = \"fin\"\n",
            vec!["R306 8:1"],
        ),
        (
            &format!("[step.a]\n{hours}on.open = \"fin\"\non.closed = \"a\"\n"),
            vec!["R303 8:13"],
        ),
    ] {
        assert_eq!(found(&flow(steps)), expected, "{steps}");
    }
    let hung = "rappel = 1\n[flow]\nstart = \"fin\"\non_hangup = \"a\"\n[step.a]\ndo = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\n";
    assert_eq!(found(&format!("{hung}{END}")), ["R305 5:1"]);
}

#[test]
fn secrets_are_never_written_and_menus_stay_small() {
    let code = "do = \"collect\"\nask = \"pin\"\nprompt = \"dossier\"\ninto = \"t\"\nnext = \"b\"\non.give_up = \"fin\"\n[step.b]\ndo = \"tag\"\ntags.x = \"code {t}\"\nnext = \"fin\"";
    assert_eq!(step(code), ["R210 16:17"]);
    let keys: String = [1, 2, 9]
        .iter()
        .map(|k| format!("press.{k} = \"fin\"\n"))
        .collect();
    let many = format!(
        "do = \"menu\"\nprompt = [\"menu\", \"relire2\"]\n{keys}press.3 = \"fin\"\npress.4 = \"fin\"\npress.5 = \"fin\"\non.give_up = \"fin\""
    );
    let found = step(&many.replace(", \"relire2\"", ""));
    assert_eq!(found, ["W3 7:1", "W2 13:11", "W2 14:11", "W2 15:11"]);
    let chain: String = (0..4)
        .map(|i| format!("[step.m{i}]\ndo = \"menu\"\nprompt = \"menu\"\npress.1 = \"{}\"\non.give_up = \"fin\"\n", if i < 3 { format!("m{}", i + 1) } else { "fin".to_owned() }))
        .collect();
    let flow = format!("rappel = 1\n[flow]\nstart = \"m0\"\n{chain}{END}");
    assert_eq!(self::found(&flow), ["W3 19:1"]);
}

#[test]
fn the_engine_s_own_flows_are_sound() {
    let set = FlowSet::default();
    assert!(
        set.contains(&crate::builtin::extension()) && set.contains(&crate::builtin::messages())
    );
    assert_eq!(set.names().count(), 9);
}

#[test]
fn a_line_that_is_never_answered_is_kept_so() {
    let line = Use {
        line: "panneau".into(),
        flow: "essai".into(),
        never_answered: true,
        language: None,
        language_at: None,
    };
    let goto = "rappel = 1\n[flow]\nstart = \"a\"\n[step.a]\ndo = \"goto\"\nflow = \"autre\"\n";
    let other = format!("rappel = 1\n[flow]\nstart = \"fin\"\n{END}");
    let all = problems(
        &[("essai", goto.to_owned()), ("autre", other)],
        std::slice::from_ref(&line),
    );
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].code, all[0].place.file.as_str()),
        ("R304", "flows/autre.toml")
    );
    let refused = "rappel = 1\n[flow]\nstart = \"a\"\n[step.a]\ndo = \"ring\"\nfor = \"2s\"\nnext = \"b\"\n[step.b]\ndo = \"reject\"\n";
    assert_eq!(problems(&[("essai", refused.to_owned())], &[line]), []);
}

#[test]
fn messages_are_laid_out_as_the_manual_shows() {
    let text = format!(
        "{HEAD}[step.a]\ndo = \"menu\"\nprompt = \"menu\"\npress.1 = \"atelie\"\npress.2 = \"b\"\non.give_up = \"fin\"\n[step.b]\ndo = \"reach\"\nperson = \"durand\"\non.absent = \"atelier\"\non.no_answer = \"muet\"\n[step.atelier]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n[step.muet]\ndo = \"hangup\"\n{END}"
    );
    let all = problems(&[("essai", text.clone())], &[]);
    assert_eq!(
        all[0].to_string(),
        "error[R104]: no step is named \"atelie\"\n  --> flows/essai.toml:10:11\n   |\n\
         10 | press.1 = \"atelie\"\n   |           ^^^^^^^^ did you mean \"atelier\" (line 18)?"
    );
    let all = problems(&[("essai", text.replace("atelie\"", "atelier\""))], &[]);
    assert_eq!(
        all[0].to_string(),
        "error[R301]: this path ends without a word\n  --> flows/essai.toml:17:16\n   |\n\
         17 | on.no_answer = \"muet\"\n   |                ^^^^^^ on.no_answer leads to \"muet\", which says nothing\n   \
         = path: a (press 2) -> b (no_answer) -> muet\n   \
         = remedy: lead on.no_answer to a step that says something, or give \"muet\" a prompt"
    );
}

#[test]
fn files_and_flows_have_their_largest_size() {
    let large = format!("{HEAD}{}", "#".repeat(1 << 20));
    assert_eq!(found(&large), ["R702 1:1"]);
    let steps = |count: usize| {
        let steps: String = (0..count)
            .map(|i| {
                format!(
                    "[step.s{i}]\ndo = \"tag\"\ntags.x = \"y\"\nnext = \"s{}\"\n",
                    i + 1
                )
            })
            .collect();
        format!(
            "rappel = 1\n[flow]\nstart = \"s0\"\n{steps}[step.s{count}]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n"
        )
    };
    assert_eq!(found(&steps(1999)), Vec::<String>::new());
    assert!(found(&steps(2000)).iter().any(|p| p.starts_with("R701")));
    // A file full of mistakes says enough, not everything.
    let wrong: String = (0..5000).map(|i| format!("x{i} = 1\n")).collect();
    assert!(found(&wrong).len() <= crate::syntax::MAX_PROBLEMS);
}

/// Which words of a good flow are replaced in the property test.
const GOOD: &str = include_str!("../testing/demo.toml");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_read_or_refused(text in "[a-z\\[\\]{}=\".# \n0-9é]{0,200}") {
        found(&text);
    }

    #[test]
    fn a_damaged_flow_is_read_or_refused(from in 0usize..3000, length in 0usize..40, with in "[ -~\n]{0,12}") {
        let mut text: Vec<char> = GOOD.chars().collect();
        let from = from.min(text.len());
        let to = (from + length).min(text.len());
        text.splice(from..to, with.chars());
        let text: String = text.into_iter().collect();
        for problem in problems(&[("essai", text)], &[]) {
            let shown = problem.to_string();
            prop_assert!(shown.contains("-->"), "{shown}");
        }
    }
}

/// The codes of a flow whose header starts at `a`, each with its line.
fn told(text: &str) -> Vec<String> {
    let mut told: Vec<String> = problems(&[("essai", text.to_owned())], &[])
        .iter()
        .map(|p| format!("{} {}", p.code, p.place.line))
        .collect();
    told.sort();
    told
}

#[test]
fn a_wrong_name_hides_no_problem_of_the_paths() {
    let flow = "rappel = 1\n[flow]\nstart = \"a\"\n[step.a]\ndo = \"menu\"\nprompt = \"menu\"\npress.1 = \"b\"\npress.2 = \"c\"\non.give_up = \"finn\"\n[step.b]\ndo = \"hangup\"\n[step.c]\ndo = \"record\"\naction = \"start\"\nnext = \"d\"\n[step.d]\ndo = \"play\"\nprompt = \"bonjour\"\nnext = \"d\"\n[step.fin]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n";
    let told_of = told(flow);
    for code in ["R104 9", "R301 7", "R303 19", "R308 12"] {
        assert!(told_of.iter().any(|t| t == code), "{code} in {told_of:?}");
    }
    // What the wrong name was to lead to is not called unreachable.
    assert!(!told_of.iter().any(|t| t == "W1 20"), "{told_of:?}");
}

#[test]
fn a_wrong_sentence_hides_no_recording_without_notice() {
    let flow = "rappel = 1\n[flow]\nstart = \"a\"\n[step.a]\ndo = \"play\"\nprompt = \"bonjuor\"\nnext = \"r\"\n[step.r]\ndo = \"record\"\naction = \"start\"\nnext = \"fin\"\n[step.fin]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n";
    assert_eq!(told(flow), ["R105 6", "R308 8"]);
}

#[test]
fn every_condition_of_a_switch_is_judged() {
    let all = step(
        "do = \"switch\"\ncase = [\n  { if = \"n = 1 and\", then = \"fin\" },\n  { if = \"n = 'a'\", then = \"fin\" },\n]\nelse = \"fin\"",
    );
    let codes: Vec<&str> = all.iter().map(|p| &p[..p.find(':').unwrap()]).collect();
    assert_eq!(codes, ["R206 10", "R207 11"]);
    // A variable that only a broken condition names may well be read.
    let flow = format!(
        "{HEAD}[step.a]\ndo = \"switch\"\ncase = [{{ if = \"n = 1 and\", then = \"fin\" }}]\nelse = \"fin\"{END}"
    );
    let warned = problems(&[("essai", flow)], &[]);
    let unread: Vec<usize> = warned
        .iter()
        .filter(|p| p.code == "W7")
        .map(|p| p.place.line)
        .collect();
    assert_eq!(unread, [6]);
}

#[test]
fn what_is_set_together_is_proved_together() {
    for (condition, expected) in [
        ("wait is set and wait.high > 5m", None),
        ("wait.ready is set and wait.ready and wait.high > 5m", None),
        ("callback.id is set and callback.from > call.started", None),
        ("wait.ready is set and wait.high > 5m", Some("R205")),
        ("wait.high > 10", Some("R207")),
    ] {
        let all = step(&format!(
            "do = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"\nif = \"{condition}\""
        ));
        let codes: Vec<&str> = all.iter().map(|p| &p[..4]).collect();
        assert_eq!(codes, Vec::from_iter(expected), "{condition}");
    }
}

#[test]
fn a_step_declared_twice_says_where_it_was_first() {
    let flow = format!(
        "{HEAD}[step.a]\ndo = \"play\"\nprompt = \"bonjour\"\nnext = \"fin\"{END}[step.a]\ndo = \"hangup\"\n"
    );
    let told = problems(&[("essai", flow)], &[]);
    assert_eq!(told[0].code, "R110");
    assert_eq!(told[0].label.as_ref().unwrap().en, "first at line 7");
}

#[test]
fn a_flow_that_runs_itself_is_told_once() {
    let flow = "rappel = 1\n[flow]\nstart = \"a\"\n[step.a]\ndo = \"flow\"\nflow = \"essai\"\nnext = \"fin\"\n[step.fin]\ndo = \"hangup\"\nprompt = \"au-revoir\"\n";
    assert_eq!(told(flow), ["R704 6"]);
    assert_eq!(told("title = \"x\"\n"), ["R101 1", "R103 1"]);
}

#[test]
fn every_hole_that_cannot_be_filled_is_told() {
    let mut texts = crate::prompt::PromptTexts::new();
    let source =
        crate::diagnostic::Source::new("prompts.toml", "\n\"{t|digits}\"\n\"{t|digits} {n|time}\"");
    let mut problems = Vec::new();
    for (language, text, at) in [("fr", "{t|digits}", 1), ("en", "{t|digits} {n|time}", 14)] {
        let span = at..at + text.len() + 2;
        texts.declare(
            "trous".into(),
            language.into(),
            text,
            &source,
            span,
            &mut problems,
        );
    }
    assert!(problems.is_empty());
    texts.fall_back_on(&sentences());
    let flow = format!("{HEAD}[step.a]\ndo = \"play\"\nprompt = \"trous\"\nnext = \"fin\"{END}");
    let told = FlowSet::load(&[file("essai", &flow)], texts.into(), &company(), &[]).unwrap_err();
    let told = told.iter().filter(|p| p.code == "R403");
    let labels: Vec<String> = told
        .map(|p| {
            assert!(p.remedy.is_some());
            p.label.as_ref().unwrap().en.clone()
        })
        .collect();
    assert_eq!(labels.len(), 2, "{labels:?}");
    assert!(
        labels[0].ends_with("(en, prompts.toml:3; fr, prompts.toml:2)"),
        "{labels:?}"
    );
    assert!(labels[1].ends_with("(en, prompts.toml:3)"), "{labels:?}");
}
