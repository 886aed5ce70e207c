//! How the legs of a call sounded, each both ways.

use rappel_ivr::words;
use rappel_ivr::words::{Lang, Words};
use rappel_model::record::{LegRecord, StreamReport};
use serde_json::{Value, json};

use crate::cli::columns::Columns;

/// A table with two lines for each leg that had sound; nothing when none had.
pub(super) fn table(legs: &[LegRecord], lang: Lang) -> Option<String> {
    let say = |words: Words| words.in_lang(lang).to_owned();
    let headings = [
        say(words!("leg", "branche")),
        say(words!("sound", "son")),
        say(words!("codec", "codec")),
        say(words!("encrypted", "chiffré")),
        say(words!("packets", "paquets")),
        say(words!("lost", "perdus")),
        say(words!("jitter", "gigue")),
        say(words!("round trip", "aller-retour")),
        say(words!("MOS", "MOS")),
    ];
    let mut table = Columns::new(&headings.each_ref().map(String::as_str));
    let mut any = false;
    for leg in legs {
        let Some(media) = leg.media else { continue };
        any = true;
        let number = leg.leg.to_string();
        let codec = media.codec.map_or("", |codec| codec.name()).to_owned();
        let encrypted = match (media.codec, media.encrypted) {
            (None, _) => String::new(),
            (Some(_), true) => say(words!("yes", "oui")),
            (Some(_), false) => say(words!("no", "non")),
        };
        let trip = media.round_trip_us.map(millis).unwrap_or_default();
        table.row([
            number.clone(),
            say(words!("from there", "reçu")),
            codec.clone(),
            encrypted.clone(),
            media.received.to_string(),
            lost(media.lost, media.loss()),
            millis(media.jitter_us),
            trip.clone(),
            opinion(media.mos),
        ]);
        let told = media.told;
        table.row([
            number,
            say(words!("to there", "envoyé")),
            codec,
            encrypted,
            media.sent.to_string(),
            told.map(|t| lost(t.lost, media.loss_told().unwrap_or(0)))
                .unwrap_or_default(),
            told.map(|t| millis(t.jitter_us)).unwrap_or_default(),
            trip,
            opinion(told.and_then(|t| t.mos)),
        ]);
    }
    any.then(|| table.print())
}

/// The same for other programs.
pub(super) fn as_json(media: &StreamReport) -> Value {
    json!({
        "received": media.received,
        "sent": media.sent,
        "lost": media.lost,
        "jitter_us": media.jitter_us,
        "unread": media.unread,
        "turned_away": {
            "strangers": media.turned_away.strangers,
            "forged": media.turned_away.forged,
            "malformed": media.turned_away.malformed,
        },
        "codec": media.codec.map(|codec| codec.name()),
        "encrypted": media.encrypted,
        "round_trip_us": media.round_trip_us,
        "mos": media.mos.map(score),
        "told": media.told.map(|told| json!({
            "lost": told.lost,
            "jitter_us": told.jitter_us,
            "mos": told.mos.map(score),
        })),
    })
}

fn lost(packets: u64, share: u32) -> String {
    format!("{packets} ({}.{:02} %)", share / 100, share % 100)
}

fn millis(micros: u32) -> String {
    format!("{:.1} ms", f64::from(micros) / 1_000.0)
}

fn opinion(hundredths: Option<u16>) -> String {
    hundredths
        .map(|h| format!("{}.{:02}", h / 100, h % 100))
        .unwrap_or_default()
}

fn score(hundredths: u16) -> f64 {
    f64::from(hundredths) / 100.0
}

#[cfg(test)]
mod tests {
    use rappel_model::record::{PeerReport, TurnedAway, VoiceCodec};
    use rappel_model::{LegId, Redacted, Timestamp};

    use super::*;

    #[test]
    fn both_directions_of_each_leg_are_shown() {
        let leg = |media| LegRecord {
            leg: LegId(1),
            peer: Redacted::new("x".to_owned()),
            started: Timestamp::from_micros(0),
            ringing: None,
            answered: None,
            ended: None,
            status: None,
            trunk: None,
            media,
        };
        let report = StreamReport {
            received: 1_400,
            sent: 1_000,
            lost: 7,
            jitter_us: 812,
            unread: 0,
            turned_away: TurnedAway::NONE,
            codec: Some(VoiceCodec::Pcma),
            encrypted: true,
            round_trip_us: Some(48_200),
            mos: Some(436),
            told: Some(PeerReport {
                lost: 30,
                jitter_us: 2_125,
                mos: Some(405),
            }),
        };
        assert_eq!(table(&[leg(None)], Lang::En), None);
        let shown = table(&[leg(Some(report))], Lang::En).unwrap();
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<String> = shown.lines().map(words).collect();
        assert_eq!(
            lines[1..],
            [
                "leg-1 from there PCMA yes 1400 7 (0.49 %) 0.8 ms 48.2 ms 4.36",
                "leg-1 to there PCMA yes 1000 30 (3.00 %) 2.1 ms 48.2 ms 4.05",
            ]
        );
        assert_eq!(as_json(&report)["told"]["mos"], 4.05);
    }
}
