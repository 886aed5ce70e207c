//! France, Belgium, Switzerland, Luxembourg and Germany: feasts stay on the day they fall on.

use jiff::civil::Weekday;

use super::Table;
use super::feast::Feast;

/// Code du travail, article L3133-1.
pub(super) static FR: Table = Table {
    code: "FR",
    with: &[],
    feasts: &[
        NEW_YEAR,
        EASTER_MONDAY,
        Feast::fixed(5, 1, "Fête du Travail", "Labour Day"),
        Feast::fixed(5, 8, "Victoire 1945", "Victory in Europe Day"),
        ASCENSION,
        WHIT_MONDAY,
        Feast::fixed(7, 14, "Fête nationale", "National Day"),
        ASSUMPTION,
        ALL_SAINTS,
        Feast::fixed(11, 11, "Armistice 1918", "Armistice Day"),
        CHRISTMAS,
    ],
};

/// Alsace and Moselle keep two days more (Code du travail, article L3134-13). Here Moselle.
pub(super) static FR_57: Table = Table {
    code: "FR-57",
    with: &[&FR],
    feasts: &[GOOD_FRIDAY, SAINT_STEPHEN],
};

/// Bas-Rhin.
pub(super) static FR_67: Table = Table {
    code: "FR-67",
    with: &[&FR_57],
    feasts: &[],
};

/// Haut-Rhin.
pub(super) static FR_68: Table = Table {
    code: "FR-68",
    with: &[&FR_57],
    feasts: &[],
};

/// The ten days of the arrêté royal of 18 April 1974, article 1. A day that replaces one on a Sunday
/// is each company's to choose (loi du 4 janvier 1974, article 6): an exception of its calendar.
pub(super) static BE: Table = Table {
    code: "BE",
    with: &[],
    feasts: &[
        NEW_YEAR,
        EASTER_MONDAY,
        Feast::fixed(5, 1, "Fête du Travail", "Labour Day"),
        ASCENSION,
        WHIT_MONDAY,
        Feast::fixed(7, 21, "Fête nationale", "National Day"),
        ASSUMPTION,
        ALL_SAINTS,
        Feast::fixed(11, 11, "Armistice 1918", "Armistice Day"),
        CHRISTMAS,
    ],
};

/// The National Day is the only federal one (Constitution, article 110); New Year's Day, Ascension
/// and Christmas are kept by all 26 cantons.
pub(super) static CH: Table = Table {
    code: "CH",
    with: &[],
    feasts: &[
        NEW_YEAR,
        ASCENSION,
        Feast::fixed(8, 1, "Fête nationale", "National Day"),
        CHRISTMAS,
    ],
};

/// Loi genevoise sur les jours fériés (J 1 45), article 1.
pub(super) static CH_GE: Table = Table {
    code: "CH-GE",
    with: &[&CH],
    feasts: &[
        GOOD_FRIDAY,
        EASTER_MONDAY,
        WHIT_MONDAY,
        // The Thursday after the first Sunday of September.
        Feast::last_by(
            (9, 11),
            Weekday::Thursday,
            "Jeûne genevois",
            "Fast of Geneva",
        ),
        Feast::fixed(
            12,
            31,
            "Restauration de la République",
            "Restoration of the Republic",
        ),
    ],
};

/// Loi vaudoise sur l'emploi (822.11), article 47.
pub(super) static CH_VD: Table = Table {
    code: "CH-VD",
    with: &[&CH],
    feasts: &[
        Feast::fixed(1, 2, "2 janvier", "2 January"),
        GOOD_FRIDAY,
        EASTER_MONDAY,
        WHIT_MONDAY,
        // The Monday after the third Sunday of September.
        Feast::monday(9, 22, "Lundi du Jeûne fédéral", "Federal Fast Monday"),
    ],
};

/// Ruhetags- und Ladenöffnungsgesetz of Zürich (822.4), § 1.
pub(super) static CH_ZH: Table = Table {
    code: "CH-ZH",
    with: &[&CH],
    feasts: &[
        GOOD_FRIDAY,
        EASTER_MONDAY,
        Feast::fixed(5, 1, "Fête du Travail", "Labour Day"),
        WHIT_MONDAY,
        SAINT_STEPHEN,
    ],
};

/// Code du travail, article L. 232-2; Europe Day by the law of 25 April 2019.
pub(super) static LU: Table = Table {
    code: "LU",
    with: &[],
    feasts: &[
        NEW_YEAR,
        EASTER_MONDAY,
        Feast::fixed(5, 1, "Fête du Travail", "Labour Day"),
        Feast::fixed(5, 9, "Journée de l'Europe", "Europe Day").since(2019),
        ASCENSION,
        WHIT_MONDAY,
        Feast::fixed(6, 23, "Fête nationale", "National Day"),
        ASSUMPTION,
        ALL_SAINTS,
        CHRISTMAS,
        SAINT_STEPHEN,
    ],
};

/// The days that all sixteen Länder keep; German Unity Day by the Einigungsvertrag, article 2 (2).
pub(super) static DE: Table = Table {
    code: "DE",
    with: &[],
    feasts: &[
        NEW_YEAR,
        GOOD_FRIDAY,
        EASTER_MONDAY,
        Feast::fixed(5, 1, "Fête du Travail", "Labour Day"),
        ASCENSION,
        WHIT_MONDAY,
        Feast::fixed(10, 3, "Jour de l'Unité allemande", "German Unity Day").since(1990),
        CHRISTMAS,
        Feast::fixed(12, 26, "Lendemain de Noël", "Second Day of Christmas"),
    ],
};

/// Feiertagsgesetz of Baden-Württemberg, § 1.
pub(super) static DE_BW: Table = Table {
    code: "DE-BW",
    with: &[&DE],
    feasts: &[EPIPHANY, CORPUS_CHRISTI, ALL_SAINTS],
};

/// Feiertagsgesetz of Bavaria, article 1 (1); Assumption depends on the parish and is an exception.
pub(super) static DE_BY: Table = Table {
    code: "DE-BY",
    with: &[&DE],
    feasts: &[EPIPHANY, CORPUS_CHRISTI, ALL_SAINTS],
};

/// Feiertagsgesetz of North Rhine-Westphalia, § 2.
pub(super) static DE_NW: Table = Table {
    code: "DE-NW",
    with: &[&DE],
    feasts: &[CORPUS_CHRISTI, ALL_SAINTS],
};

const NEW_YEAR: Feast = Feast::fixed(1, 1, "Jour de l'an", "New Year's Day");
const EPIPHANY: Feast = Feast::fixed(1, 6, "Épiphanie", "Epiphany");
const GOOD_FRIDAY: Feast = Feast::easter(-2, "Vendredi saint", "Good Friday");
const EASTER_MONDAY: Feast = Feast::easter(1, "Lundi de Pâques", "Easter Monday");
const ASCENSION: Feast = Feast::easter(39, "Ascension", "Ascension Day");
const WHIT_MONDAY: Feast = Feast::easter(50, "Lundi de Pentecôte", "Whit Monday");
const CORPUS_CHRISTI: Feast = Feast::easter(60, "Fête-Dieu", "Corpus Christi");
const ASSUMPTION: Feast = Feast::fixed(8, 15, "Assomption", "Assumption Day");
const ALL_SAINTS: Feast = Feast::fixed(11, 1, "Toussaint", "All Saints' Day");
const CHRISTMAS: Feast = Feast::fixed(12, 25, "Noël", "Christmas Day");
const SAINT_STEPHEN: Feast = Feast::fixed(12, 26, "Saint-Étienne", "Saint Stephen's Day");
