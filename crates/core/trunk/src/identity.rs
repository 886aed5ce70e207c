//! Who is shown as the caller, and in which headers a trunk reads it.
//!
//! Only numbers that a company owns are shown for it: a carrier that trusts us, and whoever is called,
//! must be able to believe them. Headers are written here as text, because their names and forms are
//! the trunk's rule (RFC 3325, RFC 3323, RFC 5806, RFC 7044); the host part is told by whoever knows it.

use std::collections::BTreeSet;
use std::str::FromStr;

use rappel_model::PhoneNumber;

use crate::settings::Settings;

/// How callers are shown to a trunk, and what it says of callers is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What stands in From.
    pub from: FromUser,
    /// The headers that assert who calls.
    pub headers: BTreeSet<Asserted>,
    /// Whether a caller's own number may be shown when a call is handed on, instead of ours.
    pub show_callers: bool,
    /// The headers that say who was called first.
    pub diversion: BTreeSet<Diverted>,
    /// Whether P-Asserted-Identity of its calls is believed.
    pub trusted: bool,
}

/// What stands in From.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FromUser {
    /// The number shown.
    #[default]
    Number,
    /// Our name at the trunk: some carriers know their customers by it alone.
    Account,
}

/// A header that asserts who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asserted {
    /// `P-Asserted-Identity` (RFC 3325 §9.1).
    Pai,
    /// `P-Preferred-Identity` (RFC 3325 §9.2).
    Ppi,
    /// `Remote-Party-ID`, a draft that old switches still ask for.
    Rpid,
}

/// A header that says who was called first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Diverted {
    /// `Diversion` (RFC 5806).
    Diversion,
    /// `History-Info` (RFC 7044).
    HistoryInfo,
}

/// Who a call is for, as a company may show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The number the callee sees; `None` when the caller hides.
    pub number: Option<PhoneNumber>,
    /// The number the carrier knows us by, asserted also when the caller hides.
    pub ours: Option<PhoneNumber>,
    /// The number that was called first, when the call is handed on.
    pub first: Option<PhoneNumber>,
    /// How often it was handed on, this time among them.
    pub diversions: u32,
}

/// What a company shows.
#[derive(Clone, Copy, Debug)]
pub struct Showing<'a> {
    /// What the call would like to show; `None` when the caller hides.
    pub wanted: Option<&'a PhoneNumber>,
    /// Whether it is the number of somebody who is none of ours.
    pub is_foreign: bool,
    /// The company's main number.
    pub main: Option<&'a PhoneNumber>,
    /// The number that was called first, when the call is handed on.
    pub first: Option<&'a PhoneNumber>,
    /// How often it was handed on, this time among them.
    pub diversions: u32,
}

impl Settings {
    /// Which numbers this trunk may be shown. `owns` says whether a number is the company's.
    pub fn shown(&self, showing: Showing<'_>, owns: impl Fn(&PhoneNumber) -> bool) -> Shown {
        let first = showing.first.filter(|first| owns(first));
        let ours = showing.wanted.filter(|wanted| owns(wanted));
        // A caller of ours is known by a number of the caller's, whosever forward is followed.
        let else_by = match showing.is_foreign {
            true => first.or(showing.main),
            false => showing.main.or(first),
        };
        let ours = ours.or(else_by).cloned();
        let foreign = showing
            .wanted
            .filter(|number| showing.is_foreign && self.identity.show_callers && number.is_e164());
        let number = match showing.wanted {
            None => None,
            Some(_) => foreign.cloned().or_else(|| ours.clone()),
        };
        Shown {
            number,
            ours,
            first: first.cloned(),
            diversions: showing.diversions,
        }
    }

