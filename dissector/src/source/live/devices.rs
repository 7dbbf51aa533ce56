//! The interfaces of this machine, and why one of them can't be captured from.

use std::net::IpAddr;
use std::path::Path;

use crate::source::error::{Fault, SourceError};
use crate::source::filter;

/// An interface that can be captured from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// What the system calls it.
    pub description: Option<String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether it is up.
    pub up: bool,
    /// Whether it is up and has a link.
    pub running: bool,
    /// Whether it leads back to this machine.
    pub loopback: bool,
}

/// Lists the interfaces that libpcap knows.
///
/// # Errors
///
/// When the system doesn't tell.
pub fn devices() -> Result<Vec<Device>, SourceError> {
    let list = pcap::Device::list().map_err(|error| {
        SourceError::new(Path::new("interfaces"), Fault::Live(filter::message(error)))
    })?;
    Ok(list
        .into_iter()
        .map(|device| Device {
            up: device.flags.is_up(),
            running: device.flags.is_running(),
            loopback: device.flags.is_loopback(),
            addresses: device.addresses.into_iter().map(|address| address.addr).collect(),
            name: device.name,
            description: device.desc,
        })
        .collect())
}

/// What it means that libpcap doesn't start.
pub(super) fn explain(name: &str, error: pcap::Error) -> Fault {
    let names: Vec<String> =
        devices().unwrap_or_default().into_iter().map(|device| device.name).collect();
    if !names.is_empty() && !names.iter().any(|known| known == name) {
        return Fault::NoInterface { near: near(name, &names) };
    }
    let text = filter::message(error);
    if text.contains("CAP_NET_RAW") || text.contains("ermission") || text.contains("permitted") {
        return Fault::NoPrivilege;
    }
    Fault::Live(text)
}

/// Names that a person may have meant, the nearest first.
fn near(name: &str, names: &[String]) -> Vec<String> {
    let mut near: Vec<_> = names
        .iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= 2.min(known.len() / 2))
        .collect();
    near.sort();
    near.into_iter().take(3).map(|(_, known)| known.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_meant_come_nearest_first() {
        let names = ["eth0", "eth1", "lo", "wlan0"].map(str::to_owned);
        assert_eq!(near("eht0", &names), ["eth0", "eth1"]);
        assert_eq!(near("ol", &names), ["lo"]);
        assert!(near("bluetooth9", &names).is_empty());
    }
}
