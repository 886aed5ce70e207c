//! How much is going on, written by the control thread and read by whoever asks for metrics.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rappel_net::sip::Sender;
use rappel_switchboard::Live;

/// One number for each kind of thing the engine keeps, and the counters of the transports.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    live: [AtomicUsize; NAMES.len()],
    transports: OnceLock<Sender>,
}

impl Gauges {
    /// Notes what is kept now: a dozen stores, nothing more.
    pub(crate) fn note(&self, live: &Live) {
        let values = [
            live.calls,
            live.alarms,
            live.questions,
            live.ledger.ports,
            live.ledger.free,
            live.ledger.dialogs,
            live.sip.transactions,
            live.sip.dialogs,
            live.sip.bindings,
            live.sip.subscriptions,
            live.sip.timers,
        ];
        for (slot, value) in self.live.iter().zip(values) {
            slot.store(value, Ordering::Relaxed);
        }
    }

    /// From now on the transports are asked, too.
    pub(crate) fn ask(&self, transports: Sender) {
        // There is one set of transports in a process; a second one would not be asked.
        let _first = self.transports.set(transports).is_ok();
    }

    /// Name, explanation and value of what the transports have counted; nothing before they listen.
    pub(super) fn counted(&self) -> Vec<(&'static str, &'static str, u64)> {
        let Some(transports) = self.transports.get() else {
            return Vec::new();
        };
        let counters = transports.counters();
        [
            (
                "rappel_sip_received",
                "Messages handed to the control thread",
                &counters.received,
            ),
            (
                "rappel_sip_malformed",
                "Messages that could not be read",
                &counters.malformed,
            ),
            (
                "rappel_sip_dropped",
                "Datagrams dropped at a full inbox",
                &counters.dropped,
            ),
            (
                "rappel_sip_overload",
                "Of these, INVITEs that were answered 503",
                &counters.overload,
            ),
            (
                "rappel_sip_floods",
                "Messages of sources that send too fast",
                &counters.floods,
            ),
            (
                "rappel_sip_scanners",
                "Messages of known scanners",
                &counters.scanners,
            ),
            (
                "rappel_sip_banned",
                "Messages of banned sources",
                &counters.banned,
            ),
            (
                "rappel_sip_handshakes_failed",
                "Secure connections that did not come about",
                &counters.failed_handshakes,
            ),
            (
                "rappel_sip_connections_refused",
                "Connections beyond the bounds",
                &counters.refused_connections,
            ),
            (
                "rappel_sip_connections_replaced",
                "Connections closed on which nothing was said, for others that needed the place",
                &counters.made_room,
            ),
            (
                "rappel_sip_connections_cut",
                "Connections cut off",
                &counters.cut_off,
            ),
            ("rappel_sip_sent", "Messages sent", &counters.sent),
            (
                "rappel_sip_send_failed",
                "Messages that could not be sent",
                &counters.send_failed,
            ),
        ]
        .into_iter()
        .map(|(name, help, count)| (name, help, count.value()))
        .collect()
    }

    /// Name, explanation and value of each.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &'static str, usize)> {
        let values = self.live.iter().map(|slot| slot.load(Ordering::Relaxed));
        let connections = self.transports.get().map_or(0, Sender::connections);
        NAMES
            .iter()
            .zip(values)
            .map(|((name, help), value)| (*name, *help, value))
            .chain([(
                "rappel_sip_connections",
                "Connections, open or being opened",
                connections,
            )])
    }
}

/// The order of the values.
const NAMES: [(&str, &str); 11] = [
    ("rappel_calls", "Calls in progress"),
    ("rappel_call_deadlines", "Deadlines of calls"),
    (
        "rappel_questions",
        "Questions to the store and to other systems without an answer",
    ),
    ("rappel_media_ports_used", "Media ports lent to legs"),
    ("rappel_media_ports_free", "Media ports nobody has"),
    ("rappel_legs", "Dialogs that belong to a call"),
    ("rappel_sip_transactions", "SIP transactions"),
    ("rappel_sip_dialogs", "INVITE usages"),
    ("rappel_registrations", "Registered devices"),
    ("rappel_subscriptions", "Subscriptions"),
    ("rappel_sip_timers", "SIP deadlines"),
];
