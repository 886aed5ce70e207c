//! (room tenant)
