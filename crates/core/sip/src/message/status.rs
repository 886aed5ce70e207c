//! Status codes and the phrases the RFCs give them.

use std::fmt;

/// A status code from 100 to 699.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

macro_rules! statuses {
    ($($name:ident, $code:literal, $phrase:literal;)*) => {
        #[allow(missing_docs)] // the phrase is the meaning
        impl StatusCode {
            $(#[doc = $phrase] pub const $name: Self = Self($code);)*
        }

        fn phrase(code: u16) -> Option<&'static str> {
            match code {
                $($code => Some($phrase),)*
                _ => None,
            }
        }
    };
}

statuses! {
    TRYING, 100, "Trying";
    RINGING, 180, "Ringing";
    FORWARDED, 181, "Call Is Being Forwarded";
    QUEUED, 182, "Queued";
    SESSION_PROGRESS, 183, "Session Progress";
    OK, 200, "OK";
    ACCEPTED, 202, "Accepted";
    NO_NOTIFICATION, 204, "No Notification";
    MULTIPLE_CHOICES, 300, "Multiple Choices";
    MOVED_PERMANENTLY, 301, "Moved Permanently";
    MOVED_TEMPORARILY, 302, "Moved Temporarily";
    USE_PROXY, 305, "Use Proxy";
    ALTERNATIVE_SERVICE, 380, "Alternative Service";
    BAD_REQUEST, 400, "Bad Request";
    UNAUTHORIZED, 401, "Unauthorized";
    PAYMENT_REQUIRED, 402, "Payment Required";
    FORBIDDEN, 403, "Forbidden";
    NOT_FOUND, 404, "Not Found";
    METHOD_NOT_ALLOWED, 405, "Method Not Allowed";
    NOT_ACCEPTABLE, 406, "Not Acceptable";
    PROXY_AUTHENTICATION_REQUIRED, 407, "Proxy Authentication Required";
    REQUEST_TIMEOUT, 408, "Request Timeout";
    GONE, 410, "Gone";
    CONDITIONAL_REQUEST_FAILED, 412, "Conditional Request Failed";
    REQUEST_ENTITY_TOO_LARGE, 413, "Request Entity Too Large";
    REQUEST_URI_TOO_LONG, 414, "Request-URI Too Long";
    UNSUPPORTED_MEDIA_TYPE, 415, "Unsupported Media Type";
    UNSUPPORTED_URI_SCHEME, 416, "Unsupported URI Scheme";
    BAD_EXTENSION, 420, "Bad Extension";
    EXTENSION_REQUIRED, 421, "Extension Required";
    SESSION_INTERVAL_TOO_SMALL, 422, "Session Interval Too Small";
    INTERVAL_TOO_BRIEF, 423, "Interval Too Brief";
    ANONYMITY_DISALLOWED, 433, "Anonymity Disallowed";
    FIRST_HOP_LACKS_OUTBOUND, 439, "First Hop Lacks Outbound Support";
    BAD_INFO_PACKAGE, 469, "Bad Info Package";
    TEMPORARILY_UNAVAILABLE, 480, "Temporarily Unavailable";
    NO_SUCH_TRANSACTION, 481, "Call/Transaction Does Not Exist";
    LOOP_DETECTED, 482, "Loop Detected";
    TOO_MANY_HOPS, 483, "Too Many Hops";
    ADDRESS_INCOMPLETE, 484, "Address Incomplete";
    AMBIGUOUS, 485, "Ambiguous";
    BUSY_HERE, 486, "Busy Here";
    REQUEST_TERMINATED, 487, "Request Terminated";
    NOT_ACCEPTABLE_HERE, 488, "Not Acceptable Here";
    BAD_EVENT, 489, "Bad Event";
    REQUEST_PENDING, 491, "Request Pending";
    UNDECIPHERABLE, 493, "Undecipherable";
    SERVER_INTERNAL_ERROR, 500, "Server Internal Error";
    NOT_IMPLEMENTED, 501, "Not Implemented";
    BAD_GATEWAY, 502, "Bad Gateway";
    SERVICE_UNAVAILABLE, 503, "Service Unavailable";
    SERVER_TIMEOUT, 504, "Server Time-out";
    VERSION_NOT_SUPPORTED, 505, "Version Not Supported";
    MESSAGE_TOO_LARGE, 513, "Message Too Large";
    BUSY_EVERYWHERE, 600, "Busy Everywhere";
    DECLINE, 603, "Decline";
    DOES_NOT_EXIST_ANYWHERE, 604, "Does Not Exist Anywhere";
    NOT_ACCEPTABLE_ANYWHERE, 606, "Not Acceptable";
    UNWANTED, 607, "Unwanted";
}

impl StatusCode {
    /// A code from 100 to 699, else `None`.
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 699 {
            Some(Self(code))
        } else {
            None
        }
    }

    /// The number.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// The RFC's phrase; for a code without one, that of its class (RFC 3261 §8.1.3.2).
    pub fn reason(self) -> &'static str {
        let class = match self.0 / 100 {
            1 => "Session Progress",
            2 => "OK",
            3 => "Redirection",
            4 => "Request Failure",
            5 => "Server Failure",
            _ => "Global Failure",
        };
        phrase(self.0).unwrap_or(class)
    }

    /// 1xx.
    pub const fn is_provisional(self) -> bool {
        self.0 < 200
    }

    /// 2xx.
    pub const fn is_success(self) -> bool {
        self.0 >= 200 && self.0 < 300
    }

    /// 200 and above.
    pub const fn is_final(self) -> bool {
        self.0 >= 200
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
