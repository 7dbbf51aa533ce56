//! Decodes Multipath TCP, v0 (RFC 6824) and v1 (RFC 8684), together with the two options of
//! draft-kang-tcpm-accurate-data-scheduling-by-server and draft-boucadair-mptcp-max-subflow.
//!
//! Octets flow one way: [`source`] yields frames, [`wire`] gives their octets a meaning.

pub mod crypto;
pub mod event;
pub mod flow;
pub mod notice;
pub mod render;
pub mod source;
pub mod wire;
