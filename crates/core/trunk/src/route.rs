//! Which trunks take a number, in which order, and what a refusal says: about the trunk, so that the
//! next one is tried, or about whoever was called.

use rappel_model::{Random, TenantId};

use crate::barred::Barred;
use crate::destination::{Destination, Kind};
use crate::settings::Settings;

/// How a trunk stands, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing is held against it.
    Well,
    /// A call met trouble there lately, or it is not registered: others are tried before it.
    Strained,
    /// It does not answer: only a call for help is tried there, and last.
    Down,
}

/// A trunk that a call could be sent to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    /// Which.
    pub(crate) trunk: &'a Settings,
    /// How it stands.
    pub(crate) standing: Standing,
    /// Whether it was taken out of use.
    pub(crate) drained: bool,
}

/// The trunks of `all` that take `destination` for `tenant`, best first, at most [`MAX_ROUTES`], and
/// [`MAX_HELP_ROUTES`] for a call for help. Of
/// those with the same standing the lowest priority comes first; among equals chance decides, by
/// weight.
///
/// # Errors
/// None leads there, or those that do are out of use or down.
pub(crate) fn order<'a>(
    all: impl IntoIterator<Item = Candidate<'a>>,
    tenant: &TenantId,
    destination: &Destination,
    random: &mut Random,
) -> Result<Vec<&'a Settings>, Barred> {
    let help = destination.kind == Kind::Emergency;
    let leading = all
        .into_iter()
        .filter(|c| help || c.trunk.leads_to(tenant, destination));
    let leading: Vec<Candidate<'_>> = leading.collect();
    let in_use = |c: &&Candidate<'_>| help || !c.drained;
    let up = |c: &&Candidate<'_>| help || c.standing != Standing::Down;
    let mut ranked: Vec<(Rank, &Settings)> = leading
        .iter()
        .filter(in_use)
        .filter(up)
        .map(|c| (rank(c.trunk, c.standing, help, tenant), c.trunk))
        .collect();
    if ranked.is_empty() {
        return Err(match leading.iter().any(|c| !c.drained) {
            _ if leading.is_empty() => Barred::NoTrunk,
            true => Barred::Down,
            false => Barred::Drained,
        });
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut ordered = Vec::with_capacity(ranked.len());
    for equals in ranked.chunk_by(|(a, _), (b, _)| a == b) {
        let equals: Vec<&Settings> = equals.iter().map(|(_, trunk)| *trunk).collect();
        ordered.extend(drawn(equals, random));
    }
    ordered.truncate(if help { MAX_HELP_ROUTES } else { MAX_ROUTES });
    Ok(ordered)
}

/// What decides before chance does: the lowest is tried first.
type Rank = (bool, bool, Standing, bool, u16);

/// A call for help takes any trunk there is: first those meant for it, then the company's own.
fn rank(trunk: &Settings, standing: Standing, help: bool, tenant: &TenantId) -> Rank {
    let unfit = help && !trunk.emergency;
    let foreign = help && !trunk.may_reach(tenant);
    // The one meant for help is tried even where it seems to be down: probes are no proof.
    let dead = help && standing == Standing::Down;
    (dead && unfit, unfit, standing, foreign, trunk.priority)
}

impl Settings {
    /// Whether its rules let calls of a company to a number through. Without rules it takes all, paid and
    /// short ones included: whether they are allowed is the company's rule, not the trunk's.
    pub fn leads_to(&self, tenant: &TenantId, destination: &Destination) -> bool {
        let takes = self.takes.is_empty()
            || self
                .takes
                .iter()
                .any(|area| area.covers(destination) || area.has_country(destination));
        takes && self.may_reach(tenant)
    }
}

/// The same trunks in an order drawn by weight (RFC 2782); weight 0 comes last.
fn drawn<'a>(mut trunks: Vec<&'a Settings>, random: &mut Random) -> Vec<&'a Settings> {
    let mut order = Vec::with_capacity(trunks.len());
    while trunks.len() > 1 {
        let total: u64 = trunks.iter().map(|t| u64::from(t.weight)).sum();
        let mut ticket = random.below(total);
        let winner = trunks.iter().position(|trunk| {
            let weight = u64::from(trunk.weight);
            let won = ticket < weight;
            ticket = ticket.saturating_sub(weight);
            won
        });
        order.push(trunks.remove(winner.unwrap_or(0)));
    }
    order.extend(trunks);
    order
}

/// What a final response of a trunk says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// About whoever was called: no other trunk would say better.
    Theirs,
    /// About this call at this trunk: another may take it.
    MovesOn,
    /// About the trunk itself: another may take it, and the next call does not try this one first.
    Trouble,
}

/// What a refusal with this status says; 408 stands for silence too. The cause of a Reason header
/// (RFC 3326, ITU-T Q.850), where there is one, is closer to the truth than a status that a gateway
/// made of it (RFC 3398 §7.2.6.1).
pub fn verdict(status: u16, q850: Option<u8>) -> Verdict {
    match q850 {
        // Unallocated, busy, no answer, absent, rejected, changed, invalid format.
        Some(1 | 17 | 18 | 19 | 20 | 21 | 22 | 28) => return Verdict::Theirs,
        // No circuit, network out of order, temporary failure, congestion, no channel.
        Some(34 | 38 | 41 | 42 | 44 | 47) => return Verdict::Trouble,
        // No route from that carrier: another may have one.
        Some(2 | 3) => return Verdict::MovesOn,
        _ => {}
    }
    match status {
        // Silence, server failures: RFC 3261 §21.5.
        408 | 500 | 502 | 503 | 504 => Verdict::Trouble,
        // It wants other credentials, money, or another message than ours.
        401 | 402 | 403 | 405 | 406 | 407 | 413 | 414 | 415 | 416 | 420 | 421 | 423 | 430 | 433
        | 436 | 437 | 438 | 439 | 440 | 481 | 482 | 483 | 488 | 489 | 493 | 494 => Verdict::MovesOn,
        501 | 505..=599 => Verdict::MovesOn,
        // Where else to try is another's word for a stranger: never followed, the next trunk is ours.
        300..=399 => Verdict::MovesOn,
        _ => Verdict::Theirs,
    }
}

/// Most ways that are tried for one call.
pub const MAX_ROUTES: usize = 8;

/// Most ways that are tried at a time for a call for help: five times over they fit the legs of a call.
pub const MAX_HELP_ROUTES: usize = 12;

#[cfg(test)]
mod tests;
