//! Whom a tenant may call or write to, and when: `[outbound]`, else the rule of its country (R6xx).

use jiff::civil::Weekday;
use rappel_ivr::{Words, words};
use rappel_model::calendar::{Calendar, Openings, Span};
use rappel_model::{CalendarName, Country, Language};

use crate::calendars::read_openings;
use crate::codes;
use crate::fields::Fields;
use crate::names::{Kind, Names};
use crate::problems::Problems;

/// What a company may do towards people outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Outbound {
    /// Its own rule about hours, if it wrote one.
    pub hours: Option<Hours>,
    /// The only countries it may call; `None` leaves that to each queue.
    pub destinations: Option<Vec<Country>>,
    /// Its country: the rules about hours where it has none of its own, and the country called when
    /// nothing else is said.
    pub country: Country,
}

/// When people outside may be called or written to.
#[derive(Clone, Debug, PartialEq)]
pub enum Hours {
    /// The same stretches every day.
    Daily(Openings),
    /// As a calendar says.
    Calendar(CalendarName, Box<Calendar>),
}

/// Why somebody is called or written to: other hours are decent for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// They asked for it.
    Asked,
    /// Something is offered to them.
    Commercial,
}

/// Reads `[outbound]`. The calendars are known by now.
pub(crate) fn read(
    names: &mut Names<'_>,
    calendars: &std::collections::BTreeMap<CalendarName, Calendar>,
    country: Country,
    problems: &mut Problems,
) -> Outbound {
    let mut outbound = Outbound {
        hours: None,
        destinations: None,
        country,
    };
    let Some(mut fields) = names.take("outbound") else {
        return outbound;
    };
    outbound.hours = read_hours(&mut fields, names, calendars, problems);
    outbound.destinations = read_countries(&mut fields, "destinations", problems);
    fields.finish(problems);
    outbound
}

/// `hours`: the name of a calendar, or the stretches of every day.
fn read_hours(
    fields: &mut Fields<'_>,
    names: &Names<'_>,
    calendars: &std::collections::BTreeMap<CalendarName, Calendar>,
    problems: &mut Problems,
) -> Option<Hours> {
    if fields.value("hours")?.get_ref().as_str().is_some() {
        let name = names.refer(fields, "hours", Kind::Calendar, problems)?;
        let calendar = calendars.get(name)?.clone();
        return Some(Hours::Calendar(
            CalendarName::from(name),
            Box::new(calendar),
        ));
    }
    let texts = fields.texts("hours", problems)?;
    read_openings(fields, texts, problems).map(Hours::Daily)
}

