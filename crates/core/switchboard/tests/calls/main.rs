//! Whole calls without a socket, in virtual time.
#![allow(missing_docs)]

mod edges;
mod hand;
mod many_calls;
mod outside;
mod reload;
mod support;
mod whole_call;
