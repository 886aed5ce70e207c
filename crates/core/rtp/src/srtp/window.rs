//! Which packets of a source came already (RFC 3711 §3.3.2): repetitions are refused, and so is what is
//! too old to tell. In the packet's own sequence numbers: one of another cycle does not prove itself.

/// The newest packets of one source.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    newest: u16,
    /// Bit n: `newest - n` came. None before the first packet.
    seen: u128,
}

impl Window {
    /// Whether a packet of this number may be one that did not come yet.
    pub(super) fn is_fresh(self, sequence: u16) -> bool {
        self.seen == 0 || self.is_ahead(sequence) || self.bit(sequence) & !self.seen != 0
    }

    /// A packet of this number came and was good.
    pub(super) fn note(&mut self, sequence: u16) {
        if self.seen == 0 || self.is_ahead(sequence) {
            let ahead = sequence.wrapping_sub(self.newest);
            self.seen = self.seen.checked_shl(ahead.into()).unwrap_or(0);
            self.newest = sequence;
        }
        self.seen |= self.bit(sequence);
    }

    fn is_ahead(self, sequence: u16) -> bool {
        sequence.wrapping_sub(self.newest) as i16 > 0
    }

    /// The place of a number that is not ahead; none for one too old.
    fn bit(self, sequence: u16) -> u128 {
        let behind = self.newest.wrapping_sub(sequence);
        1u128.checked_shl(behind.into()).unwrap_or(0)
    }
}

/// How far behind the newest packet one may come (RFC 3711 §3.3.2 asks for 64 at least).
pub(super) const LENGTH: usize = u128::BITS as usize;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_window_ends_where_it_says() {
        let mut window = Window::default();
        window.note(100);
        window.note(100 + LENGTH as u16);
        assert!(!window.is_fresh(100), "one too old");
        assert!(window.is_fresh(101));
        window.note(101);
        assert!(!window.is_fresh(101));
        // Half the circle away is as old as can be.
        let newest = 100 + LENGTH as u16;
        assert!(!window.is_fresh(newest.wrapping_add(0x8000)));
        assert!(window.is_fresh(newest.wrapping_add(0x7fff)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Over every wrap: what came is refused, what did not and is not too old is taken.
        #[test]
        fn nothing_is_taken_twice(steps in prop::collection::vec(-200_i64..300, 1..300), first: u16) {
            let (mut window, mut came) = (Window::default(), BTreeSet::new());
            let mut newest = i64::from(first) + 0x10000;
            for step in steps {
                let number = newest + step;
                let is_old = newest - number >= LENGTH as i64 && !came.is_empty();
                let expected = !is_old && !came.contains(&number);
                prop_assert_eq!(window.is_fresh(number as u16), expected, "{} of {}", number, newest);
                if expected {
                    newest = if came.is_empty() { number } else { newest.max(number) };
                    window.note(number as u16);
                    came.insert(number);
                }
            }
        }
    }
}
