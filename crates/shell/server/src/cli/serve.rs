//! `rappel serve`: answer calls until told to stop.

use std::path::PathBuf;

use clap::Args;

use crate::config::engine::Engine;
use crate::wiring::{self, Port};

/// Answer calls as the files in a folder say
///
/// The folder holds `rappel.toml` (listeners, trunks, limits; every key has a default) and one
/// folder per company in `tenants/`. Check it first with `rappel check`; a folder with errors is
/// not served.
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
}

/// Runs the command.
pub(crate) fn run(args: &ServeArgs) -> Result<(), String> {
    let engine = Engine::read(&args.config)?;
    crate::logging::start(&engine.log.level);
    let data = engine.data_folder(&args.config, args.data.as_deref());
    let plan = wiring::Plan {
        engine,
        config: args.config.clone(),
        data,
        port: Port::Exactly,
    };
    wiring::serve(plan, |ready| println!("{ready}"))
}
