//! How connections are opened and subflows joined (RFC 8684 §3.1 and §3.2).

use std::time::Duration;

use mpdissect::crypto::{Algorithm, Party};
use mpdissect::wire::mptcp::{
    CapableFlags, CapableKeys, JoinAck, JoinSyn, JoinSynAck, MpCapable, MpJoin, MptcpOption,
};
use mpdissect::wire::tcp::{Endpoint, Flags};

use super::connection::{Connection, refuse_with};
use super::env::Env;
use super::intake::Incoming;
use super::limit::{Refusal, Stage};
use super::subflow::{Nonces, Refused, Subflow, reason};
use super::tcp::{State, Tcp};
use crate::proofs;
use crate::script::{App, Proof};

const FIRST_THIRD_WAIT: Duration = Duration::from_millis(200);

impl Connection {
    /// Opens a connection.
    pub(super) fn open(
        env: &mut Env<'_>,
        index: usize,
        app: App,
        local: Endpoint,
        to: Endpoint,
    ) -> Self {
        let tcp = Tcp::new(local, to, env);
        let mut connection = Self::new(env, index, true, app, tcp);
        connection.flags = env.policy.opening.capable_flags();
        env.demux.tokens.insert(connection.own.token, index);
        let flags = CapableFlags(connection.flags);
        let version = env.policy.opening.version(index);
        let old = CapableKeys::Sender(connection.own_key);
        let keys = if version == 0 { old } else { CapableKeys::None };
        let hello = MpCapable { version, flags, keys };
        let voice = connection.voice();
        let first = &mut connection.subflows[0];
        first.hello = Some(MptcpOption::MpCapable(hello));
        first.greet(env, &voice);
        connection
    }

    /// Answers a SYN to a port where an application listens.
    pub(super) fn accept_syn(
        env: &mut Env<'_>,
        index: usize,
        app: App,
        syn: &Incoming<'_>,
    ) -> Self {
        let (local, remote) = syn.ends();
        let mut tcp = Tcp::new(local, remote, env);
        tcp.state = State::SynReceived;
        tcp.synchronise(syn);
        let cookie = cookie(env, remote);
        let early = if syn.offers.cookie == Some(cookie) { syn.head.payload } else { &[] };
        let length = u32::try_from(early.len()).unwrap_or(0);
        tcp.take_early(length);
        let mut connection = Self::new(env, index, false, app, tcp);
        connection.early = length;
        connection.app.read(&mut connection.outgoing, early);
        connection.subflows[0].cookie = syn.offers.asks_cookie.then_some(cookie);
        let offer = offered(env, syn).filter(|_| syn.join().is_none());
        let offer = offer.filter(|offer| understands(env, offer)).or_else(|| unasked(env, syn));
        connection.mptcp = offer.is_some();
        if let Some(offer) = offer {
            connection.flags = env.policy.opening.capable_flags();
            let opening = env.policy.opening;
            let own = opening.answer_flags(connection.flags, offer.flags.0);
            let asked = if opening.honours_flag_a() { offer.flags.0 } else { 0 };
            let flags = own | (asked & CapableFlags::CHECKSUM);
            connection.flags = flags;
            connection.checksums = CapableFlags(flags).has(CapableFlags::CHECKSUM);
            connection.paths.no_joins_to_first = offer.flags.has(CapableFlags::NO_MORE_SUBFLOWS);
            let keys = CapableKeys::Sender(connection.own_key);
            let hello = MpCapable { version: 1, flags: CapableFlags(flags), keys };
            connection.subflows[0].hello = Some(MptcpOption::MpCapable(hello));
            env.demux.tokens.insert(connection.own.token, index);
        }
        let voice = connection.voice();
        connection.heed_drafts(env, 0, syn, false, true);
        if let Some(first) = connection.subflows.get_mut(0) {
            first.greet(env, &voice);
        }
        connection
    }

