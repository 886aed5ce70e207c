//! Service codes: what phones dial to be served by the engine itself, all in one table. The forms of
//! forwarding are those of ETSI (EN 301 140-1, ETS 300 738): `*21*NUMBER#` sets, `#21#` clears,
//! `*#21#` asks; the fields are parted by `*`.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::forward::{Change, Order, When};

/// The codes of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    /// Hear one's messages: `*98`.
    pub messages: String,
    /// Pick up a call that rings elsewhere, alone or before an extension: `*8`.
    pub pickup: String,
    /// Park a call, or fetch one before a slot: `*68`.
    pub park: String,
    /// Listen to a conversation of one's people, before an extension: `*55`.
    pub supervise: String,
    /// Join everybody whom one has on hold: `*3`.
    pub conference: String,
    /// Forward every call: `*21`.
    pub forward: String,
    /// Forward what nobody answers: `*61`.
    pub forward_no_answer: String,
    /// Forward while busy: `*67`.
    pub forward_busy: String,
    /// Where parked calls wait, dialled as they are: `701` to `709`.
    pub slots: Slots,
}

/// The places of parked calls, lowest and highest: numbers of equally many digits.
pub type Slots = RangeInclusive<u32>;

/// What was dialled, when it is a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// Hear one's messages.
    Messages,
    /// Pick up the call that rings at this extension, or any of one's team.
    PickUp(Option<String>),
    /// Park the call that is handed here, at a free place.
    Park,
    /// Park a call at this place, or fetch the one that waits there.
    Slot(u32),
    /// Listen to whoever talks at this extension.
    Supervise(String),
    /// Talk with everybody whom one has on hold, all together.
    Conference,
    /// Forward one's calls, or ask where they go.
    Forward(Order),
}

/// Why codes cannot stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadCodes {
    /// This one is not `*` and one to four digits.
    Form(String),
    /// The first is the beginning of the second: what was dialled could mean both.
    Clash(String, String),
    /// The places are no numbers of two to six digits, the first before the last, at most 100.
    Slots,
}

impl Default for Codes {
    fn default() -> Self {
        Self {
            messages: "*98".to_owned(),
            pickup: "*8".to_owned(),
            park: "*68".to_owned(),
            supervise: "*55".to_owned(),
            conference: "*3".to_owned(),
            forward: "*21".to_owned(),
            forward_no_answer: "*61".to_owned(),
            forward_busy: "*67".to_owned(),
            slots: 701..=709,
        }
    }
}

impl Codes {
    /// What `dialled` means; `None` when it is no code.
    pub fn read(&self, dialled: &str) -> Option<Code> {
        if let Some(slot) = self.slot(dialled) {
            return Some(Code::Slot(slot));
        }
        if !dialled.starts_with(['*', '#']) {
            return None;
        }
        if let Some(order) = self.order(dialled) {
            return Some(Code::Forward(order));
        }
        let plain = dialled.strip_suffix('#').unwrap_or(dialled);
        if plain == self.messages {
            return Some(Code::Messages);
        }
        if plain == self.conference {
            return Some(Code::Conference);
        }
        if let Some(rest) = plain.strip_prefix(self.park.as_str()) {
            let slot = rest.strip_prefix('*').unwrap_or(rest);
            return match slot.is_empty() {
                true => Some(Code::Park),
                false => self.slot(slot).map(Code::Slot),
            };
        }
        let extension_after = |code: &str| {
            let rest = plain.strip_prefix(code)?;
            let extension = rest.strip_prefix('*').unwrap_or(rest);
            Some((extension, extension.bytes().all(|b| b.is_ascii_digit())))
        };
        if let Some((extension, is_extension)) = extension_after(&self.supervise) {
            let good = is_extension && !extension.is_empty();
            return good.then(|| Code::Supervise(extension.to_owned()));
        }
        let (extension, is_extension) = extension_after(&self.pickup)?;
        let whose = (!extension.is_empty()).then(|| extension.to_owned());
        is_extension.then_some(Code::PickUp(whose))
    }

