//! Which dialog of ours somebody names: an INVITE that takes its place, or a REFER to whoever is at
//! its other end (RFC 3891 §3).

use super::Endpoint;
use crate::dialog::Dialog;
use crate::dialog::session::Phase;
use crate::dialog::usage::Usage;
use crate::header::Replaces;
use crate::message::{Request, StatusCode};
use crate::output::DialogId;

impl Endpoint {
    /// The dialog an INVITE is to take the place of. Whether its sender may is the house's to judge
    /// (RFC 3891 §5).
    ///
    /// # Errors
    /// The status that refuses the INVITE (RFC 3891 §3): 400 for a header that cannot be read, 481
    /// for a dialog that is none of ours or that rings here, 486 for one that is up where only an
    /// early one was meant, 603 for one that ends.
    pub(super) fn replaced(&self, request: &Request) -> Result<Option<DialogId>, StatusCode> {
        let read = request.headers().read::<Replaces>();
        let Some(named) = read.map_err(|_| StatusCode::BAD_REQUEST)? else {
            return Ok(None);
        };
        let found = self.usages.find(&named.call_id, named.to_tag());
        let usage = found.and_then(|id| self.usages.usage(id));
        match usage {
            Some(Usage::Session(session)) if is_peer(&session.dialog, &named) => {
                match session.phase {
                    Phase::Up if named.is_early_only() => Err(StatusCode::BUSY_HERE),
                    Phase::Up => Ok(found),
                    Phase::Leaving { .. } | Phase::Ending => Err(StatusCode::DECLINE),
                }
            }
            // An early dialog may be replaced where we made it, not where it was made to us.
            Some(Usage::Calling(calling))
                if calling.has_early(named.from_tag()) && !calling.is_unwanted() =>
            {
                Ok(found)
            }
            _ => Err(StatusCode::NO_SUCH_TRANSACTION),
        }
    }

    /// The dialog a REFER names, up or early on either side: handing its peer over happens here, so
    /// that no INVITE with Replaces goes out.
    pub(super) fn held_dialog(&self, named: &Replaces) -> Option<DialogId> {
        let found = self.usages.find(&named.call_id, named.to_tag())?;
        let is_meant = match self.usages.usage(found)? {
            Usage::Asked(asked) => is_peer(&asked.dialog, named),
            Usage::Calling(calling) => calling.has_early(named.from_tag()),
            Usage::Session(session) => {
                session.phase == Phase::Up
                    && !named.is_early_only()
                    && is_peer(&session.dialog, named)
            }
        };
        is_meant.then_some(found)
    }
}

/// Whether the other end of `dialog` is the one named; `0` stands for a peer without a tag
/// (RFC 3891 §3).
fn is_peer(dialog: &Dialog, named: &Replaces) -> bool {
    let tag = dialog.remote_tag();
    tag == named.from_tag() || (tag.is_empty() && named.from_tag() == "0")
}
