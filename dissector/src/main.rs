//! The `mpdissect` command.

fn main() {}
