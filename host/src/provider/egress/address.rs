//! The judgement of an IP address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// What an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The open internet.
    Public,
    /// This machine.
    Loopback,
    /// A private network (RFC 1918, RFC 4193): reached only if the operator wrote down the very address.
    Private,
    /// Never reached: metadata services, link-local, shared (RFC 6598), multicast, documentation, reserved.
    Never,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(segments: [u16; 8], prefix: u8) -> Ipv6Net {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(s0, s1, s2, s3, s4, s5, s6, s7), prefix)
}

/// From the IANA special-purpose registry.
const PRIVATE_V4: [Ipv4Net; 3] = [v4(10, 0, 0, 0, 8), v4(172, 16, 0, 0, 12), v4(192, 168, 0, 0, 16)];

const NEVER_V4: [Ipv4Net; 13] = [
    v4(0, 0, 0, 0, 8),       // "this network"; 0.0.0.0 reaches loopback on Linux
    v4(100, 64, 0, 0, 10),   // carrier-grade NAT, also metadata of some clouds
    v4(169, 254, 0, 0, 16),  // link-local and metadata
    v4(192, 0, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 31, 196, 0, 24), // AS112
    v4(192, 52, 193, 0, 24), // AMT
    v4(192, 88, 99, 0, 24),  // 6to4 relays
    v4(198, 18, 0, 0, 15),   // benchmarking
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 4),     // multicast
    v4(240, 0, 0, 0, 4),     // reserved and broadcast
];

/// Metadata service of AWS, inside the private range.
const METADATA_V6: Ipv6Net = v6([0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0], 32);
const PRIVATE_V6: Ipv6Net = v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7);
/// What is assigned as global unicast; everything outside is refused unless named above.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

const NEVER_V6: [Ipv6Net; 3] = [
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),      // protocol assignments: Teredo, ORCHID, benchmarking
    v6([0x2001, 0x0db8, 0, 0, 0, 0, 0, 0], 32), // documentation
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),      // documentation
];

const NAT64: Ipv6Net = v6([0x0064, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
const SIX_TO_FOUR: Ipv6Net = v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16);

/// Judges an address. IPv6 forms that carry an IPv4 address are judged by that address, and are never private or
/// loopback: nobody writes them down by intent.
#[must_use]
pub fn judge(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => judge_v4(address),
        IpAddr::V6(address) => judge_v6(address),
    }
}

fn judge_v4(address: Ipv4Addr) -> Reach {
    if address.is_loopback() {
        Reach::Loopback
    } else if PRIVATE_V4.iter().any(|net| net.contains(&address)) {
        Reach::Private
    } else if NEVER_V4.iter().any(|net| net.contains(&address)) {
        Reach::Never
    } else {
        Reach::Public
    }
}

fn judge_v6(address: Ipv6Addr) -> Reach {
    if address.is_loopback() {
        return Reach::Loopback;
    }
    if let Some(carried) = carried_v4(address) {
        return if judge_v4(carried) == Reach::Public { Reach::Public } else { Reach::Never };
    }
    if PRIVATE_V6.contains(&address) && !METADATA_V6.contains(&address) {
        Reach::Private
    } else if GLOBAL_V6.contains(&address) && !NEVER_V6.iter().any(|net| net.contains(&address)) {
        Reach::Public
    } else {
        Reach::Never
    }
}

/// The IPv4 address inside a mapped (RFC 4291), NAT64 (RFC 6052) or 6to4 (RFC 3056) address.
fn carried_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    // The 32 bits after the prefix 2002::/16, or the last 32.
    let from = |shift: u32| u32::try_from(bits >> shift & u128::from(u32::MAX)).ok().map(Ipv4Addr::from_bits);
    if SIX_TO_FOUR.contains(&address) {
        from(80)
    } else if NAT64.contains(&address) || address.to_ipv4_mapped().is_some() {
        from(0)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(text: &str) -> Reach {
        judge(text.parse().unwrap())
    }

    #[test]
    fn the_open_internet_is_public() {
        for text in ["1.1.1.1", "31.13.84.8", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "223.255.255.255"] {
            assert_eq!(reach(text), Reach::Public, "{text}");
        }
        for text in ["2606:4700::1111", "2a03:2880:f12c::1", "64:ff9b::101:101", "::ffff:1.1.1.1", "2002:101:101::1"] {
            assert_eq!(reach(text), Reach::Public, "{text}");
        }
    }

    #[test]
    fn special_ranges_are_never_reached() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "169.254.169.254",
            "169.254.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.31.196.1",
            "192.52.193.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            assert_eq!(reach(text), Reach::Never, "{text}");
        }
        for text in [
            "::",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "fd00:ec2::254",
            "2001:db8::1",
            "2001::1",
            "2001:10::1",
            "2001:20::1",
            "3fff::1",
            "100::1",
            "5f00::1",
            "64:ff9b:1::1",
            "::1.2.3.4",
        ] {
            assert_eq!(reach(text), Reach::Never, "{text}");
        }
    }

    #[test]
    fn ipv4_inside_ipv6_is_judged_by_what_it_carries() {
        for inner in ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"] {
            let octets = inner.parse::<Ipv4Addr>().unwrap().octets();
            let [a, b, c, d] = octets.map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            for outer in [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            ] {
                assert_eq!(judge(outer.into()), Reach::Never, "{outer}");
            }
        }
    }

    #[test]
    fn own_machine_and_own_network_are_told_apart() {
        for text in ["127.0.0.1", "127.255.255.254", "::1"] {
            assert_eq!(reach(text), Reach::Loopback, "{text}");
        }
        for text in ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fc00::1", "fd12:3456::1"] {
            assert_eq!(reach(text), Reach::Private, "{text}");
        }
    }
}
