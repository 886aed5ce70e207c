//! Runs the programs a command is made of, one after the other, and says which and how long.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A numbered list of things to do; prints progress as `[2/7] clippy … 12.3 s`.
pub(crate) struct Steps {
    done: usize,
    of: usize,
}

impl Steps {
    /// A list of `of` things.
    pub(crate) fn new(of: usize) -> Self {
        Self { done: 0, of }
    }

    /// Does the next thing; its own output is shown as it comes.
    pub(crate) fn next(
        &mut self,
        what: &str,
        work: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        self.done += 1;
        println!("[{}/{}] {what}", self.done, self.of);
        let start = Instant::now();
        let result = work().map_err(|why| format!("{what}: {why}"));
        let word = if result.is_ok() { "done" } else { "FAILED" };
        println!(
            "[{}/{}] {what}: {word} in {:.1} s",
            self.done,
            self.of,
            start.elapsed().as_secs_f32()
        );
        result
    }
}

/// Runs a program with its output shown; an error names the program and its status.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let shown = show(command);
    let status = command
        .status()
        .map_err(|e| format!("cannot start `{shown}`: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{shown}` ended with {status}"))
    }
}

/// Runs a program and takes what it prints.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let shown = show(command);
    let out = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cannot start `{shown}`: {e}"))?;
    if !out.status.success() {
        return Err(format!("`{shown}` ended with {}", out.status));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("crates/xtask lies two folders below the root")
        .to_path_buf()
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Builds the `rappel` binary as the demo and the whole-house tests use it, and says where it is.
pub(crate) fn build_rappel() -> Result<PathBuf, String> {
    run(cargo().args(["build", "--profile", "quick", "--package", "rappel-server"]))?;
    Ok(target_dir().join("quick/rappel"))
}

/// The value of `--name VALUE` or `--name=VALUE`.
pub(crate) fn option<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    args.iter().enumerate().find_map(|(i, arg)| {
        if arg == name {
            return args.get(i + 1).map(String::as_str);
        }
        arg.strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('='))
    })
}

fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
