//! An offer, and the same bytes as an answer to ours.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rappel_rtp::sdp::Negotiation;
use rappel_rtp::{Direction, Encoding};

fuzz_target!(|data: &[u8]| {
    let local = ([127, 0, 0, 1], 20_000).into();
    let mut answerer = Negotiation::new(local, 1, vec![Encoding::Pcma, Encoding::Pcmu]);
    if let Ok((answer, _)) = answerer.receive_offer(data, Direction::SendRecv) {
        assert!(answer.starts_with(b"v=0"), "an answer is SDP");
    }
    let mut offerer = Negotiation::new(local, 1, vec![Encoding::Pcma, Encoding::Pcmu]);
    let _offer = offerer.offer(Direction::SendRecv);
    let _judged = offerer.receive_answer(data);
});
