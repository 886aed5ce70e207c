//! `rappel serve`: answer calls until told to stop.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::config::engine::Engine;
use crate::wiring::{self, Port};

/// Answer calls as the files in a folder say
///
/// The folder holds `rappel.toml` (listeners, trunks, limits; every key has a default) and one
/// folder per company in `tenants/`. Check it first with `rappel check`; a folder with errors is
/// not served.
///
/// `rappel reload`, or SIGHUP, reads the companies' files again while calls go on; `--watch` does
/// so by itself.
///
/// Ctrl-C or SIGTERM stops: new calls are refused, callers in progress are let go politely, what
/// was acknowledged is on disk. A second one stops at once.
///
///     rappel serve --config /etc/rappel
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ServeArgs {
    /// The folder of `rappel.toml` and `tenants/`.
    #[arg(long, value_name = "DIR", default_value = ".")]
    config: PathBuf,
    /// Where records and recordings are kept; default: `[engine] data`.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Load the files of tenants whenever they are saved and good (also `[engine] watch`).
    #[arg(long)]
    watch: bool,
}

/// Runs the command.
pub(crate) fn run(args: &ServeArgs) -> Result<(), String> {
    let engine = Engine::read(&args.config)?;
    crate::logging::start(&engine.log.level);
    if let Some(note) = all_defaults(&args.config) {
        tracing::info!("{note}");
    }
    let data = engine.data_folder(&args.config, args.data.as_deref());
    let plan = wiring::Plan {
        watch: args.watch || engine.engine.watch,
        engine,
        config: args.config.clone(),
        data,
        port: Port::Exactly,
    };
    wiring::serve(plan, |ready| println!("{ready}"))
}

/// What is said about a folder without `rappel.toml`: it may be one the administrator did not mean.
fn all_defaults(config: &Path) -> Option<String> {
    let path = config.join("rappel.toml");
    (!path.exists()).then(|| {
        format!(
            "there is no {}: every setting is the default",
            path.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_settings_is_told() {
        let folder = std::env::temp_dir().join(format!("rappel-serve-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder of the test");
        let without = all_defaults(&folder);
        std::fs::write(folder.join("rappel.toml"), "").expect("a file of the test");
        let with = all_defaults(&folder);
        std::fs::remove_dir_all(&folder).expect("the folder of the test");
        assert!(
            without.is_some_and(|note| note.ends_with("rappel.toml: every setting is the default"))
        );
        assert_eq!(with, None);
    }
}
