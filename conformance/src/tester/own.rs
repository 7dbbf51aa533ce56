//! What the tester's own options say, as its connections and subflows stand.

use mpdissect::crypto::{Algorithm, Party, Sum};
use mpdissect::flow::mistake;
use mpdissect::wire::mptcp::{
    CapableFlags, CapableKeys, Dss, JoinAck, JoinSyn, JoinSynAck, Mapping, MpCapable, MpJoin,
    MptcpOption, Seq as DataSeq,
};

use super::connection::{Connection, Subflow};
use crate::proofs;
use crate::script::{Checksum, Proof, Shape, Token};

/// The payload of a segment, and where it belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried<'a> {
    /// The place of its first octet in the tester's stream.
    pub(super) offset: u64,
    /// The sequence number of the segment.
    pub(super) seq: u32,
    pub(super) octets: &'a [u8],
}

/// Which segment of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Syn,
    SynAck,
    Third,
}

/// The target's key, as far as it is known.
pub(super) fn remote_key(connection: &Connection) -> u64 {
    connection.remote.map_or(0, |(key, _)| key)
}

/// The tester's part in a join, and the target's.
fn parties(connection: &Connection, subflow: &Subflow) -> (Party, Party) {
    let own = Party { key: connection.local_key, nonce: subflow.nonce };
    (own, Party { key: remote_key(connection), nonce: subflow.remote_nonce })
}

/// The MP_CAPABLE or MP_JOIN of a segment of a handshake.
pub(super) fn of_handshake(connection: &Connection, index: usize, part: Part) -> MptcpOption {
    if index == 0 {
        MptcpOption::MpCapable(capable(connection, part))
    } else {
        MptcpOption::MpJoin(join(connection, &connection.subflows[index], part))
    }
}

/// The MP_CAPABLE of a segment of a handshake.
pub(super) fn capable(connection: &Connection, part: Part) -> MpCapable {
    let (sender, version) = (connection.local_key, connection.opening.version);
    let keys = match (part, version) {
        (Part::Syn, 1..) => CapableKeys::None,
        (Part::Third, _) => CapableKeys::Both { sender, receiver: remote_key(connection) },
        (Part::Syn | Part::SynAck, _) => CapableKeys::Sender(sender),
    };
    MpCapable { version, flags: CapableFlags(connection.opening.flags), keys }
}

fn join(connection: &Connection, subflow: &Subflow, part: Part) -> MpJoin {
    let (backup, address_id, nonce) = (subflow.backup, subflow.address_id, subflow.nonce);
    let (sender, receiver) = parties(connection, subflow);
    let own = proofs::of_join(subflow.hmac, sender, receiver);
    match part {
        Part::Syn => {
            let right = connection.remote.map_or(0, |(_, remote)| remote.token);
            let key = remote_key(connection);
            let token = match subflow.token {
                Token::Right => right,
                Token::Unknown => !right,
                // The same hash gives the initial data sequence number, from its other end.
                Token::LowBits => Algorithm::Sha256.derive(key).idsn as u32,
                Token::Swapped => right.swap_bytes(),
                Token::OfSwappedKey => Algorithm::Sha256.derive(key.swap_bytes()).token,
            };
            MpJoin::Syn(JoinSyn { reserved: 0, backup, address_id, token, nonce })
        }
        Part::SynAck => {
            let hmac = u64::from_be_bytes(own.first_chunk().copied().unwrap_or_default());
            MpJoin::SynAck(JoinSynAck { reserved: 0, backup, address_id, hmac, nonce })
        }
        Part::Third => MpJoin::Ack(JoinAck { reserved: 0, hmac: own }),
    }
}

/// The mapping of a payload: a DSS, or the MP_CAPABLE that the first data of whoever opened the
/// connection carries, as long as the other end may not have the keys (RFC 8684 §3.1).
pub(super) fn mapped(connection: &Connection, index: usize, carried: Carried<'_>) -> MptcpOption {
    let dss = dss(connection, &connection.subflows[index], carried);
    let first = connection.ours
        && index == 0
        && !connection.heard_dss
        && carried.offset == connection.early;
    match (dss.mapping, connection.remote) {
        (Some(mapping), Some(_)) if first => {
            MptcpOption::MpCapable(first_data(connection, mapping.length, mapping.checksum))
        }
        _ => MptcpOption::Dss(dss),
    }
}

