//! (room switchboard)
