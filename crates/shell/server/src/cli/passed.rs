//! What passed on the wire, as verbs show it: asked of the running engine, masked, drawn, written.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use clap::Args;
use rappel_ivr::words;
use rappel_ivr::words::Lang;
use rappel_sight::capture::{pcap, text};
use rappel_sight::mask::Mask;
use rappel_sight::{Captured, Found, Trace};

use super::place::Place;
use crate::loading::control;
use crate::sight::wire::{self, Ask};

/// What may be shown.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Shown {
    /// Show telephone numbers whole instead of their last two digits.
    #[arg(long)]
    clear: bool,
    /// Show secrets: digest responses, keys of media, keys that were pressed.
    #[arg(long)]
    secrets: bool,
}

impl Shown {
    /// What is to be hidden.
    pub(super) const fn mask(self) -> Mask {
        Mask {
            secrets: !self.secrets,
            numbers: !self.clear,
        }
    }
}

/// Asks the running engine.
pub(super) fn ask(place: &Place, ask: Ask) -> Result<Found, String> {
    let mut found = Found::None;
    control::look(&place.folder()?, ask, |line| {
        wire::gather(&mut found, line);
        Ok(true)
    })?;
    Ok(found)
}

/// One call, or why there is none to show.
pub(super) fn call(place: &Place, id: &str, lang: Lang) -> Result<Trace, String> {
    let told = match ask(place, Ask::Call { id: id.to_owned() })? {
        Found::One(trace) if !trace.messages.is_empty() => return Ok(*trace),
        Found::Several(names) => {
            let names = names.join("\n  ");
            words!(
                "several calls begin like that:\n  {names}",
                "plusieurs appels commencent ainsi :\n  {names}"
            )
        }
        Found::One(_) | Found::None => words!(
            "the engine remembers no message of `{id}`: it was before its start, or newer ones took its place ([sight] memory in rappel.toml). `rappel calls --trace` shows what is kept of older calls",
            "le moteur ne se souvient d'aucun message de `{id}` : c'était avant son démarrage, ou de plus récents ont pris la place ([sight] memory dans rappel.toml). `rappel calls --trace` montre ce qui est gardé des appels plus anciens"
        ),
    };
    Err(told.in_lang(lang).to_owned())
}

/// Whole messages, as text that `rappel doctor --trace` reads back.
pub(super) fn messages(trace: &Trace, mask: Mask) -> String {
    trace
        .messages
        .iter()
        .map(|message| text::print(&masked(message, mask)))
        .collect()
}

/// A message with everything hidden that shall be.
pub(super) fn masked(message: &Captured, mask: Mask) -> Captured {
    Captured {
        bytes: mask.apply(&message.bytes),
        ..message.clone()
    }
}

/// A pcap file being written.
pub(super) struct Capture {
    file: BufWriter<File>,
    writer: pcap::Writer,
    mask: Mask,
    /// How many messages are in it.
    pub(super) count: usize,
}

impl Capture {
    /// Begins a file; one that is there already is replaced.
    pub(super) fn create(path: &Path, mask: Mask) -> Result<Self, String> {
        let failed = |e| format!("{}: {e}", path.display());
        let mut file = BufWriter::new(File::create(path).map_err(failed)?);
        file.write_all(&pcap::header()).map_err(failed)?;
        Ok(Self {
            file,
            writer: pcap::Writer::default(),
            mask,
            count: 0,
        })
    }

    /// Writes one message.
    pub(super) fn write(&mut self, message: &Captured) -> Result<(), String> {
        self.count += 1;
        let record = self.writer.record(&masked(message, self.mask));
        self.file
            .write_all(&record)
            .map_err(|e| format!("the capture cannot be written: {e}"))
    }

    /// Puts everything on disk.
    pub(super) fn finish(mut self) -> Result<usize, String> {
        self.file
            .flush()
            .map_err(|e| format!("the capture cannot be written: {e}"))?;
        Ok(self.count)
    }
}

/// Writes a trace as a pcap file, and says so.
pub(super) fn save(trace: &Trace, path: &Path, mask: Mask, lang: Lang) -> Result<String, String> {
    let mut capture = Capture::create(path, mask)?;
    for message in &trace.messages {
        capture.write(message)?;
    }
    let (count, path) = (capture.finish()?, path.display());
    let told = words!(
        "{count} messages written to {path}\n",
        "{count} messages écrits dans {path}\n"
    );
    Ok(told.in_lang(lang).to_owned())
}
