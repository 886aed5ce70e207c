//! A flow as an operator may write it, or as anything may be written.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let _flow_or_problems = rappel_ivr::parse::flow("flows/fuzz.toml", text);
    }
});
