//! What the names of sounds stand for: prompts from the catalogue, recordings from the store.

use std::path::Path;
use std::sync::Arc;

use rappel_audio::wav;
use rappel_media::Clip;
use rappel_model::{RecordingId, Sound};
use rappel_prompts::Cache;
use rappel_store::Store;
use rappel_tenant::Version;

use super::courier::Sounds;
use crate::config::recordings;

/// Every sound of the engine.
#[derive(Debug)]
pub(super) struct Catalogue {
    cache: Cache,
    store: Arc<Store>,
    nothing: Arc<Clip>,
}

impl Catalogue {
    /// Reads the operators' recordings, all of them, so that a broken one is known before a call
    /// needs it.
    pub(super) fn open(
        config: &Path,
        versions: &[Arc<Version>],
        store: Arc<Store>,
    ) -> Result<Self, String> {
        let tenants = versions.iter().map(|version| &version.tenant);
        let cache = recordings::open(config, tenants).map_err(|broken| {
            format!(
                "recordings that cannot be played:\n  {}",
                broken.join("\n  ")
            )
        })?;
        Ok(Self {
            cache,
            store,
            nothing: Arc::new(Clip::from_samples(&[])),
        })
    }
}

impl Sounds for Catalogue {
    fn ready(&self, sound: &Sound) -> Option<Arc<Clip>> {
        match self.cache.sound(sound) {
            Ok(clip) => clip,
            Err(error) => {
                // The checks of a tenant make this impossible; if it happens all the same, the
                // caller hears the rest.
                tracing::error!(%error, "a prompt cannot be played");
                Some(Arc::clone(&self.nothing))
            }
        }
    }

    fn read(&self, recording: RecordingId) -> Result<Arc<Clip>, String> {
        let path = self.store.recording(recording);
        let file = std::fs::File::open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let samples = wav::read(std::io::BufReader::new(file))
            .map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Arc::new(Clip::from_samples(&samples)))
    }
}