/// A list of countries, each once.
pub(crate) fn read_countries(
    fields: &mut Fields<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<Vec<Country>> {
    let texts = fields.texts(key, problems)?;
    if texts.is_empty() {
        let place = fields.span_of(key);
        let message = words!("\"{key}\" is empty", "« {key} » est vide");
        let problem = fields.error(codes::DESTINATION, place, message);
        problems.push(problem.remedy(words!(
            "write the countries that may be called: [\"FR\", \"BE\"]",
            "écrivez les pays que l'on peut appeler : [\"FR\", \"BE\"]"
        )));
        return None;
    }
    let mut countries = Vec::new();
    for text in texts {
        let written = text.value;
        match Country::parse(written) {
            None => {
                let message = words!(
                    "\"{written}\" is no country",
                    "« {written} » n'est pas un pays"
                );
                let problem = fields.error(codes::BAD_VALUE, text.span, message);
                problems.push(problem.label(words!(
                    "write two capital letters, like FR, BE or CH",
                    "écrivez deux majuscules, comme FR, BE ou CH"
                )));
            }
            Some(country) if countries.contains(&country) => {
                let message = words!(
                    "\"{written}\" is listed twice",
                    "« {written} » figure deux fois"
                );
                problems.push(fields.error(codes::TWICE, text.span, message));
            }
            Some(country) => countries.push(country),
        }
    }
    Some(countries)
}

impl Outbound {
    /// When people may be called or written to on `day`.
    fn permitted(&self, purpose: Purpose, day: Weekday) -> Openings {
        match &self.hours {
            Some(Hours::Daily(openings)) => openings.clone(),
            Some(Hours::Calendar(_, calendar)) => calendar.week()[day_index(day)].clone(),
            None => rule(self.country, purpose, day),
        }
    }

    /// The first day of the week on which `calendar` is open when nobody may be called, with what
    /// would be permitted.
    pub(crate) fn calendar_outside(
        &self,
        calendar: &Calendar,
        purpose: Purpose,
    ) -> Option<(Weekday, Openings)> {
        DAYS.into_iter().find_map(|day| {
            let permitted = self.permitted(purpose, day);
            let within = calendar.week()[day_index(day)].within(&permitted);
            (!within).then_some((day, permitted))
        })
    }

    /// Stretches written without days: they are outside when no day of the week permits them. On a day
    /// that permits less, the engine keeps to the rule.
    pub(crate) fn hours_outside(&self, hours: &Openings, purpose: Purpose) -> Option<Openings> {
        let fits = DAYS
            .into_iter()
            .any(|day| hours.within(&self.permitted(purpose, day)));
        (!fits).then(|| self.permitted(purpose, Weekday::Tuesday))
    }

    /// Where the rule about hours comes from.
    pub(crate) fn rule_words(&self, purpose: Purpose) -> Words {
        let country = self.country;
        match (&self.hours, purpose) {
            (Some(_), _) => words!("by [outbound] hours", "d'après [outbound] hours"),
            (None, Purpose::Asked) => words!(
                "people are called in the daytime unless [outbound] hours says otherwise",
                "on appelle les gens le jour, sauf si [outbound] hours en dit autrement"
            ),
            (None, Purpose::Commercial) => {
                match LAWS.iter().find(|law| law.country == country.as_str()) {
                    Some(law) => {
                        let source = law.source;
                        words!(
                            "the rule of {country}: {source}",
                            "la règle en vigueur ({country}) : {source}"
                        )
                    }
                    None => words!(
                        "no rule is known for {country}: office hours are kept",
                        "aucune règle connue pour {country} : heures de bureau"
                    ),
                }
            }
        }
    }

    /// Whether a number of this country may be called.
    pub(crate) fn may_call(&self, country: Country) -> bool {
        let only = self.destinations.as_ref();
        only.is_none_or(|only| only.contains(&country))
    }
}

/// What a law permits: stretches on weekdays, on Saturdays and on Sundays, as minutes of the day.
struct Law {
    country: &'static str,
    source: &'static str,
    weekdays: &'static [(u16, u16)],
    saturday: &'static [(u16, u16)],
    sunday: &'static [(u16, u16)],
}

/// Hours of commercial calls and texts by country, where a law says them.
const LAWS: &[Law] = &[
    Law {
        country: "FR",
        source: "décret 2022-1313, C. conso. D. 223-9",
        weekdays: &[(600, 780), (840, 1200)],
        saturday: &[],
        sunday: &[],
    },
    Law {
        country: "ES",
        source: "RDL 1/2007, art. 96.2",
        weekdays: &[(540, 1260)],
        saturday: &[],
        sunday: &[],
    },
    Law {
        country: "CA",
        source: "CRTC, Unsolicited Telecommunications Rules, III.23",
        weekdays: &[(540, 1290)],
        saturday: &[(600, 1080)],
        sunday: &[(600, 1080)],
    },
    Law {
        country: "US",
        source: "47 CFR 64.1200(c)(1)",
        weekdays: &[(480, 1260)],
        saturday: &[(480, 1260)],
        sunday: &[(480, 1260)],
    },
];

/// Where no law is known, office hours.
const NO_LAW: Law = Law {
    country: "",
    source: "",
    weekdays: &[(540, 1200)],
    saturday: &[(540, 1200)],
    sunday: &[],
};

/// A call that somebody asked for is no commercial call in any of these laws; still nobody is woken.
const DAYTIME: (u16, u16) = (480, 1320);

fn rule(country: Country, purpose: Purpose, day: Weekday) -> Openings {
    let law = LAWS.iter().find(|law| law.country == country.as_str());
    let law = law.unwrap_or(&NO_LAW);
    let minutes = match (purpose, day) {
        (Purpose::Asked, _) => &[DAYTIME][..],
        (Purpose::Commercial, Weekday::Saturday) => law.saturday,
        (Purpose::Commercial, Weekday::Sunday) => law.sunday,
        (Purpose::Commercial, _) => law.weekdays,
    };
    let spans = minutes.iter().map(|(from, to)| Span {
        from: time(*from),
        to: time(*to),
    });
    Openings::new(spans.collect()).expect("the stretches of the table do not overlap")
}

fn time(minute: u16) -> jiff::civil::Time {
    let (hour, minute) = (minute / 60, minute % 60);
    jiff::civil::time(hour as i8, minute as i8, 0, 0)
}

fn day_index(day: Weekday) -> usize {
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

/// The country that a company most likely is in: of its number, else of its first language.
pub(crate) fn guess_country(
    number: Option<&rappel_model::PhoneNumber>,
    first: &Language,
) -> Country {
    let by_number = number.and_then(Country::of);
    let by_language = first.as_str().split_once('-');
    let by_language = by_language.and_then(|(_, country)| Country::parse(country));
    let plain = if first.as_str() == "en" {
        Country::parse("GB")
    } else {
        None
    };
    by_number
        .or(by_language)
        .or(plain)
        .unwrap_or(Country::FRANCE)
}

/// The stretches, as operators write them; `None` of them in words.
pub(crate) fn shown(openings: &Openings) -> Words {
    let spans: Vec<_> = openings.spans().iter().map(ToString::to_string).collect();
    if spans.is_empty() {
        return words!("nothing", "rien");
    }
    Words::same(spans.join(", "))
}

/// Monday first.
const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];