    /// Takes the answer to an own SYN.
    pub(super) fn answered(&mut self, env: &mut Env<'_>, at: usize, answer: &Incoming<'_>) {
        let subflow = &mut self.subflows[at];
        let right = answer.has(Flags::ACK) && answer.head.ack == subflow.tcp.nxt;
        if !right {
            if answer.has(Flags::ACK) && !answer.has(Flags::RST) {
                super::connection::refuse(env, answer);
            }
            return;
        }
        if answer.has(Flags::RST) {
            subflow.tcp.close();
            subflow.was_reset = true;
            subflow.was_refused = Some(Refused { transient: false });
            return;
        }
        if !answer.has(Flags::SYN) || drops(env, answer) {
            return;
        }
        subflow.tcp.synchronise(answer);
        subflow.tcp.acknowledged(env.now, answer, false);
        subflow.tcp.state = State::Established;
        if subflow.join.is_some() {
            self.join_answered(env, at, answer);
        } else {
            self.capable_answered(env, answer);
        }
    }

    fn capable_answered(&mut self, env: &mut Env<'_>, answer: &Incoming<'_>) {
        let accepted = offered(env, answer).filter(|_| self.mptcp);
        let accepted = accepted.filter(|capable| understands(env, capable));
        let key = accepted.and_then(|capable| capable.sender_key());
        let (Some(accepted), Some(key)) = (accepted, key) else {
            if self.mptcp && !env.policy.opening.speaks_tcp() {
                self.reset_subflow(env, 0, &[reason(0x01, false)]);
                return;
            }
            self.fall_back(env);
            self.subflows[0].ack_due = true;
            self.established(env);
            return;
        };
        self.learn_key(env, key);
        let theirs = if env.policy.opening.honours_flag_a() { accepted.flags.0 } else { 0 };
        self.checksums = CapableFlags(self.flags | theirs).has(CapableFlags::CHECKSUM);
        self.paths.no_joins_to_first = accepted.flags.has(CapableFlags::NO_MORE_SUBFLOWS);
        if self.checksums && env.policy.opening.confirms_flag_a() {
            self.flags |= CapableFlags::CHECKSUM;
        }
        let returned = env.policy.opening.returned_key(key);
        let keys = CapableKeys::Both { sender: self.own_key, receiver: returned };
        let flags = CapableFlags(self.flags);
        let third = MpCapable { version: 1, flags, keys };
        self.outgoing.allow(self.own.idsn.wrapping_add(1 + u64::from(answer.head.window)));
        let first = &mut self.subflows[0];
        first.third = Some(MptcpOption::MpCapable(third));
        first.ack_due = true;
        self.heed_drafts(env, 0, answer, false, true);
        self.app.start(env.now);
    }

    /// Takes the segment that completes a handshake which the peer began. Whether it does.
    pub(super) fn completed(&mut self, env: &mut Env<'_>, at: usize, third: &Incoming<'_>) -> bool {
        if self.subflows[at].join.is_some() {
            return self.join_completed(env, at, third);
        }
        if self.mptcp {
            let keys = third.capable().map(|capable| capable.keys);
            match keys {
                Some(CapableKeys::Data { .. })
                    if !env.policy.opening.takes_first_data_for_third_ack() =>
                {
                    self.reset_subflow(env, at, &[reason(0x01, false)]);
                    return false;
                }
                Some(
                    CapableKeys::Both { sender, receiver }
                    | CapableKeys::Data { sender, receiver, .. },
                ) if receiver == self.own_key || !env.policy.opening.checks_returned_key() => {
                    self.learn_key(env, sender);
                    self.subflows[0].confirmed = true;
                    let window =
                        u64::from(third.head.window) << self.subflows[0].tcp.peer_shift_in_use();
                    self.outgoing.allow(self.own.idsn.wrapping_add(1 + window));
                }
                // The third ACK got lost or is late, but the peer speaks MPTCP: the SYN/ACK will
                // be sent again, and the third ACK with it.
                None if third.options().next().is_some() => return false,
                // RFC 8684 §3.1: a third ACK without MP_CAPABLE is that of a connection of TCP.
                _ if env.policy.opening.takes_plain_third_ack() => self.fall_back(env),
                _ => {
                    self.reset_subflow(env, at, &[reason(0x01, false)]);
                    return false;
                }
            }
        }
        self.established(env);
        true
    }

