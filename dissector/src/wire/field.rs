//! Names, places and values of the fields of an option: what every output is derived from.
//!
//! An option describes itself once, as a list of [`Field`]s. Emission, the tree, JSON, the
//! annotated hex and the columns of `fields` all read that list.

use std::fmt;
use std::net::IpAddr;

/// The longest TCP option area: fifteen 32-bit words of header less the fixed five.
pub const AREA_MAX: usize = 40;

/// How a field's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// One bit: 0 or 1.
    Flag,
    /// A decimal number.
    Dec,
    /// Hexadecimal with this many digits.
    Hex(u8),
    /// An IP address.
    Addr,
    /// Octets as hexadecimal digits.
    Octets,
}

/// Declares the enumeration of field names with the table behind it.
macro_rules! names {
    ($($id:ident $name:literal $label:literal $show:expr;)*) => {
        /// The name of an option's field: Wireshark's where the meaning is the same, an own one
        /// only for what Wireshark lacks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Name {
            $(#[doc = concat!("`", $name, "`: ", $label, ".")] $id,)*
        }

        impl Name {
            /// Every name, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$id,)*];

            /// The filter name, as in `-e`.
            pub const fn filter(self) -> &'static str {
                match self { $(Self::$id => $name,)* }
            }

            /// What a person reads.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$id => $label,)* }
            }

            /// How a value is written.
            pub const fn show(self) -> Show {
                match self { $(Self::$id => $show,)* }
            }
        }
    };
}

