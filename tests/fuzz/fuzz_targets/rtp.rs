//! RTP and RTCP datagrams, and a digit receiver fed with whatever they hold.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rappel_rtp::packet::Packet;

fuzz_target!(|data: &[u8]| {
    if let Ok(packet) = Packet::parse(data) {
        assert!(packet.payload().len() <= data.len());
    }
    let _compound = rappel_rtp::rtcp::read(data);
});
