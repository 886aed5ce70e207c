//! The diary as log lines: the life of calls at `info`, their steps at `debug`.

use rappel_model::{Event, Fact, TrunkNews};

/// Writes one entry to the log.
pub(crate) fn log(event: &Event) {
    // Written only when somebody reads it: most facts of a call are steps, which the log leaves out.
    let call = || event.call.map(|call| call.to_string()).unwrap_or_default();
    let tenant = event.tenant.as_ref().map_or("", |tenant| tenant.as_str());
    match &event.fact {
        Fact::Step { .. }
        | Fact::Key(_)
        | Fact::Exit { .. }
        | Fact::Playing(_)
        | Fact::Leg { .. } => {
            tracing::debug!(call = call(), tenant, fact = ?event.fact);
        }
        Fact::MessageLost { mailbox, why } => {
            tracing::error!(call = call(), tenant, %mailbox, why, "a message could not be kept");
        }
        Fact::HelpNotReached { tried } => {
            let told = "a call for help reached nobody: no trunk took it";
            tracing::error!(call = call(), tenant, tried, "{told}");
        }
        Fact::Trouble(what) => tracing::warn!(call = call(), tenant, what, "a step failed"),
        Fact::Refused { source, why } => tracing::warn!(%source, why, "refused"),
        Fact::Loaded(version) => {
            let (number, fingerprint) = (version.number, version.fingerprint.as_str());
            tracing::info!(
                tenant,
                version = number,
                fingerprint,
                "serving this version"
            );
        }
        Fact::Trunk { trunk, news } => match news {
            TrunkNews::Lost => {
                tracing::warn!(%trunk, "the trunk does not answer: no call is tried there until it does");
            }
            TrunkNews::Back(after) => {
                tracing::warn!(%trunk, seconds = after.as_secs(), "the trunk answers again");
            }
            TrunkNews::Registered => tracing::info!(%trunk, "registered at the trunk"),
            TrunkNews::NotRegistered(Some(status)) => {
                tracing::warn!(%trunk, status, "the trunk refuses to register us");
            }
            TrunkNews::NotRegistered(None) => {
                tracing::warn!(%trunk, "the trunk's registrar does not answer");
            }
            TrunkNews::Drained => {
                tracing::warn!(%trunk, "the trunk was drained by a command: it takes no new call");
            }
            TrunkNews::Undrained => {
                tracing::warn!(%trunk, "the trunk was put back by a command: it takes calls");
            }
        },
        Fact::Withdrawn => tracing::info!(tenant, "served no more"),
        fact => tracing::info!(call = call(), tenant, ?fact),
    }
}
