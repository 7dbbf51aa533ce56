//! What the dissector says about the sample captures, against what each of them was made to show.

#[path = "facts/altered.rs"]
mod altered;
#[path = "facts/catalogue.rs"]
mod catalogue;
#[path = "facts/crafted.rs"]
mod crafted;
#[path = "facts/cut.rs"]
mod cut;
#[path = "facts/data.rs"]
mod data;
#[path = "facts/drafts.rs"]
mod drafts;
#[path = "facts/kernel.rs"]
mod kernel;
#[path = "facts/malformed.rs"]
mod malformed;
#[path = "facts/partial.rs"]
mod partial;
#[path = "facts/run.rs"]
mod run;
#[path = "facts/scene.rs"]
mod scene;
