//! Where records are: the arguments that verbs about stored things share.

use std::future::Future;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rappel_ivr::Lang;
use rappel_store::{Database, Folder};

use super::lang::Spoken;
use crate::config::engine::Engine;
use crate::loading::control::{self, Command, Reply, Request};

/// Which engine's records.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The folder of `rappel.toml`.
    #[arg(long, value_name = "DIR", default_value = ".")]
    config: PathBuf,
    /// The data folder itself, when it is not the one that `rappel.toml` names.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Place {
    /// The engine's settings; the defaults when only a data folder was named.
    pub(super) fn engine(&self) -> Result<Engine, String> {
        match self.data {
            Some(_) => Engine::read(&self.config).or_else(|why| {
                let absent = !self.config.join("rappel.toml").exists();
                if absent {
                    Ok(Engine::default())
                } else {
                    Err(why)
                }
            }),
            None => Engine::read(&self.config),
        }
    }

    /// The folder of `rappel.toml`.
    pub(super) fn config(&self) -> &Path {
        &self.config
    }

    /// Whether there is a `rappel.toml`, or a folder of tenants beside where it would be.
    pub(super) fn has_engine(&self) -> bool {
        self.config.join("rappel.toml").exists() || self.tenants().is_some()
    }

    /// The folder with one folder per tenant; `None` when it cannot be known.
    pub(super) fn tenants(&self) -> Option<PathBuf> {
        let folder = self.config.join("tenants");
        folder.is_dir().then_some(folder)
    }

    /// The data folder, which need not exist.
    pub(super) fn folder(&self) -> Result<Folder, String> {
        let engine = self.engine()?;
        let data = engine.data_folder(&self.config, self.data.as_deref());
        Ok(Folder::new(data))
    }

    /// Opens the database for reading what is there; one that does not exist is not made.
    pub(super) async fn open_existing(&self) -> Result<Database, String> {
        let folder = self.folder()?;
        if !folder.database().exists() {
            return Err(format!(
                "nothing was stored in {} yet: `rappel serve` and `rappel user add` begin it",
                folder.path().display()
            ));
        }
        self.open().await
    }

    /// Opens the database, which is made when missing.
    pub(super) async fn open(&self) -> Result<Database, String> {
        let folder = self.folder()?;
        Database::open(&folder)
            .await
            .map_err(|e| format!("{}: {e}", folder.database().display()))
    }
}

impl Place {
    /// Gives a command to the engine that runs there, and prints its answer; the exit status says
    /// whether it did it.
    pub(super) fn command(&self, request: Request, spoken: Spoken) -> ExitCode {
        let lang = match spoken.lang() {
            Lang::En => "en",
            Lang::Fr => "fr",
        };
        let command = Command {
            lang: lang.to_owned(),
            request,
        };
        let reply = self
            .folder()
            .and_then(|folder| control::ask(&folder, &command));
        match reply {
            Ok(Reply { good: true, text }) => exit(Ok(text)),
            Ok(Reply { good: false, text }) => exit(Err(text.trim_end().to_owned())),
            Err(why) => exit(Err(why)),
        }
    }
}

/// Runs one short piece of work with the store on this thread.
pub(super) fn run<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("starting the runtime: {e}"))?
        .block_on(work)
}

/// What came of printing; `None` when nobody reads on: a reader that has seen enough (`| head`)
/// closes the pipe, and that is no fault.
pub(super) fn printed<T>(done: std::io::Result<T>) -> Result<Option<T>, String> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(None),
        Err(e) => Err(format!("printing: {e}")),
    }
}

/// What prints for a verb whose exit status is a verdict: once nobody reads on (`| head`) the rest goes
/// nowhere, and the verdict is what it would have been.
#[derive(Debug)]
pub(super) struct Heard<W> {
    out: W,
    /// Whether somebody still reads.
    listening: bool,
}

impl<W: Write> Heard<W> {
    /// Somebody reads, as far as is known.
    pub(super) const fn new(out: W) -> Self {
        let listening = true;
        Self { out, listening }
    }

    fn unless_left<T>(&mut self, done: std::io::Result<T>, otherwise: T) -> std::io::Result<T> {
        match done {
            Err(e) if e.kind() == ErrorKind::BrokenPipe => {
                self.listening = false;
                Ok(otherwise)
            }
            done => done,
        }
    }
}

impl<W: Write> Write for Heard<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if !self.listening {
            return Ok(bytes.len());
        }
        let done = self.out.write(bytes);
        self.unless_left(done, bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if !self.listening {
            return Ok(());
        }
        let done = self.out.flush();
        self.unless_left(done, ())
    }
}

/// Prints what a verb has to say, or why it could not; the exit status says which.
pub(super) fn exit(result: Result<String, String>) -> ExitCode {
    let told = result.and_then(|text| printed(std::io::stdout().write_all(text.as_bytes())));
    match told {
        Ok(_) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("rappel: {why}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe whose reader leaves after so many bytes.
    struct Pipe(usize);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            match self.0.min(bytes.len()) {
                0 => Err(ErrorKind::BrokenPipe.into()),
                taken => {
                    self.0 -= taken;
                    Ok(taken)
                }
            }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn who_reads_no_more_keeps_nobody_from_going_on() {
        let mut out = Heard::new(Pipe(3));
        for _ in 0..3 {
            writeln!(out, "error").expect("nobody minds");
        }
        out.flush().expect("nobody minds");
        assert!(!out.listening);
    }
}
