//! What fuzzing begins with: inputs that already live in the repository, brought into the form of
//! their target, and the few of `tests/fuzz/seeds` that live nowhere else.

use std::fs;
use std::path::{Path, PathBuf};

use crate::steps::root;

/// An input and the name of its file.
type Seed = (String, Vec<u8>);

/// Writes the seeds of a target into a folder that git ignores, and says where.
pub(super) fn collect(target: &str) -> Result<PathBuf, String> {
    let folder = root().join("tests/fuzz/target/seeds").join(target);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for (name, bytes) in seeds(target)? {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(folder)
}

fn seeds(target: &str) -> Result<Vec<Seed>, String> {
    let mut found = match target {
        "sip" | "sip_rsip" => torture()?,
        "sip_stream" => streams(&torture()?),
        "sdp" => files("crates/core/rtp/corpus", "sdp")?,
        "flow" => {
            let mut flows = files(&format!("{DEMO}/flows"), "toml")?;
            flows.extend(files("crates/core/ivr/src/builtin", "toml")?);
            flows.iter_mut().for_each(|(_, flow)| flow.extend(NEWS));
            flows
        }
        "tenant" => vec![company()?],
        _ => Vec::new(),
    };
    let own = format!("tests/fuzz/seeds/{target}");
    if root().join(&own).is_dir() {
        found.extend(files(&own, "bin")?);
    }
    Ok(found)
}

fn torture() -> Result<Vec<Seed>, String> {
    let mut all = files("tests/torture/rfc4475", "dat")?;
    all.extend(files("tests/torture/rfc5118", "dat")?);
    Ok(all)
}

/// Each message twice, an empty line between, and the lengths of the pieces it is cut into.
fn streams(messages: &[Seed]) -> Vec<Seed> {
    let twice = |(name, message): &Seed| {
        let stream = [message, b"\r\n\r\n".as_slice(), message, CUTS].concat();
        (name.clone(), stream)
    };
    messages.iter().map(twice).collect()
}

/// The demo company as the target `tenant` takes it: every file behind a line `=== PATH`.
fn company() -> Result<Seed, String> {
    let mut tables = files(DEMO, "toml")?;
    let main = |(name, _): &Seed| name != "tenant.toml";
    tables.sort_by_key(main);
    let flows = files(&format!("{DEMO}/flows"), "toml")?;
    let flows = flows
        .into_iter()
        .map(|(name, text)| (format!("flows/{name}"), text));
    let mut whole = Vec::new();
    for (path, text) in tables.into_iter().chain(flows) {
        if !whole.is_empty() {
            whole.extend(format!("\n=== {path}\n").as_bytes());
        }
        whole.extend(text);
    }
    Ok(("garage-martin".to_owned(), whole))
}

/// The files of a folder with that ending, by name.
fn files(folder: &str, ending: &str) -> Result<Vec<Seed>, String> {
    let folder = root().join(folder);
    let broken = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(broken)? {
        let path = entry.map_err(broken)?.path();
        if path.extension().is_some_and(|e| e == ending) {
            found.push((name(&path), fs::read(&path).map_err(broken)?));
        }
    }
    found.sort();
    Ok(found)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

const DEMO: &str = "crates/shell/server/demo/tenants/garage-martin";
/// What the target `sip_stream` takes off the end of its input.
const CUTS: &[u8] = &[1, 7, 64, 2, 200, 3, 31, 90];
/// Some news for the call of the target `flow`: plays end, keys, ringing, time.
const NEWS: &[u8] = &[0, 1, 11, 1, 33, 0, 19, 1, 0, 6, 7, 27, 83, 1, 0];
