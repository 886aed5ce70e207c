//! (room call)
