//! The United Kingdom, where a feast on a weekend gives the next free weekday as well, and Ireland,
//! where it does not.

use super::Table;
use super::feast::Feast;

/// What all four nations keep: Banking and Financial Dealings Act 1971, schedule 1, with the royal
/// proclamations of each year, as gov.uk/bank-holidays lists them.
static GB: Table = Table {
    code: "GB",
    with: &[],
    feasts: &[
        Feast::fixed(1, 1, "Jour de l'an", "New Year's Day").next_free(),
        Feast::easter(-2, "Vendredi saint", "Good Friday"),
        EARLY_MAY.not_in(2020),
        Feast::fixed(
            5,
            8,
            "Premier lundi de mai (déplacé, 75 ans de la Victoire)",
            "Early May bank holiday (VE day)",
        )
        .only_in(2020),
        SPRING.not_in(2022),
        Feast::fixed(6, 2, "Fête de printemps (déplacée)", "Spring bank holiday").only_in(2022),
        Feast::fixed(
            6,
            3,
            "Jubilé de platine de la reine",
            "Platinum Jubilee bank holiday",
        )
        .only_in(2022),
        Feast::fixed(
            9,
            19,
            "Funérailles de la reine Élisabeth II",
            "State Funeral of Queen Elizabeth II",
        )
        .only_in(2022),
        Feast::fixed(
            5,
            8,
            "Couronnement du roi Charles III",
            "Coronation of King Charles III",
        )
        .only_in(2023),
        Feast::fixed(12, 25, "Noël", "Christmas Day").next_free(),
        Feast::fixed(12, 26, "Lendemain de Noël", "Boxing Day").next_free(),
    ],
};

/// England.
pub(super) static GB_ENG: Table = Table {
    code: "GB-ENG",
    with: &[&GB],
    feasts: &[
        Feast::easter(1, "Lundi de Pâques", "Easter Monday"),
        Feast::monday(8, 31, "Fête d'été", "Summer bank holiday"),
    ],
};

/// Wales keeps what England keeps.
pub(super) static GB_WLS: Table = Table {
    code: "GB-WLS",
    with: &[&GB_ENG],
    feasts: &[],
};

/// Scotland; St Andrew's Day by the Act of the Scottish Parliament of 2007.
pub(super) static GB_SCT: Table = Table {
    code: "GB-SCT",
    with: &[&GB],
    feasts: &[
        Feast::fixed(1, 2, "2 janvier", "2nd January").next_free(),
        // Proclaimed in February 2026, for this year alone.
        Feast::fixed(
            6,
            15,
            "Coupe du monde de football",
            "Scotland at the FIFA World Cup",
        )
        .only_in(2026),
        Feast::monday(8, 7, "Fête d'été", "Summer bank holiday"),
        Feast::fixed(11, 30, "Saint-André", "St Andrew's Day")
            .since(2007)
            .next_free(),
    ],
};

/// Northern Ireland; the twelfth of July is proclaimed each year.
pub(super) static GB_NIR: Table = Table {
    code: "GB-NIR",
    with: &[&GB_ENG],
    feasts: &[
        Feast::fixed(3, 17, "Saint-Patrick", "St Patrick's Day").next_free(),
        Feast::fixed(7, 12, "Bataille de la Boyne", "Battle of the Boyne").next_free(),
    ],
};

/// Organisation of Working Time Act 1997, second schedule, with St Brigid's Day since 2023. A
/// feast on a weekend gives no other fixed day: who works then is owed one, which is the employer's
/// to choose (section 21).
pub(super) static IE: Table = Table {
    code: "IE",
    with: &[],
    feasts: &[
        Feast::fixed(1, 1, "Jour de l'an", "New Year's Day"),
        Feast::friday_or_monday(2, 1, "Sainte-Brigitte", "St Brigid's Day").since(2023),
        Feast::fixed(3, 17, "Saint-Patrick", "St Patrick's Day"),
        Feast::fixed(
            3,
            18,
            "Journée du souvenir et de la reconnaissance",
            "Day of Remembrance and Recognition",
        )
        .only_in(2022),
        Feast::easter(1, "Lundi de Pâques", "Easter Monday"),
        Feast::monday(5, 7, "Premier lundi de mai", "May bank holiday"),
        Feast::monday(6, 7, "Premier lundi de juin", "June bank holiday"),
        Feast::monday(8, 7, "Premier lundi d'août", "August bank holiday"),
        Feast::monday(10, 31, "Dernier lundi d'octobre", "October bank holiday"),
        Feast::fixed(12, 25, "Noël", "Christmas Day"),
        Feast::fixed(12, 26, "Saint-Étienne", "St Stephen's Day"),
    ],
};

const EARLY_MAY: Feast = Feast::monday(5, 7, "Premier lundi de mai", "Early May bank holiday");
const SPRING: Feast = Feast::monday(5, 31, "Fête de printemps", "Spring bank holiday");
