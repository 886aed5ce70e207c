//! What `rsip` makes of a message, and what we make of it: where it reads one we read one too and the
//! typed fields agree, or we refuse for a reason of the written list. Its known faults stand in
//! `comparison`, which the tests of `rappel-sip` share.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rappel_sip::wire;

/// The names that [`comparison`] takes from where it stands.
mod rappel {
    pub(super) use rappel_sip::message::{Message, Method};
    pub(super) use rappel_sip::uri::Uri;
}

#[path = "../../../crates/core/sip/src/wire/tests/agreement/comparison.rs"]
mod comparison;

fuzz_target!(|data: &[u8]| {
    let Ok(theirs) = rsip::SipMessage::try_from(data) else {
        return;
    };
    match wire::parse(&Bytes::copy_from_slice(data)) {
        Ok(ours) => comparison::agree("fuzzed", &theirs, &ours),
        Err(malformed) => assert!(comparison::may_refuse(malformed.why()), "{malformed}"),
    }
});
