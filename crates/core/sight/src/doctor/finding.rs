//! A finding: what happened, what proves it, what to do.

use std::fmt::Write;
use std::net::SocketAddr;

use rappel_ivr::words;
use rappel_ivr::words::{Lang, Words};
use rappel_model::Timestamp;

use super::View;
use crate::mask::Mask;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its name: the same for every fault of the kind, whatever the language.
    pub code: &'static str,
    /// When it was last seen.
    pub at: Timestamp,
    /// In which call; empty for what is no message's fault.
    pub call_id: String,
    /// What happened.
    pub what: Words,
    /// What to do about it.
    pub remedy: Words,
    /// The messages that prove it, by time.
    pub evidence: Vec<Evidence>,
    /// In how many calls it was seen.
    pub times: u32,
}

/// A message that proves something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// When it passed.
    pub at: Timestamp,
    /// Who sent it.
    pub source: SocketAddr,
    /// Who was sent it.
    pub destination: SocketAddr,
    /// Its start line.
    pub line: String,
}

impl Finding {
    /// One of what goes wrong below the messages, which no message proves.
    pub(super) fn below(code: &'static str, at: Timestamp, what: Words, remedy: Words) -> Self {
        Self {
            code,
            at,
            call_id: String::new(),
            what,
            remedy,
            evidence: Vec::new(),
            times: 1,
        }
    }
}

impl View<'_> {
    /// A finding of this case, proved by the messages at these places.
    pub(super) fn finding(
        &self,
        code: &'static str,
        places: &[usize],
        what: Words,
        remedy: Words,
    ) -> Finding {
        let messages = places.iter().take(MAX_EVIDENCE);
        let evidence: Vec<Evidence> = messages.map(|&place| self.evidence(place)).collect();
        Finding {
            code,
            at: evidence.last().map_or(self.until, |last| last.at),
            call_id: self.case.call_id.clone(),
            what,
            remedy,
            evidence,
            times: 1,
        }
    }

    fn evidence(&self, place: usize) -> Evidence {
        let captured = self.case.messages[place].captured;
        let line = captured.bytes.split(|byte| *byte == b'\n').next();
        let line = String::from_utf8_lossy(line.unwrap_or_default());
        Evidence {
            at: captured.at,
            source: captured.source,
            destination: captured.destination,
            line: line
                .trim_end()
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_LINE)
                .collect(),
        }
    }

    /// A remedy, and that it was found without looking at the configuration when that is so.
    pub(super) fn as_known(&self, remedy: Words) -> Words {
        if self.known.is_there {
            return remedy;
        }
        words!(
            [remedy] "{remedy} (The configuration was not at hand: with --config this can be told more exactly.)",
            "{remedy} (La configuration n'était pas disponible : avec --config, cela peut être dit plus précisément.)"
        )
    }
}

/// Findings as operators read them. Numbers are hidden as `mask` says.
pub fn print(findings: &[Finding], lang: Lang, mask: Mask) -> String {
    let mut out = String::new();
    for finding in findings {
        let Finding {
            code,
            at,
            call_id,
            times,
            ..
        } = finding;
        let at = at.to_string().replace('T', " ");
        let again = match *times {
            1 => Words::default(),
            times => words!(", {times} times", ", {times} fois"),
        };
        let place = match call_id.is_empty() {
            true => String::new(),
            false => format!("  Call-ID {call_id}"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{code}{}  {at}{place}", again.in_lang(lang));
        let _ = writeln!(out, "    {}", mask.text(finding.what.in_lang(lang)));
        for Evidence {
            at,
            source,
            destination,
            line,
        } in &finding.evidence
        {
            let at = at.to_string();
            let clock = at.get(11..23).unwrap_or(&at);
            let _ = writeln!(
                out,
                "      {clock}  {source} → {destination}  {}",
                mask.text(line)
            );
        }
        let _ = writeln!(out, "    → {}\n", mask.text(finding.remedy.in_lang(lang)));
    }
    out
}

/// Most messages that are shown for one finding.
const MAX_EVIDENCE: usize = 6;
/// Most characters that are shown of a start line.
const MAX_LINE: usize = 160;
