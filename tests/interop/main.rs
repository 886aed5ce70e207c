//! The engine against real counterparts: SIPp, baresip, linphone. Debian's packages, installed by
//! `cargo xtask test`.
#![allow(missing_docs)]

mod sipp;
