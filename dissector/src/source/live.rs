//! Frames as they pass an interface, through libpcap.

#![expect(clippy::disallowed_methods, reason = "a live capture lasts as long as its user says")]

use std::fmt;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use pcap::{Active, Capture, Packet, Precision};

use super::error::Fault;
use super::filter::{self, FilterError};
use super::interrupt::Wake;
use super::{
    Frame, Interface, Interrupt, LinkType, Progress, Resolution, SNAPLEN_MAX, Source, SourceError,
    Time,
};

mod devices;

pub use devices::{Device, devices};

use devices::explain;

/// Frames taken from libpcap at once; what bounds the copy of them.
const BATCH: usize = 64;
/// How often to look at an interface that has no descriptor to wait for.
const PAUSE: Duration = Duration::from_millis(10);
/// How long the kernel may collect frames before it hands them out, in milliseconds.
const COLLECT_MS: i32 = 100;
/// What the kernel may hold back in immediate mode, in octets. It then gives every frame a slot of
/// the largest size, of which libpcap's own choice has 16 on a loopback interface.
const IMMEDIATE_BUFFER_LEN: u32 = 16 << 20;

/// How to capture.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// The interface's name; `any` is all of them, where the system has that.
    pub interface: String,
    /// A BPF expression that frames have to match.
    pub filter: Option<String>,
    /// The most octets to keep of a frame, 1 to [`SNAPLEN_MAX`].
    pub snaplen: u32,
    /// Ask for frames that are meant for others, too.
    pub promiscuous: bool,
    /// Hand out each frame as it comes, instead of some 0.1 seconds later together with others.
    /// That costs more work for each and more of the buffer, so that bursts are lost sooner.
    pub immediate: bool,
    /// Octets that the kernel may hold back for us; 2 MiB if none, 16 MiB in immediate mode.
    pub buffer_len: Option<u32>,
    /// When to stop by itself.
    pub duration: Option<Duration>,
    /// What stops it earlier.
    pub interrupt: Interrupt,
}

impl LiveOptions {
    /// What captures whole frames of an interface until interrupted.
    pub fn new(interface: &str) -> Self {
        Self {
            interface: interface.to_owned(),
            filter: None,
            snaplen: SNAPLEN_MAX,
            promiscuous: true,
            immediate: false,
            buffer_len: None,
            duration: None,
            interrupt: Interrupt::default(),
        }
    }
}

/// A capture from an interface.
pub struct Live {
    capture: Capture<Active>,
    interface: Interface,
    /// The octets of the frames taken last.
    octets: Vec<u8>,
    held: Vec<Held>,
    /// How many of those were handed out.
    passed: usize,
    deadline: Option<Instant>,
    has_descriptor: bool,
    interrupt: Interrupt,
    ended: bool,
    interrupted: bool,
    frames: u64,
}

/// A frame by its place among the octets taken last.
struct Held {
    time: Time,
    start: usize,
    end: usize,
    wire_len: u32,
}

/// What libpcap counted since a capture began. The counters are 32 bits wide and start over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Frames that matched the filter, those dropped by the kernel included where it counts so.
    pub received: u32,
    /// Frames that the kernel dropped since they weren't taken in time.
    pub dropped_by_kernel: u32,
    /// Frames that the interface or its driver dropped.
    pub dropped_by_interface: u32,
}

impl Live {
    /// Starts to capture.
    ///
    /// # Errors
    ///
    /// When there is no such interface, the user may not capture from it, or the filter isn't
    /// one.
    pub fn open(options: &LiveOptions) -> Result<Self, SourceError> {
        let name = options.interface.as_str();
        let fail = |fault| SourceError::new(Path::new(name), fault);
        let mut capture = activate(options).map_err(|error| fail(explain(name, error)))?;
        if name == "any" {
            // The second version says which interface a frame passed; an old libpcap lacks it.
            let _ = capture.set_datalink(pcap::Linktype(LinkType::LINUX_SLL2.0.into()));
        }
        let link = filter::from_libpcap(capture.get_datalink());
        let mut interface = Interface::new(link, options.snaplen, precision().1);
        interface.name = Some(name.to_owned());
        let mut capture =
            capture.setnonblock().map_err(|error| fail(Fault::Live(filter::message(error))))?;
        if let Some(expression) = &options.filter {
            capture.filter(expression, true).map_err(|error| {
                fail(Fault::Filter(FilterError {
                    expression: expression.clone(),
                    link: Some(link),
                    message: filter::message(error),
                }))
            })?;
        }
        Ok(Self {
            capture,
            interface,
            octets: Vec::new(),
            held: Vec::with_capacity(BATCH),
            passed: 0,
            deadline: options.duration.and_then(|limit| Instant::now().checked_add(limit)),
            has_descriptor: has_descriptor(name),
            interrupt: options.interrupt.clone(),
            ended: false,
            interrupted: false,
            frames: 0,
        })
    }

