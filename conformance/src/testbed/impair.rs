//! What a link in memory does to packets: loss, duplication, reordering, delay, and middleboxes
//! that strip options.

use std::time::Duration;

use mpdissect::source::LinkType;
use mpdissect::wire::frame;
use mpdissect::wire::mptcp::{Dialect, KIND, Subtype};
use mpdissect::wire::tcp::{Endpoint, Flags};

/// What happens to packets on the way, all of it decided by the seed; on either way alike, and
/// for each packet by itself.
#[derive(Clone, Debug)]
pub struct Impairments {
    /// The source of every decision.
    pub seed: u64,
    /// How long a packet takes one way.
    pub delay: Duration,
    /// Up to so much more for a packet that is overtaken by others.
    pub jitter: Duration,
    /// The share of packets that are lost, in per mille.
    pub loss: u16,
    /// The share of packets that arrive twice, in per mille.
    pub duplication: u16,
    /// The share of packets that are held back by `jitter`, in per mille.
    pub reordering: u16,
    /// What middleboxes do to options.
    pub rules: Vec<Rule>,
}

impl Default for Impairments {
    fn default() -> Self {
        Self {
            seed: 0,
            delay: Duration::from_millis(5),
            jitter: Duration::ZERO,
            loss: 0,
            duplication: 0,
            reordering: 0,
            rules: Vec::new(),
        }
    }
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// From the tester.
    ToTarget,
    /// From the target.
    ToTester,
}

/// What a middlebox does to options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// On packets of this way, or of both.
    pub way: Option<Way>,
    /// On this TCP connection, counted from 0 in the order in which their SYNs came by, or on all.
    pub subflow: Option<usize>,
    /// On which segments.
    pub place: Place,
    /// To which options of kind 30: all, or those of one subtype.
    pub subtype: Option<Subtype>,
    /// What.
    pub deed: Deed,
}

/// On which segments a middlebox looks at options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On all.
    Any,
    /// On a SYN.
    Syn,
    /// On a SYN/ACK.
    SynAck,
    /// On the first segment without payload behind the SYN, from whoever sent that.
    ThirdAck,
    /// On the first octets of a direction.
    FirstData,
    /// On all later octets.
    LaterData,
}

/// What a middlebox does to an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Puts NOPs in its place.
    Strip,
    /// Turns over bits of one of its octets.
    Rewrite {
        /// Which octet, counted from the kind.
        at: u8,
        /// Which bits.
        xor: u8,
    },
}

/// A link with its impairments and what it remembers of the connections on it.
#[derive(Debug)]
pub(super) struct Link {
    impairments: Impairments,
    random: fastrand::Rng,
    flows: Vec<Flow>,
}

/// A TCP connection as a middlebox sees it.
#[derive(Debug)]
struct Flow {
    /// The sender of the SYN, then the other one.
    ends: [Endpoint; 2],
    /// Their initial sequence numbers, as far as they were seen.
    initial: [Option<u32>; 2],
}

impl Link {
    pub(super) fn new(impairments: Impairments) -> Self {
        let random = fastrand::Rng::with_seed(impairments.seed);
        Self { impairments, random, flows: Vec::new() }
    }

    /// Hands on a packet as often as it arrives, and after how long.
    pub(super) fn pass(
        &mut self,
        way: Way,
        mut octets: Vec<u8>,
        arrive: &mut dyn FnMut(Duration, Vec<u8>),
    ) {
        if !self.impairments.rules.is_empty() {
            self.interfere(way, &mut octets);
        }
        if self.happens(self.impairments.loss) {
            return;
        }
        if self.happens(self.impairments.duplication) {
            let after = self.duration();
            arrive(after, octets.clone());
        }
        let after = self.duration();
        arrive(after, octets);
    }

    fn happens(&mut self, per_mille: u16) -> bool {
        per_mille > 0 && self.random.u16(0..1000) < per_mille
    }

    fn duration(&mut self) -> Duration {
        let held = self.happens(self.impairments.reordering);
        let jitter = self.impairments.jitter.as_nanos() as u64;
        let more = if held && jitter > 0 { self.random.u64(0..=jitter) } else { 0 };
        self.impairments.delay + Duration::from_nanos(more)
    }

