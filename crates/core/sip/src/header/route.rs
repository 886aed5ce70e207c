//! Route and Record-Route: the proxies on the way (RFC 3261 §20.30, §20.34).

use std::fmt;

use super::name_addr::address_header;
use super::{BadValue, Name, NameAddr, TypedHeader};

address_header!(
    /// One hop a request must visit (RFC 3261 §20.34).
    Route, Name::Route, true
);
address_header!(
    /// One proxy that stays in the path (RFC 3261 §20.30).
    RecordRoute, Name::RecordRoute, true
);
