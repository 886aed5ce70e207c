//! Files that are whole or not there, whatever happens while they are written.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::error::Error;

/// Makes a folder for the owner only; one that exists is fine.
pub(super) fn folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|e| Error::io(path, &e))
}

/// Writes a file beside its place, makes it durable, and moves it there.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let beside = path.with_extension("new");
    let written = || -> std::io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    written().map_err(|e| {
        // What could not be written in full is no use to anybody.
        let _gone = fs::remove_file(&beside);
        Error::io(path, &e)
    })
}

/// The text of a file; `None` when it does not exist.
pub(super) fn read(path: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io(path, &e)),
    }
}

/// The first line of a file, at most [`MAX_LINE`] bytes of it.
pub(super) fn first_line(path: &Path) -> Result<String, Error> {
    let mut line = String::new();
    let file = File::open(path).map_err(|e| Error::io(path, &e))?;
    BufReader::new(file.take(MAX_LINE))
        .read_line(&mut line)
        .map_err(|e| Error::io(path, &e))?;
    Ok(line)
}

/// Removes a file; one that is gone already is no error.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io(path, &e)),
        _ => Ok(()),
    }
}

/// Longest first line that is read: 10,000 recordings by name and digest, four times over.
const MAX_LINE: u64 = 8 << 20;