    /// Answers a SYN with an MP_JOIN that names this connection.
    pub(super) fn accept_join(&mut self, env: &mut Env<'_>, join: &JoinSyn, syn: &Incoming<'_>) {
        if self.peer_key == 0 || !self.may_be_extended(env) {
            // The third ACK of the connection, or its first data, is on its way: the SYN will come
            // again.
            return;
        }
        let id = self.number();
        let census = self.census(env);
        let verdict = self.limiter.accepts(env.policy.limit, census, Stage::Syn, env.now);
        if let Err(refusal) = verdict {
            self.past.failed = self.past.failed.saturating_add(1);
            match refusal {
                Refusal::Silence => {}
                Refusal::Reset { reason: code } => {
                    let why = code.map(|code| reason(code, true));
                    refuse_with(env, syn, why.as_slice());
                }
                Refusal::ResetAll => {
                    refuse_with(env, syn, &[reason(0x03, true)]);
                    self.reset_all(env, &[reason(0x03, true)]);
                }
            }
            return;
        }
        let (local, remote) = syn.ends();
        let mut tcp = Tcp::new(local, remote, env);
        tcp.state = State::SynReceived;
        tcp.synchronise(syn);
        let fresh = env.rng.u32(..);
        let nonces = Nonces { own: env.policy.paths.nonce(fresh), peer: join.nonce };
        let mut subflow = Subflow::new(id, tcp, false);
        subflow.join = Some(nonces);
        subflow.local_id = self.own_id(env, local.addr);
        subflow.remote_id = join.address_id;
        subflow.peer_backup = join.backup && env.policy.paths.honours_priority();
        subflow.hello = Some(MptcpOption::MpJoin(MpJoin::SynAck(JoinSynAck {
            reserved: env.policy.paths.reserved_of_join(join.reserved),
            backup: false,
            address_id: subflow.local_id,
            hmac: leftmost(self.own_hmac(env, nonces)),
            nonce: nonces.own,
        })));
        env.demux.subflows.insert((local, remote), (self.index, id));
        self.paths.met(join.address_id, remote);
        let voice = self.voice();
        self.subflows.push(subflow);
        let at = self.subflows.len() - 1;
        self.heed_drafts(env, at, syn, false, true);
        self.subflows[at].greet(env, &voice);
    }

    /// Answers a SYN that comes once more as the first time.
    pub(super) fn answer_again(&mut self, env: &mut Env<'_>, at: usize) {
        if let Some(nonces) = self.subflows[at].join {
            let nonces = Nonces { own: env.policy.paths.nonce_again(nonces.own), ..nonces };
            let hmac = leftmost(self.own_hmac(env, nonces));
            let subflow = &mut self.subflows[at];
            subflow.join = Some(nonces);
            if let Some(MptcpOption::MpJoin(MpJoin::SynAck(hello))) = &mut subflow.hello {
                (hello.nonce, hello.hmac) = (nonces.own, hmac);
            }
        }
        let voice = self.voice();
        self.subflows[at].resend(env, &voice);
    }

