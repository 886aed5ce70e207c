//! (room trunk)
