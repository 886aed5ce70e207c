//! Ctrl-C and SIGTERM while calls are up: they are hung up first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

/// Whether we were told to stop; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to listen for Ctrl-C and SIGTERM; from now on they no longer end the process.
    pub(crate) fn listen() -> Result<Self, String> {
        let told = Self::default();
        let flag = told.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| format!("cannot listen for Ctrl-C: {e}"))?;
        let signals = {
            let _within = runtime.enter();
            signal(SignalKind::interrupt()).and_then(|i| Ok((i, signal(SignalKind::terminate())?)))
        };
        let (mut interrupt, mut terminate) =
            signals.map_err(|e| format!("cannot listen for Ctrl-C: {e}"))?;
        thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            });
            flag.0.store(true, Ordering::Relaxed);
        });
        Ok(told)
    }

    /// Whether we were.
    pub(crate) fn is_told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error once we were: for leaving with `?`.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.is_told() {
            Err("interrupted; nothing was measured".into())
        } else {
            Ok(())
        }
    }

    /// Sleeps, but not longer than until we are told.
    pub(crate) fn sleep(&self, length: Duration) -> Result<(), String> {
        let start = Instant::now();
        while let Some(left) = length.checked_sub(start.elapsed()) {
            self.check()?;
            thread::sleep(left.min(LOOK));
        }
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How often a sleeper looks whether we were told.
const LOOK: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_told_does_not_sleep() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.sleep(Duration::from_millis(1)), Ok(()));
        interrupt.clone().tell();
        let start = Instant::now();
        assert!(interrupt.sleep(Duration::from_secs(60)).is_err());
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
