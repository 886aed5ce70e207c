//! How the engine is told to stop: once politely, twice at once.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use crate::loading::{Shared, take};
use rappel_ivr::Lang;
use rappel_switchboard::Input;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and Ctrl-C, listened for from the moment this is made: whoever is told that the engine is
/// ready may stop it.
pub(super) struct Stops {
    terminate: Signal,
    interrupt: Signal,
}

impl Stops {
    /// Begins to listen; needs a runtime. `None` when the system refuses, which is logged.
    pub(super) fn listen() -> Option<Self> {
        Some(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }
}

/// Waits for SIGTERM or Ctrl-C and tells the core to drain; a second one ends the process.
pub(super) async fn drain_on_request(stops: Option<Stops>, inbox: SyncSender<Input>) {
    let Some(Stops {
        mut terminate,
        mut interrupt,
    }) = stops
    else {
        return;
    };
    either(&mut terminate, &mut interrupt).await;
    // A full inbox takes it within moments; a closed one has stopped already.
    let _told = tokio::task::spawn_blocking(move || inbox.send(Input::Drain).is_ok()).await;
    tracing::info!("stopping: new calls are refused, calls in progress are let go");
    // Whoever stops a whole process group tells us twice in the same moment.
    tokio::time::sleep(SAME_MOMENT).await;
    either(&mut terminate, &mut interrupt).await;
    tracing::warn!("told twice: stopping at once");
    std::process::exit(130);
}

/// Waits for SIGHUP, again and again: every tenant is read once more.
pub(super) async fn reload_on_request(loader: Shared) {
    let Some(mut hangup) = listen(SignalKind::hangup()) else {
        return;
    };
    while hangup.recv().await.is_some() {
        let loader = Arc::clone(&loader);
        let asked =
            tokio::task::spawn_blocking(move || take(&loader).reload(None, false, Lang::En));
        match asked.await {
            Ok(told) if told.good => tracing::info!("SIGHUP\n{}", told.text),
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "a reload failed"),
        }
    }
}

fn listen(kind: SignalKind) -> Option<Signal> {
    let signal = signal(kind);
    if let Err(error) = &signal {
        tracing::error!(%error, "the engine cannot listen for signals; only kill -9 ends it");
    }
    signal.ok()
}

async fn either(a: &mut Signal, b: &mut Signal) {
    tokio::select! {
        _ = a.recv() => {}
        _ = b.recv() => {}
    }
}

/// Two signals closer than this are one request.
const SAME_MOMENT: Duration = Duration::from_millis(300);
