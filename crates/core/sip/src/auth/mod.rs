//! Digest authentication (RFC 7616, RFC 8760, RFC 3261 §22): the hash, the side that asks and the
//! side that answers.

mod answer;
mod challenge;
mod digest;
mod prover;

pub use answer::{Account, answer};
pub use challenge::{Authenticator, NONCE_LIFETIME, Policy, Verdict};
pub use digest::{Algorithm, Proof, Qop, ha1};
pub(crate) use prover::{Answered, Prover};
