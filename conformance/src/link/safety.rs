//! What a link never does: send to anybody but the target, to groups, or faster than it may.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::ethernet::is_one_host;
use super::{LinkError, Recipients, Wiring};
use crate::clock::{Stopwatch, pause};

/// From where an address can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// From its own network: private, link-local, shared, for documentation, for benchmarks.
    Local,
    /// From all of the Internet.
    Public,
}

impl Reach {
    /// That of an address (RFC 6890 and the registries of special-purpose addresses).
    pub fn of(address: IpAddr) -> Self {
        let local = match address {
            IpAddr::V4(own) => {
                let [a, b, ..] = own.octets();
                own.is_private()
                    || own.is_loopback()
                    || own.is_link_local()
                    || own.is_documentation()
                    || (a == 100 && b & 0xc0 == 64)
                    || (a == 198 && b & 0xfe == 18)
            }
            IpAddr::V6(own) => {
                own.is_loopback()
                    || own.is_unique_local()
                    || own.is_unicast_link_local()
                    || matches!(own.segments(), [0x2001, 0xdb8, ..] | [0x2001, 2, 0, ..])
            }
        };
        if local { Self::Local } else { Self::Public }
    }
}

/// Why nothing may be sent to an address, as a clause, if that is so.
pub fn refusal(address: IpAddr, allow_public: bool) -> Option<String> {
    let one = match address {
        IpAddr::V4(own) => is_one_host(own),
        IpAddr::V6(own) => !own.is_multicast() && !own.is_unspecified(),
    };
    if !one {
        return Some(format!("{address} isn't the address of one host"));
    }
    if address.is_loopback() {
        return Some(format!(
            "{address} is this machine itself, which no link leads to: --target kernel tests it"
        ));
    }
    (!allow_public && Reach::of(address) == Reach::Public).then(|| {
        format!(
            "{address} is a public address: test only what you are allowed to test, and say so \
             with --allow-public"
        )
    })
}

pub(super) fn check(wiring: &Wiring) -> Result<(), LinkError> {
    let gateways = wiring.paths.iter().flat_map(|path| &path.gateways);
    let targets = match &wiring.recipients {
        Recipients::Only(targets) => targets.as_slice(),
        Recipients::Whoever => &[],
    };
    for &address in targets.iter().chain(gateways) {
        if let Some(why) = refusal(address, wiring.allow_public) {
            return Err(LinkError(why));
        }
    }
    for own in wiring.paths.iter().flat_map(|path| &path.addresses) {
        let unusable = match own {
            IpAddr::V4(own) => !is_one_host(*own) || *own == Ipv4Addr::LOCALHOST,
            IpAddr::V6(own) => {
                own.is_multicast() || own.is_unspecified() || *own == Ipv6Addr::LOCALHOST
            }
        };
        if unusable {
            return Err(LinkError(format!("{own} can't be an address of the tester")));
        }
        if let Some(why) = refusal(*own, wiring.allow_public) {
            return Err(LinkError(why));
        }
        if targets.contains(own) {
            return Err(LinkError(format!("{own} can't be both the tester's and the target's")));
        }
    }
    Ok(())
}

/// Lets so many packets through in a second, and some at once.
pub(super) struct Pace {
    clock: Stopwatch,
    each: Duration,
    /// When the next one may leave, if packets left one by one.
    free: Mutex<Duration>,
}

impl Pace {
    /// How much earlier packets may leave than they would one by one.
    const BURST: Duration = Duration::from_millis(50);

    pub(super) fn new(rate: u32) -> Self {
        let each = Duration::from_secs(1) / rate.max(1);
        Self { clock: Stopwatch::start(), each, free: Mutex::new(Duration::ZERO) }
    }

    /// Waits until a packet may leave.
    pub(super) fn wait(&self) {
        let wait = {
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.elapsed();
            let at = *free;
            *free = at.max(now) + self.each;
            at.saturating_sub(now + Self::BURST)
        };
        if wait > Duration::ZERO {
            pause(wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, refusal};

    #[test]
    fn groups_and_the_internet_are_refused() {
        for (address, public, refused) in [
            ("192.168.1.1", false, false),
            ("100.64.0.1", false, false),
            ("8.8.8.8", true, true),
            ("255.255.255.255", true, true),
            ("224.0.0.1", true, true),
            ("0.0.0.0", true, true),
            ("127.0.0.1", false, true),
            ("::1", false, true),
            ("fd00::1", false, false),
            ("2001:db8::1", false, false),
            ("2600::1", true, true),
            ("ff02::1", true, true),
        ] {
            let address = address.parse().expect("address");
            assert_eq!(Reach::of(address) == Reach::Public, public, "{address}");
            assert_eq!(refusal(address, false).is_some(), refused, "{address}");
        }
        assert_eq!(refusal("8.8.8.8".parse().expect("address"), true), None);
        assert!(refusal("ff02::1".parse().expect("address"), true).is_some());
    }
}
