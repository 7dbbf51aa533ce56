//! What the kernel hands over: the frames for the tester, and those that find neighbours, so that
//! a busy interface does no harm.

use pcap::{Capture, Linktype};
use pnet::util::MacAddr;
use socket2::SockFilter;

use super::Path;

/// The instructions that let these frames through.
///
/// # Errors
///
/// When libpcap can't compile them; the sentence says why.
pub(super) fn compile(path: &Path, mac: MacAddr) -> Result<Vec<SockFilter>, String> {
    let hosts: Vec<String> =
        path.addresses.iter().map(|address| format!("dst host {address}")).collect();
    let hosts = hosts.join(" or ");
    let expression =
        format!("(ether dst {mac} or ether multicast) and (arp or icmp6 or (tcp and ({hosts})))");
    let dead = Capture::dead(Linktype::ETHERNET).map_err(|error| error.to_string())?;
    let program = dead.compile(&expression, true).map_err(|error| error.to_string())?;
    program.get_instructions().iter().map(|one| instruction(&one.to_string())).collect()
}

/// An instruction from its four numbers, which is how libpcap's are told.
fn instruction(text: &str) -> Result<SockFilter, String> {
    let numbers: Vec<u32> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        &[code, on_true, on_false, k] => {
            Ok(SockFilter::new(code as u16, on_true as u8, on_false as u8, k))
        }
        _ => Err(format!("not an instruction: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use pnet::util::MacAddr;

    use super::super::Path;
    use super::compile;

    #[test]
    fn a_path_has_a_filter() {
        let path = Path {
            interface: "eth0".to_owned(),
            addresses: ["192.0.2.1", "2001:db8::1"].map(|one| one.parse().expect("address")).into(),
            gateways: Vec::new(),
        };
        let instructions = compile(&path, MacAddr::new(2, 0, 0, 0, 0, 1)).expect("it compiles");
        assert!(instructions.len() > 10);
    }
}
