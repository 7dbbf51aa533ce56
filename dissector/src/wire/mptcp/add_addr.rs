//! ADD_ADDR: announces an address (RFC 8684 §3.4.1, RFC 6824 §3.4.1).
//!
//! ```text
//! |     Kind      |    Length     |Subtype|(rsv)|E|   Address ID  |     v1
//! |     Kind      |    Length     |Subtype| IPVer |   Address ID  |     v0
//! |           Address (IPv4: 4 octets / IPv6: 16 octets)          |
//! |   Port (2 octets, optional)   |   Truncated HMAC (v1, if E=0) |
//! ```
//!
//! Fresh in v1: 16, 18, 28 or 30 octets. Echo in v1, and v0: 8, 10, 20 or 22. The nibble that
//! holds the IP version in v0 holds the flags in v1, so nibble and length together tell the
//! version: 4 or 6 with a v0 length can't be v1, where those lengths are an echo and E is set.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nom::combinator::{cond, map};
use nom::number::complete::{be_u16, be_u32, be_u64, be_u128};
use nom::{IResult, Parser};

use super::Malformed;
use super::layout::{Cursor, Layout};
use crate::wire::field::{Field, Name, Slot, Value};

/// What the version of the option adds to ID, address and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddAddrKind {
    /// v0: no HMAC and no echo; the nibble is the IP version.
    V0,
    /// v1, E=0: authenticated by the truncated HMAC.
    Fresh {
        /// Three reserved bits.
        reserved: u8,
        /// The rightmost 64 bits of the HMAC-SHA256.
        hmac: u64,
    },
    /// v1, E=1: returned to confirm reception.
    Echo {
        /// Three reserved bits.
        reserved: u8,
    },
}

/// The ADD_ADDR option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddAddr {
    /// Version and what comes with it.
    pub kind: AddAddrKind,
    /// The announced address's ID.
    pub address_id: u8,
    /// The announced address.
    pub addr: IpAddr,
    /// The announced port, if it isn't the connection's.
    pub port: Option<u16>,
}

impl AddAddr {
    pub(super) fn parse(option: &[u8]) -> Result<Self, Malformed> {
        let wrong = |legal| Malformed::length(option, "ADD_ADDR", legal, "RFC 8684 §3.4.1");
        let &[_, _, flags, address_id, ref body @ ..] = option else {
            return Err(wrong("at least 8 octets"));
        };
        let (nibble, length) = (flags & 0x0f, option.len());
        let v6 = matches!(length, 20 | 22 | 28 | 30);
        let port = matches!(length, 10 | 18 | 22 | 30);
        let (fresh, short) =
            (matches!(length, 16 | 18 | 28 | 30), matches!(length, 8 | 10 | 20 | 22));
        let echo = nibble & 0x01 != 0;
        let version_of_v0 = if v6 { 6 } else { 4 };
        if short && !echo && nibble != version_of_v0 {
            return Err(match nibble {
                4 => Malformed::length(option, "ADD_ADDR v0 of IPv4", "8 or 10 octets", V0_SOURCE),
                6 => Malformed::length(option, "ADD_ADDR v0 of IPv6", "20 or 22 octets", V0_SOURCE),
                // RFC 8684 §3.4.1: only an echo has no HMAC.
                _ => wrong("16, 18, 28 or 30 octets without flag E"),
            });
        }
        if fresh && echo {
            return Err(wrong("8, 10, 20 or 22 octets with flag E"));
        }
        if !fresh && !short {
            return Err(wrong("8, 10, 16, 18, 20, 22, 28 or 30 octets"));
        }
        let reserved = nibble >> 1;
        let (_, (addr, port, hmac)) = address(v6, port, fresh, body)
            .map_err(|_| wrong("8, 10, 16, 18, 20, 22, 28 or 30 octets"))?;
        let kind = match hmac {
            Some(hmac) => AddAddrKind::Fresh { reserved, hmac },
            None if echo => AddAddrKind::Echo { reserved },
            None => AddAddrKind::V0,
        };
        Ok(Self { kind, address_id, addr, port })
    }
}

const V0_SOURCE: &str = "RFC 6824 §3.4.1";

type Body = (IpAddr, Option<u16>, Option<u64>);

fn address(v6: bool, port: bool, hmac: bool, body: &[u8]) -> IResult<&[u8], Body> {
    let (rest, addr) = if v6 {
        map(be_u128, |bits| IpAddr::V6(Ipv6Addr::from_bits(bits))).parse(body)
    } else {
        map(be_u32, |bits| IpAddr::V4(Ipv4Addr::from_bits(bits))).parse(body)
    }?;
    let (rest, (port, hmac)) = (cond(port, be_u16), cond(hmac, be_u64)).parse(rest)?;
    Ok((rest, (addr, port, hmac)))
}

impl Layout for AddAddr {
    fn length(&self) -> u8 {
        let hmac = matches!(self.kind, AddAddrKind::Fresh { .. });
        match (self.addr.is_ipv6(), self.port.is_some(), hmac) {
            (false, false, false) => 8,
            (false, true, false) => 10,
            (false, false, true) => 16,
            (false, true, true) => 18,
            (true, false, false) => 20,
            (true, true, false) => 22,
            (true, false, true) => 28,
            (true, true, true) => 30,
        }
    }

    fn fields(&self, visit: &mut impl FnMut(Field)) {
        match self.kind {
            AddAddrKind::V0 => {
                let version: u8 = if self.addr.is_ipv6() { 6 } else { 4 };
                visit(Field::uint(Name::IpVersion, Slot::bits(2, 1, 0x0f), version));
            }
            AddAddrKind::Fresh { reserved, .. } | AddAddrKind::Echo { reserved } => {
                let echo = matches!(self.kind, AddAddrKind::Echo { .. });
                visit(Field::uint(Name::AddAddrReserved, Slot::bits(2, 1, 0x0e), reserved));
                visit(Field::uint(Name::Echo, Slot::bits(2, 1, 0x01), echo));
            }
        }
        let mut cursor = Cursor(3);
        visit(Field::uint(Name::AddressId, cursor.take(1), self.address_id));
        let (name, width) = if self.addr.is_ipv6() { (Name::Ipv6, 16) } else { (Name::Ipv4, 4) };
        visit(Field { name, slot: cursor.take(width), value: Value::Addr(self.addr) });
        if let Some(port) = self.port {
            visit(Field::uint(Name::Port, cursor.take(2), port));
        }
        if let AddAddrKind::Fresh { hmac, .. } = self.kind {
            visit(Field::uint(Name::AddAddrHmac, cursor.take(8), hmac));
        }
    }
}
