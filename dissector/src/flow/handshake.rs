//! Handshakes: keys, tokens, HMACs, and the fallback where an option is missing.

use super::check::{Fact, Missing, Status};
use super::connection::{FallbackCause, Phase, Side};
use super::mistake::{self, unless};
use super::step::{NewToken, Step};
use crate::crypto::{Algorithm, Party};
use crate::notice::NoticeId;
use crate::wire::mptcp::{
    AddAddr, AddAddrKind, CapableFlags, JoinSyn, MpCapable, MpJoin, MpPrio, MptcpOption, Subtype,
};
use crate::wire::tcp::Flags;

impl Step<'_> {
    /// What the TCP header alone says, before the options.
    pub(super) fn begin(&mut self) {
        let segment = self.seen.segment;
        let (syn, acknowledges) = (self.seen.has(Flags::SYN), self.seen.has(Flags::ACK));
        let (own, other) = self.both_halves();
        if syn {
            own.isn = Some(segment.seq);
            own.base = Some(segment.seq);
        }
        own.base.get_or_insert(segment.seq.wrapping_sub(1));
        if acknowledges {
            other.base.get_or_insert(segment.ack.wrapping_sub(1));
        }
        if syn && acknowledges {
            self.begin_behind_syn_data();
        }
    }

    /// Data on the SYN that the SYN/ACK took (TCP Fast Open) is no part of the data stream, and
    /// mappings count from behind it (RFC 8684 appendix B).
    fn begin_behind_syn_data(&mut self) {
        let ack = self.seen.segment.ack;
        let opener = self.other_half();
        let taken = opener.isn.map_or(0, |isn| ack.wrapping_sub(isn).wrapping_sub(1));
        if u64::from(taken) <= opener.octets {
            opener.mappings.on_syn = taken;
        }
    }

    /// Where the handshake stands after this segment's options, and what their absence means.
    pub(super) fn progress(&mut self) {
        let from = self.from;
        let subflow = self.subflow();
        let (phase, initial) = (subflow.phase, subflow.initial);
        if !matches!(phase, Phase::Syn | Phase::SynAck) {
            return;
        }
        let capable = self.seen.carries(Subtype::MpCapable);
        let join = self.seen.carries(Subtype::MpJoin);
        let subflow = self.subflow();
        let from_opener = subflow.opened_by == Some(from);
        let dss = self.seen.carries(Subtype::Dss);
        let behind_syn = !self.seen.has(Flags::SYN);
        let (handshake_option, unclear) = (capable || join, self.seen.unclear);
        if self.seen.has(Flags::RST) {
            return;
        }
        match phase {
            Phase::Syn
                if self.seen.is_syn()
                    && from_opener
                    && initial == Some(true)
                    && !handshake_option
                    && !unclear =>
            {
                self.fall_back(FallbackCause::SynWithout);
            }
            Phase::Syn if self.seen.is_syn_ack() && !from_opener => {
                if handshake_option || unclear || initial.is_none() {
                    self.enter(Phase::SynAck);
                } else if initial == Some(true) {
                    self.enter(Phase::SynAck);
                    self.fall_back(FallbackCause::SynAckWithout);
                } else {
                    self.refuse("the SYN/ACK has no MP_JOIN");
                }
            }
            // RFC 8684 §3.2: the listener resets such a subflow.
            _ if self.forged => {}
            // A third ACK's option, or a DSS, shows the answers to both SYNs, whether or not the
            // capture has them.
            _ if behind_syn && (dss || handshake_option && from_opener) => {
                self.enter(Phase::Established);
            }
            Phase::SynAck if behind_syn && from_opener => {
                if unclear || initial.is_none() || self.connection.fallback.is_some() {
                    self.enter(Phase::Established);
                } else if initial == Some(true) {
                    self.enter(Phase::Established);
                    self.fall_back(FallbackCause::ThirdAckWithout);
                } else {
                    self.refuse("the third ACK has no MP_JOIN");
                }
            }
            _ => {}
        }
    }

    fn refuse(&mut self, why: &str) {
        self.remark(NoticeId::JoinRefused, why);
        self.enter(Phase::Refused);
    }

    pub(super) fn fall_back(&mut self, cause: FallbackCause) {
        if self.connection.fallback.is_none() {
            self.connection.fallback = Some((self.seen.at, cause));
            self.remark(NoticeId::Fallback, cause.text());
        }
    }

    pub(super) fn on_capable(&mut self, index: u8, capable: &MpCapable) {
        if self.subflow().initial == Some(false) {
            let text = "MP_CAPABLE on a subflow that began with MP_JOIN";
            self.notice(index, NoticeId::MisplacedOption, text);
            return;
        }
        // The listener has the last word on the version (RFC 8684 §3.1), while the handshake lasts.
        let established = self.subflow().phase == Phase::Established;
        match self.connection.version {
            Some(version) if established && version != capable.version => {
                let text = format!("of v{}, the connection is v{version}", capable.version);
                self.notice(index, NoticeId::OtherVersion, text);
                return;
            }
            Some(_) if self.from == Side::A => {}
            _ => self.connection.version = Some(capable.version),
        }
        let half = self.half();
        half.address_id = Some(0);
        half.backup.get_or_insert(false);
        self.other_half().address_id = Some(0);
        self.sender().flags.get_or_insert(capable.flags);
        // RFC 8684 §3.1: checksums are used if either host asks for them.
        let [a, b] = Side::BOTH.map(|side| {
            self.connection.peers[side].flags.map(|flags| flags.has(CapableFlags::CHECKSUM))
        });
        self.connection.checksum = match (a, b) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            // A third ACK repeats what both have agreed on.
            (Some(known), None) | (None, Some(known)) if capable.receiver_key().is_some() => {
                Some(known)
            }
            _ => None,
        };
        if let Some(key) = capable.sender_key() {
            self.learn_key(index, self.from, key);
        }
        if let Some(echoed) = capable.receiver_key() {
            let receiver = self.receiver();
            match receiver.key.filter(|_| !receiver.key_is_hearsay) {
                Some(key) => {
                    self.check(Some(index), Fact::EchoedKey, Status::of(key == echoed));
                    if key != echoed {
                        let text = format!("{echoed:#018x} came back, {key:#018x} was sent");
                        self.notice(index, NoticeId::EchoedKey, text);
                    }
                }
                None => {
                    let status = Status::Unverifiable(Missing::Keys);
                    self.check(Some(index), Fact::EchoedKey, status);
                    self.learn_key(index, self.from.other(), echoed);
                }
            }
        }
    }

    fn learn_key(&mut self, index: u8, side: Side, key: u64) {
        let algorithm = self.connection.algorithm();
        let hearsay = side != self.from;
        match self.connection.peers[side].key {
            Some(known) if known != key => {
                let text = format!("{key:#018x} instead of {known:#018x}");
                self.notice(index, NoticeId::KeyChanged, text);
                // What the handshake ended with stays.
                if self.subflow().phase == Phase::Established {
                    return;
                }
            }
            Some(_) => {
                self.connection.peers[side].key_is_hearsay &= hearsay;
                return;
            }
            None => {}
        }
        let peer = &mut self.connection.peers[side];
        peer.key = Some(key);
        peer.key_is_hearsay = hearsay;
        if let Some(derived) = algorithm.map(|algorithm| algorithm.derive(key)) {
            let instead_of = peer.token.replace(derived.token);
            peer.idsn = Some(derived.idsn);
            peer.near = Some(derived.idsn);
            self.out.tokens.push(NewToken { token: derived.token, instead_of });
        }
    }

    /// An option laid out for the other version than the connection's.
    pub(super) fn check_version(&mut self, index: u8, option: &MptcpOption) {
        let layout = match option {
            MptcpOption::AddAddr(AddAddr { kind: AddAddrKind::V0, .. })
            | MptcpOption::MpPrio(MpPrio { address_id: Some(_), .. }) => 0,
            MptcpOption::AddAddr(_) | MptcpOption::MpTcprst(_) => 1,
            _ => return,
        };
        if let Some(version @ (0 | 1)) = self.connection.version
            && version != layout
        {
            let text = format!("laid out for v{layout}, the connection is v{version}");
            self.notice(index, NoticeId::OtherVersion, text);
        }
    }

    pub(super) fn on_join(&mut self, index: u8, join: &MpJoin) {
        // Beside MP_CAPABLE it means nothing.
        if self.seen.carries(Subtype::MpCapable) {
            return;
        }
        if self.subflow().initial == Some(true) {
            let text = "MP_JOIN on a subflow that began with MP_CAPABLE";
            self.notice(index, NoticeId::MisplacedOption, text);
            return;
        }
        match join {
            MpJoin::Syn(syn) => {
                self.introduce(syn.address_id, syn.backup, syn.nonce);
                self.check_token(index, syn);
                self.check_closed_address(index);
            }
            MpJoin::SynAck(syn_ack) => {
                self.introduce(syn_ack.address_id, syn_ack.backup, syn_ack.nonce);
                self.check_join_hmac(index, &syn_ack.hmac.to_be_bytes());
            }
            MpJoin::Ack(ack) => self.forged = !self.check_join_hmac(index, &ack.hmac),
        }
    }

    fn introduce(&mut self, address_id: u8, backup: bool, nonce: u32) {
        let (at, from) = (self.seen.at, self.from);
        let half = self.half();
        half.address_id = Some(address_id);
        half.nonce = Some(nonce);
        if half.backup.replace(backup).is_none() && backup {
            self.connection.extra += self.subflow().prioritise(at, from, backup);
        }
    }

    fn check_token(&mut self, index: u8, syn: &JoinSyn) {
        let receiver = self.receiver();
        let status = match (receiver.key, receiver.token) {
            (Some(_), Some(token)) => Status::of(token == syn.token),
            _ => {
                let text = format!("token {:#010x}", syn.token);
                self.notice(index, NoticeId::UnknownToken, text);
                Status::Unverifiable(Missing::Keys)
            }
        };
        if status == Status::Bad {
            let text = format!("token {:#010x}", syn.token);
            self.notice(index, NoticeId::WrongToken, text);
        }
        self.check(Some(index), Fact::Token, status);
    }

    /// RFC 8684 §3.1: C closes the sender's address and port of the initial subflow.
    fn check_closed_address(&mut self, index: u8) {
        let to = self.from.other();
        let closed = self.connection.peers[to]
            .flags
            .is_some_and(|flags| flags.has(CapableFlags::NO_MORE_SUBFLOWS));
        let target = self.other_half().endpoint;
        let first = self.connection.subflows.iter().find(|flow| flow.initial == Some(true));
        if closed
            && self.connection.version != Some(0)
            && first.is_some_and(|first| first.halves[to].endpoint == target)
        {
            let text = format!("{} port {} takes no more subflows", target.addr, target.port);
            self.notice(index, NoticeId::JoinAgainstC, text);
        }
    }

    /// What goes into the HMAC that the sender of this segment has to show.
    fn join_parties(&mut self) -> Result<(Algorithm, Party, Party), Missing> {
        let algorithm = self.connection.algorithm();
        let (own_key, peer_key) = (self.sender().key, self.receiver().key);
        let (own_nonce, peer_nonce) = (self.half().nonce, self.other_half().nonce);
        let (Some(own_key), Some(peer_key)) = (own_key, peer_key) else {
            return Err(Missing::Keys);
        };
        let (Some(own_nonce), Some(peer_nonce)) = (own_nonce, peer_nonce) else {
            return Err(Missing::Nonces);
        };
        let algorithm = algorithm.ok_or(Missing::Version)?;
        let own = Party { key: own_key, nonce: own_nonce };
        Ok((algorithm, own, Party { key: peer_key, nonce: peer_nonce }))
    }

    /// Checks the HMAC of a join, of which a SYN/ACK shows the start only, and tells whether it may be
    /// believed.
    fn check_join_hmac(&mut self, index: u8, hmac: &[u8]) -> bool {
        let (algorithm, own, peer) = match self.join_parties() {
            Ok(parties) => parties,
            Err(missing) => {
                self.check(Some(index), Fact::JoinHmac, Status::Unverifiable(missing));
                return true;
            }
        };
        let holds = algorithm.join_hmac(own, peer).starts_with(hmac);
        self.check(Some(index), Fact::JoinHmac, Status::of(holds));
        // Who has made a good one has the key.
        self.sender().key_is_hearsay &= !holds;
        if !holds {
            let mistake = mistake::of_join(hmac, algorithm, own, peer);
            let text = unless("not what keys and nonces give", mistake);
            self.notice(index, NoticeId::JoinHmac, text);
        }
        holds
    }
}
