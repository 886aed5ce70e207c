//! How a value may be said: the word behind `|` in a hole, and the types it applies to (FLOWS §5).

use std::fmt;

use crate::variables::Type;

/// Grammatical gender of what is counted. English has no use for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gender {
    /// *un rappel*, *le premier*.
    #[default]
    Masculine,
    /// *une voiture*, *la première*.
    Feminine,
}

/// How a value is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// How many: "vingt et un", "twenty-one".
    Number(Gender),
    /// Which in a row: "premier", "first".
    Ordinal(Gender),
    /// One by one: "un, deux, trois".
    Digits,
    /// A telephone number, in the groups people know.
    Phone,
    /// A time of day.
    Time,
    /// A day, always by its date.
    Date,
    /// A day: today, tomorrow, or by its date.
    Day,
    /// A day and a time.
    Moment,
    /// From a moment to a moment.
    Window,
    /// A length of time.
    Duration,
    /// A wait, from a length to a length, rounded so that it promises nothing false.
    Between,
    /// An amount of money.
    Money,
    /// Letter by letter.
    Spell,
    /// A name: its recording, or synthesis.
    Name,
    /// Any words, by synthesis.
    Say,
}

impl Format {
    /// The format operators write `word` for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// The word operators write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Number(Gender::Masculine) => "number",
            Self::Number(Gender::Feminine) => "number:f",
            Self::Ordinal(Gender::Masculine) => "ordinal",
            Self::Ordinal(Gender::Feminine) => "ordinal:f",
            Self::Digits => "digits",
            Self::Phone => "phone",
            Self::Time => "time",
            Self::Date => "date",
            Self::Day => "day",
            Self::Moment => "moment",
            Self::Window => "window",
            Self::Duration => "duration",
            Self::Between => "between",
            Self::Money => "money",
            Self::Spell => "spell",
            Self::Name => "name",
            Self::Say => "say",
        }
    }

    /// The types of values that can be said so; never empty.
    pub fn types(self) -> &'static [Type] {
        match self {
            Self::Number(_) | Self::Ordinal(_) => &[Type::Number],
            Self::Digits => &[Type::Number, Type::Text, Type::Phone],
            Self::Phone => &[Type::Phone],
            Self::Time => &[Type::Time, Type::Moment],
            Self::Date | Self::Day => &[Type::Date, Type::Moment],
            Self::Moment => &[Type::Moment],
            Self::Window => &[Type::Window],
            Self::Duration => &[Type::Duration],
            Self::Between => &[Type::Range],
            Self::Money => &[Type::Money],
            Self::Spell | Self::Name | Self::Say => &[Type::Text],
        }
    }

    /// Whether a value of type `kind` can be said so.
    pub fn applies_to(self, kind: Type) -> bool {
        self.types().contains(&kind)
    }

    /// Every format.
    pub const ALL: [Self; 17] = [
        Self::Number(Gender::Masculine),
        Self::Number(Gender::Feminine),
        Self::Ordinal(Gender::Masculine),
        Self::Ordinal(Gender::Feminine),
        Self::Digits,
        Self::Phone,
        Self::Time,
        Self::Date,
        Self::Day,
        Self::Moment,
        Self::Window,
        Self::Duration,
        Self::Between,
        Self::Money,
        Self::Spell,
        Self::Name,
        Self::Say,
    ];
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