    fn interfere(&mut self, way: Way, octets: &mut [u8]) {
        let length = octets.len() as u32;
        let Ok(located) = frame::locate(LinkType::RAW, octets, length) else { return };
        let segment = located.segment();
        let (area, header) = (segment.options.len(), segment.header_offset as usize);
        let Some((subflow, place)) = self.place(&segment) else { return };
        let rules = self.impairments.rules.iter().filter(|rule| {
            rule.way.is_none_or(|only| only == way)
                && rule.subflow.is_none_or(|only| only == subflow)
                && (rule.place == Place::Any || Some(rule.place) == place)
        });
        for rule in rules {
            let start = header + 20;
            let Some(options) = octets.get_mut(start..start + area) else { return };
            let before = word_sum(options);
            rule.apply(options);
            let after = word_sum(options);
            let Some(sum) = octets.get_mut(header + 16..header + 18) else { return };
            let old = u16::from_be_bytes([sum[0], sum[1]]);
            // RFC 1624: a checksum that was wrong stays wrong.
            sum.copy_from_slice(
                &(!fold(u32::from(!old) + u32::from(!before) + u32::from(after))).to_be_bytes(),
            );
        }
    }

    /// Which connection a segment belongs to, and which of its segments it is.
    fn place(
        &mut self,
        segment: &mpdissect::wire::tcp::Segment<'_>,
    ) -> Option<(usize, Option<Place>)> {
        let (src, dst) = (segment.src, segment.dst);
        let syn = segment.flags.contains(Flags::SYN);
        let known =
            self.flows.iter().rposition(|flow| flow.ends == [src, dst] || flow.ends == [dst, src]);
        let index = known.or_else(|| {
            syn.then(|| {
                self.flows.push(Flow { ends: [src, dst], initial: [None; 2] });
                self.flows.len() - 1
            })
        })?;
        let flow = self.flows.get_mut(index)?;
        let from = usize::from(flow.ends[0] != src);
        if syn {
            flow.initial[from] = Some(segment.seq);
            let ack = segment.flags.contains(Flags::ACK);
            return Some((index, Some(if ack { Place::SynAck } else { Place::Syn })));
        }
        let first = flow.initial[from].map(|initial| initial.wrapping_add(1)) == Some(segment.seq);
        let place = match (segment.payload_len, first) {
            (0, true) if from == 0 => Some(Place::ThirdAck),
            (0, _) => None,
            (_, true) => Some(Place::FirstData),
            (_, false) => Some(Place::LaterData),
        };
        Some((index, place))
    }
}

impl Rule {
    /// Every option of MPTCP is stripped from these segments, whichever way they go.
    pub const fn strip(place: Place) -> Self {
        Self { way: None, subflow: None, place, subtype: None, deed: Deed::Strip }
    }

    fn apply(&self, area: &mut [u8]) {
        let mut at = 0;
        while let Some(&kind) = area.get(at) {
            let length = match (kind, area.get(at + 1)) {
                (0, _) => return,
                (1, _) => 1,
                (_, Some(&length)) if length >= 2 => usize::from(length),
                _ => return,
            };
            let Some(option) = area.get_mut(at..at + length) else { return };
            at += length;
            let is_meant = kind == KIND
                && self
                    .subtype
                    .is_none_or(|only| Subtype::of(option, Dialect::default()) == Some(only));
            match self.deed {
                Deed::Strip if is_meant => option.fill(1),
                Deed::Rewrite { at, xor } if is_meant => {
                    if let Some(octet) = option.get_mut(usize::from(at)) {
                        *octet ^= xor;
                    }
                }
                _ => {}
            }
        }
    }
}

fn word_sum(octets: &[u8]) -> u16 {
    fold(
        octets
            .chunks(2)
            .map(|word| u32::from(u16::from_be_bytes([word[0], word.get(1).copied().unwrap_or(0)])))
            .sum(),
    )
}

fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
