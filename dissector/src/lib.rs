//! Decodes Multipath TCP, v0 (RFC 6824) and v1 (RFC 8684), together with the two options of
//! draft-kang-tcpm-accurate-data-scheduling-by-server and draft-boucadair-mptcp-max-subflow.
//!
//! Octets flow one way, down this list:
//!
//! - [`source`] yields frames, from files, pipes and interfaces, and writes them;
//! - [`wire`] gives their octets a meaning: headers and options;
//! - [`crypto`] has the tokens, HMACs and checksums that octets are verified with;
//! - [`notice`] lists what can be odd about them, each with severity and source;
//! - [`flow`] puts segments together to subflows and connections;
//! - [`event`] makes of a frame all that is known of it;
//! - [`render`] writes that as text, JSON, columns and tables.

pub mod crypto;
pub mod event;
pub mod flow;
pub mod notice;
pub mod render;
pub mod source;
pub mod wire;
