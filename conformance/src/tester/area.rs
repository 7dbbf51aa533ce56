//! The options of a segment as octets, from what they mean.

use mpdissect::wire::mptcp::{
    AddAddr, AddAddrKind, Dss, Mapping, MpFail, MpFastclose, MptcpOption,
};

use super::Tester;
use super::own::{self, Carried, Part};
use crate::craft::Area;
use crate::proofs;
use crate::script::{Address, Key, Opt};

impl Tester {
    /// The octets of options; `syn` where timestamps are offered rather than used.
    pub(super) fn area(
        &self,
        at: (usize, usize),
        options: &[Opt],
        carried: Carried<'_>,
        syn: bool,
    ) -> Result<Area, String> {
        let connection = &self.connections[at.0];
        let subflow = &connection.subflows[at.1];
        let timestamps = if syn { connection.opening.timestamps } else { subflow.timestamps };
        let mut area = self.try_area(at, options, carried, timestamps);
        if area.len() > Area::MAX && timestamps {
            area = self.try_area(at, options, carried, false);
        }
        if area.len() > Area::MAX {
            return Err(format!("the options of a segment take {} octets, but 40 fit", area.len()));
        }
        Ok(area)
    }

    pub(super) fn try_area(
        &self,
        at: (usize, usize),
        options: &[Opt],
        carried: Carried<'_>,
        timestamps: bool,
    ) -> Area {
        let mut area = Area::new();
        for option in options {
            if *option == Opt::Fill {
                // As much as all the others leave.
                let without: Vec<Opt> =
                    options.iter().filter(|option| **option != Opt::Fill).cloned().collect();
                let others = self.try_area(at, &without, carried, timestamps).len();
                area.raw(&vec![1; Area::MAX.saturating_sub(others)]);
            } else {
                self.put(at, option, carried, timestamps, &mut area);
            }
        }
        area
    }

    fn put(
        &self,
        at: (usize, usize),
        option: &Opt,
        carried: Carried<'_>,
        timestamps: bool,
        area: &mut Area,
    ) {
        let connection = &self.connections[at.0];
        let subflow = &connection.subflows[at.1];
        let dialect = self.plan.dialect;
        match option {
            Opt::Eol => area.raw(&[0]),
            Opt::Nop => area.raw(&[1]),
            Opt::Mss(size) => area.mss(*size),
            Opt::WindowScale(shift) => area.window_scale(*shift),
            Opt::SackPermitted => area.sack_permitted(),
            Opt::Timestamps if timestamps => area.timestamps(self.ticks(), subflow.recent),
            Opt::Dss if connection.plain => {}
            Opt::Dss => area.mptcp(&own::mapped(connection, at.1, carried), dialect),
            Opt::DssWithout { data_ack, mapping } => {
                let own = own::dss(connection, subflow, carried);
                // With both in place it is the checksum that is wrong.
                let wrong = *data_ack && *mapping;
                let dss = Dss {
                    data_ack: own.data_ack.filter(|_| *data_ack),
                    mapping: own.mapping.filter(|_| *mapping).map(|own| Mapping {
                        checksum: if wrong {
                            Some(own.checksum.unwrap_or_default() ^ 0x0100)
                        } else {
                            own.checksum
                        },
                        ..own
                    }),
                    ..own
                };
                area.mptcp(&MptcpOption::Dss(dss), dialect);
            }
            Opt::Shaped(shape) => {
                let dss = own::shaped(connection, subflow, *shape, carried);
                area.mptcp(&MptcpOption::Dss(dss), dialect);
            }
            Opt::Fail => {
                let option = MpFail { reserved: 0, dsn: connection.data_ack() };
                area.mptcp(&MptcpOption::MpFail(option), dialect);
            }
            Opt::Mptcp(option) => area.mptcp(option, dialect),
            Opt::AddAddr { id, address, port, hmac } => {
                let addr = match address {
                    Address::Tester(index) => self.topology.tester.get(usize::from(*index)),
                    Address::Nobody(addr) => Some(addr),
                };
                let Some(&addr) = addr else { return };
                let port = port.map(|more| subflow.local.port.wrapping_add(more));
                let keys = (connection.local_key, own::remote_key(connection));
                let hmac = proofs::of_address(*hmac, keys, *id, addr, port);
                let kind = AddAddrKind::Fresh { reserved: 0, hmac };
                let option = AddAddr { kind, address_id: *id, addr, port };
                area.mptcp(&MptcpOption::AddAddr(option), dialect);
            }
            Opt::Fastclose(key) => {
                let key = match key {
                    Key::Targets => own::remote_key(connection),
                    Key::Wrong => own::remote_key(connection) ^ 1,
                    Key::Testers => connection.local_key,
                };
                let option = MpFastclose { reserved: 0, key };
                area.mptcp(&MptcpOption::MpFastclose(option), dialect);
            }
            Opt::Raw(octets) => area.raw(octets),
            Opt::Keys => {
                area.mptcp(&MptcpOption::MpCapable(own::capable(connection, Part::Third)), dialect);
            }
            Opt::FirstData(length) => {
                let keys = own::first_data(connection, *length, None);
                area.mptcp(&MptcpOption::MpCapable(keys), dialect);
            }
            Opt::Rewritten { option, at: place, xor } => {
                let change = |octet| octet ^ xor;
                area.raw(&self.one_octet(at, option, carried, timestamps, (*place, &change)));
            }
            Opt::Lying(inner, length) => {
                let octets = self.one_octet(at, inner, carried, timestamps, (1, &|_| *length));
                area.raw(&octets);
            }
            // The segments of a handshake put theirs in by themselves.
            Opt::Own => area.mptcp(&own::of_handshake(connection, at.1, Part::Third), dialect),
            // Not in use; and put in by now.
            Opt::Timestamps | Opt::Fill => {}
        }
    }

    /// An option with one of its octets changed, counted from the kind.
    fn one_octet(
        &self,
        at: (usize, usize),
        option: &Opt,
        carried: Carried<'_>,
        timestamps: bool,
        (place, change): (u8, &dyn Fn(u8) -> u8),
    ) -> Vec<u8> {
        let mut one = Area::new();
        self.put(at, option, carried, timestamps, &mut one);
        let mut octets = one.as_slice().to_vec();
        // Timestamps have NOPs in front.
        let start = octets.iter().position(|octet| *octet != 1).unwrap_or(0);
        if let Some(octet) = octets.get_mut(start + usize::from(place)) {
            *octet = change(*octet);
        }
        octets
    }

    /// The milliseconds of the timestamps clock.
    fn ticks(&self) -> u32 {
        (self.now.as_millis() as u32).wrapping_add(1)
    }
}
