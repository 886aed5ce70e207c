//! The `rappel` command: one verb per file in `cli/`, and the wiring of the house.

mod chance;
mod cli;
mod config;
mod house;
mod load;
mod logging;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    cli::Cli::parse().run()
}
