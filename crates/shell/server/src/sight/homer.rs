//! The way to Homer: a HEP3 packet per message.

use std::net::UdpSocket;

use rappel_model::CallUid;
use rappel_sight::glance::glance;
use rappel_sight::hep::{self, Agent};
use rappel_sight::{Captured, Sight};

use crate::config::sight::Homer as Settings;

/// A socket that never waits: what cannot be sent at once is lost, as HEP3 over UDP has it.
#[derive(Debug)]
pub(super) struct Homer {
    socket: UdpSocket,
    agent: Agent,
    /// Whether the last packet failed: said once, not for every message.
    failing: bool,
}

impl Homer {
    /// Opens the socket.
    pub(super) fn open(settings: &Settings) -> Result<Self, String> {
        let to = settings.address;
        let any: std::net::IpAddr = match to.is_ipv4() {
            true => std::net::Ipv4Addr::UNSPECIFIED.into(),
            false => std::net::Ipv6Addr::UNSPECIFIED.into(),
        };
        let open = || -> std::io::Result<UdpSocket> {
            let socket = UdpSocket::bind((any, 0))?;
            socket.connect(to)?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let socket = open().map_err(|e| format!("rappel.toml: [homer] address: {to}: {e}"))?;
        Ok(Self {
            socket,
            agent: Agent {
                id: settings.id,
                name: settings.name.clone(),
                password: settings.password.reveal().to_owned(),
            },
            failing: false,
        })
    }

    /// Sends one message. Secrets in it go along: Homer is told what passed.
    pub(super) fn send(&mut self, message: &Captured, sight: &Sight) {
        let call = sight.call_of(glance(&message.bytes).call_id);
        let related = call.as_ref().map(CallUid::to_string);
        let Some(packet) = hep::packet(&self.agent, message, related.as_deref()) else {
            return;
        };
        match self.socket.send(&packet) {
            Ok(_) => self.failing = false,
            Err(error) if !self.failing => {
                self.failing = true;
                tracing::warn!(%error, "Homer cannot be told; see [homer] address");
            }
            Err(_) => {}
        }
    }
}
