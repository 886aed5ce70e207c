//! Findings from message texts, in virtual time.