names! {
    Subtype "tcp.options.mptcp.subtype" "Subtype" Show::Dec;
    Version "tcp.options.mptcp.version" "Version" Show::Dec;
    Flags "tcp.options.mptcp.flags" "Flags" Show::Hex(2);
    ChecksumRequired "tcp.options.mptcp.checksumreq.flags" "A: checksum required" Show::Flag;
    Extensibility "tcp.options.mptcp.extensibility.flag" "B: extensibility" Show::Flag;
    NoMoreSubflows "tcp.options.mptcp.nomoresubflows.flag" "C: no subflows to this address" Show::Flag;
    CryptoReserved "tcp.options.mptcp.reserved.flag" "Other algorithm bits" Show::Hex(2);
    Sha1 "tcp.options.mptcp.sha1.flag" "H: HMAC-SHA1" Show::Flag;
    Sha256 "tcp.options.mptcp.sha256.flag" "H: HMAC-SHA256" Show::Flag;
    SenderKey "tcp.options.mptcp.sendkey" "Sender's key" Show::Dec;
    ReceiverKey "tcp.options.mptcp.recvkey" "Receiver's key" Show::Dec;
    DataLength "tcp.options.mptcp.datalvllen" "Data-level length" Show::Dec;
    Checksum "tcp.options.mptcp.checksum" "Checksum" Show::Hex(4);
    JoinReserved "tcp.options.mptcp.join.reserved" "Reserved" Show::Hex(1);
    Backup "tcp.options.mptcp.backup.flag" "B: backup" Show::Flag;
    AddressId "tcp.options.mptcp.addrid" "Address ID" Show::Dec;
    ReceiverToken "tcp.options.mptcp.recvtok" "Receiver's token" Show::Dec;
    SenderRandom "tcp.options.mptcp.sendrand" "Sender's random number" Show::Dec;
    SenderTruncatedHmac "tcp.options.mptcp.sendtrunchmac" "Sender's truncated HMAC" Show::Dec;
    Reserved "tcp.options.mptcp.reserved" "Reserved" Show::Hex(4);
    SenderHmac "tcp.options.mptcp.sendhmac" "Sender's HMAC" Show::Octets;
    DssReserved "tcp.options.mptcp.dss.reserved" "Reserved" Show::Hex(3);
    DataFin "tcp.options.mptcp.datafin.flag" "F: DATA_FIN" Show::Flag;
    Dsn8 "tcp.options.mptcp.dseqn8.flag" "m: DSN has 8 octets" Show::Flag;
    MappingPresent "tcp.options.mptcp.dseqnpresent.flag" "M: mapping present" Show::Flag;
    DataAck8 "tcp.options.mptcp.dataack8.flag" "a: Data ACK has 8 octets" Show::Flag;
    DataAckPresent "tcp.options.mptcp.dataackpresent.flag" "A: Data ACK present" Show::Flag;
    DataAck "tcp.options.mptcp.rawdataack" "Data ACK" Show::Dec;
    Dsn "tcp.options.mptcp.rawdataseqno" "Data sequence number" Show::Dec;
    SubflowSequence "tcp.options.mptcp.subflowseqno" "Subflow sequence number" Show::Dec;
    IpVersion "tcp.options.mptcp.ipver" "IP version" Show::Dec;
    AddAddrReserved "tcp.options.mptcp.addaddr.reserved" "Reserved" Show::Hex(1);
    Echo "tcp.options.mptcp.echo" "E: echo" Show::Flag;
    Ipv4 "tcp.options.mptcp.ipv4" "Address" Show::Addr;
    Ipv6 "tcp.options.mptcp.ipv6" "Address" Show::Addr;
    Port "tcp.options.mptcp.port" "Port" Show::Dec;
    AddAddrHmac "tcp.options.mptcp.addaddrtrunchmac" "Truncated HMAC" Show::Dec;
    RemoveAddrReserved "tcp.options.mptcp.removeaddr.reserved" "Reserved" Show::Hex(1);
    PrioReserved "tcp.options.mptcp.prio.reserved" "Reserved" Show::Hex(1);
    FlagU "tcp.options.mptcp.flag_U.flag" "U" Show::Flag;
    FlagV "tcp.options.mptcp.flag_V.flag" "V" Show::Flag;
    FlagW "tcp.options.mptcp.flag_W.flag" "W" Show::Flag;
    FlagT "tcp.options.mptcp.flag_T.flag" "T: transient" Show::Flag;
    ResetReason "tcp.options.mptcp.rst_reason" "Reason" Show::Hex(2);
    NavigationReserved "tcp.options.mptcp.navigation.reserved" "r: reserved" Show::Flag;
    NavigationCancel "tcp.options.mptcp.navigation.cancel" "R: cancel" Show::Flag;
    NavigationEcho "tcp.options.mptcp.navigation.echo" "E: echo" Show::Flag;
    NavigationBackup "tcp.options.mptcp.navigation.backup" "B: carried on a backup subflow" Show::Flag;
    Synchronising "tcp.options.mptcp.experimental.synchronising" "S: synchronising" Show::Flag;
    UnknownExperiment "tcp.options.mptcp.experimental.unknown" "U: unknown to the sender" Show::Flag;
    ExperimentalReserved "tcp.options.mptcp.experimental.reserved" "Reserved" Show::Hex(1);
    ExperimentId "tcp.options.mptcp.experimental.exid" "Experiment ID" Show::Hex(4);
    ExperimentId8 "tcp.options.mptcp.experimental.exid8" "Experiment ID (8 bits)" Show::Hex(2);
    ExperimentData "tcp.options.mptcp.experimental.data" "Data" Show::Octets;
    MaxSubflows "tcp.options.mptcp.maxsubflows" "Maximum subflows" Show::Dec;
    UnknownFlags "tcp.options.mptcp.unknown.flags" "Flags" Show::Hex(1);
    UnknownData "tcp.options.mptcp.unknown.data" "Data" Show::Octets;
}

/// An octet's two hexadecimal digits.
#[inline]
pub(crate) fn hex_digits(octet: u8) -> [u8; 2] {
    [octet >> 4, octet].map(hex_digit)
}

/// The hexadecimal digit of a number's lowest four bits.
#[inline]
pub(crate) fn hex_digit(number: u8) -> u8 {
    char::from_digit(u32::from(number & 0xf), 16).map_or(0, |digit| digit as u8)
}

