//! The situations that many cases start from.

use mpdissect::wire::mptcp::{MpPrio, MptcpOption};

use crate::plan::{Plan, Role};
use crate::script::{
    Act, Address, App, Opt, Proof, S0, Script, Segment, Sf, ack, carried, delivered, established,
    join, open, shares,
};

/// Connection 0 with this application, established.
pub fn connection(app: App) -> Script {
    Script::new().act(open().app(app)).given(established(S0))
}

/// Data arrives on a subflow: the target has the third ACK of a connection, and can be joined.
pub fn confirmed(on: Sf) -> Script {
    Script::new().act(Act::Write { on, octets: 1 }).given(delivered(on))
}

/// One more subflow on its connection: the tester joins a target that listens; a target that
/// initiates is told the tester's address of the same number, under the same ID, and to join it.
pub fn joined(plan: &Plan, subflow: Sf) -> Script {
    let index = subflow.index;
    let script = match plan.role {
        Role::Listener => confirmed(Sf { conn: subflow.conn, index: 0 }).act(join(subflow)),
        Role::Initiator => Script::new().act(announcement(subflow.conn, index, index)),
    };
    script.given(established(subflow))
}

/// The tester announces one of its addresses under an ID; a target that initiates joins it.
pub fn announcement(conn: u8, id: u8, address: u8) -> Segment {
    let on = Sf { conn, index: 0 };
    ack(on).with(announced(id, address))
}

/// ADD_ADDR for the tester's address of this number, under the same ID.
pub fn own_address(id: u8) -> Opt {
    announced(id, id)
}

/// ADD_ADDR for the tester's address of this number, under this ID.
pub fn announced(id: u8, address: u8) -> Opt {
    Opt::AddAddr { id, address: Address::Tester(address), port: None, hmac: Proof::Right }
}

/// A target that sends steadily over this many subflows of connection 0, all of which carry data.
pub fn flowing(plan: &Plan, subflows: u8) -> Script {
    let all: Vec<Sf> = (0..subflows).map(|index| Sf { conn: 0, index }).collect();
    let connected = connection(App::Source);
    let joined = all.iter().skip(1).fold(connected, |script, &on| script.and(joined(plan, on)));
    joined.given(carried(&all, 1000))
}

/// [`flowing`], where the target uses all of the subflows all the time, so that it means something if
/// one of them is left.
pub fn sharing(plan: &Plan, subflows: u8) -> Script {
    let all: Vec<Sf> = (0..subflows).map(|index| Sf { conn: 0, index }).collect();
    flowing(plan, subflows).given(shares(&all))
}

/// MP_PRIO that makes its subflow a backup, or a regular one again.
pub fn prio(backup: bool) -> MptcpOption {
    MptcpOption::MpPrio(MpPrio { reserved: 0, backup, address_id: None })
}

/// The identifier of an experiment that nobody knows, one for each `n`.
pub fn nobodys(plan: &Plan, n: u8) -> u16 {
    let taken = plan.dialect.max_subflows_exid().to_be_bytes();
    let high = if taken[0] == 0x12 { 0x34 } else { 0x12 };
    u16::from_be_bytes([high, n])
}
