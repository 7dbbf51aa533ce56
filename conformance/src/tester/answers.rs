//! What the tester says to options that want an answer.

use mpdissect::wire::mptcp::{
    AddAddr, AddAddrKind, ExperimentFlags, Experimental, MaxSubflows, MptcpOption, Navigation,
};
use mpdissect::wire::tcp::Flags;

use super::Tester;
use super::connection::State;
use super::seen::Seen;
use crate::plan::Negotiation;
use crate::script::{Answer, Opt};

impl Tester {
    /// Follows and answers the options; whether they want to be acknowledged.
    pub(super) fn take_options(&mut self, at: (usize, usize), seen: &Seen) -> bool {
        if seen.options.is_empty() {
            return false;
        }
        let mut wants_ack = false;
        for option in seen.well_formed() {
            match option {
                MptcpOption::Dss(dss) => wants_ack |= self.take_dss(at, dss, seen),
                MptcpOption::MpCapable(capable) => self.take_capable_data(at, capable, seen),
                MptcpOption::AddAddr(AddAddr {
                    kind: AddAddrKind::Fresh { .. },
                    address_id,
                    addr,
                    port,
                }) if self.behaviour.echoes_add_addr => {
                    let echo = AddAddr {
                        kind: AddAddrKind::Echo { reserved: 0 },
                        address_id: *address_id,
                        addr: *addr,
                        port: *port,
                    };
                    self.send_answer(at, MptcpOption::AddAddr(echo), "echo of ADD_ADDR");
                }
                MptcpOption::Navigation(asked @ Navigation { echo: false, .. })
                    if self.behaviour.echoes_navigation =>
                {
                    let echo = Navigation { echo: true, ..*asked };
                    self.send_answer(at, MptcpOption::Navigation(echo), "echo of MP_Navigation");
                }
                MptcpOption::MpFastclose(_) if self.behaviour.answers_fastclose => {
                    let open: Vec<usize> = self.connections[at.0]
                        .subflows
                        .iter()
                        .enumerate()
                        .filter_map(|(s, subflow)| subflow.is_open().then_some(s))
                        .collect();
                    for s in open {
                        let sub = (at.0, s);
                        self.send_control(sub, Flags::RST, &[], "answers MP_FASTCLOSE".into());
                        let subflow = &mut self.connections[at.0].subflows[s];
                        subflow.state = State::Dead;
                        subflow.timer = None;
                        subflow.marks.reset.get_or_insert(seen.packet);
                    }
                }
                _ => {}
            }
        }
        self.collect_answers(at, seen, false);
        self.flush_answers(at);
        wants_ack
    }

    pub(super) fn send_answer(&mut self, at: (usize, usize), option: MptcpOption, comment: &str) {
        // The DSS shows a target that hasn't the third ACK yet that this is MPTCP.
        let options = [Opt::Timestamps, Opt::Dss, Opt::Mptcp(option)];
        self.send_control(at, Flags::ACK, &options, comment.to_owned());
    }

    /// Keeps what is to be said to experimental options.
    pub(super) fn collect_answers(&mut self, at: (usize, usize), seen: &Seen, handshake: bool) {
        if seen.options.is_empty() {
            return;
        }
        let answers: Vec<MptcpOption> =
            seen.well_formed().filter_map(|option| self.answer(option)).collect();
        let subflow = &mut self.connections[at.0].subflows[at.1];
        if handshake {
            subflow.answers = answers;
        } else {
            subflow.answers.extend(answers);
        }
    }

    pub(super) fn flush_answers(&mut self, at: (usize, usize)) {
        let answers = std::mem::take(&mut self.connections[at.0].subflows[at.1].answers);
        for answer in answers {
            self.send_answer(at, answer, "answers an experiment");
        }
    }

    /// What is said to an option that expects an answer. An option with U never gets one.
    pub(super) fn answer(&self, option: &MptcpOption) -> Option<MptcpOption> {
        let asks = |flags: ExperimentFlags| flags.synchronising() && !flags.unknown();
        let flags = match (self.behaviour.experiments, self.plan.negotiation) {
            (Answer::Silence, _) => return None,
            (Answer::No, _) => ExperimentFlags(ExperimentFlags::UNKNOWN),
            (Answer::Yes, Negotiation::ExpOption00) => ExperimentFlags(0),
            (Answer::Yes, Negotiation::Rfc6824bis) => {
                ExperimentFlags(ExperimentFlags::SYNCHRONISING | ExperimentFlags::UNKNOWN)
            }
        };
        let yes = self.behaviour.experiments == Answer::Yes;
        match option {
            MptcpOption::Experimental(own) if asks(own.flags) => {
                Some(MptcpOption::Experimental(Experimental { flags, ..*own }))
            }
            MptcpOption::MaxSubflows(own) if asks(own.flags) => {
                let value = if yes { Self::MAXIMUM } else { own.value };
                Some(MptcpOption::MaxSubflows(MaxSubflows { flags, value, ..*own }))
            }
            _ => None,
        }
    }
}
