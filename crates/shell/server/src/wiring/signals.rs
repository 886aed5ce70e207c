//! How the engine is told to stop: once politely, twice at once, three times without a word.

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

/// Waits for SIGTERM or Ctrl-C and tells the core to drain; at a second one it is to hang up all calls
/// and stop; a third one ends the process, and so does a core that does not stop.
pub(super) async fn drain_on_request(stops: Option<Stops>, inbox: SyncSender<Input>) {
    let Some(Stops {
        mut terminate,
        mut interrupt,
    }) = stops
    else {
        return;
    };
    either(&mut terminate, &mut interrupt).await;
    tell(&inbox, Input::Drain);
    tracing::info!("stopping: new calls are refused, calls in progress are let go");
    // Whoever stops a whole process group tells us twice in the same moment.
    tokio::time::sleep(SAME_MOMENT).await;
    either(&mut terminate, &mut interrupt).await;
    tracing::warn!("told twice: hanging up all calls and stopping at once");
    tell(&inbox, Input::Stop);
    tokio::time::sleep(SAME_MOMENT).await;
    tokio::select! {
        () = either(&mut terminate, &mut interrupt) => {
            tracing::error!("told three times: the process ends here; records of calls may be lost");
        }
        () = tokio::time::sleep(LONGEST_STOP) => {
            tracing::error!("the engine does not stop: the process ends here; records may be lost");
        }
    }
    std::process::exit(130);
}

/// Puts an order into the inbox without waiting here: a full one takes it within moments, and a closed
/// one has stopped already. Signals are heard meanwhile.
fn tell(inbox: &SyncSender<Input>, order: Input) {
    let inbox = inbox.clone();
    drop(tokio::task::spawn_blocking(move || {
        inbox.send(order).is_ok()
    }));
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

/// How long stopping at once may take: the core's two seconds, and the store's last page on a slow disk.
const LONGEST_STOP: Duration = Duration::from_secs(5);
