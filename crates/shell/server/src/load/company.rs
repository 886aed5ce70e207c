//! The companies of the bench: one tenant whose only line gives a server one kind of work for as long
//! as it is measured.

use std::time::Duration;

use super::run::Load;
use super::voice::KEYS_APART;
use super::work::{Codec, Mode};

/// Where a server of the bench listens, on the loopback.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    /// For SIP.
    pub(super) sip: u16,
    /// For its metrics.
    pub(super) metrics: u16,
    /// The first of those for media, of which [`media_ports`] are free.
    pub(super) media: u16,
}

/// How many ports for media a server of this load has: two a stream, and some that others on this
/// machine may have.
pub(super) fn media_ports(load: &Load) -> u16 {
    let ports = load.calls * load.work.streams() * 2 + 128;
    u16::try_from(ports).unwrap_or(u16::MAX)
}

/// The files of a server for this load, by their paths.
pub(super) fn files(load: &Load, ports: Ports) -> Vec<(&'static str, String)> {
    vec![
        ("rappel.toml", engine(load, ports)),
        ("tenants/bench/tenant.toml", tenant(load)),
        ("tenants/bench/flows/work.toml", flow(load)),
    ]
}

fn engine(load: &Load, ports: Ports) -> String {
    let first = ports.media;
    let last = first.saturating_add(media_ports(load));
    let codecs = match load.work.codec {
        Codec::Pcma => "\"pcma\"",
        Codec::Opus => "\"opus\", \"pcma\"",
    };
    // A trunk is answered as it asks; phones are left in the clear.
    let srtp = if load.work.srtp { "offered" } else { "off" };
    ENGINE
        .replace("PORT", &ports.sip.to_string())
        .replace("BEATS", &ports.metrics.to_string())
        .replace("MEDIA", &format!("{first}-{last}"))
        .replace("CALLS", &load.calls.to_string())
        .replace("CODECS", codecs)
        .replace("SECRECY", srtp)
}

fn tenant(load: &Load) -> String {
    match load.work.mode {
        Mode::Play | Mode::Digits => TENANT.to_owned(),
        Mode::Bridge => format!("{TENANT}{PERSON}"),
        Mode::Record => format!("{TENANT}{MAILBOX}"),
    }
}

/// A flow that goes on until the last call has been measured.
fn flow(load: &Load) -> String {
    match load.work.mode {
        Mode::Play => speaking(load),
        Mode::Bridge => format!("{HEAD}{REACHING}"),
        Mode::Record => format!("{HEAD}{RECORDING}"),
        Mode::Digits => format!("{HEAD}{}", reading(load)),
    }
}

/// How long the longest call lasts, and some more.
fn longest(load: &Load) -> Duration {
    let placing = Duration::from_secs(load.calls as u64) / load.rate.max(1);
    placing + load.length + Duration::from_secs(60)
}

fn speaking(load: &Load) -> String {
    let last = longest(load).div_duration_f64(STEP_LENGTH) as u32 + 1;
    let step = |n: u32| {
        let next = if n < last { n + 1 } else { 0 };
        STEP.replace("THIS", &n.to_string())
            .replace("NEXT", &next.to_string())
    };
    let steps: String = (1..=last).map(step).collect();
    format!("{HEAD}{steps}[step.work-0]\ndo = \"hangup\"\n")
}

/// Keys 1, 2, 3 and again, each in its turn; 0 hangs up. Any other key, one too few or one twice, leads
/// to where 0 does nothing. So many steps that none of them is entered more often than a step may be.
fn reading(load: &Load) -> String {
    let keys = longest(load).div_duration_f64(KEYS_APART) as u32;
    let steps = 3 * (keys / (3 * VISITS) + 1);
    let step = |n: u32| {
        READING
            .replace("THIS", &n.to_string())
            .replace("KEY", &((n - 1) % 3 + 1).to_string())
            .replace("NEXT", &(n % steps + 1).to_string())
            .replace("VISITS", &VISITS.to_string())
    };
    (1..=steps).map(step).collect::<String>() + ASTRAY
}

/// Who answers in a bridge.
pub(super) const USER: &str = "second-phone";

/// Lowest media port of a server of the bench: those below the ones that the system gives to sockets
/// without one.
pub(super) const FIRST_PORT: u16 = 12_000;

/// What is dialled: the line of [`TENANT`].
pub(super) const NUMBER: &str = "+33199000100";

const ENGINE: &str = r#"
[sip]
address = "127.0.0.1"
port = PORT
[media]
ports = "MEDIA"
codecs = [CODECS]
srtp = "off"
[limits]
calls = CALLS
[log]
level = "warn"
[metrics]
listen = "127.0.0.1:BEATS"
[trunk.load]
address = ["127.0.0.1"]
srtp = "SECRECY"
"#;

const TENANT: &str = r#"
rappel = 1
[tenant]
title = "Bench"
timezone = "Europe/Paris"
languages = ["en"]
[line.bench]
number = "+33199000100"
flow = "work"
"#;

const PERSON: &str = r#"
[person.second]
name = "Second Phone"
phones = ["second-phone"]
"#;

const MAILBOX: &str = r#"
[team.nobody]
members = ["nobody"]
[person.nobody]
name = "Nobody"
[mailbox.bench]
team = "nobody"
"#;

const HEAD: &str = r#"
rappel = 1
[flow]
title = "Work without end"
start = "work-1"
languages = ["en"]
"#;

/// Nine seconds of speech, ten times over.
const STEP: &str = r#"
[step.work-THIS]
do = "play"
prompt = ["incident", "listen-menu"]
repeat = 10
next = "work-NEXT"
"#;

/// At least so long is one [`STEP`].
const STEP_LENGTH: Duration = Duration::from_secs(80);

const REACHING: &str = r#"
[step.work-1]
do = "reach"
person = "second"
on.absent = "work-0"
[step.work-0]
do = "hangup"
prompt = "goodbye"
"#;

const RECORDING: &str = r#"
[step.work-1]
do = "voicemail"
mailbox = "bench"
greeting = "incident"
max = "10m"
next = "work-0"
on.empty = "work-0"
[step.work-0]
do = "hangup"
prompt = "goodbye"
"#;

/// How often one call may enter one step of [`READING`]: as often as the flow language allows.
const VISITS: u32 = 50;

const READING: &str = r#"
[step.work-THIS]
do = "menu"
prompt = ["incident", "listen-menu"]
max_visits = VISITS
press.KEY = "work-NEXT"
press.0 = "work-0"
on.no_match = "astray"
on.give_up = "astray"
"#;

const ASTRAY: &str = r#"
[step.astray]
do = "play"
prompt = ["incident", "listen-menu"]
interrupt = false
repeat = 10
next = "work-0"
[step.work-0]
do = "hangup"
prompt = "goodbye"
"#;
