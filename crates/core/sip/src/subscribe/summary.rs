//! The body of message-waiting news: application/simple-message-summary (RFC 3842 §5).

use std::fmt::Write as _;

use bytes::Bytes;

/// How many voice messages wait for a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageSummary {
    /// Not heard yet.
    pub new: u32,
    /// Heard and kept.
    pub old: u32,
}

impl MessageSummary {
    /// The body for the mailbox `account`, a SIP URI (RFC 3842 §5.2).
    pub(crate) fn print(self, account: &str) -> Bytes {
        let mut text = String::with_capacity(96);
        let waiting = if self.new > 0 { "yes" } else { "no" };
        write!(
            text,
            "Messages-Waiting: {waiting}\r\nMessage-Account: {account}\r\n\
             Voice-Message: {}/{}\r\n",
            self.new, self.old
        )
        .expect("writing to a String does not fail");
        Bytes::from(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_as_the_rfc_shows() {
        let body = MessageSummary { new: 2, old: 8 }.print("sip:alice@vmail.example.com");
        assert_eq!(
            &body[..],
            &b"Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\n\
               Voice-Message: 2/8\r\n"[..]
        );
        assert!(
            MessageSummary { new: 0, old: 1 }
                .print("sip:a@b")
                .starts_with(b"Messages-Waiting: no")
        );
    }
}
