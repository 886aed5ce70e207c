//! The words all rooms share: identities, time, chance, telephone numbers, calendars, people, queues,
//! campaigns, the diary and the records. Data, arithmetic and validation; nothing in this room acts.

pub mod calendar;
pub mod callback;
pub mod campaign;
pub mod country;
pub mod directory;
pub mod event;
pub mod follow;
pub mod ids;
pub mod key_way;
pub mod mailbox;
pub mod money;
pub mod network;
pub mod number;
pub mod numbering;
pub mod office;
pub mod person;
pub mod privacy;
pub mod queue;
pub mod random;
pub mod rate;
pub mod record;
pub mod secrecy;
pub mod sound;
pub mod table;
pub mod time;
pub mod trouble;
pub mod version;

pub use country::Country;
pub use event::{Event, Fact, Oversight, TrunkNews};
pub use ids::*;
pub use key_way::KeyWay;
pub use money::{Currency, Money};
pub use network::Network;
pub use number::PhoneNumber;
pub use office::Office;
pub use privacy::{Redacted, Secret};
pub use random::Random;
pub use rate::Rate;
pub use secrecy::Secrecy;
pub use sound::{Sound, Tone};
pub use table::Table;
pub use time::{Deadline, Instant, Now, Timestamp};
pub use trouble::Trouble;
pub use version::VersionId;
