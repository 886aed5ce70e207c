//! What is written to the standard error: one line per fact, times in UTC.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging at `level`. `RUST_LOG` wins, for whoever hunts a fault. Harmless when called
/// twice.
pub(crate) fn start(level: &str) {
    let chosen = || EnvFilter::new(format!("{level},sqlx=warn"));
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| chosen());
    let colours = std::io::stderr().is_terminal();
    let _already_started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .with_target(false)
        .try_init()
        .is_err();
}