    fn join_completed(&mut self, env: &mut Env<'_>, at: usize, third: &Incoming<'_>) -> bool {
        let Some(nonces) = self.subflows[at].join else { return false };
        let overtaken =
            third.join().is_none() && third.dss().is_some() && third.head.payload_len > 0;
        if overtaken && env.policy.paths.waits_for_proof() {
            // Data has overtaken the third ACK, which comes again.
            return false;
        }
        let hmac = third.join().and_then(|join| match join {
            MpJoin::Ack(ack) => Some(ack.hmac),
            _ => None,
        });
        let policy = env.policy.paths;
        let right = |hmac| {
            let mut proofs = policy.join_proofs().iter();
            proofs.any(|&proof| hmac == self.peer_hmac(proof, nonces))
        };
        let bad = match hmac {
            Some(hmac) => !right(hmac) && policy.checks_join_hmac(),
            None => !overtaken && policy.insists_on_third() && policy.checks_join_hmac(),
        };
        if bad {
            // RFC 8684 §3.2: without the proof, the subflow is reset.
            self.reset_subflow(env, at, &[reason(env.policy.paths.reason_for_bad_join(), false)]);
            return false;
        }
        let census = self.census(env);
        let verdict = self.limiter.accepts(env.policy.limit, census, Stage::Third, env.now);
        if let Err(refusal) = verdict {
            match refusal {
                Refusal::Silence => self.subflows[at].tcp.close(),
                Refusal::Reset { reason: code } => {
                    let why = code.map(|code| reason(code, true));
                    self.reset_subflow(env, at, why.as_slice());
                }
                Refusal::ResetAll => self.reset_all(env, &[reason(0x03, true)]),
            }
            return false;
        }
        self.subflows[at].confirmed = true;
        self.established(env);
        true
    }

    /// Opens a further subflow from an own address.
    pub(super) fn open_join(
        &mut self,
        env: &mut Env<'_>,
        local: Endpoint,
        remote: Endpoint,
        remote_id: u8,
    ) {
        let census = self.census(env);
        if !self.limiter.may_open(env.policy.limit, census, env.now) {
            return;
        }
        let id = self.number();
        let tcp = Tcp::new(local, remote, env);
        let mut subflow = Subflow::new(id, tcp, true);
        let fresh = env.rng.u32(..);
        let nonces = Nonces { own: env.policy.paths.nonce(fresh), peer: 0 };
        subflow.join = Some(nonces);
        subflow.local_id = self.own_id(env, local.addr);
        subflow.remote_id = remote_id;
        subflow.hello = Some(MptcpOption::MpJoin(MpJoin::Syn(JoinSyn {
            reserved: env.policy.paths.reserved_of_join(0),
            backup: false,
            address_id: subflow.local_id,
            token: self.peer.token,
            nonce: nonces.own,
        })));
        env.demux.subflows.insert((local, remote), (self.index, id));
        let voice = self.voice();
        subflow.greet(env, &voice);
        self.subflows.push(subflow);
    }

    fn join_answered(&mut self, env: &mut Env<'_>, at: usize, answer: &Incoming<'_>) {
        let Some(mut nonces) = self.subflows[at].join else { return };
        let policy = env.policy.paths;
        let Some(MpJoin::SynAck(join)) = answer.join() else {
            // RFC 8684 §3.2: what answers is no join.
            if !env.policy.opening.minds_stripped_joins() {
                return;
            }
            if policy.insists_on_join() {
                self.reset_subflow(env, at, &[reason(policy.reason_for_bad_join(), false)]);
            } else {
                self.subflows[at].ack_due = true;
            }
            return;
        };
        nonces.peer = join.nonce;
        let right = leftmost(self.peer_hmac(Proof::Right, nonces)) == join.hmac;
        if !right && policy.checks_join_hmac() {
            self.reset_subflow(env, at, &[reason(policy.reason_for_bad_join(), false)]);
            return;
        }
        let hmac = self.own_hmac(env, nonces);
        let displacing = env.policy.limit.displaces_join();
        let other = displacing.then(|| self.limiter.announcement(env.policy.limit)).flatten();
        let other = other.and_then(|other| MptcpOption::parse(&other, env.plan.dialect).ok());
        let subflow = &mut self.subflows[at];
        subflow.join = Some(nonces);
        subflow.peer_backup |= join.backup && env.policy.paths.honours_priority();
        let third = MptcpOption::MpJoin(MpJoin::Ack(JoinAck {
            reserved: policy.reserved_of_third(),
            hmac,
        }));
        subflow.third = Some(other.unwrap_or(third));
        subflow.ack_due = true;
        subflow.third_wait = FIRST_THIRD_WAIT;
        subflow.third_at = policy.repeats_third().then_some(env.now + FIRST_THIRD_WAIT);
        subflow.eager = !policy.waits_for_confirmation();
        self.heed_drafts(env, at, answer, false, true);
    }

