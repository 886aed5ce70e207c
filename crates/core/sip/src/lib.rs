//! SIP signalling: RFC 3261 and family.
