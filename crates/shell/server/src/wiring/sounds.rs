//! What the names of sounds stand for: prompts from the catalogue, recordings from the store.

use std::path::Path;
use std::sync::Arc;

use rappel_audio::wav;
use rappel_media::Clip;
use rappel_model::{RecordingId, Sound};
use rappel_prompts::{Cache, Catalog, cache};
use rappel_store::Store;
use rappel_tenant::Version;

use super::courier::Sounds;

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
        let mut catalog = Catalog::embedded();
        catalog
            .set_shared(&config.join("shared"))
            .map_err(|e| e.to_string())?;
        for version in versions {
            let folder = config.join("tenants").join(version.tenant.as_str());
            catalog
                .set_tenant(version.tenant.clone(), &folder)
                .map_err(|e| e.to_string())?;
        }
        let cache = Cache::new(catalog, cache::MAX_BYTES);
        let broken: Vec<String> = cache.warm().iter().map(ToString::to_string).collect();
        if !broken.is_empty() {
            return Err(format!(
                "recordings that cannot be played:\n  {}",
                broken.join("\n  ")
            ));
        }
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
