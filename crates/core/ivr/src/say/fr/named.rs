//! French pieces with a name of their own.

use rappel_model::Currency;

use crate::say::format::Gender;
use crate::say::vocabulary::{Region, Table};

/// A currency: its gender and its keys.
pub(super) struct Noun {
    pub(super) gender: Gender,
    pub(super) one: &'static str,
    pub(super) many: &'static str,
    /// After a whole number of millions: "d'euros".
    pub(super) of_many: &'static str,
}

pub(super) fn noun(currency: Currency) -> Noun {
    let [one, many, of_many] = match currency {
        Currency::Euro => ["money/euro", "money/euros", "money/of-euros"],
        Currency::Pound => ["money/pound", "money/pounds", "money/of-pounds"],
        Currency::Dollar => ["money/dollar", "money/dollars", "money/of-dollars"],
        Currency::CanadianDollar => [
            "money/canadian-dollar",
            "money/canadian-dollars",
            "money/of-canadian-dollars",
        ],
        Currency::SwissFranc => [
            "money/swiss-franc",
            "money/swiss-francs",
            "money/of-swiss-francs",
        ],
    };
    let gender = match currency {
        Currency::Pound => Gender::Feminine,
        _ => Gender::Masculine,
    };
    Noun {
        gender,
        one,
        many,
        of_many,
    }
}

/// The hundredth of a currency: one, several.
pub(super) fn cents(currency: Currency) -> [&'static str; 2] {
    match currency {
        Currency::Euro | Currency::SwissFranc => ["money/centime", "money/centimes"],
        Currency::Pound => ["money/penny", "money/pence"],
        Currency::Dollar | Currency::CanadianDollar => ["money/cent", "money/cents"],
    }
}

/// What a region says otherwise: its own currency needs no country.
pub(super) fn regional(region: Region) -> Table {
    match region {
        Region::Switzerland => &[
            ("money/swiss-franc", "franc"),
            ("money/swiss-francs", "francs"),
            ("money/of-swiss-francs", "de francs"),
        ],
        Region::Canada => &[
            ("money/dollar", "dollar américain"),
            ("money/dollars", "dollars américains"),
            ("money/of-dollars", "de dollars américains"),
            ("money/canadian-dollar", "dollar"),
            ("money/canadian-dollars", "dollars"),
            ("money/of-canadian-dollars", "de dollars"),
        ],
        _ => &[],
    }
}

pub(super) const NAMED: Table = &[
    ("number/thousand", "mille"),
    ("number/million", "million"),
    ("number/millions", "millions"),
    ("number/minus", "moins"),
    ("ordinal/one", "unième"),
    ("ordinal/thousand", "millième"),
    ("ordinal/million", "millionième"),
    ("digit/star", "étoile"),
    ("digit/hash", "dièse"),
    ("digit/plus", "plus"),
    ("time/hour", "heure"),
    ("time/hours", "heures"),
    ("time/day", "jour"),
    ("time/days", "jours"),
    ("time/half", "et demie"),
    ("time/midday", "midi"),
    ("time/midnight", "minuit"),
    ("join/and", "et"),
    ("join/at", "à"),
    ("join/between", "entre"),
    ("wait/less", "à moins de"),
    ("wait/less-minute", "à moins d'une minute"),
    ("wait/less-hour", "à moins d'une heure"),
    ("wait/more", "à plus de"),
    ("wait/more-minute", "à plus d'une minute"),
    ("wait/more-hour", "à plus d'une heure"),
    ("day/today", "aujourd'hui"),
    ("day/tomorrow", "demain"),
    ("day/1", "lundi"),
    ("day/2", "mardi"),
    ("day/3", "mercredi"),
    ("day/4", "jeudi"),
    ("day/5", "vendredi"),
    ("day/6", "samedi"),
    ("day/7", "dimanche"),
    ("month/1", "janvier"),
    ("month/2", "février"),
    ("month/3", "mars"),
    ("month/4", "avril"),
    ("month/5", "mai"),
    ("month/6", "juin"),
    ("month/7", "juillet"),
    ("month/8", "août"),
    ("month/9", "septembre"),
    ("month/10", "octobre"),
    ("month/11", "novembre"),
    ("month/12", "décembre"),
    ("money/euro", "euro"),
    ("money/euros", "euros"),
    ("money/of-euros", "d'euros"),
    ("money/pound", "livre sterling"),
    ("money/pounds", "livres sterling"),
    ("money/of-pounds", "de livres sterling"),
    ("money/dollar", "dollar"),
    ("money/dollars", "dollars"),
    ("money/of-dollars", "de dollars"),
    ("money/canadian-dollar", "dollar canadien"),
    ("money/canadian-dollars", "dollars canadiens"),
    ("money/of-canadian-dollars", "de dollars canadiens"),
    ("money/swiss-franc", "franc suisse"),
    ("money/swiss-francs", "francs suisses"),
    ("money/of-swiss-francs", "de francs suisses"),
    ("money/centime", "centime"),
    ("money/centimes", "centimes"),
    ("money/cent", "cent"),
    ("money/cents", "cents"),
    ("money/penny", "penny"),
    ("money/pence", "pence"),
    ("letter/a", "a"),
    ("letter/b", "b"),
    ("letter/c", "c"),
    ("letter/d", "d"),
    ("letter/e", "e"),
    ("letter/f", "f"),
    ("letter/g", "g"),
    ("letter/h", "h"),
    ("letter/i", "i"),
    ("letter/j", "j"),
    ("letter/k", "k"),
    ("letter/l", "l"),
    ("letter/m", "m"),
    ("letter/n", "n"),
    ("letter/o", "o"),
    ("letter/p", "p"),
    ("letter/q", "q"),
    ("letter/r", "r"),
    ("letter/s", "s"),
    ("letter/t", "t"),
    ("letter/u", "u"),
    ("letter/v", "v"),
    ("letter/w", "w"),
    ("letter/x", "x"),
    ("letter/y", "y"),
    ("letter/z", "z"),
    ("letter/a-grave", "a accent grave"),
    ("letter/a-circumflex", "a accent circonflexe"),
    ("letter/a-diaeresis", "a tréma"),
    ("letter/c-cedilla", "c cédille"),
    ("letter/e-grave", "e accent grave"),
    ("letter/e-acute", "e accent aigu"),
    ("letter/e-circumflex", "e accent circonflexe"),
    ("letter/e-diaeresis", "e tréma"),
    ("letter/i-circumflex", "i accent circonflexe"),
    ("letter/i-diaeresis", "i tréma"),
    ("letter/o-circumflex", "o accent circonflexe"),
    ("letter/o-diaeresis", "o tréma"),
    ("letter/u-grave", "u accent grave"),
    ("letter/u-circumflex", "u accent circonflexe"),
    ("letter/u-diaeresis", "u tréma"),
    ("letter/dash", "tiret"),
    ("letter/dot", "point"),
    ("letter/at", "arobase"),
    ("letter/underscore", "tiret bas"),
    ("letter/slash", "barre oblique"),
    ("letter/apostrophe", "apostrophe"),
    ("letter/ampersand", "et commercial"),
];
