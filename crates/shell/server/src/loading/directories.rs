//! The directories of the tenants that run: read with their version, and again whenever a file
//! changes. They are data, not part of a version: what a call looks up is what is known now.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rappel_ivr::Words;
use rappel_model::directory::Directory;
use rappel_model::{DirectoryName, Table, TenantId};
use rappel_switchboard::Input;
use rappel_tenant::Version;

use super::digests::Mark;
use super::{Loader, Shared, take};
use crate::config::directories;

/// What was read, and from which file.
#[derive(Debug, Default)]
pub(super) struct Directories(BTreeMap<(TenantId, DirectoryName), Read>);

#[derive(Debug)]
struct Read {
    path: PathBuf,
    code: Option<&'static str>,
    /// `None` when the file was not there.
    mark: Option<Mark>,
}

/// The directories of one version, read.
#[derive(Debug, Default)]
pub(super) struct Tables(Vec<(DirectoryName, Read, Arc<Table>)>);

impl Tables {
    /// Reads every directory that a version declares. The error is one text per file that cannot be
    /// used.
    pub(super) fn read(config: &Path, version: &Version) -> Result<Self, Vec<Words>> {
        let code = calling_code(version);
        let (mut tables, mut wrong) = (Self::default(), Vec::new());
        for directory in version.surroundings.directories.values() {
            let path = place(config, &version.tenant, directory);
            // Taken before the file is read: a change during it is seen afterwards.
            let mark = Mark::of(&path).ok();
            match directories::read(&path, code) {
                Ok(table) => {
                    let read = Read { path, code, mark };
                    tables
                        .0
                        .push((directory.name.clone(), read, Arc::new(table)));
                }
                Err(why) => {
                    let why = format!("{}: {why}", shown(version, directory));
                    wrong.push(Words::same(why));
                }
            }
        }
        match wrong.is_empty() {
            true => Ok(tables),
            false => Err(wrong),
        }
    }
}

impl Loader {
    /// Offers the directories of a version that runs from now on, and only these.
    pub(super) fn offer(&mut self, tenant: &TenantId, tables: Tables) {
        let named: Vec<_> = tables.0.iter().map(|(name, ..)| name.clone()).collect();
        let theirs = self.directories.0.keys().filter(|(t, _)| t == tenant);
        let gone: Vec<_> = theirs
            .filter(|(_, n)| !named.contains(n))
            .cloned()
            .collect();
        for key in gone {
            self.directories.0.remove(&key);
            self.send(Input::Directory(key.0, key.1, None));
        }
        for (name, read, table) in tables.0 {
            let key = (tenant.clone(), name.clone());
            self.directories.0.insert(key, read);
            self.send(Input::Directory(tenant.clone(), name, Some(table)));
        }
    }

    /// Reads again what has changed. What cannot be read now leaves the rows as they are.
    pub(super) fn refresh(&mut self) {
        let mut news = Vec::new();
        for ((tenant, name), read) in &mut self.directories.0 {
            let mark = Mark::of(&read.path).ok();
            if mark == read.mark {
                continue;
            }
            read.mark = mark;
            let shown = read.path.display();
            match directories::read(&read.path, read.code) {
                Ok(table) => {
                    tracing::info!(%tenant, directory = %name, rows = table.rows(), "read again");
                    news.push((tenant.clone(), name.clone(), Arc::new(table)));
                }
                Err(why) => {
                    tracing::warn!(%tenant, directory = %name, "{shown}: {why}; its rows stay");
                }
            }
        }
        for (tenant, name, table) in news {
            self.send(Input::Directory(tenant, name, Some(table)));
        }
    }
}

/// Looks after the files as long as the process lives.
///
/// # Errors
/// There is no thread for it.
pub(crate) fn look_after(loader: Shared) -> Result<(), String> {
    let look = move || {
        loop {
            thread::sleep(EVERY);
            take(&loader).refresh();
        }
    };
    thread::Builder::new()
        .name("directories".into())
        .spawn(look)
        .map(drop)
        .map_err(|e| format!("directories cannot be looked after: {e}"))
}

pub(crate) fn place(config: &Path, tenant: &TenantId, directory: &Directory) -> PathBuf {
    let own = config.join("tenants").join(tenant.as_str());
    own.join(&directory.file)
}

fn shown(version: &Version, directory: &Directory) -> String {
    format!("tenants/{}/{}", version.tenant, directory.file)
}

/// The calling code of the country a tenant is in: of its own number, or of its first line.
pub(crate) fn calling_code(version: &Version) -> Option<&'static str> {
    let lines = version.lines.iter().map(|line| &line.number);
    let own = version.settings.number.iter();
    own.chain(lines)
        .find_map(rappel_model::country::Country::calling_code)
}

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);
