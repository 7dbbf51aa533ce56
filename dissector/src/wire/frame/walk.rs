//! The state of one walk from the outermost header inwards.

use super::locate::{Addresses, Located};
use super::span::{Span, narrow};
use super::{Fault, Field, Fragment, LayerKind, Layers, Stop, TunnelPorts};

/// Headers passed before a frame is given up: more than any network stacks, and few enough that a
/// crafted frame can't nest calls without end.
pub(super) const MOST_HEADERS: u8 = 32;

/// Who hears of the headers that a walk passes; a `bool` learns only whether any has a fault.
pub(in crate::wire) trait Sink {
    /// A header starts at `offset` in the frame.
    fn push(&mut self, kind: LayerKind, offset: u32);
    /// The header pushed last breaks a rule and was passed all the same.
    fn fault(&mut self, fault: Fault);
}

impl Sink for &mut bool {
    #[inline]
    fn push(&mut self, _: LayerKind, _: u32) {}
    #[inline]
    fn fault(&mut self, _: Fault) {
        **self = true;
    }
}

impl Sink for &mut Layers {
    #[inline]
    fn push(&mut self, kind: LayerKind, offset: u32) {
        Layers::push(self, kind, offset);
    }
    fn fault(&mut self, fault: Fault) {
        self.set_fault(fault);
    }
}

/// Where a walk stands. Each header's function reads its header from `span`, passes it, and ends
/// by calling the function of the header inside.
#[derive(Debug)]
pub(in crate::wire) struct Walk<'a, 'p, S> {
    /// What is left of the frame.
    pub(in crate::wire) span: Span<'a>,
    /// Source and destination of the innermost IP header.
    pub(in crate::wire) addresses: Addresses<'a>,
    /// UDP ports that mean a tunnel.
    pub(in crate::wire) ports: &'p TunnelPorts,
    passed: u8,
    sink: S,
}

impl<'a, 'p, S: Sink> Walk<'a, 'p, S> {
    /// A walk that stands before the first octet of a frame.
    #[inline]
    pub(super) fn new(ports: &'p TunnelPorts, octets: &'a [u8], wire_len: u32, sink: S) -> Self {
        Self {
            span: Span::new(octets, wire_len),
            addresses: Addresses::NONE,
            ports,
            passed: 0,
            sink,
        }
    }

    /// Goes past a header of `len` octets.
    #[inline]
    pub(in crate::wire) fn pass(&mut self, kind: LayerKind, len: u32) -> Result<(), Stop> {
        if self.passed >= MOST_HEADERS {
            return Err(Stop::TooDeep);
        }
        self.passed = self.passed.saturating_add(1);
        self.sink.push(kind, self.span.offset);
        self.span.skip(len);
        Ok(())
    }

    /// Keeps to the `claimed` octets that the header passed last counts, of which `passed` lie
    /// behind. A claim of more than there is gets noted, and what there is is decoded.
    #[inline]
    pub(in crate::wire) fn contents(&mut self, field: Field, claimed: u16, passed: u16) {
        let wanted = u32::from(claimed.saturating_sub(passed));
        if wanted <= self.span.wire {
            self.span.limit(wanted);
        } else {
            self.note_long(field, claimed, passed);
        }
    }

    #[cold]
    fn note_long(&mut self, field: Field, claimed: u16, passed: u16) {
        if !self.span.fragment {
            let held = narrow(self.span.wire).saturating_add(passed);
            self.sink.fault(Fault::Long { field, claimed, held });
        }
    }

    /// Notes what is wrong with the header passed last, whose contents are decoded all the same.
    #[inline]
    pub(in crate::wire) fn note(&mut self, fault: Fault) {
        self.sink.fault(fault);
    }

    /// Goes on inside the first fragment of a datagram of `protocol`; a later one has no header.
    #[cold]
    pub(in crate::wire) fn enter_fragment(
        &mut self,
        Fragment { offset, more }: Fragment,
        protocol: u8,
    ) -> Result<(), Stop> {
        if offset != 0 {
            return Err(Stop::Fragment { offset, protocol });
        }
        self.span.fragment |= more;
        Ok(())
    }

    /// What was found, when the walk reached a TCP header.
    #[inline]
    pub(super) fn located(&self) -> Located<'a> {
        Located { span: self.span, addresses: self.addresses, faulty: false }
    }
}
