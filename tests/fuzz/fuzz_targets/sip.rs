//! One SIP message as a datagram brings it: read, printed, read again.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rappel_sip::wire;

fuzz_target!(|data: &[u8]| {
    let bytes = Bytes::copy_from_slice(data);
    match wire::parse(&bytes) {
        Ok(message) => {
            let printed = wire::print(&message);
            wire::parse(&printed).expect("what we print, we read");
        }
        Err(malformed) => drop(malformed.reply()),
    }
});
