//! One question, and its answer in the words of the signalling room.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use rappel_sip::{Answer, Naptr, RecordKind, Records, Srv};

use super::{MAX_TTL, MAX_TTL_OF_NOTHING, failed};

/// Asks, and reads the answer.
pub(super) async fn ask(asker: &TokioResolver, name: &str, kind: RecordKind) -> Records {
    let Ok(mut name) = Name::from_utf8(name) else {
        return nothing();
    };
    // The domains that /etc/resolv.conf searches are for people who type, not for SIP.
    name.set_fqdn(true);
    match kind {
        RecordKind::Address => addresses(asker, name).await,
        RecordKind::Naptr => services(asker, name, RecordType::NAPTR).await,
        RecordKind::Srv => services(asker, name, RecordType::SRV).await,
    }
}

async fn addresses(asker: &TokioResolver, name: Name) -> Records {
    let (v4, v6) = tokio::join!(
        asker.lookup(name.clone(), RecordType::A),
        asker.lookup(name, RecordType::AAAA),
    );
    let mut found: Vec<IpAddr> = Vec::new();
    let mut ttl = MAX_TTL;
    let mut failures = 0;
    for looked_up in [v6, v4] {
        match looked_up {
            Ok(lookup) => {
                ttl = ttl.min(left(lookup.valid_until()));
                let records = lookup.answers().iter();
                found.extend(records.filter_map(|record| record.data.ip_addr()));
            }
            Err(error) if is_nothing(&error) => {}
            Err(error) => {
                tracing::debug!(%error, "a name server could not be asked");
                failures += 1;
            }
        }
    }
    found.truncate(MAX_RECORDS);
    match (found.is_empty(), failures) {
        (false, _) => Records {
            answer: Answer::Addresses(found),
            ttl,
        },
        (true, 0) => nothing(),
        (true, _) => failed(),
    }
}

async fn services(asker: &TokioResolver, name: Name, kind: RecordType) -> Records {
    let lookup = match asker.lookup(name, kind).await {
        Ok(lookup) => lookup,
        Err(error) if is_nothing(&error) => return nothing(),
        Err(error) => {
            tracing::debug!(%error, "a name server could not be asked");
            return failed();
        }
    };
    let data = || lookup.answers().iter().map(|record| &record.data);
    let answer = match kind {
        RecordType::NAPTR => {
            let found: Vec<_> = data().filter_map(naptr).take(MAX_RECORDS).collect();
            (!found.is_empty()).then_some(Answer::Naptr(found))
        }
        _ => {
            let found: Vec<_> = data().filter_map(srv).take(MAX_RECORDS).collect();
            (!found.is_empty()).then_some(Answer::Srv(found))
        }
    };
    answer.map_or_else(nothing, |answer| Records {
        answer,
        ttl: left(lookup.valid_until()),
    })
}

fn naptr(data: &RData) -> Option<Naptr> {
    let RData::NAPTR(naptr) = data else {
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Naptr {
        order: naptr.order,
        preference: naptr.preference,
        flags: text(&naptr.flags),
        service: text(&naptr.services),
        replacement: plain(&naptr.replacement),
    })
}

fn srv(data: &RData) -> Option<Srv> {
    let RData::SRV(srv) = data else {
        return None;
    };
    Some(Srv {
        priority: srv.priority,
        weight: srv.weight,
        port: srv.port,
        target: plain(&srv.target),
    })
}

/// A name without the dot at its end, but for the root, which is nothing else.
fn plain(name: &Name) -> String {
    let text = name.to_ascii();
    match text.strip_suffix('.') {
        Some("") | None => text,
        Some(plain) => plain.to_owned(),
    }
}

fn is_nothing(error: &NetError) -> bool {
    error.is_no_records_found() || error.is_nx_domain()
}

fn nothing() -> Records {
    Records {
        answer: Answer::Nothing,
        ttl: MAX_TTL_OF_NOTHING,
    }
}

/// How long an answer may still be kept; at least a second, so that nobody asks in a circle.
fn left(until: Instant) -> Duration {
    until
        .saturating_duration_since(Instant::now())
        .clamp(Duration::from_secs(1), MAX_TTL)
}

/// Most records of one answer that are looked at.
const MAX_RECORDS: usize = 64;
