//! Addresses that mean another machine wherever they are read: a stranger who names one in SDP would have us
//! send voice to ourselves, to our neighbours, or to what a provider of machines keeps there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a peer to whom we are shown as `local` can be at `ip`. Loopback is for who sees us there (a phone or
/// a proxy on this machine), link-local addresses of IPv4 (RFC 3927) for who sees us at one, or on this
/// machine; those of IPv6 say nothing without a zone (RFC 4007 §11), which SDP cannot name. Where clouds tell
/// machines their secrets nobody is, and nobody at `0.0.0.0/8` (RFC 6890).
pub(super) fn is_reachable(ip: IpAddr, local: IpAddr) -> bool {
    let (ip, local) = (ip.to_canonical(), local.to_canonical());
    if METADATA.contains(&ip) {
        return false;
    }
    match ip {
        // The unspecified address itself says that there is none yet.
        IpAddr::V4(v4) if v4.octets()[0] == 0 => v4.is_unspecified(),
        _ if ip.is_loopback() => local.is_loopback(),
        IpAddr::V4(v4) if v4.is_link_local() => is_near(local) || local.is_loopback(),
        IpAddr::V6(v6) => !v6.is_unicast_link_local(),
        IpAddr::V4(_) => true,
    }
}

fn is_near(local: IpAddr) -> bool {
    matches!(local, IpAddr::V4(v4) if v4.is_link_local())
}

/// Where clouds answer the machines they run.
const METADATA: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_another_machine_is_only_for_who_is_on_it() {
        let (elsewhere, here, near) = ("192.0.2.1", "127.0.0.1", "169.254.3.4");
        let (elsewhere6, here6, near6) = ("2001:db8::1", "::1", "fe80::1");
        for (ip, local, reached) in [
            ("203.0.113.5", elsewhere, true),
            ("10.0.0.5", elsewhere, true),
            ("127.0.0.1", elsewhere, false),
            ("127.8.9.10", elsewhere, false),
            ("127.0.0.2", here, true),
            ("203.0.113.5", here, true),
            ("169.254.1.2", elsewhere, false),
            ("169.254.1.2", near, true),
            ("169.254.1.2", here, true),
            ("169.254.169.254", elsewhere, false),
            ("169.254.169.254", near, false),
            ("169.254.169.254", here, false),
            ("0.1.2.3", here, false),
            ("::1", elsewhere6, false),
            ("::1", here6, true),
            ("fe80::2", elsewhere6, false),
            ("fe80::2", near6, false),
            ("fe80::2", here6, false),
            ("fd00:ec2::254", elsewhere6, false),
            ("fd00::2", elsewhere6, true),
            ("::ffff:127.0.0.1", elsewhere6, false),
            ("::ffff:169.254.169.254", here6, false),
        ] {
            let (at, us) = (ip.parse().unwrap(), local.parse().unwrap());
            assert_eq!(is_reachable(at, us), reached, "{ip} from {local}");
        }
    }
}
