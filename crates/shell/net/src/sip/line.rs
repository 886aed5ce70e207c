//! One connection: what the tasks that open and serve it need to know.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use rappel_model::Trouble;
use rappel_model::trouble::SecureFault;
use rappel_sip::wire::Refusal;
use rappel_sip::{ConnectionId, Flow, Input, Transport};
use tokio::sync::mpsc;

use super::Inbox;
use super::connections::{Connections, Entered};
use super::door::{Door, Entry};
use super::tap::Passage;

/// One connection and its surroundings.
pub(super) struct Line<I> {
    pub(super) door: Arc<Door<I>>,
    pub(super) connections: Arc<Connections>,
    pub(super) transport: Transport,
    /// Our address as the peer sees it.
    pub(super) shown: SocketAddr,
    pub(super) remote: SocketAddr,
    /// Whether we opened it.
    pub(super) ours: bool,
}

/// Why reading ended.
#[derive(Debug)]
pub(super) enum ReadEnd {
    /// The peer closed, or the network did.
    Closed,
    /// We close: too slow, too long silent, or a stream that cannot be followed.
    CutOff(&'static str),
}

impl<I: Inbox> Line<I> {
    pub(super) fn flow(&self, connection: Option<ConnectionId>) -> Flow {
        Flow {
            transport: self.transport,
            local: self.shown,
            remote: self.remote,
            connection,
        }
    }

    /// Takes one whole message. The answer to one that nobody can read waits in `queue` afterwards.
    ///
    /// # Errors
    /// When the peer does not take its answers.
    pub(super) async fn take(
        &self,
        bytes: &Bytes,
        flow: Flow,
        queue: &mpsc::Sender<Bytes>,
    ) -> Result<(), ReadEnd> {
        match self.door.enter(bytes, flow) {
            Entry::Message(input) => {
                if let Some(id) = flow.connection {
                    let standing = self.door.standing(self.remote.ip());
                    // Its place went to another in this moment: as if it had closed before it spoke.
                    if !self.connections.spoke(id, standing) {
                        return Err(ReadEnd::Closed);
                    }
                }
                self.door.put(*input).await;
            }
            Entry::Answer(Some(answer)) => return self.refuse(&answer, flow, queue),
            Entry::Answer(None) | Entry::Dropped => {}
        }
        Ok(())
    }

    /// Queues what the door says to a message that nobody can read.
    ///
    /// # Errors
    /// When the peer does not take what is there already.
    pub(super) fn refuse(
        &self,
        refusal: &Refusal,
        flow: Flow,
        queue: &mpsc::Sender<Bytes>,
    ) -> Result<(), ReadEnd> {
        let bytes = refusal.print();
        self.door.show(Passage::Out, flow, &bytes);
        self.answer(bytes, queue)
    }

    /// Queues something of ours.
    ///
    /// # Errors
    /// When the peer does not take what is there already.
    pub(super) fn answer(&self, bytes: Bytes, queue: &mpsc::Sender<Bytes>) -> Result<(), ReadEnd> {
        queue
            .try_send(bytes)
            .map_err(|_| ReadEnd::CutOff("reads too slowly"))
    }

    /// Runs reading and writing until either ends, then tells the control thread.
    pub(super) async fn run(
        &self,
        id: ConnectionId,
        queue: mpsc::Sender<Bytes>,
        reading: impl Future<Output = ReadEnd>,
        writing: impl Future<Output = ()>,
    ) {
        tokio::pin!(writing);
        tokio::select! {
            () = &mut writing => self.connections.leave(id),
            end = reading => {
                if let ReadEnd::CutOff(why) = end {
                    self.door.counters.cut_off.add();
                    tracing::debug!(remote = %self.remote, why, "connection cut off");
                }
                // No sender is left after this, so writing ends when the queue is empty.
                self.connections.leave(id);
                drop(queue);
                writing.await;
            }
        }
        self.door.put(Input::FlowClosed(id)).await;
    }

    /// It never came to serving: what waits in the queue comes back as failed.
    pub(super) async fn give_up(&self, mut entered: Entered) {
        self.connections.leave(entered.id);
        entered.waiting.close();
        while entered.waiting.recv().await.is_some() {
            self.door.counters.send_failed.add();
            self.door.put(Input::SendFailed(self.flow(None))).await;
        }
    }

    /// A secure connection was not made: told to whoever listens in. `name` is what the peer had to
    /// prove when we opened it.
    pub(super) fn insecure(&self, name: Option<&str>, fault: SecureFault) {
        self.door.trouble(Trouble::Secure {
            peer: self.remote,
            name: self.ours.then(|| name.unwrap_or_default().to_owned()),
            fault,
        });
    }

    /// A handshake failed: one counter, and one line of log at most per source and second.
    pub(super) fn handshake_failed(&self, what: &str, why: &str) {
        self.door.counters.failed_handshakes.add();
        if !self.door.may_tell(self.remote.ip()) {
            return;
        }
        let remote = self.remote;
        match self.ours {
            true => tracing::warn!(%remote, why, "{what}: the connection was not opened"),
            false => tracing::info!(%remote, why, "{what}: the connection was refused"),
        }
    }
}
