//! The columns that tell flows apart: connection and subflow, addresses and ports. A capture has
//! few flows and many packets, so what a flow's columns look like is kept.

use super::put::Put;
use crate::flow::{Side, View};
use crate::wire::tcp::{Endpoint, PLACES, Segment};

/// Writes the columns, and remembers how wide they have been.
#[derive(Debug)]
pub(super) struct Endpoints {
    /// Of connection and subflow, source, and destination.
    widths: [usize; 3],
    kept: Vec<Kept>,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self { widths: [4, 0, 0], kept: Vec::new() }
    }
}

#[derive(Clone, Debug)]
struct Kept {
    flow: Flow,
    /// The columns with what is between and behind them; empty when they have to be made anew.
    text: Vec<u8>,
}

/// What the columns are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// One side's segments of a subflow, by the numbers of connection and subflow.
    Followed(u32, u32, Side),
    /// Those of no connection that is followed.
    Other(Endpoint, Endpoint),
}

impl Endpoints {
    /// Appends the columns.
    pub(super) fn put(&mut self, view: Option<&View>, segment: &Segment<'_>, out: &mut Vec<u8>) {
        let flow = match view {
            Some(view) => Flow::Followed(view.connection, view.subflow, view.from),
            None => Flow::Other(segment.src, segment.dst),
        };
        let place = segment.place();
        if let Some(kept) = self.kept.get(place)
            && !kept.text.is_empty()
            && kept.flow == flow
        {
            out.extend_from_slice(&kept.text);
            return;
        }
        let start = out.len();
        self.write(flow, segment, out);
        let text = out[start..].to_vec();
        let kept = Kept { flow, text };
        if self.kept.is_empty() {
            let nothing = Kept { text: Vec::new(), ..kept.clone() };
            self.kept.resize(PLACES, nothing);
        }
        self.kept[place] = kept;
    }

    #[cold]
    fn write(&mut self, flow: Flow, segment: &Segment<'_>, out: &mut Vec<u8>) {
        let known = self.widths;
        let [place, source, destination] = &mut self.widths;
        fill(place, "  ", out, |out| match flow {
            Flow::Followed(connection, subflow, _) => {
                out.num(connection);
                out.push(b'.');
                out.num(subflow);
            }
            Flow::Other(..) => out.push(b'-'),
        });
        fill(source, " > ", out, |out| put_endpoint(&segment.src, out));
        fill(destination, "  ", out, |out| put_endpoint(&segment.dst, out));
        if known != self.widths {
            // Every other flow's columns have become wider as well.
            self.kept.clear();
        }
    }
}

/// Fills a column as wide as it has been, or makes it wider, and appends what is behind it.
fn fill(width: &mut usize, behind: &str, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    write(out);
    *width = (*width).max(out.len() - start);
    out.pad(start, *width);
    out.text(behind);
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
