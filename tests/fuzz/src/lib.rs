//! What several targets share: the demo company as their ground, and what must hold for every
//! problem told to an operator.

use rappel_model::TenantId;
use rappel_tenant::{Diagnostic, Files, Source};

macro_rules! demo {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!(
            "../../../crates/shell/server/demo/tenants/garage-martin/", $path
        )))),*]
    };
}

/// The tables of the demo company, without its flows.
pub const TABLES: &[(&str, &str)] = demo![
    "tenant.toml",
    "people.toml",
    "mailboxes.toml",
    "calendars.toml",
    "queues.toml",
    "prompts.toml",
];

/// Its lines, which name its flows.
pub const LINES: &[(&str, &str)] = demo!["lines.toml"];

/// The name of the company.
pub fn tenant() -> TenantId {
    TenantId::from("garage-martin")
}

/// A folder with these files; those too large or too many are left out, as the shell refuses them.
pub fn folder<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Files {
    let mut folder = Files::new("");
    for (path, text) in files {
        let _left_out = folder.add(path, text);
    }
    folder
}

/// A problem stands inside its file, where it says it stands, and can be shown.
pub fn place_holds(problem: &Diagnostic, text: &str) {
    let place = &problem.place;
    let span = place.span.clone();
    assert!(text.get(span.clone()).is_some(), "{span:?} of {problem:?}");
    let source = Source::new(place.file.clone(), text);
    assert_eq!(source.place(span), *place);
    assert!(place.width >= 1 && place.column >= 1);
    let line = text.lines().nth(place.line - 1).unwrap_or_default();
    assert!(line.starts_with(&place.shown), "{problem:?}");
    let message = &problem.message;
    assert!(!message.en.is_empty() && !message.fr.is_empty() && !problem.code.is_empty());
    let shown = problem.to_string();
    assert!(shown.contains(problem.code) && shown.contains(&message.en));
}
