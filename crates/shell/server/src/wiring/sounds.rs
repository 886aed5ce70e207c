//! What the names of sounds stand for: prompts as a version of a tenant has them, recordings from
//! the store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use rappel_audio::tune::tune;
use rappel_audio::wav;
use rappel_ivr::FlowSet;
use rappel_media::Clip;
use rappel_model::{Language, RecordingId, Sound, TenantId};
use rappel_prompts::tts::Voice;
use rappel_prompts::{Broken, Cache, Catalog, Unusable, cache};
use rappel_rtp::Encoding;
use rappel_store::Store;
use rappel_tenant::Version;

use super::courier::Sounds;

/// Every sound of the engine. The prompts of a version stay as long as a call may play them, which
/// is as long as somebody holds its flows.
#[derive(Debug)]
pub(crate) struct Catalogue {
    shelves: RwLock<BTreeMap<(TenantId, u32), Shelf>>,
    /// The engine's own sounds; its memory holds everybody's.
    own: Cache,
    store: Arc<Store>,
    voice: Option<Voice>,
    nothing: Arc<Clip>,
    /// For whoever waits where no music was recorded.
    music: Arc<Clip>,
}

/// The prompts of one version.
#[derive(Debug)]
struct Shelf {
    clips: Arc<Cache>,
    flows: Weak<FlowSet>,
}

impl Catalogue {
    /// The engine's own sounds, and recordings of `store`; prompts of tenants come with
    /// [`install`](Self::install).
    pub(crate) fn new(store: Arc<Store>, voice: Option<Voice>) -> Self {
        Self {
            shelves: RwLock::default(),
            own: Cache::new(Catalog::embedded(), cache::MAX_BYTES),
            store,
            voice,
            nothing: Arc::new(Clip::from_samples(&[])),
            music: Arc::new(Clip::from_samples(&tune())),
        }
    }

    /// The voice for what nobody has recorded.
    pub(crate) fn voice(&self) -> Option<&Voice> {
        self.voice.as_ref()
    }

    /// Reads a recording once, so that no call waits for it; the error is what is wrong with it.
    pub(crate) fn warm(&self, path: &Path) -> Result<(), Broken> {
        self.own.warm_file(path)
    }

    /// Offers the prompts of a version, which runs from now on, and forgets those of versions that
    /// no call holds any more.
    pub(crate) fn install(&self, version: &Version, prompts: Catalog) {
        let shelf = Shelf {
            clips: Arc::new(self.own.over(prompts)),
            flows: Arc::downgrade(&version.flows),
        };
        let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
        shelves.retain(|_, shelf| shelf.flows.strong_count() > 0);
        shelves.insert((version.tenant.clone(), version.number), shelf);
    }

    /// Whether the prompts of a version are still there.
    #[cfg(test)]
    pub(crate) fn holds(&self, tenant: &TenantId, version: u32) -> bool {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        shelves.contains_key(&(tenant.clone(), version))
    }

    /// The files that some version with a call, or the newest, may still play.
    pub(crate) fn in_use(&self) -> BTreeSet<PathBuf> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        let alive = shelves
            .values()
            .filter(|shelf| shelf.flows.strong_count() > 0);
        alive
            .flat_map(|shelf| shelf.clips.catalog().files())
            .map(|(_, path)| path.to_owned())
            .collect()
    }

    /// The prompts a sound of this version is looked up in. A version whose call has ended since the
    /// order was given has none any more; the engine's own are better than nothing.
    fn shelf(&self, version: u32, sound: &Sound) -> Option<Arc<Cache>> {
        let Sound::Clip { tenant, .. } = sound else {
            return None;
        };
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        let shelf = shelves.get(&(tenant.clone(), version))?;
        Some(Arc::clone(&shelf.clips))
    }
}

impl Sounds for Catalogue {
    fn at_hand(&self, version: u32, sound: &Sound) -> Option<Arc<Clip>> {
        let shelf = self.shelf(version, sound);
        shelf.as_deref().unwrap_or(&self.own).kept_sound(sound)
    }

    fn ready(&self, version: u32, sound: &Sound) -> Option<Arc<Clip>> {
        let found = match self.shelf(version, sound) {
            Some(clips) => clips.sound(sound),
            None => self.own.sound(sound),
        };
        match found {
            Ok(clip) => clip,
            Err(Unusable::Missing(_)) if sound.is_music() => Some(Arc::clone(&self.music)),
            Err(error) => {
                // The checks of a tenant make this impossible; if it happens all the same, the
                // caller hears the rest.
                tracing::error!(%error, version, "a prompt cannot be played");
                let instead = if sound.is_music() {
                    &self.music
                } else {
                    &self.nothing
                };
                Some(Arc::clone(instead))
            }
        }
    }

    async fn speak(&self, language: &Language, text: &str) -> Result<Arc<Clip>, String> {
        let voice = self.voice.as_ref();
        let voice = voice.ok_or("no voice is set up to speak them: see [tts]")?;
        let path = voice.say(language, text).await.map_err(|e| e.to_string())?;
        self.own.file(&path).map_err(|e| e.to_string())
    }

    fn prepare(&self, version: u32, sound: &Sound, encoding: Encoding) {
        let shelf = self.shelf(version, sound);
        let clips = shelf.as_deref().unwrap_or(&self.own);
        if sound.is_music() && clips.sound(sound).is_err() {
            self.music.prepare(encoding, None);
        } else {
            clips.prepare(sound, encoding);
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

#[cfg(test)]
mod tests {
    use rappel_store::{Folder, Settings};

    use super::*;

    #[test]
    fn who_waits_where_no_music_was_recorded_hears_a_tune_coded_once() {
        let name = format!("rappel-sounds-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let settings = Settings {
            folder: Folder::new(root.clone()),
            max_pages: None,
        };
        let store = runtime.block_on(Store::open(settings)).unwrap();
        let sounds = Catalogue::new(Arc::new(store), None);
        let music = Sound::music("a".into(), "fr".into());
        let ready = || sounds.ready(1, &music).unwrap();
        assert!(!ready().is_prepared(Encoding::G722));
        sounds.prepare(1, &music, Encoding::G722);
        assert!(ready().is_prepared(Encoding::G722));
        assert!(ready().length().as_secs() == 19, "it is the tune");
        std::fs::remove_dir_all(root).unwrap();
    }
}