/// The MP_CAPABLE of the first data.
pub(super) fn first_data(connection: &Connection, length: u16, checksum: Option<u16>) -> MpCapable {
    let (sender, receiver) = (connection.local_key, remote_key(connection));
    MpCapable {
        version: connection.opening.version,
        flags: CapableFlags(connection.opening.flags),
        keys: CapableKeys::Data { sender, receiver, length, checksum },
    }
}

/// The DSS of a payload.
pub(super) fn dss(connection: &Connection, subflow: &Subflow, carried: Carried<'_>) -> Dss {
    let length = carried.octets.len() as u16;
    let mapping = (length > 0).then(|| {
        let (dsn, ssn) =
            (connection.dsn(carried.offset), carried.seq.wrapping_sub(subflow.initial));
        let checksum =
            connection.checksums.then(|| sum(connection, dsn, ssn, length, carried.offset));
        Mapping { dsn: DataSeq::Long(dsn), ssn, length, checksum }
    });
    Dss {
        reserved: 0,
        data_fin: false,
        data_ack: Some(Connection::sized(connection.ack_width, connection.data_ack())),
        mapping,
        idle_width_flags: 0,
    }
}

/// The checksum of a mapping of the tester's stream from `offset` on.
fn sum(connection: &Connection, dsn: u64, ssn: u32, length: u16, offset: u64) -> u16 {
    let octets = connection.outgoing(offset, length.into());
    Sum::of_mapping(dsn, ssn, length).add(0, &octets).checksum()
}

/// A DSS of another shape.
pub(super) fn shaped(
    connection: &Connection,
    subflow: &Subflow,
    shape: Shape,
    carried: Carried<'_>,
) -> Dss {
    let mapping = shape.mapping.map(|mapped| {
        let payload = carried.octets.len() as u16;
        let length = mapped.length.unwrap_or(payload + u16::from(shape.data_fin));
        let covered = length.saturating_sub(shape.data_fin.into());
        let place = carried.offset.wrapping_add_signed(mapped.dsn_plus);
        let dsn = connection.dsn(place);
        // RFC 8684 §3.3.3: a DATA_FIN alone is mapped to nothing of the subflow.
        let alone = shape.data_fin && payload == 0;
        let ssn = if alone { 0 } else { carried.seq.wrapping_sub(subflow.initial) };
        let ssn = ssn.wrapping_add_signed(mapped.ssn_plus);
        let over = |dsn| {
            let octets = connection.outgoing(place, covered.into());
            // RFC 8684 §3.7: an infinite mapping has the checksum zero.
            let infinite = length == 0;
            let sum = || Sum::of_mapping(dsn, ssn, length).add(0, &octets).checksum();
            if infinite { 0 } else { sum() }
        };
        let checksum = match mapped.checksum {
            Checksum::Negotiated => connection.checksums.then(|| over(dsn)),
            Checksum::Present => Some(over(dsn)),
            Checksum::Absent => None,
            Checksum::Wrong => Some(over(dsn) ^ 0x0100),
            Checksum::OverLowHalf => Some(over(dsn & 0xffff_ffff)),
        };
        Mapping { dsn: Connection::sized(mapped.dsn, dsn), ssn, length, checksum }
    });
    let data_ack = shape.data_ack.map(|width| Connection::sized(width, connection.data_ack()));
    Dss {
        reserved: shape.reserved,
        data_fin: shape.data_fin,
        data_ack,
        mapping,
        idle_width_flags: shape.idle_width_flags,
    }
}

/// Whether this is the target's HMAC for a join, or the start of it.
///
/// # Errors
///
/// That `whose` HMAC is wrong, with the mistake that may have led to it.
pub(super) fn check_remote_hmac(
    connection: &Connection,
    subflow: &Subflow,
    hmac: &[u8],
    whose: &str,
) -> Result<(), String> {
    let (own, other) = parties(connection, subflow);
    if proofs::of_join(Proof::Right, other, own).starts_with(hmac) {
        return Ok(());
    }
    let mistake = mistake::of_join(hmac, Algorithm::Sha256, other, own);
    Err(mistake::unless(&format!("the HMAC of the {whose} is wrong"), mistake))
}
