//! The way to Homer: a HEP3 packet per message.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

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
    complaint: Complaint,
}

/// When it was last said that packets fail. A connected socket hears of a refused packet at the next
/// one, and takes the one after: every other fails for as long as nobody listens, whatever the flood.
#[derive(Debug, Default)]
struct Complaint {
    last: Option<Instant>,
}

impl Complaint {
    /// Whether another failure is to be said now.
    fn is_due(&mut self, now: Instant) -> bool {
        let is_due = self
            .last
            .is_none_or(|last| now - last >= BETWEEN_COMPLAINTS);
        if is_due {
            self.last = Some(now);
        }
        is_due
    }
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
            complaint: Complaint::default(),
        })
    }

    /// Sends one message. Secrets in it go along: Homer is told what passed.
    pub(super) fn send(&mut self, message: &Captured, sight: &Sight) {
        let call = sight.call_of(glance(&message.bytes).call_id);
        let related = call.as_ref().map(CallUid::to_string);
        let Some(packet) = hep::packet(&self.agent, message, related.as_deref()) else {
            return;
        };
        if let Err(error) = self.socket.send(&packet)
            && self.complaint.is_due(Instant::now())
        {
            tracing::warn!(%error, "Homer cannot be told; see [homer] address");
        }
    }
}

/// Failures are told once in this time.
const BETWEEN_COMPLAINTS: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deaf_homer_is_told_of_once_a_minute_however_many_messages_pass() {
        let (mut complaint, start) = (Complaint::default(), Instant::now());
        let after = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let told = (0..6_100).map(|n| f64::from(n) / 100.0);
        let told: Vec<f64> = told.filter(|at| complaint.is_due(after(*at))).collect();
        assert_eq!(told, [0.0, 60.0]);
    }
}
