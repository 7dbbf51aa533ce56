//! One interface, through a packet socket with a filter in the kernel.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::os::fd::IntoRawFd;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use pnet::datalink::{self, Channel, DataLinkReceiver, DataLinkSender};
use pnet::ipnetwork::IpNetwork;
use pnet::util::MacAddr;
use rustix::net::sockopt;
use socket2::{Domain, Socket, Type};

use super::{LinkError, Path, ethernet, filter};

/// The largest frame: a segment that was never cut (IPv6 with a payload of 64 KiB and its header).
const LARGEST: usize = 14 + 40 + 65_536;
/// What may wait until a reader gets to it, in octets: a target sends on while the tester's machine
/// has something else to do, and what is lost here would look like a fault of the network.
const BACKLOG: usize = 1 << 24;
/// How often a reader looks whether it is over.
const ATTENTION: Duration = Duration::from_millis(100);

/// Whether an address is that of all hosts on a network.
fn is_broadcast(network: &IpNetwork, address: IpAddr) -> bool {
    match (network, address) {
        (IpNetwork::V4(network), IpAddr::V4(address)) => {
            network.prefix() < 31
                && (address == network.broadcast() || address == network.network())
        }
        _ => false,
    }
}

/// The sending end of an interface.
pub(super) struct Interface {
    name: String,
    mac: MacAddr,
    sender: Mutex<Box<dyn DataLinkSender>>,
    /// Told whenever a neighbour became known.
    news: (Mutex<()>, Condvar),
}

impl Interface {
    /// Opens it, to reach these; it sends from its own link-layer address, or from one that is
    /// nobody's.
    pub(super) fn open(
        path: &Path,
        targets: &[IpAddr],
        own_mac: bool,
    ) -> Result<(Self, Box<dyn DataLinkReceiver>), LinkError> {
        let name = &path.interface;
        let interface = datalink::interfaces().into_iter().find(|one| one.name == *name);
        let Some(interface) = interface else {
            let names: Vec<String> =
                datalink::interfaces().into_iter().map(|one| one.name).collect();
            return Err(LinkError(format!(
                "there is no interface {name}; there are {}",
                names.join(", ")
            )));
        };
        if !interface.is_up() {
            return Err(LinkError(format!("{name} is down; `ip link set {name} up` changes that")));
        }
        let taken = interface.ips.iter().find(|own| path.addresses.contains(&own.ip()));
        if let Some(taken) = taken {
            return Err(LinkError(format!(
                "{} belongs to this machine: the tester needs addresses of its own, which nobody \
                 else on the network has",
                taken.ip()
            )));
        }
        let usable = targets.iter().chain(&path.addresses).chain(&path.gateways);
        for network in &interface.ips {
            let all = usable.clone().find(|own| is_broadcast(network, **own));
            if let Some(all) = all {
                return Err(LinkError(format!(
                    "{all} is everybody on {network}, the network of {name}: name the address of \
                     one host"
                )));
            }
            if targets.contains(&network.ip()) {
                return Err(LinkError(format!(
                    "{} is this machine's own address on {name}, which no link leads to: --target \
                     kernel tests this machine",
                    network.ip()
                )));
            }
        }
        let Some(own) = interface.mac else {
            return Err(LinkError(format!("{name} isn't one of Ethernet")));
        };
        let mac = if own_mac { own } else { made_up(own) };
        let failed = |error: std::io::Error| {
            LinkError(if error.kind() == ErrorKind::PermissionDenied {
                format!(
                    "{name} can't be opened: that needs CAP_NET_RAW; run as root, or give it to \
                         the program with setcap cap_net_raw+ep"
                )
            } else {
                format!("{name} can't be opened: {error}")
            })
        };
        // Without a protocol it receives nothing until the filter is in place.
        let socket = Socket::new(Domain::PACKET, Type::RAW, None).map_err(failed)?;
        let instructions = filter::compile(path, mac)
            .map_err(|why| LinkError(format!("{name} can't be filtered: {why}")))?;
        socket.attach_filter(&instructions).map_err(failed)?;
        // More than the system grants everybody, if it may be; what it grants is enough for quiet
        // targets.
        let _granted = sockopt::set_socket_recv_buffer_size_force(&socket, BACKLOG);
        let config = datalink::Config {
            read_buffer_size: LARGEST,
            write_buffer_size: LARGEST,
            read_timeout: Some(ATTENTION),
            socket_fd: Some(socket.into_raw_fd()),
            promiscuous: true,
            ..datalink::Config::default()
        };
        match datalink::channel(&interface, config).map_err(failed)? {
            Channel::Ethernet(sender, receiver) => {
                let news = (Mutex::new(()), Condvar::new());
                let sender = Mutex::new(sender);
                Ok((Self { name: name.clone(), mac, sender, news }, receiver))
            }
            _ => Err(LinkError(format!("{name} isn't one of Ethernet"))),
        }
    }

    pub(super) fn mac(&self) -> MacAddr {
        self.mac
    }

    /// Sends an IP packet to a neighbour.
    pub(super) fn send_ip(&self, to: MacAddr, packet: &[u8]) -> Result<(), LinkError> {
        match ethernet::kind(packet) {
            Some(kind) => self.send_frame(&ethernet::frame(self.mac, to, kind, packet)),
            None => Ok(()),
        }
    }

    pub(super) fn send_frame(&self, frame: &[u8]) -> Result<(), LinkError> {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        match sender.send_to(frame, None) {
            Some(Err(error)) => Err(LinkError(format!("{} doesn't send: {error}", self.name))),
            _ => Ok(()),
        }
    }

    /// A neighbour became known.
    pub(super) fn tell(&self) {
        self.news.1.notify_all();
    }

    /// Waits so long at most until something that neighbours say makes it true.
    pub(super) fn wait_for_answers(&self, time: Duration, is_so: impl Fn() -> bool) {
        let guard = self.news.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.news.1.wait_timeout_while(guard, time, |()| !is_so()));
    }
}

/// A link-layer address of nobody's: locally administered (IEEE 802 §8.2), and the same in each run.
fn made_up(own: MacAddr) -> MacAddr {
    let mut octets = own.octets();
    octets[0] = (octets[0] | 0x02) ^ 0x04;
    MacAddr::from(octets)
}
