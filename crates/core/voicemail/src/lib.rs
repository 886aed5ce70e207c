//! (room voicemail)
