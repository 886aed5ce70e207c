//! Sockets: the SIP transports and the pacing threads of media. This room moves bytes and decides
//! nothing.
//!
//! [`sip`] lives on the tokio pool. A datagram, or a message cut out of a connection, passes the
//! guard, is parsed, and enters the control thread's inbox; [`sip::Sender`] takes what the control
//! thread puts out, without ever making it wait.
//!
//! [`dns`] asks name servers where requests to a name go.
//!
//! [`media`] is threads of its own. Each owns a [`rappel_media::Engine`] and the UDP ports bound
//! ahead for it; it is woken every 20 ms by a timer of the kernel and at once by packets of bridged
//! calls. Orders come in and news goes out by bounded channels that nobody waits at.

pub mod clock;
pub mod dns;
pub mod http;
pub mod media;
pub mod sip;

pub use clock::Clock;
