//! mpconform on real links: network namespaces, veth, the kernel of this machine. All of it needs
//! root, and is skipped without, which fails in CI.

#[path = "wire/errors.rs"]
mod errors;
#[path = "wire/kernel.rs"]
mod kernel;
#[path = "wire/lab.rs"]
mod lab;
#[path = "wire/network.rs"]
mod network;
#[path = "support/privilege.rs"]
mod privilege;
