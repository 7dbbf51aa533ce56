//! Short names for the steps that scripts are made of.

use mpdissect::wire::mptcp::CapableFlags;
use mpdissect::wire::tcp::Flags;

use super::Expectation;
use super::act::{App, Door, Handshake, Joining, Opening, Order, Token};
use super::segment::{Ack, Correctness, Opt, Proof, Segment, Seq, Sf};
use super::what::{Judgement, On, OptPattern, Pattern, What};
use crate::tester::Tester;

/// An ordinary connection 0 to an application that echoes.
pub fn open() -> Opening {
    Opening {
        conn: 0,
        app: App::Echo,
        handshake: Handshake::default(),
        version: 1,
        flags: CapableFlags::HMAC,
        mss: 536,
        timestamps: true,
        key: None,
        window: 0xffff,
        loses_capable: false,
        early: 0,
    }
}

impl Opening {
    /// As another connection of the script.
    #[must_use]
    pub fn conn(mut self, conn: u8) -> Self {
        self.conn = conn;
        self
    }

    /// To another application.
    #[must_use]
    pub fn app(mut self, app: App) -> Self {
        self.app = app;
        self
    }

    /// With other segments.
    #[must_use]
    pub fn handshake(mut self, handshake: Handshake) -> Self {
        self.handshake = handshake;
        self
    }

    /// Where the tester takes no larger segments than this, in octets.
    #[must_use]
    pub fn mss(mut self, octets: u16) -> Self {
        self.mss = octets;
        self
    }

    /// Without timestamps, which leaves 12 more octets for other options.
    #[must_use]
    pub fn without_timestamps(mut self) -> Self {
        self.timestamps = false;
        self
    }

    /// With this key of the tester.
    #[must_use]
    pub fn key(mut self, key: u64) -> Self {
        self.key = Some(key);
        self
    }

    /// Where the tester's subflows offer this window, in octets.
    #[must_use]
    pub fn window(mut self, octets: u32) -> Self {
        self.window = octets;
        self
    }

    /// With another version in the tester's MP_CAPABLE.
    #[must_use]
    pub fn version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// With so many octets on the tester's SYN, and the cookie for them.
    #[must_use]
    pub fn early(mut self, octets: u16) -> Self {
        self.early = octets;
        self
    }

    /// Where SYNs of the target that carry MP_CAPABLE get lost.
    #[must_use]
    pub fn losing_capable(mut self) -> Self {
        self.loses_capable = true;
        self
    }

    /// With exactly these flags in the tester's MP_CAPABLE.
    #[must_use]
    pub fn with_flags(mut self, flags: u8) -> Self {
        self.flags = flags;
        self
    }

    /// With these flags of MP_CAPABLE added.
    #[must_use]
    pub fn flags(mut self, flags: u8) -> Self {
        self.flags |= flags;
        self
    }
}

/// An ordinary join of this subflow, from the tester's address and with the address ID that both
/// equal the subflow's index, to the target's first address.
pub fn join(subflow: Sf) -> Joining {
    Joining {
        subflow,
        from: subflow.index,
        to: 0,
        address_id: subflow.index,
        backup: false,
        token: Token::Right,
        hmac: Proof::Right,
        door: Door::Own,
        withheld: false,
        handshake: Handshake::default(),
    }
}

impl Joining {
    /// From another of the tester's addresses.
    #[must_use]
    pub fn from(mut self, address: u8) -> Self {
        self.from = address;
        self
    }

    /// With another address ID.
    #[must_use]
    pub fn address_id(mut self, id: u8) -> Self {
        self.address_id = id;
        self
    }

    /// As a backup.
    #[must_use]
    pub fn backup(mut self) -> Self {
        self.backup = true;
        self
    }

    /// With this token.
    #[must_use]
    pub fn token(mut self, token: Token) -> Self {
        self.token = token;
        self
    }

    /// With a wrong HMAC.
    #[must_use]
    pub fn wrong_hmac(self) -> Self {
        self.hmac(Proof::Wrong)
    }

    /// With an HMAC that comes about like this.
    #[must_use]
    pub fn hmac(mut self, hmac: Proof) -> Self {
        self.hmac = hmac;
        self
    }

    /// To another of the target's ports.
    #[must_use]
    pub fn door(mut self, door: Door) -> Self {
        self.door = door;
        self
    }