    fn own_hmac(&self, env: &Env<'_>, nonces: Nonces) -> [u8; 20] {
        let (own, peer) = self.parties(nonces);
        proofs::of_join(env.policy.paths.own_join_proof(), own, peer)
    }

    fn peer_hmac(&self, proof: Proof, nonces: Nonces) -> [u8; 20] {
        let (own, peer) = self.parties(nonces);
        proofs::of_join(proof, peer, own)
    }

    /// The own part in a join, and the peer's.
    fn parties(&self, nonces: Nonces) -> (Party, Party) {
        (
            Party { key: self.own_key, nonce: nonces.own },
            Party { key: self.peer_key, nonce: nonces.peer },
        )
    }
}

/// Whether an MP_CAPABLE is one that the host can take up (RFC 8684 §3.1): its own version, no
/// extension that it doesn't know, and the one algorithm that there is.
fn understands(env: &Env<'_>, capable: &MpCapable) -> bool {
    let opening = env.policy.opening;
    (capable.version == 1 || opening.ignores_version())
        && (!capable.flags.has(CapableFlags::EXTENSIBILITY) || opening.ignores_extensibility())
        && (capable.flags.has(CapableFlags::HMAC) || opening.ignores_algorithms())
        && (capable.flags.0 & 0x1e == 0 || opening.takes_further_algorithms())
}

/// The MP_CAPABLE of a SYN or SYN/ACK: one whose length isn't that of such a segment is none (RFC
/// 8684 §3.1).
fn offered(env: &Env<'_>, segment: &Incoming<'_>) -> Option<MpCapable> {
    if env.policy.opening.insists_on_lengths() {
        return segment.capable().copied();
    }
    segment.signals.iter().find_map(|signal| match signal.option {
        Some(MptcpOption::MpCapable(capable)) => Some(capable),
        _ => None,
    })
}

/// What a host that doesn't care takes for an offer where there is none.
fn unasked(env: &Env<'_>, syn: &Incoming<'_>) -> Option<MpCapable> {
    let flags = CapableFlags(CapableFlags::HMAC);
    let own = MpCapable { version: 1, flags, keys: CapableKeys::None };
    (env.policy.opening.answers_unasked() && syn.capable().is_none()).then_some(own)
}

/// The cookie that lets a host send data with its SYN (RFC 7413 §4.1.2): what only this host can
/// make of the address.
fn cookie(env: &Env<'_>, remote: Endpoint) -> [u8; 8] {
    let address = match remote.addr {
        std::net::IpAddr::V4(addr) => addr.to_bits().into(),
        std::net::IpAddr::V6(addr) => addr.to_bits() as u64,
    };
    Algorithm::Sha256.derive(address ^ !env.plan.seed).idsn.to_be_bytes()
}

/// Whether a SYN or SYN/ACK is dropped because of Maximum Subflows in it.
pub(super) fn drops(env: &Env<'_>, segment: &Incoming<'_>) -> bool {
    let limit = env.policy.limit;
    let is_one = |raw| limit.read(raw, env.plan.dialect).is_some();
    !limit.takes_syn() && segment.signals.iter().any(|signal| is_one(signal.raw))
}

/// The leftmost 64 bits, which is what a SYN/ACK has room for.
fn leftmost(hmac: [u8; 20]) -> u64 {
    u64::from_be_bytes(hmac.first_chunk().copied().unwrap_or_default())
}
