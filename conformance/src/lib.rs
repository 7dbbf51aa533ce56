//! Tests Multipath TCP stacks for conformance: RFC 8684, RFC 9293 as far as options go,
//! draft-kang-tcpm-accurate-data-scheduling-by-server (MP_Navigation),
//! draft-boucadair-mptcp-max-subflow (Maximum Subflows) and the experimental option under it.
//!
//! A [`case`] is a [`script`] of steps as data. [`run`] plays it with the [`tester`]'s endpoint
//! against a target on a [`testbed`], and comes to a [`verdict`]. The target that is built in is
//! the [`mod@reference`] endpoint; every decision that it takes is a method of a [`policy`], and each
//! of the [`mutants`] overrides one, which proves that the cases can fail.

pub mod app;
pub mod case;
pub mod cases;
pub mod catalogue;
pub mod clock;
pub mod control;
pub mod craft;
pub mod evidence;
pub mod expected;
pub mod kernel;
pub mod link;
pub mod mutants;
pub mod orders;
pub mod plan;
pub mod policy;
pub mod profile;
pub mod proofs;
pub mod reference;
pub mod remote;
pub mod report;
pub mod run;
pub mod script;
pub mod serve;
pub mod stream;
pub mod suite;
pub mod testbed;
pub mod tester;
pub mod transcript;
pub mod verdict;
