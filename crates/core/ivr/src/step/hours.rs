//! `hours`: where are we in a calendar?

use std::sync::Arc;
use std::time::Duration;

use rappel_model::calendar::State;
use rappel_model::person::Availability;
use rappel_model::{CalendarName, PersonName};

use super::{
    Answers, Fault, Key, Kind, Otherwise, Outcome, Presence, Reading, Step, Turn, Verb, Voice, Work,
};
use crate::engine::Desk;
use crate::words;
use crate::words::Help;

/// `hours`.
pub(super) const VERB: Verb = Verb {
    name: "hours",
    keys: &[
        Key::new("calendar", Kind::Calendar, None, "opening hours").fr("les horaires"),
        Key::new(
            "person",
            Kind::Person,
            None,
            "their own hours and absences instead",
        )
        .fr("les horaires et absences d'une personne, à la place"),
        Key::new(
            "soon",
            Kind::Duration("1m", "1d"),
            Some("15m"),
            "on.soon when it opens within this",
        )
        .fr("on.soon quand l'ouverture est plus proche que cela"),
    ],
    outcomes: &[
        Outcome::new("open", Otherwise::Required, "it is open").fr("c'est ouvert"),
        Outcome::new("closed", Otherwise::Required, "it is closed").fr("c'est fermé"),
        Outcome::new(
            "lunch",
            Otherwise::As("on.closed"),
            "between two openings of one day",
        )
        .fr("entre deux ouvertures d'un même jour"),
        Outcome::new("holiday", Otherwise::As("on.closed"), "a public holiday").fr("un jour férié"),
        Outcome::new(
            "exception",
            Otherwise::As("on.closed"),
            "closed on an exceptional day, or the person is away",
        )
        .fr("fermé par exception, ou la personne est absente"),
        Outcome::new("soon", Otherwise::Never, "closed, and opening shortly")
            .fr("fermé, mais l'ouverture est proche"),
    ],
    next: Presence::None,
    press: Presence::None,
    answers: Answers::No,
    after_hangup: true,
    waits: false,
    voice: Voice::Quiet,
    internal: false,
    help: Help {
        en: "Asks where we are in the opening hours of a calendar or of a person.",
        fr: "Regarde où nous en sommes dans les horaires d'un calendrier ou d'une personne.",
    },
    example: r#"do = "hours"
calendar = "magasin"
on.open = "accueil"
on.lunch = "midi"
on.closed = "ferme""#,
    served: true,
    read,
};

#[derive(Clone, Debug)]
struct Hours {
    calendar: Option<CalendarName>,
    person: Option<PersonName>,
    /// Only when `on.soon` is given: otherwise closed is closed.
    soon: Option<Duration>,
}

fn read(keys: &Reading) -> Result<Arc<dyn Step>, Fault> {
    let calendar = keys.name("calendar").map(CalendarName::from);
    let person = keys.name("person").map(PersonName::from);
    if calendar.is_some() == person.is_some() {
        let message = words!(
            "\"hours\" needs either \"calendar\" or \"person\"",
            "il faut à « hours » soit « calendar », soit « person »"
        );
        return Err(Fault::new(
            "R103",
            calendar.is_some().then_some("person"),
            message,
        ));
    }
    Ok(Arc::new(Hours {
        calendar,
        person,
        soon: keys.on.contains("soon").then(|| keys.duration("soon")),
    }))
}

impl Step for Hours {
    fn begin(self: Arc<Self>) -> Box<dyn Work> {
        Box::new((*self).clone())
    }
}

impl Work for Hours {
    fn enter(&mut self, desk: &mut Desk<'_>) -> Turn {
        let mut name = self.calendar.clone();
        if let Some(person) = &self.person {
            let Some(person) = desk.around.people.persons.get(person) else {
                return Turn::Fail("no_person");
            };
            if let Availability::Absent(..) = desk.around.availability(person, desk.now.wall) {
                return Turn::leave("on.exception");
            }
            match &person.hours {
                Some(hours) => name = Some(hours.clone()),
                None => return Turn::leave("on.open"),
            }
        }
        let Some(calendar) = name.and_then(|name| desk.around.calendars.get(&name)) else {
            return Turn::Fail("no_calendar");
        };
        let state = calendar.state_at(desk.now.wall);
        if state == State::Open {
            return Turn::leave("on.open");
        }
        let next = calendar.next_open(desk.now.wall);
        if let (Some(soon), Some(next)) = (self.soon, next)
            && next.since(desk.now.wall) <= soon
        {
            return Turn::leave("on.soon");
        }
        Turn::leave(match state {
            State::Lunch => "on.lunch",
            State::Holiday => "on.holiday",
            State::Exception => "on.exception",
            State::Open | State::Closed => "on.closed",
        })
    }
}
