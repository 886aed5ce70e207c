//! Trunks: the carriers and PBXs we exchange calls with.
//!
//! [`Carriers`] is the machine. Inward it says which trunk sent a call ([`Carriers::arrival`], by
//! source address or by the Contact we registered) and what number was meant by what it wrote
//! ([`Settings::to_e164`]). Outward it says which trunks take a number ([`Carriers::routes`]) and
//! whether an INVITE may be sent ([`Carriers::admit`]): what a company may call and spend
//! ([`Policy`]), what a trunk may carry ([`Caps`]), and that a call for help always may. It keeps
//! every trunk's health, and wants probes and registrations; who carries them is not its business.
//!
//! [`Settings`] and [`Policies`] are files; this room never learns how a trunk is reached.

mod allowance;
mod arrival;
mod barred;
mod carriers;
mod destination;
mod emergency;
mod form;
mod health;
mod identity;
mod policy;
mod rewrite;
mod route;
mod settings;
mod source;

pub use allowance::Used;
pub use arrival::{MAX_SOURCES, Problem, Trunks};
pub use barred::Barred;
pub use carriers::{Asker, Carriers, DrainedBy, Output, Registration, TrunkState};
pub use destination::{Area, BadArea, Destination, Kind, Prefix};
pub use emergency::{emergency_numbers, is_emergency};
pub use form::{BadStyle, Form, Style};
pub use health::{MAX_MISSES, Probe, Reach};
pub use identity::{Asserted, BadHeader, Diverted, FromUser, Identity, Showing, Shown};
pub use policy::{BadCost, Cost, MAX_PRICES, Policies, Policy, Prices};
pub use route::{MAX_HELP_ROUTES, MAX_ROUTES, Standing, Verdict, verdict};
pub use settings::{
    Bare, Called, Caps, Host, Login, Register, Settings, Transport, USUAL_PATIENCE, USUAL_PRIORITY,
    USUAL_WEIGHT,
};
pub use source::{BadSource, Source};
