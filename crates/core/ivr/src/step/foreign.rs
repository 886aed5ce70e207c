//! What other systems and directories write, as values of variables; and how addresses are made safe.

use jiff::civil::DateTime;
use rappel_model::numbering::international;
use rappel_model::{Currency, Money, Timestamp};

use crate::ask::Scalar;
use crate::engine::Desk;
use crate::variables::{Type, Value};

/// The value of type `kind` that a directory's cell writes; `None` when it writes none.
pub(super) fn from_text(desk: &Desk<'_>, kind: Type, text: &str) -> Option<Value> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let trimmed = text.trim();
    match kind {
        Type::Text => Some(Value::Text(text.to_owned())),
        Type::Phone => international(trimmed, desk.home()).map(Value::Phone),
        Type::Moment => moment(desk, trimmed).map(Value::Moment),
        Type::Window => {
            let (from, to) = trimmed.split_once('/')?;
            let (from, to) = (moment(desk, from)?, moment(desk, to)?);
            (from <= to).then_some(Value::Window { from, to })
        }
        Type::Money => money(desk, trimmed),
        Type::YesNo => match trimmed.to_lowercase().as_str() {
            "true" | "yes" | "oui" | "1" => Some(Value::YesNo(true)),
            "false" | "no" | "non" | "0" => Some(Value::YesNo(false)),
            _ => None,
        },
        Type::List => None,
        _ => Value::parse(kind, trimmed),
    }
}

/// The value of type `kind` that another system answered; `None` when it is of another type.
pub(super) fn from_scalar(desk: &Desk<'_>, kind: Type, scalar: &Scalar) -> Option<Value> {
    match (scalar, kind) {
        (Scalar::YesNo(yes), Type::YesNo) => Some(Value::YesNo(*yes)),
        (Scalar::YesNo(yes), Type::Text) => Some(Value::Text(yes.to_string())),
        (Scalar::Number(number), Type::Number) => whole(number).map(Value::Number),
        (Scalar::Number(number), Type::Money) => money(desk, number),
        (Scalar::Number(number), Type::Text) => from_text(desk, kind, number),
        (Scalar::Text(text), Type::YesNo) => Value::parse(kind, text),
        (Scalar::Text(text), _) => from_text(desk, kind, text),
        (Scalar::Number(_) | Scalar::YesNo(_) | Scalar::Nested, _) => None,
    }
}

/// `12` or `12.0`: JSON knows no whole numbers.
fn whole(number: &str) -> Option<i64> {
    let digits = match number.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|b| b == b'0') => whole,
        _ => number,
    };
    digits.parse().ok()
}

/// An amount; without a currency, of the tenant's country.
fn money(desk: &Desk<'_>, text: &str) -> Option<Value> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b".,-".contains(&b));
    let currency = if plain { desk.currency().code() } else { "" };
    Money::parse(&format!("{text} {currency}")).map(Value::Money)
}

/// A moment with its zone, or one on the tenant's clock.
fn moment(desk: &Desk<'_>, text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_jiff(instant));
    }
    let local: DateTime = text.parse().ok()?;
    let zoned = local.to_zoned(desk.around.timezone.clone()).ok()?;
    Some(Timestamp::from_jiff(zoned.timestamp()))
}

/// The currency of a country, as far as it can be spoken; euros elsewhere.
pub(crate) fn currency_of(country: rappel_model::Country) -> Currency {
    match country.as_str() {
        "GB" | "GG" | "JE" => Currency::Pound,
        "CH" | "LI" => Currency::SwissFranc,
        "CA" => Currency::CanadianDollar,
        "US" | "PR" => Currency::Dollar,
        _ => Currency::Euro,
    }
}

/// A value as one component of an address: all but unreserved characters are escaped (RFC 3986 §2.3).
pub(super) fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// Whether an address may be asked: it begins as one of `allow`, and nothing in it leads elsewhere.
/// Segments of dots would be resolved after this check, so none may stand in it (RFC 3986 §5.2.4;
/// `%2e` is a dot, too).
pub(crate) fn is_allowed(allow: &[String], address: &str) -> bool {
    let plain = address.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    plain && !climbs(address) && address.len() <= MAX_ADDRESS && begins(allow, address)
}

/// Whether a part of its path is `.` or `..`, which would lead elsewhere.
pub(crate) fn climbs(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let dots = path.to_ascii_lowercase().replace("%2e", ".");
    dots.split('/').any(|part| part == "." || part == "..")
}

/// Whether an address begins as one of `allow`. An entry without a path allows its host alone.
pub(crate) fn begins(allow: &[String], address: &str) -> bool {
    allow.iter().any(|entry| {
        let schemed = entry.starts_with("https://") || entry.starts_with("http://");
        let whole_host = entry.split('/').count() > 3;
        let rest = address.strip_prefix(entry.as_str());
        schemed && rest.is_some_and(|rest| whole_host || rest.starts_with('/'))
    })
}

/// Longest address, in bytes.
const MAX_ADDRESS: usize = 2000;
/// Longest text taken from elsewhere, in bytes.
const MAX_TEXT: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    #[test]
    fn values_in_addresses_cannot_become_structure() {
        assert_eq!(
            escaped("a b/c?d=é&#%.."),
            "a%20b%2Fc%3Fd%3D%C3%A9%26%23%25.."
        );
        assert_eq!(escaped("A-z_0.~"), "A-z_0.~");
    }

    #[test]
    fn only_what_the_tenant_allows_is_asked() {
        let list = allow(&["https://crm.example/v1/", "https://api.example"]);
        for fine in [
            "https://crm.example/v1/x?y=..",
            "https://crm.example/v1/a..b",
            "https://api.example/anything",
        ] {
            assert!(is_allowed(&list, fine), "{fine}");
        }
        for wrong in [
            "http://crm.example/v1/x",
            "https://crm.example/v2/x",
            "https://crm.example/v1/../v2/x",
            "https://crm.example/v1/%2E%2e/x",
            "https://crm.example/v1/./x",
            "https://crm.example/v1/a\\..\\b",
            "https://crm.example/v1/a b",
            "https://api.example.evil.example/x",
            "https://api.example@evil.example/x",
            "https://api.example",
            "",
        ] {
            assert!(!is_allowed(&list, wrong), "{wrong}");
        }
        let long = format!("https://crm.example/v1/{}", "a".repeat(MAX_ADDRESS));
        assert!(!is_allowed(&list, &long));
        assert!(is_allowed(&list, &long[..MAX_ADDRESS]));
        assert!(!is_allowed(
            &allow(&["ftp://x.example/"]),
            "ftp://x.example/a"
        ));
    }

    #[test]
    fn numbers_of_json_are_whole_or_nothing() {
        assert_eq!(whole("12"), Some(12));
        assert_eq!(whole("-12.00"), Some(-12));
        for text in ["12.5", "1e3", "", "99999999999999999999"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