    /// Without its third ACK, for now.
    #[must_use]
    pub fn withheld(mut self) -> Self {
        self.withheld = true;
        self
    }

    /// With other segments.
    #[must_use]
    pub fn handshake(mut self, handshake: Handshake) -> Self {
        self.handshake = handshake;
        self
    }
}

/// An ACK without payload, with timestamps and the data acknowledgment.
pub fn ack(on: Sf) -> Segment {
    data(on, 0).flags(Flags::ACK)
}

/// A segment with so many octets of the tester's stream, timestamps, and their DSS.
pub fn data(on: Sf, payload: u16) -> Segment {
    Segment {
        on,
        flags: Flags::ACK | Flags::PSH,
        payload,
        options: vec![Opt::Timestamps, Opt::Dss],
        seq: Seq::Next,
        ack: Ack::Received,
        data_offset: None,
        checksum: Correctness::Right,
        window: None,
        urgent: 0,
        reserved: 0,
        place: None,
        foreign: false,
    }
}

/// The order to try whether the tester knows an experiment.
pub fn probe(exid: u16) -> Order {
    Order::Probe { conn: 0, exid }
}

/// The target sends a segment that matches.
pub fn seen(pattern: impl Into<Pattern>) -> Expectation {
    count(1, pattern)
}

/// The target sends at least so many segments that match.
pub fn count(least: u32, pattern: impl Into<Pattern>) -> Expectation {
    What::Segments { pattern: pattern.into(), least }.into()
}

/// See [`What::Established`].
pub fn established(on: Sf) -> Expectation {
    What::Established(on).into()
}

/// See [`What::Refused`].
pub fn refused(on: Sf) -> Expectation {
    What::Refused(on).into()
}

/// See [`What::Gone`].
pub fn gone(on: Sf) -> Expectation {
    What::Gone(on).into()
}

/// See [`What::Closed`].
pub fn closed(on: Sf) -> Expectation {
    What::Closed(on).into()
}

/// See [`What::FellBack`].
pub fn fell_back(conn: u8) -> Expectation {
    What::FellBack(conn).into()
}

/// See [`What::Delivered`].
pub fn delivered(on: Sf) -> Expectation {
    What::Delivered(on).into()
}

/// See [`What::Stream`].
pub fn stream(conn: u8, octets: u64) -> Expectation {
    What::Stream { conn, octets }.into()
}

/// See [`What::Shares`].
pub fn shares(on: &[Sf]) -> Expectation {
    What::Shares(on.to_vec()).into()
}

/// See [`What::Leaves`].
pub fn leaves(from: Sf, to: &[Sf], octets: u64) -> Expectation {
    What::Leaves { from, to: to.to_vec(), octets, spare: false }.into()
}

/// See [`What::Leaves`], of a subflow that became a backup.
pub fn spares(from: Sf, to: &[Sf], octets: u64) -> Expectation {
    What::Leaves { from, to: to.to_vec(), octets, spare: true }.into()
}

/// See [`What::Stays`].
pub fn stays(on: &[Sf], octets: u64) -> Expectation {
    What::Stays { on: on.to_vec(), octets }.into()
}

/// See [`What::Carried`].
pub fn carried(on: &[Sf], octets: u64) -> Expectation {
    What::Carried { on: on.to_vec(), octets }.into()
}

/// See [`What::Acknowledged`].
pub fn acknowledged(conn: u8, octets: u64) -> Expectation {
    What::Acknowledged { conn, octets }.into()
}

/// See [`What::Resent`].
pub fn resent(from: Sf, to: Option<Sf>) -> Expectation {
    What::Resent { from, to }.into()
}

/// See [`What::Retransmits`].
pub fn retransmits(on: Sf) -> Expectation {
    What::Retransmits(on).into()
}

/// See [`What::Overruns`].
pub fn overruns(on: On) -> Expectation {
    What::Overruns(on).into()
}

/// See [`What::That`].
pub fn that(name: &'static str, check: fn(&Tester, u64) -> Judgement) -> Expectation {
    What::That { name, check }.into()
}

/// The echo of an ADD_ADDR with this address ID.
pub fn add_addr_echo(id: u8) -> OptPattern {
    OptPattern::AddAddr { echo: true, id: Some(id) }
}
