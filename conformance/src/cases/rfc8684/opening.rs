//! Opening a connection (RFC 8684 §3.1), falling back while it is opened (§3.7), and all that middleboxes do meanwhile.

use crate::case::Case;

pub(super) static CASES: &[&Case] = &[];
