//! Judges the judge: the reference passes, every mutant fails exactly the cases that it names,
//! every case can fail, and nothing passes against a peer that isn't there.

#[path = "self_check/bursts.rs"]
mod bursts;
#[path = "self_check/field.rs"]
mod field;
#[path = "self_check/impaired.rs"]
mod impaired;
#[path = "self_check/matrix.rs"]
mod matrix;
#[path = "self_check/peers.rs"]
mod peers;
#[path = "self_check/reference.rs"]
mod reference;
#[path = "self_check/scripts.rs"]
mod scripts;
