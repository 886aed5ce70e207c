//! `rappel check`: are the files of a folder good enough to take calls?

mod report;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rappel_ivr::diagnostic::{Diagnostic, Severity};
use rappel_ivr::words;
use rappel_ivr::words::Words;
use rappel_model::{TenantId, Timestamp};
use rappel_rehearsal::script;
use rappel_tenant::Version;

use self::report::{Form, Report};
use super::lang::Spoken;
use super::place::Heard;
use crate::config::certificates;
use crate::config::engine::Engine;
use crate::config::examined::Examined;
use crate::config::fault::{Fault, NOT_TOML};
use crate::config::recordings;
use crate::config::secrets::Secrets;
use crate::config::tenant_files::Folder;
use rappel_net::Clock;
use rappel_net::sip::tls::Keys;

/// Check the files of a folder and say what is wrong, where, and what to do
///
/// Every problem is shown with its file, line and column, the line itself, and where possible the
/// remedy. Errors refuse a tenant: `rappel serve` would not take it. Warnings do not. The same check
/// is made by every start. Exit status 0 when there is no error, 1 otherwise.
///
///     rappel check --config /etc/rappel
///     rappel check --config /etc/rappel --tenant garage-martin --lang fr
///
/// A problem looks like this:
///
///     error[R104]: no step is named "atelie"
///       --> tenants/garage-martin/flows/menu.toml:15:14
///        |
///     15 | press.2    = "atelie"
///        |              ^^^^^^^^ did you mean "atelier" (line 43)?
///
/// With `--format json`, for editors, each problem is one line with one JSON object: `severity`,
/// `code`, `message`, `file`, `line` and `column` (from 1, in characters), `end_column`, `start` and
/// `end` (bytes of the file), `label`, `notes`, `remedy`. Nothing else is printed.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CheckArgs {
    /// The folder of `rappel.toml`, `tenants/` and `shared/`.
    #[arg(long, value_name = "DIR", default_value = ".")]
    config: PathBuf,
    /// Only this tenant: the name of its folder in `tenants/`.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// How problems are shown.
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
    #[command(flatten)]
    lang: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &CheckArgs) -> ExitCode {
    let wall = Clock::start().now().wall;
    let folder = Folder::read(&args.config);
    let only = args.tenant.as_deref();
    let outside = Outside::of(&args.config, folder.as_ref().ok(), only);
    let mut out = Heard::new(std::io::stdout().lock());
    let report = Report::new(args.format, args.lang.lang(), &mut out);
    let told = check(&outside, folder, only, wall, report);
    match told {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("rappel: printing: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is wrong with a folder beside the texts of its tenants: `rappel.toml`, and recordings.
#[derive(Debug, Default)]
struct Outside {
    /// In lines of `rappel.toml`.
    problems: Vec<Diagnostic>,
    /// In no line.
    errors: Vec<Words>,
}

impl Outside {
    fn of(config: &Path, folder: Option<&Folder>, only: Option<&str>) -> Self {
        let mut found = Self::default();
        match Engine::examine(config) {
            Ok(examined) => found.judge(config, examined, folder),
            Err(why) => found.errors.push(why),
        }
        let Some(folder) = folder else {
            return found;
        };
        let wanted = folder
            .tenants()
            .filter(|tenant| only.is_none_or(|name| name == tenant.as_str()));
        if let Err(broken) = recordings::open(config, wanted) {
            found.errors.extend(broken.into_iter().map(Words::same));
        }
        found
    }

    /// What is wrong with the settings, by themselves and beside secrets, tenants and certificates.
    fn judge(&mut self, config: &Path, mut examined: Examined, folder: Option<&Folder>) {
        self.problems = std::mem::take(&mut examined.problems);
        if self.problems.iter().any(|problem| problem.code == NOT_TOML) {
            return;
        }
        let engine = &examined.engine;
        let mut faults = engine.warnings();
        let secrets = Secrets::read(config).map_err(|why| self.errors.push(why));
        faults.extend(engine.faults_beside(secrets.as_ref().ok()));
        faults.extend(
            folder
                .into_iter()
                .flat_map(|folder| engine.unknown_tenants(folder)),
        );
        for wrong in Keys::check(&engine.sip.tls_files(config)) {
            match engine.sip.names_file(config, &wrong.file) {
                Some(path) => faults.push(Fault::value(path, certificates::told(&wrong))),
                None => self.errors.push(certificates::told(&wrong)),
            }
        }
        self.problems.extend(examined.located(faults));
        self.problems
            .sort_by_key(|problem| problem.place.span.start);
    }
}

/// Checks everything, tells it, and returns how many errors there are.
fn check<W: Write>(
    outside: &Outside,
    folder: Result<Folder, String>,
    only: Option<&str>,
    wall: Timestamp,
    mut report: Report<'_, W>,
) -> std::io::Result<usize> {
    report.problems(&outside.problems)?;
    for problem in &outside.errors {
        report.error(problem)?;
    }
    // A file of secrets that cannot be read is met twice, by the trunks and by the tenants.
    let told = |why: &String| outside.errors.iter().any(|problem| problem.en == *why);
    if let Err(why) = &folder
        && !told(why)
    {
        report.error(&Words::same(why.as_str()))?;
    }
    let Ok(folder) = folder else {
        return report.end();
    };
    if let Some(name) = only
        && folder.files(name).is_none()
    {
        let names: Vec<_> = folder.tenants().map(TenantId::as_str).collect();
        let names = names.join(", ");
        report.error(&words!(
            "no tenant is named \"{name}\"; there are: {names}",
            "aucune entreprise ne s'appelle « {name} » ; il y a : {names}"
        ))?;
        return report.end();
    }
    let mut versions = Vec::new();
    let mut tenants = 0;
    for tenant in folder.tenants() {
        let wanted = only.is_none_or(|name| name == tenant.as_str());
        tenants += usize::from(wanted);
        match folder.load(tenant) {
            Ok(version) => {
                if wanted {
                    let mut warnings = version.warnings.clone();
                    warnings.extend(version.warnings_at(wall));
                    warnings.extend(problems_of_tests(&folder, tenant, &version));
                    report.problems(&warnings)?;
                    report.good(&version, warnings.len(), flows(&folder, tenant));
                }
                versions.push(version);
            }
            Err(problems) if wanted => {
                report.problems(&problems)?;
                report.refused(tenant, &problems);
            }
            Err(_) => {}
        }
    }
    report.problems(&rappel_tenant::clashes(&versions))?;
    if tenants == 0 {
        report.error(&words!(
            "there is no tenant: make a folder in tenants/",
            "il n'y a aucune entreprise : créez un dossier dans tenants/"
        ))?;
    }
    report.end()
}

/// What is wrong with the tests of a tenant. Nobody is answered worse for it: these are warnings.
fn problems_of_tests(folder: &Folder, tenant: &TenantId, version: &Version) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for (path, text) in folder.tests(tenant) {
        let (_, problems) = script::read_each(&path, text, version);
        all.extend(problems);
    }
    for problem in &mut all {
        problem.severity = Severity::Warning;
    }
    all
}

/// How many flows a tenant has.
fn flows(folder: &Folder, tenant: &TenantId) -> usize {
    folder.files(tenant.as_str()).map_or(0, |files| {
        let paths = files.iter().map(|(path, _)| path);
        paths.filter(|path| path.starts_with("flows/")).count()
    })
}

#[cfg(test)]
mod tests {
    use rappel_ivr::Lang;

    use super::*;

    const TENANT: &str = "rappel = 1\n[tenant]\ntimezone = \"UTC\"\nlanguages = [\"fr\"]\n";

    /// Checks these files and returns the errors counted and the text told.
    fn checked(table: &[(&str, &str)], only: Option<&str>) -> (usize, String) {
        checked_in(Form::Text, Lang::En, table, only)
    }

    fn checked_in(
        form: Form,
        lang: Lang,
        table: &[(&str, &str)],
        only: Option<&str>,
    ) -> (usize, String) {
        let table: Vec<_> = table
            .iter()
            .map(|(path, text)| (*path, text.as_bytes()))
            .collect();
        let mut out = Vec::new();
        let folder = Ok(Folder::from_table(&table));
        let report = Report::new(form, lang, &mut out);
        let errors = check(
            &Outside::default(),
            folder,
            only,
            Timestamp::default(),
            report,
        )
        .unwrap();
        (errors, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_good_folder_is_summed_up() {
        let person = "[person.sofia]\n";
        let (errors, told) = checked(
            &[
                ("tenants/a/tenant.toml", TENANT),
                ("tenants/a/people.toml", person),
            ],
            None,
        );
        assert_eq!(errors, 0, "{told}");
        assert!(told.starts_with("a: good, version "), "{told}");
        assert!(
            told.contains("0 lines, 0 flows, 0 calendars, 1 person, 0 mailboxes"),
            "{told}"
        );
    }

    #[test]
    fn a_bad_test_is_a_warning() {
        let tests = ("tenants/a/tests/x.toml", "[[test]]\nname = \"t\"\n");
        let (errors, told) = checked(&[("tenants/a/tenant.toml", TENANT), tests], None);
        assert_eq!(errors, 0, "{told}");
        assert!(told.contains("warning[R804]"), "{told}");
        assert!(told.contains("--> tenants/a/tests/x.toml:1:1"), "{told}");
        assert!(told.contains("3 warnings"), "{told}");
    }

    #[test]
    fn errors_are_shown_and_counted_per_tenant() {
        let people = "[team.t]\nmembers = [\"x\"]\n";
        let table = [
            ("tenants/a/tenant.toml", TENANT),
            ("tenants/b/tenant.toml", TENANT),
            ("tenants/b/people.toml", people),
        ];
        let (errors, told) = checked(&table, None);
        assert_eq!(errors, 1, "{told}");
        assert!(
            told.contains("error[R107]: no person is named \"x\""),
            "{told}"
        );
        assert!(told.contains("--> tenants/b/people.toml:2:12"), "{told}");
        assert!(told.contains("b: refused, 1 error, 0 warnings"), "{told}");
        let (errors, told) = checked(&table, Some("a"));
        assert_eq!(errors, 0, "{told}");
        assert!(!told.contains("b: refused"), "{told}");
        let (errors, told) = checked(&table, Some("c"));
        assert_eq!(errors, 1);
        assert!(
            told.contains("no tenant is named \"c\"; there are: a, b"),
            "{told}"
        );
    }

    #[test]
    fn problems_and_sums_are_told_in_french() {
        let table = [
            ("tenants/a/tenant.toml", TENANT),
            ("tenants/b/tenant.toml", TENANT),
            ("tenants/b/people.toml", "[team.t]\nmembers = [\"x\"]\n"),
        ];
        let (errors, told) = checked_in(Form::Text, Lang::Fr, &table, None);
        assert_eq!(errors, 1, "{told}");
        assert!(told.contains("erreur[R107]: "), "{told}");
        assert!(told.contains("a : bon, version "), "{told}");
        assert!(
            told.contains("b : refusé, 1 erreur, 0 avertissement"),
            "{told}"
        );
    }

    #[test]
    fn for_editors_each_problem_is_one_object() {
        let table = [
            ("tenants/b/tenant.toml", TENANT),
            ("tenants/b/people.toml", "[team.t]\nmembers = [\"x\"]\n"),
        ];
        let (errors, told) = checked_in(Form::Json, Lang::En, &table, None);
        let lines: Vec<serde_json::Value> = told
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!((errors, lines.len()), (1, 1), "{told}");
        let problem = &lines[0];
        assert_eq!(problem["severity"], "error");
        assert_eq!(problem["code"], "R107");
        assert_eq!(problem["file"], "tenants/b/people.toml");
        assert_eq!(
            (&problem["line"], &problem["column"]),
            (&2.into(), &12.into())
        );
        assert_eq!(
            (&problem["start"], &problem["end"]),
            (&20.into(), &23.into())
        );
        let (_, told) = checked_in(Form::Json, Lang::Fr, &table, Some("c"));
        assert!(told.contains("aucune entreprise ne s'appelle"), "{told}");
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_an_error() {
        let mut out = Vec::new();
        let engine = Outside {
            errors: vec![Words::same("rappel.toml: no")],
            ..Outside::default()
        };
        let folder = Err("tenants: no".to_owned());
        let errors = check(
            &engine,
            folder,
            None,
            Timestamp::default(),
            Report::new(Form::Text, Lang::En, &mut out),
        )
        .unwrap();
        assert_eq!(errors, 2);
        assert!(checked(&[], None).1.contains("there is no tenant"));
    }

    #[test]
    fn the_demo_company_is_good() {
        let folder = Folder::from_table(crate::cli::demo::files::FILES);
        let mut out = Vec::new();
        let report = Report::new(Form::Text, Lang::En, &mut out);
        let errors = check(
            &Outside::default(),
            Ok(folder),
            None,
            Timestamp::default(),
            report,
        )
        .unwrap();
        assert_eq!(errors, 0, "{}", String::from_utf8(out).unwrap());
    }

    #[test]
    fn what_a_start_refuses_beside_the_texts_is_an_error() {
        let config = std::env::temp_dir().join(format!("rappel-check-{}", std::process::id()));
        for (name, text) in [
            (
                "rappel.toml",
                "[trunk.x]\naddress = [\"192.0.2.1\"]\ntenants = [\"nope\"]\n\
                 [[sip.certificate]]\nchain = \"gone.pem\"\nkey = \"gone.key\"\n",
            ),
            ("tenants/a/tenant.toml", TENANT),
            ("tenants/b/tenant.toml", TENANT),
            ("tenants/b/prompts/fr/au-revoir.wav", "hi"),
        ] {
            let path = config.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let problems = |only| {
            let folder = Folder::read(&config).unwrap();
            Outside::of(&config, Some(&folder), only)
        };
        let (all, one) = (problems(None), problems(Some("a")));
        std::fs::remove_dir_all(&config).unwrap();
        assert_eq!((all.problems.len(), all.errors.len()), (3, 1), "{all:?}");
        assert_eq!((one.problems.len(), one.errors.len()), (3, 0), "{one:?}");
        let unknown = &all.problems[0];
        assert!(
            unknown
                .message
                .en
                .starts_with("[trunk.x] tenants: no company is named \"nope\""),
            "{unknown}"
        );
        assert_eq!((unknown.place.line, unknown.place.column), (3, 12));
        for (problem, key) in all.problems[1..].iter().zip(["chain", "key"]) {
            assert!(
                problem.message.en.contains("there is no such file"),
                "{problem}"
            );
            assert!(problem.message.fr.contains(key), "{problem}");
        }
        assert_eq!(
            (all.problems[1].place.line, all.problems[2].place.line),
            (5, 6)
        );
        assert!(unknown.message.fr.contains("aucune entreprise"), "{all:?}");
        assert!(all.errors[0].en.contains("au-revoir.wav"), "{all:?}");
    }
}