    fn failed(&self, error: pcap::Error) -> SourceError {
        let name = self.interface.name.as_deref().unwrap_or_default();
        SourceError::after(Path::new(name), Fault::Live(filter::message(error)), self.frames)
    }

    /// Takes what libpcap has at the moment.
    fn take(&mut self) -> Result<(), SourceError> {
        let Self { octets, held, .. } = self;
        octets.clear();
        held.clear();
        self.passed = 0;
        let result = self.capture.dispatch(Some(BATCH), |packet: Packet<'_>| {
            let start = octets.len();
            octets.extend_from_slice(packet.data);
            let seen = packet.header;
            let fraction = seen.ts.tv_usec.saturating_mul(precision().2);
            held.push(Held {
                time: Time::from_parts(seen.ts.tv_sec, fraction),
                start,
                end: octets.len(),
                wire_len: seen.len.max(seen.caplen),
            });
        });
        match result {
            Ok(_) => Ok(()),
            // Frames of the batch come first; the next one meets the same error.
            Err(_) if !self.held.is_empty() => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// How long to wait at most; none is without end, zero that the time is over.
    fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Waits for frames; `false` when it is time to stop.
    fn wait(&mut self) -> Result<bool, SourceError> {
        let remaining = self.remaining();
        if remaining == Some(Duration::ZERO) {
            return Ok(false);
        }
        let waited = if self.has_descriptor {
            self.interrupt.wait(Some(self.capture.as_fd()), remaining)
        } else {
            self.interrupt.wait(None, Some(remaining.map_or(PAUSE, |left| left.min(PAUSE))))
        };
        match waited {
            Ok(Wake::Interrupt) => {
                self.interrupted = true;
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(error) => Err(self.failed(error.into())),
        }
    }
}

/// Configures and starts libpcap's capture.
fn activate(options: &LiveOptions) -> Result<Capture<Active>, pcap::Error> {
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let mut capture = Capture::from_device(options.interface.as_str())?
        // libpcap warns that `any` has no such mode, which its binding takes for an error.
        .promisc(options.promiscuous && options.interface != "any")
        .snaplen(number(options.snaplen.clamp(1, SNAPLEN_MAX)))
        .immediate_mode(options.immediate)
        .timeout(COLLECT_MS)
        .precision(precision().0);
    let default = options.immediate.then_some(IMMEDIATE_BUFFER_LEN);
    if let Some(len) = options.buffer_len.or(default) {
        capture = capture.buffer_size(number(len));
    }
    capture.open()
}

/// The precision to ask libpcap for, what that makes of times, and the nanoseconds of a unit.
/// The binding doesn't tell whether the wish was granted, so only systems that always grant it
/// are asked for more.
fn precision() -> (Precision, Resolution, i64) {
    if cfg!(target_os = "linux") {
        (Precision::Nano, Resolution::NANO, 1)
    } else {
        (Precision::Micro, Resolution::MICRO, 1_000)
    }
}

/// Whether the binding has a descriptor to wait for; it panics where libpcap has none, which is
/// so for message buses and drivers in user space.
fn has_descriptor(name: &str) -> bool {
    name == "any" || !cfg!(target_os = "linux") || Path::new("/sys/class/net").join(name).exists()
}

impl Source for Live {
    fn advance(&mut self) -> Result<bool, SourceError> {
        self.passed = self.passed.saturating_add(1);
        while self.passed > self.held.len() {
            if self.ended {
                return Ok(false);
            }
            if self.interrupt.is_set() {
                self.interrupted = true;
            }
            if self.interrupted || self.remaining() == Some(Duration::ZERO) {
                self.ended = true;
                self.held.clear();
                return Ok(false);
            }
            let taken = self.take();
            if taken.is_err() {
                self.ended = true;
            }
            taken?;
            if self.held.is_empty() && !self.wait()? {
                self.ended = true;
            }
            self.passed = 1;
        }
        self.frames = self.frames.wrapping_add(1);
        Ok(true)
    }

    fn frame(&self) -> Frame<'_> {
        let Some(held) = self.passed.checked_sub(1).and_then(|index| self.held.get(index)) else {
            return Frame::EMPTY;
        };
        Frame {
            time: Some(held.time),
            link: self.interface.link,
            octets: self.octets.get(held.start..held.end).unwrap_or_default(),
            wire_len: held.wire_len,
            interface: 0,
        }
    }

    fn comments(&self) -> &[String] {
        &[]
    }

    fn interfaces(&self) -> &[Interface] {
        std::slice::from_ref(&self.interface)
    }

    fn ready(&self) -> bool {
        self.ended || self.passed < self.held.len()
    }

    fn progress(&self) -> Option<Progress> {
        None
    }

    fn interrupted(&self) -> bool {
        self.interrupted
    }

    fn statistics(&mut self) -> Result<Option<Statistics>, SourceError> {
        match self.capture.stats() {
            Ok(counts) => Ok(Some(Statistics {
                received: counts.received,
                dropped_by_kernel: counts.dropped,
                dropped_by_interface: counts.if_dropped,
            })),
            Err(error) => Err(self.failed(error)),
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("interface", &self.interface)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_interface_is_named() {
        let Err(error) = Live::open(&LiveOptions::new("no-such-if0")) else {
            unreachable!("there is no such interface")
        };
        assert!(error.to_string().starts_with("no-such-if0: "), "{error}");
        assert_eq!(error.class(), crate::source::Class::Unreadable);
    }

    /// Captures on the loopback interface, where tests may; elsewhere the refusal has to be
    /// the one that says how to be allowed.
    fn loopback(options: LiveOptions) -> Option<(Live, String)> {
        let device = devices().unwrap().into_iter().find(|device| device.loopback)?;
        assert!(device.up);
        let options = LiveOptions { interface: device.name.clone(), ..options };
        match Live::open(&options) {
            Ok(live) => Some((live, device.name)),
            Err(error) => {
                assert!(matches!(error.fault(), Fault::NoPrivilege), "{error}");
                None
            }
        }
    }

    #[test]
    fn frames_of_the_loopback_interface_come_filtered_and_counted() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let mut options = LiveOptions::new("");
        options.filter = Some(format!("udp port {}", address.port()));
        options.duration = Some(Duration::from_secs(1));
        let Some((mut live, name)) = loopback(options) else { return };
        assert_eq!(live.interfaces()[0].name, Some(name));
        for octet in 0..100_u8 {
            socket.send_to(&[octet; 33], address).unwrap();
        }
        let mut before = Time(0);
        for octet in 0..100_u8 {
            assert!(live.advance().unwrap());
            let frame = live.frame();
            assert!(frame.octets.ends_with(&[octet; 33]));
            assert_eq!(frame.wire_len as usize, frame.octets.len());
            assert!(frame.time.unwrap() >= before);
            before = frame.time.unwrap();
        }
        assert!(!live.ready());
        assert!(!live.advance().unwrap() && !live.interrupted());
        assert!(live.statistics().unwrap().unwrap().received >= 100);
        assert!(live.frame().octets.is_empty());
    }

    #[test]
    fn an_interrupt_ends_a_silent_capture() {
        let interrupt = Interrupt::manual().unwrap();
        let mut options = LiveOptions::new("");
        options.filter = Some("udp port 9 and host 127.0.0.9".into());
        options.immediate = true;
        options.interrupt = interrupt.clone();
        let Some((mut live, _)) = loopback(options) else { return };
        let thread = std::thread::spawn(move || interrupt.trigger());
        assert!(!live.advance().unwrap());
        assert!(live.interrupted() && !live.advance().unwrap());
        thread.join().unwrap();
    }

    #[test]
    fn a_bad_filter_is_refused_before_the_first_frame() {
        let mut options = LiveOptions::new("");
        options.filter = Some("prot tcp".into());
        let device = devices().unwrap().into_iter().find(|device| device.loopback).unwrap();
        options.interface = device.name;
        let Err(error) = Live::open(&options) else { unreachable!("it is no filter") };
        let text = error.to_string();
        assert!(text.contains("\"prot tcp\"") || text.contains("setcap"), "{text}");
    }
}
