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
mod sight;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

/// Messages are read on one thread and dropped on another, thousands a second: the system's allocator
/// spends a sixth of all time on that.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // TLS has one provider in this process; nobody can have installed another before us.
    let _only = rustls::crypto::ring::default_provider().install_default();
    cli::Cli::parse().run()
}
