//! baresip (Debian package `baresip-core`).
