//! The columns of the connection, and what was noticed and verified.

use super::Context;
use super::registry::{Column, Needs};
use super::values::Values;
use crate::flow::{Fact, Status, View};
use crate::render::put::Put;
use crate::wire::mptcp::MptcpOption;

/// Wireshark's values for the outcome of a verification.
const BAD: u8 = 0;
const GOOD: u8 = 1;
const UNVERIFIED: u8 = 2;
const NOT_PRESENT: u8 = 3;

/// The column of notices.
pub(super) const NOTICE: &str = "mptcp.notice";

pub(super) const COLUMNS: &[Column] = &[
    Column::other("mptcp.stream", "Connection", Needs::Tracking, |c, out| {
        view(c, |view| out.num(view.connection));
    }),
    Column::other("mptcp.subflow", "Subflow of the connection", Needs::Tracking, |c, out| {
        view(c, |view| out.num(view.subflow));
    }),
    Column::other(
        "mptcp.from",
        "Sender: a is the initiator, where that is known, and b the listener",
        Needs::Tracking,
        |c, out| view(c, |view| out.text(view.from.name())),
    ),
    Column::other(
        "mptcp.master",
        "Whether the subflow began with MP_CAPABLE",
        Needs::Tracking,
        |c, out| {
            view(c, |view| view.initial.iter().for_each(|&initial| out.flag(initial)));
        },
    ),
    Column::other(
        "mptcp.analysis.subflows",
        "TCP conversations of the connection so far, latest first",
        Needs::Both,
        |c, out| {
            view(c, |view| {
                let out = out.next();
                for &stream in c.conversations.of(view.connection).iter().rev() {
                    out.num(stream);
                    // Wireshark ends the list with a space too.
                    out.push(b' ');
                }
            });
        },
    ),
    Column::other(
        "mptcp.dss.dsn",
        "DSN of the mapping, relative where the key is known",
        Needs::Tracking,
        |c, out| {
            relative(c, out, |view| view.mapping_dsn, |view| view.idsn[view.from]);
        },
    ),
    Column::other(
        "mptcp.dsn",
        "DSN of the first octet of payload, relative where the key is known",
        Needs::Tracking,
        |c, out| {
            relative(c, out, |view| view.payload_dsn, |view| view.idsn[view.from]);
        },
    ),
    Column::other(
        "mptcp.rawdsn64",
        "DSN of the first octet of payload",
        Needs::Tracking,
        |c, out| {
            view(c, |view| view.payload_dsn.iter().for_each(|&dsn| out.num(dsn)));
        },
    ),
    Column::other(
        "mptcp.ack",
        "Data ACK, relative where the key is known",
        Needs::Tracking,
        |c, out| {
            relative(c, out, |view| view.data_ack, |view| view.idsn[view.from.other()]);
        },
    ),
    Column::other(
        "mptcp.expected_token",
        "Token of the sender, from its key",
        Needs::Tracking,
        |c, out| view(c, |view| view.own.iter().for_each(|own| out.num(own.0))),
    ),
    Column::other(
        "mptcp.expected_idsn",
        "Initial data sequence number of the sender, from its key",
        Needs::Tracking,
        |c, out| view(c, |view| view.own.iter().for_each(|own| out.num(own.1))),
    ),
    Column::other("mptcp.rm_addr.count", "Addresses taken back", Needs::Packet, |c, out| {
        for option in c.event.well_formed() {
            if let MptcpOption::RemoveAddr(removed) = option {
                out.num(removed.address_ids.as_slice().len());
            }
        }
    }),
    Column::other(
        "mptcp.maxsubflows.layout",
        "Layout of a Maximum Subflows: A, B or C",
        Needs::Packet,
        |c, out| {
            for option in c.event.well_formed() {
                if let MptcpOption::MaxSubflows(maximum) = option {
                    out.text(maximum.layout.letter().encode_utf8(&mut [0; 4]));
                }
            }
        },
    ),
    Column::other(
        "mptcp.check.token",
        "Token of an MP_JOIN against the key: 0 bad, 1 good, 2 unverifiable",
        Needs::Tracking,
        |c, out| checks(c, Fact::Token, out),
    ),
    Column::other(
        "mptcp.check.join_hmac",
        "HMAC of an MP_JOIN: 0 bad, 1 good, 2 unverifiable",
        Needs::Tracking,
        |c, out| checks(c, Fact::JoinHmac, out),
    ),
    Column::other(
        "mptcp.check.add_addr_hmac",
        "HMAC of an ADD_ADDR: 0 bad, 1 good, 2 unverifiable",
        Needs::Tracking,
        |c, out| checks(c, Fact::AddAddrHmac, out),
    ),
    Column::other(
        "mptcp.check.fastclose_key",
        "Key of an MP_FASTCLOSE: 0 bad, 1 good, 2 unverifiable",
        Needs::Tracking,
        |c, out| checks(c, Fact::FastcloseKey, out),
    ),
    Column::other(
        "mptcp.check.echoed_key",
        "Key that a third ACK returns: 0 bad, 1 good, 2 unverifiable",
        Needs::Tracking,
        |c, out| checks(c, Fact::EchoedKey, out),
    ),
    Column::other(
        "mptcp.check.checksum",
        "Checksum of a mapping that is complete here: 0 bad, 1 good, 2 unverifiable; 3 on a \
         mapping without one",
        Needs::Tracking,
        checksums,
    ),
    Column::other(
        NOTICE,
        "What was noticed (`mpdissect notices` explains each)",
        Needs::Tracking,
        |c, out| {
            c.event.findings.notices.iter().for_each(|notice| out.text(notice.id.name()));
        },
    ),
];

fn view(c: &Context<'_>, write: impl FnOnce(&View)) {
    if let Some(view) = &c.event.view {
        write(view);
    }
}

/// A number in a data stream, relative to the initial one, or as it is where that isn't known.
fn relative(
    c: &Context<'_>,
    out: &mut Values<'_>,
    number: fn(&View) -> Option<u64>,
    initial: fn(&View) -> Option<u64>,
) {
    view(c, |view| {
        if let Some(number) = number(view) {
            out.num(number.wrapping_sub(initial(view).unwrap_or_default()));
        }
    });
}

fn checks(c: &Context<'_>, fact: Fact, out: &mut Values<'_>) {
    for check in c.event.findings.checks.iter().filter(|check| check.fact == fact) {
        out.num(match check.status {
            Status::Bad => BAD,
            Status::Good => GOOD,
            Status::Unverifiable(_) => UNVERIFIED,
        });
    }
}

fn checksums(c: &Context<'_>, out: &mut Values<'_>) {
    checks(c, Fact::Checksum, out);
    let without = c.event.well_formed().filter(|option| match option {
        MptcpOption::Dss(dss) => dss.mapping.is_some_and(|mapping| mapping.checksum.is_none()),
        _ => false,
    });
    without.for_each(|_| out.num(NOT_PRESENT));
}
