//! The engine's own recordings, part of the binary.

include!(concat!(env!("OUT_DIR"), "/recordings.rs"));

/// The WAV of `language/key`, when the engine has it.
pub(crate) fn recording(name: &str) -> Option<(&'static str, &'static [u8])> {
    let found = RECORDINGS.binary_search_by(|(known, _)| (*known).cmp(name));
    found.ok().map(|i| RECORDINGS[i])
}

/// The names of all, `fr/number/21`, sorted.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    RECORDINGS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_everything_in_it_is_found() {
        assert!(names().zip(names().skip(1)).all(|(a, b)| a < b));
        assert!(names().all(|name| recording(name).is_some()));
        assert_eq!(recording("fr/no-such-thing"), None);
    }
}
