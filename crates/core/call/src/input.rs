//! What enters a call.

use std::net::IpAddr;

use rappel_model::LegId;
use rappel_sip::DialogNews;

use crate::cause::Cause;
use crate::refer::{Destination, Search};

/// Something happened to one call.
#[derive(Clone, Debug)]
pub enum Input {
    /// News of one of its dialogs.
    Dialog {
        /// The leg it is about.
        leg: LegId,
        /// What happened.
        news: DialogNews,
        /// The host whose message brought it, where one did.
        from: Option<IpAddr>,
    },
    /// News of one of its media sessions.
    Media(rappel_media::Event),
    /// The answer to a [`Wish`](crate::Wish) of its flow.
    Granted(rappel_ivr::Event),
    /// Where a call is to go was looked for; the answer to [`Output::Find`](crate::Output::Find).
    Found {
        /// Who wanted to know.
        search: Search,
        /// Where; `None` when nothing of that name is there, or it may not be reached.
        destination: Option<Destination>,
    },
    /// End it now: the engine is stopping.
    HangUp(Cause),
    /// End it at once, without last words, even if some are being said.
    Stop,
}
