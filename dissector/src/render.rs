//! Events to what a person or a program reads.
//!
//! Every format appends to a buffer of octets that its caller writes out: nothing here knows of
//! files or terminals, and nothing is allocated for an ordinary packet.

mod endpoints;
pub mod fields;
pub mod hex;
pub mod json;
pub mod line;
pub mod notation;
mod put;
#[cfg(test)]
mod samples;
mod state;
pub mod table;
pub mod theme;
pub mod tree;
