//! Québec, Ontario and the United States.

use jiff::civil::Weekday;

use super::Table;
use super::feast::Feast;

/// Loi sur les normes du travail (N-1.1), article 60, and Loi sur la fête nationale (F-1.1): two days
/// give the Monday when they fall on a Sunday, the others nothing. Of Good Friday and Easter Monday,
/// between which an employer chooses, the Friday.
pub(super) static CA_QC: Table = Table {
    code: "CA-QC",
    with: &[],
    feasts: &[
        NEW_YEAR,
        GOOD_FRIDAY,
        Feast::monday(
            5,
            24,
            "Journée nationale des patriotes",
            "National Patriots' Day",
        ),
        Feast::fixed(6, 24, "Fête nationale", "National Holiday").sunday_to_monday(),
        CANADA_DAY.sunday_to_monday(),
        LABOUR_DAY,
        THANKSGIVING,
        CHRISTMAS,
    ],
};

/// Employment Standards Act, 2000, section 1 (1), "public holiday". The substitute of a day on a
/// weekend is agreed between employer and employee (section 29), so no date is fixed.
pub(super) static CA_ON: Table = Table {
    code: "CA-ON",
    with: &[],
    feasts: &[
        NEW_YEAR,
        Feast::monday(2, 21, "Jour de la Famille", "Family Day").since(2008),
        GOOD_FRIDAY,
        Feast::monday(5, 24, "Fête de la Reine", "Victoria Day"),
        CANADA_DAY,
        LABOUR_DAY,
        THANKSGIVING,
        CHRISTMAS,
        Feast::fixed(12, 26, "Lendemain de Noël", "Boxing Day"),
    ],
};

/// 5 U.S.C. § 6103: Saturday gives the Friday (b), Sunday the Monday (Executive Order 11582).
pub(super) static US: Table = Table {
    code: "US",
    with: &[],
    feasts: &[
        NEW_YEAR.nearest(),
        Feast::monday(
            1,
            21,
            "Jour de Martin Luther King",
            "Birthday of Martin Luther King, Jr.",
        )
        .since(1986),
        Feast::monday(2, 21, "Anniversaire de Washington", "Washington's Birthday"),
        Feast::monday(5, 31, "Jour du Souvenir", "Memorial Day"),
        Feast::fixed(
            6,
            19,
            "Juneteenth (fin de l'esclavage)",
            "Juneteenth National Independence Day",
        )
        .since(2021)
        .nearest(),
        Feast::fixed(7, 4, "Fête de l'Indépendance", "Independence Day").nearest(),
        LABOUR_DAY,
        Feast::monday(10, 14, "Jour de Christophe Colomb", "Columbus Day"),
        Feast::fixed(11, 11, "Jour des anciens combattants", "Veterans Day").nearest(),
        Feast::last_by(
            (11, 28),
            Weekday::Thursday,
            "Action de grâces",
            "Thanksgiving Day",
        ),
        CHRISTMAS.nearest(),
    ],
};

const NEW_YEAR: Feast = Feast::fixed(1, 1, "Jour de l'an", "New Year's Day");
const GOOD_FRIDAY: Feast = Feast::easter(-2, "Vendredi saint", "Good Friday");
const CANADA_DAY: Feast = Feast::fixed(7, 1, "Fête du Canada", "Canada Day");
const LABOUR_DAY: Feast = Feast::monday(9, 7, "Fête du Travail", "Labour Day");
const THANKSGIVING: Feast = Feast::monday(10, 14, "Action de grâces", "Thanksgiving Day");
const CHRISTMAS: Feast = Feast::fixed(12, 25, "Noël", "Christmas Day");
