//! `serve --watch`: files that are saved are loaded, once they have been left alone for a moment.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use rappel_ivr::Lang;

use super::{Shared, take};

/// Watches `tenants/` and `shared/` of a configuration folder for as long as the process lives. A
/// save that is only half there is refused by the check, which says so in the log; the next one
/// loads.
///
/// # Errors
/// The system cannot watch the folder; told with its path.
pub(crate) fn start(config: &Path, loader: Shared) -> Result<(), String> {
    // One place is enough: it only says that something happened.
    let (sender, changes) = sync_channel(1);
    let changed = move |event: notify::Result<notify::Event>| {
        let matters = event.map_or(true, |event| !event.kind.is_access());
        if matters {
            let _known_already = sender.try_send(()).is_err();
        }
    };
    let mut watcher = notify::recommended_watcher(changed)
        .map_err(|e| format!("the files cannot be watched: {e}"))?;
    for folder in ["tenants", "shared"] {
        let folder = config.join(folder);
        if folder.is_dir() {
            watcher
                .watch(&folder, RecursiveMode::Recursive)
                .map_err(|e| format!("{} cannot be watched: {e}", folder.display()))?;
        }
    }
    thread::Builder::new()
        .name("watcher".into())
        .spawn(move || follow(&watcher, &changes, &loader))
        .map_err(|e| format!("the files cannot be watched: {e}"))?;
    Ok(())
}

/// Loads after each change, once [`QUIET`] has passed without another.
fn follow(_watcher: &RecommendedWatcher, changes: &Receiver<()>, loader: &Shared) {
    while changes.recv().is_ok() {
        loop {
            match changes.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        let told = take(loader).reload(None, false, Lang::En);
        if told.good {
            tracing::info!("files were saved\n{}", told.text);
        }
    }
}

/// How long the files must be left alone: editors and copies write in several steps.
const QUIET: Duration = Duration::from_millis(300);
