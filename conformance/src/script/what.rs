//! What can come about in a script.

use mpdissect::wire::mptcp::{MptcpOption, Subtype};
use mpdissect::wire::tcp::Flags;

use super::segment::Sf;
use crate::tester::Tester;

/// What may come about.
#[derive(Clone, Debug)]
pub enum What {
    /// The target sends at least so many segments that match.
    Segments {
        /// What they look like.
        pattern: Pattern,
        /// How many.
        least: u32,
    },
    /// The handshake of a subflow is complete at both ends, and on a joined one the target has
    /// acknowledged the third ACK.
    Established(Sf),
    /// The target answers a handshake with RST, or resets right after the third ACK.
    Refused(Sf),
    /// The target resets a subflow that was established.
    Gone(Sf),
    /// The target has sent its FIN on a subflow.
    Closed(Sf),
    /// The target has sent plain TCP on a connection: a SYN/ACK without MP_CAPABLE, or data
    /// without a mapping.
    FellBack(u8),
    /// Everything that the tester's application wrote on the subflow's connection is acknowledged
    /// at the data level, and at the subflow level on this one; after a fallback at that alone.
    Delivered(Sf),
    /// So many further octets of the target's stream have arrived, in order, without a gap, none
    /// different from what the application sends or from an earlier copy.
    Stream {
        /// The connection.
        conn: u8,
        /// How many.
        octets: u64,
    },
    /// Each of these subflows carries new data, again and again, for twice the time that `Leaves`
    /// wants. For how long any of them did without until then is kept in mind: what is usual is no
    /// leaving.
    Shares(Vec<Sf>),
    /// New data keeps away from a subflow: since the last octets that arrived on it, so many
    /// arrived on those of `to`, over a time in which no scheduler leaves out one that it uses, and
    /// three times as many and as long as this one did when it shared.
    Leaves {
        /// The subflow without new data.
        from: Sf,
        /// Those that carry it.
        to: Vec<Sf>,
        /// How many octets at least, all of them together.
        octets: u64,
        /// It is a backup now, which may carry what those don't bring through.
        spare: bool,
    },
    /// So many octets of new data have arrived on these subflows together, over a time as for
    /// `Leaves`, and none on others of their connection; impossible as soon as one does. Octets that
    /// come after a pause may have been lost elsewhere, and rule out nothing.
    Stays {
        /// The subflows.
        on: Vec<Sf>,
        /// How many octets.
        octets: u64,
    },
    /// The target sends so many duplicate acknowledgments in a row on one subflow, all with an
    /// option like this: segments without payload, SYN, FIN and RST, each with the acknowledgment
    /// number and the window of the segment before it (RFC 5681 §2).
    DuplicateAcks {
        /// The option.
        with: OptPattern,
        /// How many.
        least: u32,
    },
    /// Each of these subflows has carried so many octets of new data.
    Carried {
        /// The subflows.
        on: Vec<Sf>,
        /// How many octets each.
        octets: u64,
    },
    /// So many octets of the tester's stream are acknowledged at the data level, counted from its
    /// start; the DATA_FIN counts as one. Impossible once something was acknowledged that was
    /// never sent.
    Acknowledged {
        /// The connection.
        conn: u8,
        /// How many octets.
        octets: u64,
    },
    /// Octets of the target's stream that came on one subflow come once more, with new sequence
    /// numbers, on another or on any.
    Resent {
        /// Where they came first.
        from: Sf,
        /// Where they come again.
        to: Option<Sf>,
    },
    /// The target sends a segment with payload once more on a subflow, with the same sequence
    /// numbers.
    Retransmits(Sf),
    /// The target sends more than the tester's windows allow: that of one subflow, or that of the
    /// connection. An octet more is a probe.
    Overruns(On),
    /// What the other ones can't say.
    That {
        /// What, as a clause.
        name: &'static str,
        /// Whether it came about, from what the tester knows and the number of packets in the
        /// transcript at the mark.
        check: fn(&Tester, u64) -> Judgement,
    },
}

