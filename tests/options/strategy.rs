//! Every well-formed option, reserved bits and unknown values included.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mpdissect::wire::field::Octets;
use mpdissect::wire::mptcp::{
    AddAddr, AddAddrKind, CapableFlags, CapableKeys, Dialect, Dss, ExperimentFlags, Experimental,
    JoinAck, JoinSyn, JoinSynAck, Mapping, MaxSubflows, MaxSubflowsLayout, MpCapable, MpFail,
    MpFastclose, MpJoin, MpPrio, MpTcprst, MptcpOption, Navigation, RemoveAddr, Seq,
    UnknownSubtype,
};
use proptest::prelude::*;

use crate::{DEFAULT, dialect};

fn octets(range: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Octets> {
    prop::collection::vec(any::<u8>(), range)
        .prop_map(|octets| Octets::new(&octets).expect("at most forty octets"))
}

fn capable() -> impl Strategy<Value = MptcpOption> {
    let sender = any::<u64>().prop_map(CapableKeys::Sender);
    let both =
        any::<(u64, u64)>().prop_map(|(sender, receiver)| CapableKeys::Both { sender, receiver });
    let data =
        any::<(u64, u64, u16, Option<u16>)>().prop_map(|(sender, receiver, length, checksum)| {
            CapableKeys::Data { sender, receiver, length, checksum }
        });
    let v0 = (Just(0), prop_oneof![sender.clone(), both.clone()]);
    let later = (1..16_u8, prop_oneof![Just(CapableKeys::None), sender, both, data]);
    (prop_oneof![v0, later], any::<u8>()).prop_map(|((version, keys), flags)| {
        MptcpOption::MpCapable(MpCapable { version, flags: CapableFlags(flags), keys })
    })
}

fn join() -> impl Strategy<Value = MptcpOption> {
    let head = (0..8_u8, any::<bool>(), any::<u8>());
    prop_oneof![
        (head.clone(), any::<u32>(), any::<u32>()).prop_map(
            |((reserved, backup, address_id), token, nonce)| MpJoin::Syn(JoinSyn {
                reserved,
                backup,
                address_id,
                token,
                nonce,
            })
        ),
        (head, any::<u64>(), any::<u32>()).prop_map(
            |((reserved, backup, address_id), hmac, nonce)| MpJoin::SynAck(JoinSynAck {
                reserved,
                backup,
                address_id,
                hmac,
                nonce,
            })
        ),
        (0..0x1000_u16, any::<[u8; 20]>())
            .prop_map(|(reserved, hmac)| MpJoin::Ack(JoinAck { reserved, hmac })),
    ]
    .prop_map(MptcpOption::MpJoin)
}

fn seq() -> impl Strategy<Value = Seq> {
    prop_oneof![any::<u32>().prop_map(Seq::Short), any::<u64>().prop_map(Seq::Long)]
}

fn dss() -> impl Strategy<Value = MptcpOption> {
    let mapping = (seq(), any::<u32>(), any::<u16>(), any::<Option<u16>>())
        .prop_map(|(dsn, ssn, length, checksum)| Mapping { dsn, ssn, length, checksum });
    let parts = (prop::option::of(seq()), prop::option::of(mapping));
    (0..128_u8, any::<bool>(), parts, 0..4_u8).prop_map(
        |(reserved, data_fin, (data_ack, mapping), idle)| {
            // A width flag is idle only where the number that it is about is absent.
            let idle_a = if data_ack.is_none() { idle & 1 } else { 0 };
            let idle_m = if mapping.is_none() { idle & 2 } else { 0 };
            let idle_width_flags = idle_a | idle_m;
            MptcpOption::Dss(Dss { reserved, data_fin, data_ack, mapping, idle_width_flags })
        },
    )
}

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
    ]
}

fn add_addr() -> impl Strategy<Value = MptcpOption> {
    let kind = prop_oneof![
        Just(AddAddrKind::V0),
        (0..8_u8, any::<u64>()).prop_map(|(reserved, hmac)| AddAddrKind::Fresh { reserved, hmac }),
        (0..8_u8).prop_map(|reserved| AddAddrKind::Echo { reserved }),
    ];
    (kind, any::<u8>(), address(), any::<Option<u16>>()).prop_map(
        |(kind, address_id, addr, port)| {
            MptcpOption::AddAddr(AddAddr { kind, address_id, addr, port })
        },
    )
}

