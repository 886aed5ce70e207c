//! The words all rooms share: identities, time, chance, telephone numbers, calendars, people, the
//! diary and the records. Data, arithmetic and validation; nothing in this room acts.

pub mod calendar;
pub mod event;
pub mod ids;
pub mod mailbox;
pub mod money;
pub mod number;
pub mod person;
pub mod privacy;
pub mod random;
pub mod record;
pub mod sound;
pub mod time;

pub use event::{Event, Fact};
pub use ids::*;
pub use money::{Currency, Money};
pub use number::PhoneNumber;
pub use privacy::{Redacted, Secret};
pub use random::Random;
pub use sound::{Sound, Tone};
pub use time::{Deadline, Instant, Now, Timestamp};