    /// The place of parked calls that `digits` are.
    pub fn slot(&self, digits: &str) -> Option<u32> {
        let is_number = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        let slot: u32 = digits.parse().ok().filter(|_| is_number)?;
        self.slots.contains(&slot).then_some(slot)
    }

    /// What is wrong with these codes, if anything is.
    ///
    /// # Errors
    /// The first thing that is.
    pub fn check(&self) -> Result<(), BadCodes> {
        let all = self.all();
        for code in all {
            let digits = code.strip_prefix('*').unwrap_or_default();
            let good = (1..=MAX_DIGITS).contains(&digits.len())
                && digits.bytes().all(|b| b.is_ascii_digit());
            if !good {
                return Err(BadCodes::Form(code.to_owned()));
            }
        }
        for (index, first) in all.iter().enumerate() {
            let beside =
                |(other, second): &(usize, &&str)| *other != index && second.starts_with(first);
            if let Some((_, second)) = all.iter().enumerate().find(beside) {
                return Err(BadCodes::Clash((*first).to_owned(), (*second).to_owned()));
            }
        }
        let (low, high) = (*self.slots.start(), *self.slots.end());
        let digits = |slot: u32| slot.checked_ilog10().map_or(1, |log| log + 1);
        let good = low <= high
            && high - low < MAX_SLOTS
            && digits(low) == digits(high)
            && (2..=6).contains(&digits(low));
        if good { Ok(()) } else { Err(BadCodes::Slots) }
    }

    fn all(&self) -> [&str; 8] {
        [
            &self.messages,
            &self.pickup,
            &self.park,
            &self.supervise,
            &self.conference,
            &self.forward,
            &self.forward_no_answer,
            &self.forward_busy,
        ]
    }

    fn order(&self, dialled: &str) -> Option<Order> {
        let whens = [
            (When::Always, &self.forward),
            (When::NoAnswer, &self.forward_no_answer),
            (When::Busy, &self.forward_busy),
        ];
        whens.into_iter().find_map(|(when, code)| {
            let digits = code.strip_prefix('*').unwrap_or(code);
            let change = read_change(dialled, digits)?;
            Some(Order { when, change })
        })
    }
}