    /// The headers that tell `shown` of a call for the URI `target`, at our address `host` (with a port
    /// where it has one).
    pub fn identity_headers(
        &self,
        shown: &Shown,
        host: &str,
        target: &str,
    ) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let mut put = |name: &str, value: String| headers.push((name.to_owned(), value));
        let uri = |number: &PhoneNumber| format!("<sip:{}@{host}>", user(&self.written(number)));
        let hides = shown.number.is_none();
        // Who hides is asserted by the number that is ours: the carrier must know whom to charge, and
        // help whom to find; Privacy says that nobody further on may see it.
        let asserted = match hides {
            true => shown.ours.as_ref(),
            false => shown.number.as_ref(),
        };
        if let Some(asserted) = asserted {
            for header in &self.identity.headers {
                match header {
                    Asserted::Pai => put("P-Asserted-Identity", uri(asserted)),
                    Asserted::Ppi => put("P-Preferred-Identity", uri(asserted)),
                    Asserted::Rpid => {
                        let privacy = if hides { "full" } else { "off" };
                        let value = format!("{};party=calling;privacy={privacy}", uri(asserted));
                        put("Remote-Party-ID", value);
                    }
                }
            }
        }
        if hides {
            put("Privacy", "id".to_owned());
        }
        if let Some(first) = &shown.first {
            for header in &self.identity.diversion {
                match header {
                    Diverted::Diversion => {
                        let (first, times) = (uri(first), shown.diversions.min(MAX_COUNTER));
                        put(
                            "Diversion",
                            format!("{first};reason=unconditional;counter={times}"),
                        );
                    }
                    Diverted::HistoryInfo => {
                        put(
                            "History-Info",
                            history(&uri(first), shown.diversions, target),
                        );
                    }
                }
            }
        }
        headers
    }
}

/// The way of a call that was handed on so often, from the address `first` (in brackets) to the URI
/// `target`: one entry each, under the one before (RFC 7044 §10.3), so that whoever is next counts as many.
/// Each but the first says that it came about by a forward (RFC 4458, RFC 7544); of those between nobody is
/// told (RFC 7044 §10.1.2).
fn history(first: &str, diversions: u32, target: &str) -> String {
    let mut index = "1".to_owned();
    let mut entries = format!("{first};index={index}");
    let hops = diversions.clamp(1, MAX_HISTORY);
    for hop in 1..=hops {
        let uri = if hop == hops { target } else { NOBODY };
        let from = index.clone();
        index.push_str(".1");
        entries.push_str(&format!(", <{uri};cause=302>;index={index};mp={from}"));
    }
    entries
}

/// Most forwards that Diversion can count: two digits (RFC 5806 §4.1).
const MAX_COUNTER: u32 = 99;

/// Most forwards that are told one by one: nobody follows that many.
const MAX_HISTORY: u32 = 10;

/// Whose name is kept back.
const NOBODY: &str = "sip:anonymous@anonymous.invalid";

/// The user part of a SIP URI: what may not stand there is escaped (RFC 3261 §25.1, `user`).
fn user(text: &str) -> String {
    text.bytes().fold(String::new(), |mut user, byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte);
        match plain {
            true => user.push(char::from(byte)),
            false => user.push_str(&format!("%{byte:02X}")),
        }
        user
    })
}

impl Default for Identity {
    /// The number in From and asserted (RFC 3325), Diversion where a call is handed on, callers' own
    /// numbers kept to ourselves, nothing believed.
    fn default() -> Self {
        Self {
            from: FromUser::Number,
            headers: BTreeSet::from([Asserted::Pai]),
            show_callers: false,
            diversion: BTreeSet::from([Diverted::Diversion]),
            trusted: false,
        }
    }
}

