//! A saved trace as somebody sends it: pcap, pcapng or text. What is read is written as both of our own
//! forms and read again as the same; reading costs no more memory than the file is long.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rappel_sight::capture::{self, pcap, text};

fuzz_target!(|data: &[u8]| {
    let Ok(all) = capture::read(&Bytes::copy_from_slice(data)) else {
        return;
    };
    let held: usize = all.iter().map(|message| message.bytes.len()).sum();
    assert!(held <= data.len(), "{held} bytes out of {}", data.len());
    let shown: String = all.iter().map(text::print).collect();
    let _ = capture::read(&Bytes::from(shown));
    let mut writer = pcap::Writer::default();
    let mut file = pcap::header().to_vec();
    for message in &all {
        file.extend(writer.record(message));
    }
    let again = capture::read(&Bytes::from(file)).expect("what we write, we read");
    assert!(again.len() <= all.len());
});
