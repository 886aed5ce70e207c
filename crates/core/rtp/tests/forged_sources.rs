//! Forged packets of a million sources cost no memory: what `webrtc-srtp` would keep of each before
//! it has checked a tag is thrown away by the gate in front of it.

use allocation_counter::measure;
use rappel_rtp::srtp::{Keys, MAX_KEY, MasterKey, Secured, Suite};

#[test]
fn a_million_forged_sources_leave_nothing_behind() {
    let suite = Suite::AesCm128HmacSha1_80;
    let key = |byte: u8| MasterKey::new(suite, &[byte; MAX_KEY]);
    let mut session = Secured::new(Keys {
        suite,
        ours: key(1),
        theirs: key(2),
    });
    let mut forged = [0x5a_u8; 182];
    forged[..2].copy_from_slice(&[0x80, 0]);
    let mut report = [0x5a_u8; 46];
    report[..4].copy_from_slice(&[0x80, 201, 0, 1]);
    let attack = measure(|| {
        for source in 0..FORGED {
            forged[8..12].copy_from_slice(&source.to_be_bytes());
            assert_eq!(session.unprotect(&mut forged.clone()), None);
            report[4..8].copy_from_slice(&source.to_be_bytes());
            assert_eq!(session.unprotect_control(&mut report.clone()), None);
        }
    });
    let kept = attack.bytes_current;
    assert!(kept < KEPT, "{FORGED} forged sources left {kept} bytes");
}

const FORGED: u32 = 1_000_000;

/// One context on probation for each kind of packet, with the sources it saw last.
const KEPT: i64 = 16 * 1024;
