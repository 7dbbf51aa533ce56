//! Addresses announced and removed, and priorities.

use super::check::{Fact, Missing, Status};
use super::connection::{AnnouncedAddress, Peer};
use super::mistake::{self, unless};
use super::step::Step;
use crate::crypto::add_addr_hmac;
use crate::notice::NoticeId;
use crate::wire::mptcp::{AddAddr, AddAddrKind, MpPrio, RemoveAddr};

impl Step<'_> {
    pub(super) fn on_add_addr(&mut self, index: u8, announced: &AddAddr) {
        match announced.kind {
            AddAddrKind::Echo { .. } => self.on_add_addr_echo(index, announced),
            AddAddrKind::Fresh { hmac, .. } => {
                // RFC 8684 §3.4.1: the receiver passes over one that is forged.
                if self.check_add_addr_hmac(index, announced, hmac) {
                    self.announce(index, announced);
                }
            }
            AddAddrKind::V0 => self.announce(index, announced),
        }
    }

    /// Checks the HMAC of an announcement, and tells whether it may be believed.
    fn check_add_addr_hmac(&mut self, index: u8, announced: &AddAddr, hmac: u64) -> bool {
        let AddAddr { address_id, addr, port, .. } = *announced;
        let (Some(own), Some(peer)) = (self.sender().key, self.receiver().key) else {
            let status = Status::Unverifiable(Missing::Keys);
            self.check(Some(index), Fact::AddAddrHmac, status);
            return true;
        };
        let holds = hmac == add_addr_hmac(own, peer, address_id, addr, port);
        self.check(Some(index), Fact::AddAddrHmac, Status::of(holds));
        if !holds {
            let mistake = mistake::of_add_addr(hmac, own, peer, announced);
            let text = unless("not what keys, address ID, address and port give", mistake);
            self.notice(index, NoticeId::AddAddrHmac, text);
        }
        holds
    }

    fn announce(&mut self, index: u8, announced: &AddAddr) {
        let at = self.seen.at;
        let fresh = AnnouncedAddress {
            id: announced.address_id,
            addr: announced.addr,
            port: announced.port,
            added: at,
            echoed: None,
            removed: None,
        };
        let addresses = &mut self.sender().addresses;
        let mut of_id = addresses.iter_mut().filter(|known| known.id == fresh.id);
        // RFC 8684 §3.4.1: another address takes a REMOVE_ADDR first; another port does not, and
        // the same announcement again only refreshes the first one.
        let other = of_id.find(|known| known.removed.is_none() && known.addr != fresh.addr);
        if let Some(other) = other {
            let text = format!("ID {} is {}, not {}", fresh.id, place(other), place(&fresh));
            self.notice(index, NoticeId::AddressIdReused, text);
            return;
        }
        let full = addresses.len() >= Peer::ADDRESSES_MAX;
        let again = addresses.iter_mut().find(|known| known.is_of(announced));
        match again {
            Some(known) if known.removed.is_some() => *known = fresh,
            Some(_) => {}
            None if full => {}
            None => {
                addresses.push(fresh);
                self.connection.extra += size_of::<AnnouncedAddress>();
            }
        }
    }

    fn on_add_addr_echo(&mut self, index: u8, echo: &AddAddr) {
        let at = self.seen.at;
        let addresses = &mut self.receiver().addresses;
        if let Some(known) = addresses.iter_mut().find(|known| known.is_of(echo)) {
            known.echoed.get_or_insert(at);
        } else if let Some(known) = addresses.iter().find(|known| known.id == echo.address_id) {
            let text = format!("ID {} was announced as {}", echo.address_id, place(known));
            self.notice(index, NoticeId::AddAddrEchoDiffers, text);
        } else if self.connection.seen_from_start() {
            let text = format!("ID {}", echo.address_id);
            self.notice(index, NoticeId::AddAddrEchoUnasked, text);
        }
    }

    pub(super) fn on_remove_addr(&mut self, index: u8, removed: &RemoveAddr) {
        let at = self.seen.at;
        for &id in removed.address_ids.as_slice() {
            for known in self.sender().addresses.iter_mut().filter(|known| known.id == id) {
                known.removed.get_or_insert(at);
            }
            self.check_id(index, id, "REMOVE_ADDR of");
        }
    }

    /// Whether an address ID that the sender speaks of is one that it announced or joined with.
    /// Before a late start it may have been any.
    fn check_id(&mut self, index: u8, id: u8, what: &str) {
        let from = self.from;
        let announced = self.sender().addresses.iter().any(|known| known.id == id);
        let mut subflows = self.connection.subflows.iter();
        let in_use = subflows.any(|subflow| subflow.halves[from].address_id == Some(id));
        if !announced && !in_use && self.connection.seen_from_start() {
            self.notice(index, NoticeId::UnknownAddressId, format!("{what} ID {id}"));
        }
    }

    pub(super) fn on_prio(&mut self, option: u8, prio: &MpPrio) {
        let (at, from) = (self.seen.at, self.from);
        let here = self.index;
        for (index, subflow) in self.connection.subflows.iter_mut().enumerate() {
            // RFC 6824 §3.3.8: with an address ID it is for all subflows that use the address.
            let meant = match prio.address_id {
                None => index == here,
                Some(id) => subflow.halves[from].address_id == Some(id),
            };
            if meant {
                subflow.halves[from].backup = Some(prio.backup);
                self.connection.extra += subflow.prioritise(at, from, prio.backup);
            }
        }
        if let Some(id) = prio.address_id {
            self.check_id(option, id, "MP_PRIO for");
        }
    }
}

fn place(address: &AnnouncedAddress) -> String {
    match address.port {
        Some(port) => format!("{} port {port}", address.addr),
        None => address.addr.to_string(),
    }
}
