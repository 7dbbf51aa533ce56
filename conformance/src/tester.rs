//! The tester's own endpoint: an MPTCP host that does what a script says and keeps account of what
//! the target does.

/// The tester's end of all connections of one play of a case.
#[derive(Debug)]
pub struct Tester {}
