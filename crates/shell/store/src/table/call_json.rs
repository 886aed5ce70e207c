//! The parts of a call that are read only with it, as JSON: legs, stages, tags.

use std::collections::BTreeMap;

use rappel_model::record::{LegRecord, PeerReport, Stage, StreamReport, TurnedAway, VoiceCodec};
use rappel_model::{LegId, Redacted, Timestamp, TrunkName};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One leg, names as in [`LegRecord`], times in microseconds.
#[derive(Serialize, Deserialize)]
struct Leg {
    leg: u64,
    peer: String,
    started: i64,
    ringing: Option<i64>,
    answered: Option<i64>,
    ended: Option<i64>,
    status: Option<u16>,
    /// Absent in rows of before trunks were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trunk: Option<String>,
    media: Option<Media>,
}

/// Names as in [`StreamReport`]. Rows of before they were kept have the first four only.
#[derive(Serialize, Deserialize)]
struct Media {
    received: u64,
    sent: u64,
    lost: u64,
    jitter_us: u32,
    /// Absent in rows of before it was counted.
    #[serde(default)]
    unread: u64,
    /// Absent in rows of before it was counted, and where there was nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    turned_away: Option<Refused>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    codec: Option<String>,
    #[serde(default)]
    encrypted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    round_trip_us: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mos: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<Told>,
}

/// Names as in [`TurnedAway`].
#[derive(Serialize, Deserialize)]
struct Refused {
    strangers: u64,
    forged: u64,
    malformed: u64,
}

/// Names as in [`PeerReport`].
#[derive(Serialize, Deserialize)]
struct Told {
    lost: u64,
    jitter_us: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mos: Option<u16>,
}

/// One stage: when, in microseconds, and what.
#[derive(Serialize, Deserialize)]
struct Line(i64, String);

pub(super) fn write_legs(legs: &[LegRecord]) -> Result<String, Error> {
    let legs: Vec<Leg> = legs
        .iter()
        .map(|l| Leg {
            leg: l.leg.0,
            peer: l.peer.reveal().clone(),
            started: l.started.as_micros(),
            ringing: l.ringing.map(Timestamp::as_micros),
            answered: l.answered.map(Timestamp::as_micros),
            ended: l.ended.map(Timestamp::as_micros),
            status: l.status,
            trunk: l.trunk.as_ref().map(ToString::to_string),
            media: l.media.as_ref().map(write_media),
        })
        .collect();
    write(&legs)
}

pub(super) fn read_legs(json: &str) -> Option<Vec<LegRecord>> {
    let legs: Vec<Leg> = serde_json::from_str(json).ok()?;
    let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
    let legs = legs.into_iter().map(|l| LegRecord {
        leg: LegId(l.leg),
        peer: Redacted::new(l.peer),
        started: Timestamp::from_micros(l.started),
        ringing: time(l.ringing),
        answered: time(l.answered),
        ended: time(l.ended),
        status: l.status,
        trunk: l.trunk.map(TrunkName::from),
        media: l.media.map(read_media),
    });
    Some(legs.collect())
}

fn write_media(m: &StreamReport) -> Media {
    Media {
        received: m.received,
        sent: m.sent,
        lost: m.lost,
        jitter_us: m.jitter_us,
        unread: m.unread,
        turned_away: (m.turned_away.total() > 0).then_some(Refused {
            strangers: m.turned_away.strangers,
            forged: m.turned_away.forged,
            malformed: m.turned_away.malformed,
        }),
        codec: m.codec.map(|codec| codec.name().to_owned()),
        encrypted: m.encrypted,
        round_trip_us: m.round_trip_us,
        mos: m.mos,
        told: m.told.map(|told| Told {
            lost: told.lost,
            jitter_us: told.jitter_us,
            mos: told.mos,
        }),
    }
}

fn read_media(m: Media) -> StreamReport {
    StreamReport {
        received: m.received,
        sent: m.sent,
        lost: m.lost,
        jitter_us: m.jitter_us,
        unread: m.unread,
        turned_away: m
            .turned_away
            .map_or(TurnedAway::NONE, |refused| TurnedAway {
                strangers: refused.strangers,
                forged: refused.forged,
                malformed: refused.malformed,
            }),
        codec: m.codec.as_deref().and_then(VoiceCodec::from_name),
        encrypted: m.encrypted,
        round_trip_us: m.round_trip_us,
        mos: m.mos,
        told: m.told.map(|told| PeerReport {
            lost: told.lost,
            jitter_us: told.jitter_us,
            mos: told.mos,
        }),
    }
}

pub(super) fn write_stages(stages: &[Stage]) -> Result<String, Error> {
    let lines: Vec<Line> = stages
        .iter()
        .map(|s| Line(s.at.as_micros(), s.what.clone()))
        .collect();
    write(&lines)
}

pub(super) fn read_stages(json: &str) -> Option<Vec<Stage>> {
    let lines: Vec<Line> = serde_json::from_str(json).ok()?;
    let stages = lines.into_iter().map(|Line(at, what)| Stage {
        at: Timestamp::from_micros(at),
        what,
    });
    Some(stages.collect())
}

pub(super) fn write_tags(tags: &BTreeMap<String, String>) -> Result<String, Error> {
    write(tags)
}

pub(super) fn read_tags(json: &str) -> Option<BTreeMap<String, String>> {
    serde_json::from_str(json).ok()
}

fn write(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|e| Error::Bug(format!("writing JSON: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_before_the_peers_reports_were_kept_are_read() {
        let old = r#"[{"leg":1,"peer":"x","started":0,"ringing":null,"answered":null,"ended":null,
            "status":200,"media":{"received":10,"sent":9,"lost":1,"jitter_us":812}}]"#;
        let media = read_legs(old).unwrap()[0].media.unwrap();
        let counted = StreamReport {
            received: 10,
            sent: 9,
            lost: 1,
            jitter_us: 812,
            ..StreamReport::default()
        };
        assert_eq!(media, counted);
    }
}
