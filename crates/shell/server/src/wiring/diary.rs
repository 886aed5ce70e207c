//! The diary as log lines: the life of calls at `info`, their steps at `debug`.

use rappel_model::{Event, Fact};

/// Writes one entry to the log.
pub(crate) fn log(event: &Event) {
    let call = event.call.map(|call| call.to_string()).unwrap_or_default();
    let tenant = event.tenant.as_ref().map_or("", |tenant| tenant.as_str());
    match &event.fact {
        Fact::Step { .. }
        | Fact::Key(_)
        | Fact::Exit { .. }
        | Fact::Playing(_)
        | Fact::Leg { .. } => {
            tracing::debug!(call, tenant, fact = ?event.fact);
        }
        Fact::MessageLost { mailbox, why } => {
            tracing::error!(call, tenant, %mailbox, why, "a message could not be kept");
        }
        Fact::Trouble(what) => tracing::warn!(call, tenant, what, "a step failed"),
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
        Fact::Withdrawn => tracing::info!(tenant, "served no more"),
        fact => tracing::info!(call, tenant, ?fact),
    }
}
