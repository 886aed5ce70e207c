//! Whole calls without a socket, in virtual time.
#![allow(missing_docs)]

mod browsers;
mod busy_day;
mod conference;
mod dial_out;
mod diversions;
mod edges;
mod forward;
mod hand;
mod help;
mod many_calls;
mod media_rules;
mod office;
mod outside;
mod relayed;
mod reload;
mod self_test;
mod semi_attended;
mod stopping;
mod supervise;
mod support;
mod taping;
mod transfers;
mod trunks;
mod whole_call;
