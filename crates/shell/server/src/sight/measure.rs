//! How much is going on, written by the control thread and read by whoever asks for metrics.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rappel_net::media;
use rappel_net::sip::{self, Sender};
use rappel_switchboard::Live;
use rappel_trunk::TrunkState;

use crate::loading::trunks::Desk;

/// One number for each kind of thing the engine keeps, and the counters of the transports.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    live: [AtomicUsize; NAMES.len()],
    transports: OnceLock<Sender>,
    /// Where it is asked how the trunks stand.
    desk: OnceLock<Arc<Desk>>,
    /// What each pacing thread counts.
    media: OnceLock<Vec<Arc<media::Counters>>>,
}

/// Name, explanation and value of a counter.
type Counted = (&'static str, &'static str, u64);

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

    /// From now on the control thread is asked how the trunks stand, and the pacing threads what they
    /// have counted.
    pub(crate) fn watch(&self, desk: Arc<Desk>, media: Vec<Arc<media::Counters>>) {
        // There is one control thread in a process; a second one would not be asked.
        let _first = self.desk.set(desk).is_ok() && self.media.set(media).is_ok();
    }

    /// How the trunks stand; none before the control thread runs, or while it is too busy to say. It
    /// waits for the answer: not for a thread that others wait for.
    pub(super) fn trunks(&self) -> Vec<TrunkState> {
        let report = self.desk.get().and_then(|desk| desk.ask());
        report.map_or_else(Vec::new, |report| report.trunks)
    }

    /// Name, explanation and value of what has been counted; nothing before anybody counts.
    pub(super) fn counted(&self) -> Vec<Counted> {
        let transports = self.transports.get().into_iter().flat_map(|transports| {
            let counters = transports.counters();
            messages(counters).into_iter().chain(connections(counters))
        });
        let media = self.media.get().into_iter().flat_map(|all| packets(all));
        transports.chain(media).collect()
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

/// What came and went as messages.
fn messages(counters: &sip::Counters) -> [Counted; 9] {
    [
        (
            "rappel_sip_received",
            "Messages handed to the control thread",
            counters.received.value(),
        ),
        (
            "rappel_sip_malformed",
            "Messages that could not be read",
            counters.malformed.value(),
        ),
        (
            "rappel_sip_dropped",
            "Datagrams dropped at a full inbox",
            counters.dropped.value(),
        ),
        (
            "rappel_sip_overload",
            "Of these, INVITEs that were answered 503",
            counters.overload.value(),
        ),
        (
            "rappel_sip_floods",
            "Messages of sources that send too fast",
            counters.floods.value(),
        ),
        (
            "rappel_sip_scanners",
            "Messages of known scanners",
            counters.scanners.value(),
        ),
        (
            "rappel_sip_banned",
            "Messages of banned sources",
            counters.banned.value(),
        ),
        ("rappel_sip_sent", "Messages sent", counters.sent.value()),
        (
            "rappel_sip_send_failed",
            "Messages that could not be sent",
            counters.send_failed.value(),
        ),
    ]
}

/// What became of connections.
fn connections(counters: &sip::Counters) -> [Counted; 4] {
    [
        (
            "rappel_sip_handshakes_failed",
            "Secure connections that did not come about",
            counters.failed_handshakes.value(),
        ),
        (
            "rappel_sip_connections_refused",
            "Connections beyond the bounds",
            counters.refused_connections.value(),
        ),
        (
            "rappel_sip_connections_replaced",
            "Connections closed on which nothing was said, for others that needed the place",
            counters.made_room.value(),
        ),
        (
            "rappel_sip_connections_cut",
            "Connections cut off",
            counters.cut_off.value(),
        ),
    ]
}

/// What all pacing threads together have counted.
fn packets(threads: &[Arc<media::Counters>]) -> [Counted; 11] {
    let sum = |of: fn(&media::Counters) -> u64| threads.iter().map(|one| of(one)).sum();
    [
        (
            "rappel_media_packets_received",
            "Packets of voice that came",
            sum(media::Counters::received),
        ),
        (
            "rappel_media_packets_sent",
            "Packets of voice sent",
            sum(media::Counters::sent),
        ),
        (
            "rappel_media_packets_lost",
            "Packets of voice that never came, counted when their leg ends",
            sum(media::Counters::lost),
        ),
        (
            "rappel_media_packets_unread",
            "Packets of voice in a codec nobody agreed on, counted when their leg ends",
            sum(media::Counters::unread),
        ),
        (
            "rappel_media_packets_turned_away",
            "Packets of strangers, forged ones and garbage at the ports of voice, counted when their leg ends",
            sum(media::Counters::turned_away),
        ),
        (
            "rappel_media_silences",
            "Times a caller who waited heard nothing for as long as [media] quiet says",
            sum(media::Counters::silences),
        ),
        (
            "rappel_media_send_failed",
            "Packets of voice that the system did not take",
            sum(media::Counters::send_failed),
        ),
        (
            "rappel_media_ticks_late",
            "Ticks of 20 ms done late, because the machine is too busy",
            sum(media::Counters::made_up),
        ),
        (
            "rappel_media_ticks_missed",
            "Ticks of 20 ms never done, because the machine slept too long",
            sum(media::Counters::given_up),
        ),
        (
            "rappel_media_beats",
            "Times a pacing thread was woken for its beat",
            sum(media::Counters::beats),
        ),
        (
            "rappel_media_beats_late",
            "Of these, more than 4 ms late",
            sum(|thread| thread.later_than(LATE)),
        ),
    ]
}

/// A beat that is later is told: the largest power of two of a microsecond below 5 ms, 4.096 ms.
const LATE: Duration = Duration::from_micros(4_096);

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
