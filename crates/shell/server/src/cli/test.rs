//! `rappel test`: play the tests that lie beside the flows.

use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Instant;

use clap::Args;
use rappel_ivr::diagnostic::{Diagnostic, Severity};
use rappel_ivr::words;
use rappel_ivr::words::Lang;
use rappel_rehearsal::{Cover, Report, Test, script};

use super::company::{Company, Opened};
use super::heard::Recordings;
use super::lang::Spoken;
use super::place::printed;

/// Play the tests of a company's flows: what callers hear, and what follows
///
/// The tests lie beside the flows, in `tests/*.toml`. Each plays a whole call on paper, with the clock
/// of the test and without a phone or network:
///
///     [[test]]
///     name   = "Lunch: a message is taken"
///     flow   = "accueil"
///     at     = "2026-11-24 12:15"
///     caller = "+33639981234"
///     say    = ["hears:midi-choix", "press:1", "speaks:8s", "press:1", "ends"]
///     expect = { messages = 1, max_silence = "2s" }
///
/// Words of `say`: hears:PROMPT, press:KEYS, silence:10s, after:5m, speaks:8s, hangup, at:STEP,
/// rings:PERSON, agent:answers, agent:none, http:STEP=ok|missing|failed, ends.
///
/// Exit status 0 when all have passed, 1 otherwise.
///
///     rappel test --config /etc/rappel
///     rappel test midi --show        only tests with "midi" in their name, each call shown
///     rappel test --cover            and the ways out of steps that no test has taken
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct TestArgs {
    /// Only tests with this in their name.
    name: Option<String>,
    /// List the ways out of steps that no test has taken.
    #[arg(long)]
    cover: bool,
    /// Show every call as it was played, not only those that failed.
    #[arg(long)]
    show: bool,
    /// Play the calls as this release's engine would: steps it does not serve yet fail.
    #[arg(long)]
    as_served: bool,
    /// Chance is seeded with this number: the same number, the same calls.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    company: Company,
    #[command(flatten)]
    spoken: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &TestArgs) -> ExitCode {
    let lang = args.spoken.lang();
    let mut out = io::stdout().lock();
    let told = args
        .company
        .open(lang)
        .and_then(|company| printed(all(args, &company, lang, &mut out)));
    match told {
        Ok(Some(true) | None) => ExitCode::SUCCESS,
        Ok(Some(false)) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("rappel: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Plays all tests; whether all have passed.
fn all(args: &TestArgs, company: &Opened, lang: Lang, out: &mut impl Write) -> io::Result<bool> {
    let began = Instant::now();
    let mut tests = Vec::new();
    let mut broken = Vec::new();
    for (path, text) in company.folder.tests(&company.tenant) {
        let (good, problems) = script::read_each(&path, text, &company.version);
        tests.extend(good);
        broken.extend(problems);
    }
    for problem in &broken {
        writeln!(out, "{}\n", problem.shown(lang))?;
    }
    if let Some(part) = &args.name {
        let wanted = part.to_lowercase();
        tests.retain(|test| test.name.to_lowercase().contains(&wanted));
    }
    let recordings = Recordings::new(company.catalog.clone(), company.tenant.clone());
    let recordings = Rc::new(recordings);
    let mut cover = Cover::default();
    let mut failed = 0;
    for test in &mut tests {
        test.given.as_served |= args.as_served;
        test.given.tables.clone_from(&company.tables);
        let lengths = Box::new(Rc::clone(&recordings));
        let report = script::perform(&company.version, test, args.seed, lengths);
        failed += usize::from(!report.failures.is_empty());
        cover.add(report.world.taken());
        tell(args, test, &report, lang, out)?;
    }
    if args.cover {
        uncovered(&cover, company, lang, out)?;
    }
    let (number, broken) = (tests.len(), broken.len());
    let seconds = format!("{:.2}", began.elapsed().as_secs_f64());
    let sum = match number {
        0 if broken == 0 => words!(
            "There is no test: write one in tests/NAME.toml (see `rappel test --help`).",
            "Il n'y a pas de test : écrivez-en dans tests/NOM.toml (voir `rappel test --help`)."
        ),
        _ => words!(
            "tests played in {seconds} s: {number}; failed: {failed}; problems in the files: {broken}",
            "tests joués en {seconds} s : {number} ; échecs : {failed} ; défauts dans les fichiers : {broken}"
        ),
    };
    writeln!(out, "{}", sum.in_lang(lang))?;
    out.flush()?;
    Ok(failed == 0 && broken == 0)
}

fn tell(
    args: &TestArgs,
    test: &Test,
    report: &Report,
    lang: Lang,
    out: &mut impl Write,
) -> io::Result<()> {
    let length = report.world.length().as_secs();
    let passed = report.failures.is_empty();
    let word = match (passed, lang) {
        (true, _) => "ok    ",
        (false, Lang::En) => "FAILED",
        (false, Lang::Fr) => "ÉCHEC ",
    };
    let call = words!("a call of {length} s", "un appel de {length} s");
    writeln!(out, "{word}  {}  ({})", test.name, call.in_lang(lang))?;
    for (why, place) in &report.failures {
        let problem = Diagnostic::new(FAILED, Severity::Error, place.clone(), why.clone());
        writeln!(out, "\n{}", problem.shown(lang))?;
    }
    if !passed || args.show {
        writeln!(out)?;
        let scenes = report.world.scenes();
        let left_out = if args.show {
            0
        } else {
            scenes.len().saturating_sub(SHOWN)
        };
        if left_out > 0 {
            let words = words!(
                "    … {left_out} more: --show",
                "    … encore {left_out} : --show"
            );
            writeln!(out, "{}", words.in_lang(lang))?;
        }
        for (at, scene) in scenes.iter().skip(left_out) {
            let after = at.since(rappel_model::Instant::ZERO);
            let (minutes, seconds) = (after.as_secs() / 60, after.as_secs() % 60);
            let words = scene.words();
            writeln!(
                out,
                "    {minutes:>3}:{seconds:02}  {}",
                words.in_lang(lang)
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Ways out that no test has taken, flow by flow and step by step.
fn uncovered(cover: &Cover, company: &Opened, lang: Lang, out: &mut impl Write) -> io::Result<()> {
    let ways = cover.of(&company.version.flows);
    let (all, taken) = (ways.len(), ways.iter().filter(|(_, taken)| *taken).count());
    let share = (taken * 100).checked_div(all).unwrap_or(100);
    let words = words!(
        "{taken} of {all} ways out taken ({share} %). Not taken:",
        "{taken} sorties sur {all} empruntées ({share} %). Non empruntées :"
    );
    writeln!(out, "\n{}", words.in_lang(lang))?;
    let mut step_shown = None;
    for ((flow, step, way), _) in ways.iter().filter(|(_, taken)| !taken) {
        let place = (flow, step);
        if step_shown == Some(place) {
            write!(out, ", {way}")?;
        } else {
            if step_shown.is_some() {
                writeln!(out)?;
            }
            write!(out, "  {flow}: {step}: {way}")?;
            step_shown = Some(place);
        }
    }
    if step_shown.is_some() {
        writeln!(out)?;
    }
    writeln!(out)
}

/// How much of a call that failed is shown without `--show`: its last scenes.
const SHOWN: usize = 60;
/// The code of a test that has failed.
const FAILED: &str = "R805";
