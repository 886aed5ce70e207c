//! `rappel check`: are the files of a folder good enough to take calls?

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rappel_model::{TenantId, Timestamp};
use rappel_tenant::{Diagnostic, Version};

use crate::config::engine::Engine;
use crate::config::recordings;
use crate::config::tenant_files::Folder;
use rappel_net::Clock;

/// Check the files of a folder and say what is wrong, where, and what to do
///
/// Every problem is shown with its file, line and column, the line itself, and where possible the
/// remedy. Errors refuse a tenant: `rappel serve` would not take it. Warnings do not. The same check
/// is made by every start. Exit status 0 when there is no error, 1 otherwise.
///
///     rappel check --config /etc/rappel
///     rappel check --config /etc/rappel --tenant garage-martin
///
/// A problem looks like this:
///
///     error[R104]: no step is named "atelie"
///       --> tenants/garage-martin/flows/menu.toml:15:14
///        |
///     15 | press.2    = "atelie"
///        |              ^^^^^^^^ did you mean "atelier" (line 43)?
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CheckArgs {
    /// The folder of `rappel.toml`, `tenants/` and `shared/`.
    #[arg(long, value_name = "DIR", default_value = ".")]
    config: PathBuf,
    /// Only this tenant: the name of its folder in `tenants/`.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &CheckArgs) -> ExitCode {
    let wall = Clock::start().now().wall;
    let engine = Engine::read(&args.config);
    let folder = Folder::read(&args.config);
    let only = args.tenant.as_deref();
    let outside = outside(&args.config, engine, folder.as_ref().ok(), only);
    let mut out = std::io::stdout().lock();
    match check(&outside, folder, only, wall, &mut out) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("rappel: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is wrong with a folder beside the texts of its tenants: `rappel.toml`, and recordings.
fn outside(
    config: &Path,
    engine: Result<Engine, String>,
    folder: Option<&Folder>,
    only: Option<&str>,
) -> Vec<String> {
    let Some(folder) = folder else {
        return engine.err().into_iter().collect();
    };
    let mut problems: Vec<_> = engine
        .and_then(|engine| engine.check_tenants(folder))
        .err()
        .into_iter()
        .collect();
    let wanted = folder
        .tenants()
        .filter(|tenant| only.is_none_or(|name| name == tenant.as_str()));
    if let Err(broken) = recordings::open(config, wanted) {
        problems.extend(broken);
    }
    problems
}

/// Checks everything, tells it, and returns how many errors there are.
fn check(
    outside: &[String],
    folder: Result<Folder, String>,
    only: Option<&str>,
    wall: Timestamp,
    out: &mut impl Write,
) -> std::io::Result<usize> {
    let mut errors = 0;
    for problem in outside.iter().chain(folder.as_ref().err()) {
        writeln!(out, "error: {problem}\n")?;
        errors += 1;
    }
    let Ok(folder) = folder else {
        return Ok(errors);
    };
    if let Some(name) = only
        && folder.files(name).is_none()
    {
        let names: Vec<_> = folder.tenants().map(TenantId::as_str).collect();
        writeln!(
            out,
            "error: no tenant is named \"{name}\"; there are: {}",
            names.join(", ")
        )?;
        return Ok(errors + 1);
    }
    let mut summary = Vec::new();
    let mut versions = Vec::new();
    for tenant in folder.tenants() {
        match folder.load(tenant) {
            Ok(version) => {
                if only.is_none_or(|name| name == tenant.as_str()) {
                    let mut warnings = version.warnings.clone();
                    warnings.extend(version.warnings_at(wall));
                    tell(&warnings, out)?;
                    summary.push(describe(&version, warnings.len(), &folder));
                }
                versions.push(version);
            }
            Err(problems) if only.is_none_or(|name| name == tenant.as_str()) => {
                errors += tell(&problems, out)?;
                let refused = problems.iter().filter(|problem| problem.is_error()).count();
                let warnings = counted(problems.len() - refused, "warning");
                summary.push(format!(
                    "{tenant}: refused, {}, {warnings}",
                    counted(refused, "error")
                ));
            }
            Err(_) => {}
        }
    }
    errors += tell(&rappel_tenant::clashes(&versions), out)?;
    if summary.is_empty() {
        summary.push("error: there is no tenant: make a folder in tenants/".to_owned());
        errors += 1;
    }
    for line in summary {
        writeln!(out, "{line}")?;
    }
    Ok(errors)
}

/// Shows problems with an empty line after each; returns how many are errors.
fn tell(problems: &[Diagnostic], out: &mut impl Write) -> std::io::Result<usize> {
    for problem in problems {
        writeln!(out, "{problem}\n")?;
    }
    Ok(problems.iter().filter(|problem| problem.is_error()).count())
}

/// One line on a tenant that is good: what it has, and its fingerprint.
fn describe(version: &Version, warnings: usize, folder: &Folder) -> String {
    let around = &version.surroundings;
    let flows = folder.files(version.tenant.as_str()).map_or(0, |files| {
        files
            .iter()
            .filter(|(path, _)| path.starts_with("flows/"))
            .count()
    });
    let parts = [
        counted(version.lines.len(), "line"),
        counted(flows, "flow"),
        counted(around.calendars.len(), "calendar"),
        counted(around.people.persons.len(), "person"),
        counted(around.mailboxes.len(), "mailbox"),
        counted(warnings, "warning"),
    ];
    format!(
        "{}: good, version {} ({})",
        version.tenant,
        version.fingerprint,
        parts.join(", ")
    )
}

/// `1 line`, `2 lines`.
fn counted(count: usize, what: &str) -> String {
    match (count, what) {
        (1, _) => format!("1 {what}"),
        (_, "person") => format!("{count} people"),
        (_, "mailbox") => format!("{count} mailboxes"),
        _ => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "rappel = 1\n[tenant]\ntimezone = \"UTC\"\nlanguages = [\"fr\"]\n";

    /// Checks these files and returns the errors counted and the text told.
    fn checked(table: &[(&str, &str)], only: Option<&str>) -> (usize, String) {
        let table: Vec<_> = table
            .iter()
            .map(|(path, text)| (*path, text.as_bytes()))
            .collect();
        let mut out = Vec::new();
        let folder = Ok(Folder::from_table(&table));
        let errors = check(&[], folder, only, Timestamp::default(), &mut out).unwrap();
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
    fn a_folder_that_cannot_be_read_is_an_error() {
        let mut out = Vec::new();
        let engine = ["rappel.toml: no".to_owned()];
        let folder = Err("tenants: no".to_owned());
        let errors = check(&engine, folder, None, Timestamp::default(), &mut out).unwrap();
        assert_eq!(errors, 2);
        assert!(checked(&[], None).1.contains("there is no tenant"));
    }

    #[test]
    fn the_demo_company_is_good() {
        let folder = Folder::from_table(crate::cli::demo::files::FILES);
        let mut out = Vec::new();
        let errors = check(&[], Ok(folder), None, Timestamp::default(), &mut out).unwrap();
        assert_eq!(errors, 0, "{}", String::from_utf8(out).unwrap());
    }

    #[test]
    fn what_a_start_refuses_beside_the_texts_is_an_error() {
        let config = std::env::temp_dir().join(format!("rappel-check-{}", std::process::id()));
        for (name, text) in [
            (
                "rappel.toml",
                "[trunk.x]\naddress = [\"192.0.2.1\"]\ntenants = [\"nope\"]\n",
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
            outside(&config, Engine::read(&config), Some(&folder), only)
        };
        let (all, one) = (problems(None), problems(Some("a")));
        std::fs::remove_dir_all(&config).unwrap();
        assert_eq!((all.len(), one.len()), (2, 1), "{all:?}");
        assert!(all[0].contains("no company is named \"nope\""), "{all:?}");
        assert!(all[1].contains("au-revoir.wav"), "{all:?}");
    }
}
