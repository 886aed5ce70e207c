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
    // TLS has one provider in this process; nobody can have installed another before us.
    let _only = rustls::crypto::ring::default_provider().install_default();
    cli::Cli::parse().run()
}
