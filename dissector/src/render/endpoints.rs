//! The two columns of addresses and ports. A capture has few flows and many packets, so what a
//! flow's columns look like is kept.

use super::put::Put;
use crate::wire::tcp::{Endpoint, Segment};

/// Flows whose text is kept; each has its place by its ports.
const KEPT: usize = 64;

/// Writes the columns, and remembers how wide they have been.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    widths: [usize; 2],
    kept: Vec<Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    src: Endpoint,
    dst: Endpoint,
    /// Both columns with what is between and behind them; empty when they have to be made anew.
    text: Vec<u8>,
}

impl Endpoints {
    /// Appends both columns.
    pub(super) fn put(&mut self, segment: &Segment<'_>, out: &mut Vec<u8>) {
        let Segment { src, dst, .. } = segment;
        let place = segment.place_among(KEPT);
        if let Some(kept) = self.kept.get(place)
            && !kept.text.is_empty()
            && (kept.src, kept.dst) == (*src, *dst)
        {
            out.extend_from_slice(&kept.text);
            return;
        }
        let start = out.len();
        self.write(src, dst, out);
        let text = out[start..].to_vec();
        let kept = Kept { src: *src, dst: *dst, text };
        if self.kept.is_empty() {
            let nothing = Kept { text: Vec::new(), ..kept.clone() };
            self.kept.resize(KEPT, nothing);
        }
        self.kept[place] = kept;
    }

    #[cold]
    fn write(&mut self, src: &Endpoint, dst: &Endpoint, out: &mut Vec<u8>) {
        let known = self.widths;
        for (column, (endpoint, behind)) in [(src, " > "), (dst, "  ")].into_iter().enumerate() {
            let start = out.len();
            put_endpoint(endpoint, out);
            let width = &mut self.widths[column];
            *width = (*width).max(out.len() - start);
            out.pad(start, *width);
            out.text(behind);
        }
        if known != self.widths {
            // Every other flow's columns have become wider as well.
            self.kept.clear();
        }
    }
}

/// Address and port, an IPv6 address in brackets.
pub(super) fn put_endpoint(endpoint: &Endpoint, out: &mut Vec<u8>) {
    if endpoint.addr.is_ipv6() {
        out.push(b'[');
        out.addr(endpoint.addr);
        out.push(b']');
    } else {
        out.addr(endpoint.addr);
    }
    out.push(b':');
    out.num(endpoint.port);
}