/// What is wanted of the forward with these `digits`.
fn read_change(dialled: &str, digits: &str) -> Option<Change> {
    let after = |begin: &str| dialled.strip_prefix(begin)?.strip_prefix(digits);
    let ends = |rest: &str| rest.is_empty() || rest == "#";
    if after("*#").is_some_and(ends) {
        return Some(Change::Ask);
    }
    if after("##").or_else(|| after("#")).is_some_and(ends) {
        return Some(Change::Clear);
    }
    let rest = after("**").or_else(|| after("*"))?;
    let rest = rest.strip_suffix('#').unwrap_or(rest);
    let mut fields = rest.strip_prefix('*').unwrap_or(rest).split('*');
    let number = fields.next().unwrap_or_default();
    let seconds = fields.next();
    let is_number = |text: &str| {
        let digits = text.strip_prefix('+').unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    if fields.next().is_some() || !(number.is_empty() || is_number(number)) {
        return None;
    }
    let after = match seconds {
        None | Some("") => None,
        Some(text) => {
            let seconds: u64 = text.parse().ok().filter(|_| is_number(text))?;
            Some(Duration::from_secs(seconds.clamp(5, 60)))
        }
    };
    Some(match number.is_empty() {
        true => Change::Own { after },
        false => Change::To {
            number: number.to_owned(),
            after,
        },
    })
}

/// Most digits of a code.
const MAX_DIGITS: usize = 4;

/// Most places for parked calls.
const MAX_SLOTS: u32 = 100;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(dialled: &str) -> Option<Code> {
        Codes::default().read(dialled)
    }

    fn forward(when: When, change: Change) -> Option<Code> {
        Some(Code::Forward(Order { when, change }))
    }

    fn to(number: &str, after: Option<u64>) -> Change {
        Change::To {
            number: number.to_owned(),
            after: after.map(Duration::from_secs),
        }
    }

    #[test]
    fn the_forms_of_etsi_and_those_of_people_in_a_hurry_are_read() {
        let always = |change| forward(When::Always, change);
        for (dialled, code) in [
            ("*21*0199000010#", always(to("0199000010", None))),
            ("*21*0199000010", always(to("0199000010", None))),
            ("*210199000010", always(to("0199000010", None))),
            ("**21*12#", always(to("12", None))),
            ("*21*+33199000010#", always(to("+33199000010", None))),
            ("*21#", always(Change::Own { after: None })),
            ("#21#", always(Change::Clear)),
            ("##21#", always(Change::Clear)),
            ("#21", always(Change::Clear)),
            ("*#21#", always(Change::Ask)),
            ("*#21", always(Change::Ask)),
            ("*61*12*20#", forward(When::NoAnswer, to("12", Some(20)))),
            ("*61*12*2#", forward(When::NoAnswer, to("12", Some(5)))),
            ("*67*12#", forward(When::Busy, to("12", None))),
            ("#67#", forward(When::Busy, Change::Clear)),
            ("*98", Some(Code::Messages)),
            ("*98#", Some(Code::Messages)),
            ("*8", Some(Code::PickUp(None))),
            ("*812", Some(Code::PickUp(Some("12".to_owned())))),
            ("*8*12#", Some(Code::PickUp(Some("12".to_owned())))),
            ("*68", Some(Code::Park)),
            ("*68703", Some(Code::Slot(703))),
            ("*68*703#", Some(Code::Slot(703))),
            ("709", Some(Code::Slot(709))),
            ("*3", Some(Code::Conference)),
            ("*3#", Some(Code::Conference)),
            ("*5511", Some(Code::Supervise("11".to_owned()))),
            ("*55*11#", Some(Code::Supervise("11".to_owned()))),
        ] {
            assert_eq!(read(dialled), code, "{dialled}");
        }
    }

    #[test]
    fn nothing_else_is_a_code() {
        for dialled in [
            "",
            "*",
            "#",
            "12",
            "700",
            "710",
            "0701",
            "*21*12*20*3#",
            "*21*1a#",
            "*22*12#",
            "*68700",
            "*8*1*2",
            "*55",
            "*55*1*2",
            "*312",
            "+33199000010",
            "##",
            "*#",
            "*61*12*x#",
        ] {
            assert_eq!(read(dialled), None, "{dialled}");
        }
    }

    #[test]
    fn codes_that_could_mean_two_things_are_refused() {
        assert_eq!(Codes::default().check(), Ok(()));
        let with = |change: &dyn Fn(&mut Codes)| {
            let mut codes = Codes::default();
            change(&mut codes);
            codes.check()
        };
        let clash = BadCodes::Clash("*9".to_owned(), "*98".to_owned());
        assert_eq!(with(&|c| c.pickup = "*9".to_owned()), Err(clash));
        for form in ["8", "*", "*12345", "**8", "*8#"] {
            let bad = with(&|c| c.pickup = form.to_owned());
            assert_eq!(bad, Err(BadCodes::Form(form.to_owned())));
        }
        let backwards = RangeInclusive::new(709, 701);
        for slots in [backwards, 1..=9, 99..=101, 701..=801] {
            let bad = with(&|c| c.slots = slots.clone());
            assert_eq!(bad, Err(BadCodes::Slots), "{slots:?}");
        }
        assert_eq!(with(&|c| c.slots = 700..=799), Ok(()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn whatever_is_dialled_is_read_without_panic(dialled in "[*#]{0,3}[0-9*#+]{0,40}|\\PC*") {
            if let Some(Code::Forward(order)) = read(&dialled)
                && let Change::To { after: Some(after), .. } = order.change
            {
                prop_assert!((5..=60).contains(&after.as_secs()));
            }
        }
    }
}
