//! Codes sounds ahead for calls that hear neither law of G.711, behind whoever plays them: the first
//! call of an encoding has them coded frame by frame on its pacing thread, the next ones send what
//! is ready.

use std::collections::BTreeMap;
use std::sync::Arc;

use rappel_media::Command;
use rappel_model::{LegId, Sound};
use rappel_rtp::Encoding;
use tokio::sync::mpsc;

use super::courier::Sounds;

/// Looks at the orders of one pacing thread and has their sounds coded.
#[derive(Debug)]
pub(super) struct Coder {
    /// What each leg hears that hears neither law.
    wide: BTreeMap<LegId, Encoding>,
    road: mpsc::Sender<Wish>,
}

#[derive(Debug)]
struct Wish {
    version: u32,
    sounds: Vec<Sound>,
    encoding: Encoding,
}

impl Coder {
    /// Starts coding sounds of `sounds`, one after the other. Must be called on a tokio runtime.
    pub(super) fn start(sounds: Arc<impl Sounds>) -> Self {
        let (road, mut wishes) = mpsc::channel::<Wish>(MAX_WISHES);
        tokio::spawn(async move {
            while let Some(wish) = wishes.recv().await {
                let sounds = Arc::clone(&sounds);
                let coded = tokio::task::spawn_blocking(move || {
                    for sound in &wish.sounds {
                        sounds.prepare(wish.version, sound, wish.encoding);
                    }
                });
                if let Err(error) = coded.await {
                    tracing::error!(%error, "sounds were not coded ahead");
                }
            }
        });
        Self {
            wide: BTreeMap::new(),
            road,
        }
    }

    /// Sees one order on its way.
    pub(super) fn see(&mut self, version: u32, command: &Command<Sound>) {
        match command {
            Command::Connect { leg, stream } => match stream.format.ours() {
                None | Some(Encoding::Pcmu | Encoding::Pcma) => drop(self.wide.remove(leg)),
                Some(wide) => drop(self.wide.insert(*leg, wide)),
            },
            Command::Close { leg } | Command::Leave { leg, .. } => drop(self.wide.remove(leg)),
            Command::Play { leg, sounds, .. } => {
                if let Some(&encoding) = self.wide.get(leg) {
                    let sounds = sounds.clone();
                    // With too many before it, the next call that plays them asks again.
                    let _later = self.road.try_send(Wish {
                        version,
                        sounds,
                        encoding,
                    });
                }
            }
            _ => {}
        }
    }
}

/// Most orders whose sounds wait to be coded.
const MAX_WISHES: usize = 64;
