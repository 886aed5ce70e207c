//! linphonec (Debian package `linphone-cli`).