/// Options whose fields have one place each.
fn regular() -> impl Strategy<Value = MptcpOption> {
    prop_oneof![
        (0..16_u8, octets(1..=37)).prop_map(|(reserved, address_ids)| {
            MptcpOption::RemoveAddr(RemoveAddr { reserved, address_ids })
        }),
        (0..8_u8, any::<bool>(), any::<Option<u8>>()).prop_map(|(reserved, backup, address_id)| {
            MptcpOption::MpPrio(MpPrio { reserved, backup, address_id })
        }),
        (0..0x1000_u16, any::<u64>())
            .prop_map(|(reserved, dsn)| MptcpOption::MpFail(MpFail { reserved, dsn })),
        (0..0x1000_u16, any::<u64>())
            .prop_map(|(reserved, key)| MptcpOption::MpFastclose(MpFastclose { reserved, key })),
        (any::<[bool; 4]>(), any::<u8>()).prop_map(
            |([flag_u, flag_v, flag_w, transient], reason)| {
                MptcpOption::MpTcprst(MpTcprst { flag_u, flag_v, flag_w, transient, reason })
            }
        ),
        (any::<[bool; 4]>(), any::<u8>()).prop_map(
            |([reserved, cancel, echo, backup], address_id)| {
                MptcpOption::Navigation(Navigation { reserved, cancel, echo, backup, address_id })
            }
        ),
    ]
}

fn experiments(dialect: Dialect) -> impl Strategy<Value = MptcpOption> {
    let limit = prop_oneof![
        (0..=0x00ff_ffff_u32).prop_map(move |value| (
            MaxSubflowsLayout::A,
            dialect.max_subflows_exid(),
            value
        )),
        any::<u32>().prop_map(|value| (MaxSubflowsLayout::B, 0xaa, value)),
        any::<u32>().prop_map(move |value| (
            MaxSubflowsLayout::C,
            dialect.max_subflows_exid(),
            value
        )),
    ];
    prop_oneof![
        (0..16_u8, limit).prop_map(|(flags, (layout, exid, value))| {
            MptcpOption::MaxSubflows(MaxSubflows {
                flags: ExperimentFlags(flags),
                layout,
                exid,
                value,
            })
        }),
        (0..16_u8, any::<u16>(), octets(0..=35)).prop_filter_map(
            "an ID and length of Maximum Subflows",
            move |(flags, exid, data)| {
                let known = exid == dialect.max_subflows_exid() && !data.as_slice().is_empty();
                let layout_b = exid >> 8 == 0xaa && data.as_slice().len() == 3;
                let flags = ExperimentFlags(flags);
                (!known && !layout_b).then_some(MptcpOption::Experimental(Experimental {
                    flags,
                    exid,
                    data,
                }))
            }
        ),
        (0x9..0xf_u8, 0..16_u8, octets(0..=37)).prop_filter_map(
            "the subtype of MP_Navigation",
            move |(subtype, flags, data)| {
                (subtype != dialect.navigation_subtype())
                    .then_some(MptcpOption::Unknown(UnknownSubtype { subtype, flags, data }))
            }
        ),
    ]
}

/// Every well-formed option with the numbers it is written with. Layout B can't be told from
/// layout A where the configured ID starts with 0xaa, so that ID is left out here.
pub(crate) fn any_option() -> impl Strategy<Value = (Dialect, MptcpOption)> {
    let exid = any::<u16>().prop_filter("layout B", |exid| exid >> 8 != 0xaa);
    let numbers =
        prop_oneof![Just(DEFAULT), (0x9..0xf_u8, exid).prop_map(|(s, exid)| dialect(s, exid))];
    numbers.prop_flat_map(|numbers| {
        let option =
            prop_oneof![capable(), join(), dss(), add_addr(), regular(), experiments(numbers)];
        (Just(numbers), option)
    })
}
