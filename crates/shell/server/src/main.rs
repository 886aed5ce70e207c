//! The `rappel` command: one verb per file in `cli/`, and the wiring of the house.

// Help texts hold indented examples for the terminal, which rustdoc takes for Rust.
#![allow(rustdoc::invalid_rust_codeblocks)]

mod chance;
mod cli;
mod config;
mod house;
mod load;
mod loading;
mod logging;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    cli::Cli::parse().run()
}