/// Not the name of such a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is none of {1}")]
pub struct BadHeader(String, &'static str);

impl FromStr for Asserted {
    type Err = BadHeader;

    fn from_str(text: &str) -> Result<Self, BadHeader> {
        match text {
            "pai" => Ok(Self::Pai),
            "ppi" => Ok(Self::Ppi),
            "rpid" => Ok(Self::Rpid),
            _ => Err(BadHeader(text.to_owned(), "pai, ppi, rpid")),
        }
    }
}

impl FromStr for Diverted {
    type Err = BadHeader;

    fn from_str(text: &str) -> Result<Self, BadHeader> {
        match text {
            "diversion" => Ok(Self::Diversion),
            "history-info" => Ok(Self::HistoryInfo),
            _ => Err(BadHeader(text.to_owned(), "diversion, history-info")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text).expect("a number")
    }

    const LINE: &str = "+33199000010";
    const MAIN: &str = "+33199000001";
    const MOBILE: &str = "+33612345678";

    fn shown(
        show_callers: bool,
        wanted: Option<&str>,
        foreign: bool,
        first: Option<&str>,
    ) -> Shown {
        let mut settings = Settings::new("t".into());
        settings.identity.show_callers = show_callers;
        let (wanted, first, main) = (wanted.map(number), first.map(number), number(MAIN));
        let showing = Showing {
            wanted: wanted.as_ref(),
            is_foreign: foreign,
            main: Some(&main),
            first: first.as_ref(),
            diversions: 3,
        };
        settings.shown(showing, |n| [LINE, MAIN].contains(&n.as_str()))
    }

    #[test]
    fn only_owned_numbers_are_shown_unless_the_trunk_may_see_callers() {
        for (show, wanted, foreign, first, number, ours) in [
            // An extension, a number of nobody's, a line: what is owned, else the main number.
            (false, Some("11"), false, None, Some(MAIN), MAIN),
            (false, Some("+33199009999"), false, None, Some(MAIN), MAIN),
            (false, Some(LINE), false, None, Some(LINE), LINE),
            // A caller handed on: the line that was called stands for them.
            (false, Some(MOBILE), true, Some(LINE), Some(LINE), LINE),
            (true, Some(MOBILE), true, Some(LINE), Some(MOBILE), LINE),
            (true, Some(MOBILE), false, None, Some(MAIN), MAIN),
            (true, Some("11"), true, None, Some(MAIN), MAIN),
            // Who hides stays hidden, and is asserted as the company.
            (true, None, true, Some(LINE), None, LINE),
            (false, None, false, None, None, MAIN),
        ] {
            let told = shown(show, wanted, foreign, first);
            assert_eq!(told.number.as_ref().map(PhoneNumber::as_str), number);
            assert_eq!(told.ours.as_ref().map(PhoneNumber::as_str), Some(ours));
        }
        assert_eq!(shown(true, Some(MOBILE), true, Some("+33100")).first, None);
    }

    fn headers(asserted: &[&str], diverted: &[&str], shown: &Shown) -> Vec<String> {
        let mut settings = Settings::new("t".into());
        settings.identity.headers = asserted.iter().map(|n| n.parse().expect("known")).collect();
        settings.identity.diversion = diverted.iter().map(|n| n.parse().expect("known")).collect();
        let target = "sip:+33199000077@198.51.100.7";
        let headers = settings.identity_headers(shown, "192.0.2.1:5060", target);
        headers
            .into_iter()
            .map(|(n, v)| format!("{n}: {v}"))
            .collect()
    }

    #[test]
    fn each_format_is_written_as_its_rfc_wants_it() {
        let plain = shown(false, Some(LINE), false, None);
        assert_eq!(
            headers(&["pai", "ppi", "rpid"], &["diversion"], &plain),
            [
                "P-Asserted-Identity: <sip:+33199000010@192.0.2.1:5060>",
                "P-Preferred-Identity: <sip:+33199000010@192.0.2.1:5060>",
                "Remote-Party-ID: <sip:+33199000010@192.0.2.1:5060>;party=calling;privacy=off",
            ]
        );
        let hidden = shown(false, None, false, None);
        assert_eq!(
            headers(&["pai", "rpid"], &[], &hidden),
            [
                "P-Asserted-Identity: <sip:+33199000001@192.0.2.1:5060>",
                "Remote-Party-ID: <sip:+33199000001@192.0.2.1:5060>;party=calling;privacy=full",
                "Privacy: id",
            ]
        );
        let handed = shown(true, Some(MOBILE), true, Some(LINE));
        assert_eq!(
            headers(&["pai"], &["diversion", "history-info"], &handed),
            [
                "P-Asserted-Identity: <sip:+33612345678@192.0.2.1:5060>",
                "Diversion: <sip:+33199000010@192.0.2.1:5060>;reason=unconditional;counter=3",
                "History-Info: <sip:+33199000010@192.0.2.1:5060>;index=1, \
                 <sip:anonymous@anonymous.invalid;cause=302>;index=1.1;mp=1, \
                 <sip:anonymous@anonymous.invalid;cause=302>;index=1.1.1;mp=1.1, \
                 <sip:+33199000077@198.51.100.7;cause=302>;index=1.1.1.1;mp=1.1.1",
            ]
        );
        assert!(headers(&[], &[], &plain).is_empty());
    }

    #[test]
    fn however_often_a_call_was_handed_on_its_headers_stay_short() {
        for (claimed, counted, told) in [(0, 0, 1), (10, 10, 10), (11, 11, 10), (u32::MAX, 99, 10)]
        {
            let handed = Shown {
                diversions: claimed,
                ..shown(true, Some(MOBILE), true, Some(LINE))
            };
            let headers = headers(&[], &["diversion", "history-info"], &handed);
            assert!(headers[0].ends_with(&format!(";counter={counted}")));
            assert_eq!(headers[1].matches("cause=302").count(), told, "{claimed}");
        }
    }

    #[test]
    fn what_may_not_stand_in_a_user_part_is_escaped() {
        assert_eq!(user("+33(0)1*9#"), "+33(0)1*9%23");
        assert_eq!(user("a@b>\r\n"), "a%40b%3E%0D%0A");
    }
}