/// Octets as hexadecimal digits without separators.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An option in one piece: JSON looks at each piece for characters to escape.
        let mut text = [[0; 2]; AREA_MAX];
        for octets in self.0.chunks(AREA_MAX) {
            for (digits, octet) in text.iter_mut().zip(octets) {
                *digits = hex_digits(*octet);
            }
            let text = text.get(..octets.len()).unwrap_or_default().as_flattened();
            f.write_str(std::str::from_utf8(text).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Up to forty octets, held in place: an option is copied, never borrowed or allocated.
#[derive(Clone, Copy)]
pub struct Octets {
    len: u8,
    data: [u8; AREA_MAX],
}

impl Octets {
    /// No octets.
    pub const EMPTY: Self = Self { len: 0, data: [0; AREA_MAX] };

    /// Copies the octets, or `None` if there are more than [`AREA_MAX`].
    pub fn new(octets: &[u8]) -> Option<Self> {
        let mut data = [0; AREA_MAX];
        data.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(Self { len: u8::try_from(octets.len()).ok()?, data })
    }

    /// The octets.
    pub fn as_slice(&self) -> &[u8] {
        self.data.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// That many zero octets, at most [`AREA_MAX`].
    pub(super) fn zeroed(len: u8) -> Self {
        Self { len: len.min(AREA_MAX as u8), data: [0; AREA_MAX] }
    }

    /// The octets, to be changed in place.
    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        self.data.get_mut(..usize::from(self.len)).unwrap_or_default()
    }
}

impl PartialEq for Octets {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Octets {}

impl AsRef<[u8]> for Octets {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Hexadecimal digits without separators.
impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(self.as_slice()).fmt(f)
    }
}

/// Where a field lies in its option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The first octet, counted from Kind.
    pub at: u8,
    /// How many octets the field touches.
    pub width: u8,
    /// Which bits of those octets are the field's; all of them for addresses and octet strings.
    pub mask: u64,
}

impl Slot {
    /// Whole octets.
    pub const fn octets(at: u8, width: u8) -> Self {
        let unused = 64_u32.saturating_sub((width as u32).saturating_mul(8));
        Self { at, width, mask: u64::MAX.wrapping_shr(unused) }
    }

    /// Some bits of one or two octets.
    pub const fn bits(at: u8, width: u8, mask: u64) -> Self {
        Self { at, width, mask }
    }

    fn of(self, option: &[u8]) -> Option<&[u8]> {
        let at = usize::from(self.at);
        option.get(at..at.checked_add(usize::from(self.width))?)
    }

    /// The field's number, right-aligned; `None` where the option is too short for it.
    #[inline]
    pub(super) fn uint(self, option: &[u8]) -> Option<u64> {
        let whole =
            self.of(option)?.iter().fold(0_u64, |sum, &octet| (sum << 8) | u64::from(octet));
        Some((whole & self.mask) >> self.mask.trailing_zeros().min(63))
    }

    /// Writes the value over the field's bits and leaves the others alone.
    fn put(self, option: &mut [u8], value: &Value) {
        let at = usize::from(self.at);
        let Some(target) =
            at.checked_add(usize::from(self.width)).and_then(|end| option.get_mut(at..end))
        else {
            return;
        };
        match value {
            Value::Uint(number) => {
                let shifted = (number << self.mask.trailing_zeros().min(63)) & self.mask;
                let octets = shifted.to_be_bytes();
                let octets = octets.iter().skip(8_usize.saturating_sub(target.len()));
                for (place, octet) in target.iter_mut().zip(octets) {
                    *place |= octet;
                }
            }
            Value::Addr(IpAddr::V4(addr)) => copy(target, &addr.octets()),
            Value::Addr(IpAddr::V6(addr)) => copy(target, &addr.octets()),
            Value::Octets(octets) => copy(target, octets.as_slice()),
        }
    }
}

fn copy(target: &mut [u8], from: &[u8]) {
    for (place, octet) in target.iter_mut().zip(from) {
        *place = *octet;
    }
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number, a flag included.
    Uint(u64),
    /// An IP address.
    Addr(IpAddr),
    /// A string of octets.
    Octets(Octets),
}

/// One field of one option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is called.
    pub name: Name,
    /// Where it lies.
    pub slot: Slot,
    /// What it says.
    pub value: Value,
}

impl Field {
    /// A numeric field.
    pub fn uint(name: Name, slot: Slot, value: impl Into<u64>) -> Self {
        Self { name, slot, value: Value::Uint(value.into()) }
    }

    /// Writes the field into the octets of its option.
    pub(super) fn put(&self, option: &mut [u8]) {
        self.slot.put(option, &self.value);
    }
}

/// The value as its name wants it shown.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.value, self.name.show()) {
            (Value::Uint(value), Show::Hex(digits)) => {
                write!(f, "{value:#0width$x}", width = usize::from(digits) + 2)
            }
            (Value::Uint(value), _) => write!(f, "{value}"),
            (Value::Addr(addr), _) => write!(f, "{addr}"),
            (Value::Octets(octets), _) => write!(f, "{octets}"),
        }
    }
}
