//! One call: its legs, what joins them, what it writes down.
//!
//! A [`Call`] is a true back-to-back user agent (RFC 7092 §3.2.3): every leg is a dialog of its own
//! with its own Call-ID, tags and media session; what one peer sent is never shown to another, but
//! for the caller's number and name. Start with `leg.rs` (what a leg is), then `call.rs` (the legs of
//! one call and who is in charge), then `drive.rs` (what a flow wants becomes what legs do).
//!
//! `dial/target.rs` is the only place that may send an INVITE: whoever wants to ring somebody goes through
//! the rules there.

mod arrival;
mod asking;
mod bridge;
mod call;
mod carry;
mod cause;
mod conference;
mod dial;
mod digits;
mod drive;
mod ending;
mod farewell;
mod forward;
mod hand;
mod hold;
mod input;
mod ledger;
mod leg;
mod legs;
mod negotiate;
mod output;
mod outside;
mod park;
mod pass;
mod pickup;
mod recall;
mod record;
mod refer;
mod remind;
mod rules;
mod self_test;
mod supervise;
mod taping;
mod traveller;

pub use arrival::{Arrival, CallerId, Service};
pub use call::Call;
pub use cause::Cause;
pub use conference::MAX_PARTIES;
pub use forward::{owner_at, owner_of};
pub use input::Input;
pub use ledger::{InUse, Ledger, Loan, Owner};
pub use negotiate::Formats;
pub use output::{Output, Wish};
pub use outside::{Barred, Errand, Outside, Permit, Route, Wanted};
pub use refer::{Destination, Search, Sought};
pub use rules::{House, OnHold, Rules};
pub use traveller::Traveller;
