//! Amounts of money, exact to the cent.

use std::fmt;

/// An amount in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Hundredths of the currency; negative for a debt. At most [`MAX_CENTS`] either way.
    pub cents: i64,
    /// Which currency.
    pub currency: Currency,
}

/// The currencies that can be spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Currency {
    /// EUR.
    #[default]
    Euro,
    /// GBP.
    Pound,
    /// USD.
    Dollar,
    /// CAD.
    CanadianDollar,
    /// CHF.
    SwissFranc,
}

impl Currency {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Euro,
        Self::Pound,
        Self::Dollar,
        Self::CanadianDollar,
        Self::SwissFranc,
    ];

    /// The three letters of ISO 4217.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Euro => "EUR",
            Self::Pound => "GBP",
            Self::Dollar => "USD",
            Self::CanadianDollar => "CAD",
            Self::SwissFranc => "CHF",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        match word {
            "€" => Some(Self::Euro),
            "£" => Some(Self::Pound),
            "$" => Some(Self::Dollar),
            _ => Self::ALL.into_iter().find(|c| c.code() == word),
        }
    }
}

impl Money {
    /// An amount; `None` beyond [`MAX_CENTS`].
    pub fn new(cents: i64, currency: Currency) -> Option<Self> {
        (cents.unsigned_abs() <= MAX_CENTS.unsigned_abs()).then_some(Self { cents, currency })
    }

    /// Reads `200.50 EUR`, `12,5 €`, `-3 CHF`; without a currency, euros. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let amount_ends = text
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-')))
            .unwrap_or(text.len());
        let (amount, word) = text.split_at(amount_ends);
        let currency = match word.trim() {
            "" => Currency::default(),
            word => Currency::from_word(word)?,
        };
        let (negative, amount) = match amount.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, amount),
        };
        let (whole, cents) = match amount.split_once(['.', ',']) {
            Some((whole, cents)) => (whole, cents),
            None => (amount, "0"),
        };
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(cents) || cents.len() > 2 {
            return None;
        }
        let hundredths: i64 = cents.parse().ok()?;
        let hundredths = if cents.len() == 1 {
            hundredths * 10
        } else {
            hundredths
        };
        let total = whole.parse::<i64>().ok()?.checked_mul(100)?;
        let total = total.checked_add(hundredths)?;
        Self::new(if negative { -total } else { total }, currency)
    }
}

/// `200.50 EUR`, as [`Money::parse`] reads it back.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.cents < 0 { "-" } else { "" };
        let cents = self.cents.unsigned_abs();
        let code = self.currency.code();
        write!(f, "{sign}{}.{:02} {code}", cents / 100, cents % 100)
    }
}

/// Largest amount: what can be spoken, 999,999,999 and 99 hundredths.
pub const MAX_CENTS: i64 = 99_999_999_999;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_back() {
        for (text, cents, currency) in [
            ("200.50 EUR", 20_050, Currency::Euro),
            ("12,5 €", 1_250, Currency::Euro),
            ("7", 700, Currency::Euro),
            ("-3 CHF", -300, Currency::SwissFranc),
            ("999999999.99 CAD", MAX_CENTS, Currency::CanadianDollar),
        ] {
            let money = Money::parse(text).unwrap();
            assert_eq!((money.cents, money.currency), (cents, currency), "{text}");
            assert_eq!(Money::parse(&money.to_string()), Some(money));
        }
        for text in [
            "",
            "EUR",
            "1.234",
            "1.2.3",
            "5 XYZ",
            "1000000000 EUR",
            "--1",
            ".5",
        ] {
            assert_eq!(Money::parse(text), None, "{text}");
        }
    }
}