/// Whether something came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It did, with this packet of the transcript, counted from 1.
    Yes(u64),
    /// It may still.
    NotYet,
    /// It can't any more.
    Impossible {
        /// The packet that rules it out.
        packet: u64,
        /// What was seen instead.
        seen: String,
    },
}

/// What a segment of the target looks like. What isn't said may be anything.
#[derive(Clone, Debug, Default)]
pub struct Pattern {
    /// Which subflow.
    pub on: On,
    /// Control bits that are set.
    pub set: Flags,
    /// Control bits that are clear.
    pub clear: Flags,
    /// Options that it has, each of them.
    pub with: Vec<OptPattern>,
    /// Options that it doesn't have, none of them.
    pub without: Vec<OptPattern>,
    /// Whether it has a payload.
    pub payload: Option<bool>,
    /// More octets than this in option area and payload together.
    pub exceeds: Option<u16>,
}

impl Pattern {
    /// On this subflow only.
    #[must_use]
    pub fn on(mut self, on: Sf) -> Self {
        self.on = On::Only(on);
        self
    }

    /// With this option.
    #[must_use]
    pub fn with(mut self, option: OptPattern) -> Self {
        self.with.push(option);
        self
    }

    /// Without this option.
    #[must_use]
    pub fn without(mut self, option: OptPattern) -> Self {
        self.without.push(option);
        self
    }

    /// With these control bits.
    #[must_use]
    pub fn set(mut self, flags: Flags) -> Self {
        self.set = flags;
        self
    }

    /// Without these control bits.
    #[must_use]
    pub fn clear(mut self, flags: Flags) -> Self {
        self.clear = flags;
        self
    }

    /// With a payload, or without.
    #[must_use]
    pub fn payload(mut self, payload: bool) -> Self {
        self.payload = Some(payload);
        self
    }

    /// With more octets than this in option area and payload together.
    #[must_use]
    pub fn exceeding(mut self, octets: u16) -> Self {
        self.exceeds = Some(octets);
        self
    }
}

/// On which subflows something is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum On {
    /// On all of all connections.
    #[default]
    Any,
    /// On all of this connection.
    Conn(u8),
    /// On this one.
    Only(Sf),
    /// On all of its connection but this one.
    Except(Sf),
}

/// What an option of the target looks like.
#[derive(Clone, Copy, Debug)]
pub enum OptPattern {
    /// Any of this kind of TCP option, well framed or not.
    Kind(u8),
    /// Any MPTCP option of this subtype, well-formed or not.
    Subtype(Subtype),
    /// Any MPTCP option that is malformed.
    Malformed,
    /// An option of any kind whose length is missing, less than two, or past the option area.
    Misframed,
    /// Something other than zero behind the end of the option list.
    DirtyPadding,
    /// An ADD_ADDR.
    AddAddr {
        /// Whether it is an echo.
        echo: bool,
        /// The address ID, if that counts.
        id: Option<u8>,
    },
    /// This MPTCP option, every field equal.
    Is(MptcpOption),
    /// An experimental option, Maximum Subflows left out, about this experiment.
    Experiment {
        /// The experiment ID.
        exid: u16,
        /// Those of its flags that count.
        mask: u8,
        /// What they are.
        flags: u8,
        /// Its data, if that counts.
        data: Option<&'static [u8]>,
    },
    /// A well-formed MPTCP option of which something holds.
    Where {
        /// What holds, as a clause.
        name: &'static str,
        /// Whether it does.
        check: fn(&MptcpOption) -> bool,
    },
}

impl From<OptPattern> for Pattern {
    fn from(option: OptPattern) -> Self {
        Self::default().with(option)
    }
}

impl From<MptcpOption> for Pattern {
    fn from(option: MptcpOption) -> Self {
        OptPattern::Is(option).into()
    }
}
