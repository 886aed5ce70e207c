//! Datagrams of STUN and DTLS at a browser's media port: of strangers, and of the browser itself, whose
//! checks are good. Whatever comes, strangers are not answered and there are no keys without a handshake.
//! The input is a row of datagrams, each behind a byte that says from whom it is and a byte with its length.
#![no_main]

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use rappel_model::{Instant, Random};
use rappel_rtp::association::News;
use rappel_rtp::peering::{Credentials, Role};
use rappel_rtp::{Association, Fingerprint, Identity, Peering};

fuzz_target!(|data: &[u8]| {
    let stranger: SocketAddr = "203.0.113.9:9".parse().expect("an address");
    let browser: SocketAddr = "198.51.100.7:40000".parse().expect("an address");
    let credentials = |seed| Credentials::drawn(&mut Random::from_seed(seed));
    let peering = Peering {
        ours: credentials(1),
        theirs: credentials(2),
        fingerprint: Fingerprint([7; 32]),
        role: if data.len() % 2 == 0 {
            Role::Active
        } else {
            Role::Passive
        },
    };
    let mut now = Instant::ZERO;
    let mut ours = Association::new(now, identity(), peering.clone());
    let mut good = [0; 256];
    let length = check(&peering, &mut good);
    assert!(ours.handle_datagram(now, browser, &good[..length], &mut |_, _| ()));
    assert_eq!(ours.target(), Some(browser));
    let mut rest = data;
    while let [from, length, after @ ..] = rest {
        let (datagram, after) = after.split_at(usize::from(*length).min(after.len()));
        now = Instant::from_micros(now.as_micros() + 20_000);
        let is_stranger = from % 2 == 0;
        let at = if is_stranger { stranger } else { browser };
        let mut said = 0;
        let mut send = |to, _: &[u8]| {
            assert_eq!(to, browser, "nobody else is spoken to");
            said += 1;
        };
        let theirs = ours.handle_datagram(now, at, datagram, &mut send);
        assert!(!(is_stranger && theirs), "a stranger was believed");
        assert!(
            theirs || said == 0,
            "what is not the peer's is met with silence"
        );
        ours.handle_timeout(now, &mut |_, _| ());
        let news = ours.poll_news();
        assert!(!matches!(news, Some(News::Keys(_))), "keys out of nothing");
        assert_eq!(ours.target(), Some(browser));
        rest = after;
    }
});

/// A good check.
fn check(peering: &Peering, out: &mut [u8]) -> usize {
    use is::stun::{StunMessage, TransId};
    use is::{DefaultSha1HmacProvider, Sha1HmacProvider};
    let name = format!("{}:{}", peering.ours.name(), peering.theirs.name());
    let check = StunMessage::binding_request(&name, TransId::new(), true, 7, 100, true);
    let hmac = |key: &[u8], parts: &[&[u8]]| DefaultSha1HmacProvider.sha1_hmac(key, parts);
    let password = peering.ours.password().as_bytes();
    check.to_bytes(Some(password), out, hmac).expect("it fits")
}

/// A certificate whose key everybody knows.
fn identity() -> Arc<Identity> {
    static ONE: OnceLock<Arc<Identity>> = OnceLock::new();
    let identity = ONE.get_or_init(|| {
        let certificate = include_bytes!("../src/certificate.der").to_vec();
        let key = include_bytes!("../src/key.der").to_vec();
        let identity = Identity::new(certificate, key, std::time::Instant::now());
        Arc::new(identity.expect("ciphers"))
    });
    Arc::clone(identity)
}
