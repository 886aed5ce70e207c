//! What a language must know to say values, and who knows it.

use jiff::civil::{Date, Time};
use rappel_model::{Currency, Language};

use super::en::English;
use super::format::Gender;
use super::fr::French;
use super::length::{Length, Wait};
use super::phone::{Country, Groups};
use super::piece::Pieces;
use super::vocabulary::{Region, Vocabulary};

/// A language in one region. Each verb adds the pieces that say its value.
pub(super) trait Grammar: Sync {
    /// A number up to [`super::MAX_NUMBER`].
    fn cardinal(&self, said: &mut Pieces, number: u32, gender: Gender);
    /// A place in a row.
    fn ordinal(&self, said: &mut Pieces, number: u32, gender: Gender);
    /// A time of day; seconds are not said.
    fn time(&self, said: &mut Pieces, time: Time);
    /// From a time to a later one of the same day.
    fn times(&self, said: &mut Pieces, from: Time, to: Time);
    /// A day by its date.
    fn date(&self, said: &mut Pieces, date: Date, with_year: bool);
    /// How long.
    fn length(&self, said: &mut Pieces, length: Length);
    /// How long one will wait.
    fn wait(&self, said: &mut Pieces, wait: Wait);
    /// So many euros and so many cents.
    fn money(&self, said: &mut Pieces, whole: u32, cents: u32, currency: Currency);
    /// A telephone number.
    fn phone(&self, said: &mut Pieces, groups: &Groups);
    /// Whose telephone numbers are said as they are dialled at home.
    fn home(&self) -> &'static Country;
    /// Whether letters are named with their accents.
    fn accents(&self) -> bool;
    /// The recorded pieces.
    fn vocabulary(&self) -> Vocabulary;
}

/// Who speaks `language`: by its region, else by its primary subtag, English for what nobody here
/// speaks. `huitante` counts in fr-CH only.
pub(super) fn grammar(language: &Language, huitante: bool) -> &'static dyn Grammar {
    let tag = language.as_str();
    let is = |known: &str| tag.eq_ignore_ascii_case(known);
    let primary = tag.split('-').next().unwrap_or_default();
    if !primary.eq_ignore_ascii_case("fr") {
        return if is("en-US") { &AMERICAN } else { &BRITISH };
    }
    match () {
        () if is("fr-BE") => &BELGIAN,
        () if is("fr-CH") && huitante => &HUITANTE,
        () if is("fr-CH") => &SWISS,
        () if is("fr-CA") => &CANADIAN,
        () => &FRENCH,
    }
}

static FRENCH: French = French::new(Region::France);
static BELGIAN: French = French::new(Region::Belgium);
static SWISS: French = French::new(Region::Switzerland);
static HUITANTE: French = French::new(Region::Switzerland).with_huitante();
static CANADIAN: French = French::new(Region::Canada);
static BRITISH: English = English::new(Region::Britain);
static AMERICAN: English = English::new(Region::America);
