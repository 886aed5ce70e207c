//! What a pacing thread sleeps on: the kernel's epoll. A source is told at every look as long as there
//! is something to read of it, so that one receive per look takes what is there and none is made in vain.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::time::Timespec;

/// Waits for sources.
#[derive(Debug)]
pub(super) struct Poller {
    registry: Registry,
}

/// What a wait has brought; stays on its thread.
pub(super) struct Events(Vec<epoll::Event>);

/// Where sources are watched and let go; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Registry(Arc<OwnedFd>);

/// Ends a wait from another thread; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Waker(Arc<OwnedFd>);

impl Poller {
    /// A poller without sources.
    pub(super) fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self {
            registry: Registry(Arc::new(epoll)),
        })
    }

    /// The way to its sources.
    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A waker that ends a wait with `token`.
    pub(super) fn waker(&self, token: u64) -> io::Result<Waker> {
        let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
        let event = eventfd(0, flags)?;
        // Told once per wake, so that it need not be read.
        let how = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(
            &*self.registry.0,
            &event,
            epoll::EventData::new_u64(token),
            how,
        )?;
        Ok(Waker(Arc::new(event)))
    }

    /// Sleeps until a source has something, at most `limit`.
    pub(super) fn wait(&self, events: &mut Events, limit: Duration) {
        let limit = Timespec {
            tv_sec: limit.as_secs() as i64,
            tv_nsec: limit.subsec_nanos().into(),
        };
        events.0.clear();
        let room = spare_capacity(&mut events.0);
        // Only a signal can end a wait with an error: then it was a short wait.
        let _interrupted = epoll::wait(&*self.registry.0, room, Some(&limit)).is_err();
    }
}

impl Events {
    /// Room for what one wait brings.
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(EVENTS))
    }

    /// The tokens of the sources that have something.
    pub(super) fn tokens(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|event| event.data.u64())
    }
}

impl Registry {
    /// Watches a source.
    ///
    /// # Errors
    /// It is watched already, or the system has no memory for more.
    pub(super) fn watch(&self, source: impl AsFd, token: u64) -> io::Result<()> {
        let data = epoll::EventData::new_u64(token);
        Ok(epoll::add(&*self.0, source, data, epoll::EventFlags::IN)?)
    }

    /// Lets go of a source.
    ///
    /// # Errors
    /// It is not watched.
    pub(super) fn forget(&self, source: impl AsFd) -> io::Result<()> {
        Ok(epoll::delete(&*self.0, source)?)
    }
}

impl Waker {
    /// Ends the wait that is under way, or the next one.
    ///
    /// # Errors
    /// It was called 2⁶⁴ times: never.
    pub(super) fn wake(&self) -> io::Result<()> {
        rustix::io::write(&*self.0, &1_u64.to_ne_bytes())?;
        Ok(())
    }
}

/// Sources that may be told at once; the rest is told at the next look.
const EVENTS: usize = 256;

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    fn tokens(poller: &Poller, limit: u64) -> Vec<u64> {
        let mut events = Events::new();
        poller.wait(&mut events, Duration::from_millis(limit));
        events.tokens().collect()
    }

    #[test]
    fn a_source_is_told_until_it_is_empty_and_a_wake_once() {
        let poller = Poller::new().expect("a poller can be made");
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let local = socket.local_addr().expect("it is bound");
        poller.registry().watch(&socket, 7).expect("it is new");
        assert!(poller.registry().watch(&socket, 7).is_err());
        let waker = poller.waker(9).expect("an eventfd can be made");
        assert!(tokens(&poller, 5).is_empty());
        for _ in 0..2 {
            socket.send_to(b"x", local).expect("it is sent");
        }
        for _ in 0..2 {
            assert_eq!(tokens(&poller, 10_000), [7]);
            socket.recv(&mut [0]).expect("it was told");
        }
        assert!(tokens(&poller, 5).is_empty());
        waker.wake().expect("it is there");
        waker.clone().wake().expect("it is there");
        assert_eq!(tokens(&poller, 10_000), [9]);
        assert!(tokens(&poller, 5).is_empty());
        poller.registry().forget(&socket).expect("it was watched");
        socket.send_to(b"x", local).expect("it is sent");
        assert!(tokens(&poller, 5).is_empty());
    }
}
