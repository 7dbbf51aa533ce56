//! Octets to meaning: link, network, tunnel and TCP headers, and every option of Multipath TCP.
//!
//! The contract of this folder: nothing panics on any input, and no octet is lost. What can't be
//! decoded is kept raw beside the place, the field and the rule that it broke.

#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

pub mod field;
pub mod frame;
mod ip;
mod link;
pub mod mptcp;
pub mod tcp;
mod tunnel;
