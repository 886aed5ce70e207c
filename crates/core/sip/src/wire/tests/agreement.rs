//! `rsip` 0.4 as an oracle: what it accepts we accept, and the typed fields agree, save for its
//! known faults, which are written down in [`comparison`].

mod comparison;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use self::comparison::{agree, may_refuse};
use super::sample::message;
use super::torture;
use crate::wire::{parse, print};

/// The names that [`comparison`] takes from where it stands.
mod rappel {
    pub(super) use crate::message::{Message, Method};
    pub(super) use crate::uri::Uri;
}

/// Torture messages that `rsip` accepts and RFC 4475 wants refused.
const STRICTER: &[&str] = &[
    "badinv01",
    "clerr",
    "quotbal",
    "ltgtruri",
    "escruri",
    "baddn",
    "mismatch01",
    "mcl01",
    "multi01",
    "insuf",
    "ncl",
    "badbranch",
    "badvers",
    "regbadct",
    "badaspec",
    "scalar02",
    "scalarlg",
];

#[test]
fn what_rsip_accepts_of_the_torture_messages_we_accept() {
    for (name, bytes) in torture::messages() {
        let Ok(theirs) = rsip::SipMessage::try_from(bytes) else {
            continue;
        };
        match parse(&Bytes::copy_from_slice(bytes)) {
            Ok(ours) => agree(name, &theirs, &ours),
            Err(malformed) => {
                assert!(STRICTER.contains(&name), "{name}: {malformed}");
                assert!(may_refuse(malformed.why()), "{name}: {malformed}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_rsip_accepts_of_well_formed_messages_we_read_alike(message in message()) {
        let bytes = print(&message);
        let ours = parse(&bytes).unwrap();
        prop_assert_eq!(&ours, &message);
        if let Ok(theirs) = rsip::SipMessage::try_from(&bytes[..]) {
            agree("generated", &theirs, &ours);
        }
    }
}

/// An oracle that refuses everything would prove nothing.
#[test]
fn rsip_accepts_a_fair_part_of_what_is_generated() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let accepted = (0..100)
        .filter_map(|_| message().new_tree(&mut runner).ok())
        .filter(|tree| rsip::SipMessage::try_from(&print(&tree.current())[..]).is_ok())
        .count();
    assert!(accepted >= 20, "{accepted} of 100");
}
