//! The companies of a configuration folder, all of them good, or the reasons why not.

use std::path::Path;
use std::sync::Arc;

use rappel_tenant::Version;

use crate::config::engine::Engine;
use crate::config::tenant_files::Folder;

/// Loads every tenant. One that has errors keeps the engine from starting: a company whose calls
/// nobody answers is worse than an engine that says at once what is wrong.
pub(super) fn load(engine: &Engine, config: &Path) -> Result<Vec<Arc<Version>>, String> {
    let folder = Folder::read(config)?;
    engine.check_tenants(&folder)?;
    let mut versions = Vec::new();
    let mut wrong = String::new();
    for tenant in folder.tenants() {
        match folder.load(tenant) {
            Ok(version) => {
                for warning in &version.warnings {
                    tracing::warn!(%tenant, "{}", warning.to_string().lines().next().unwrap_or(""));
                }
                tracing::info!(%tenant, version = version.fingerprint, "files read");
                versions.push(Arc::new(version));
            }
            Err(problems) => problems
                .iter()
                .for_each(|p| wrong.push_str(&format!("{p}\n"))),
        }
    }
    for clash in rappel_tenant::clashes(versions.iter().map(Arc::as_ref)) {
        wrong.push_str(&format!("{clash}\n"));
    }
    if !wrong.is_empty() {
        return Err(format!("the configuration has errors\n\n{wrong}"));
    }
    if versions.is_empty() {
        return Err(format!(
            "{}: there is no company in it; `rappel demo` lays out one to begin with",
            config.join("tenants").display()
        ));
    }
    Ok(versions)
}
