//! TCP options, and the fields of those of Multipath TCP.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::value::{Key, Text, decimal, hex};
use crate::event::{Decoded, Event};
use crate::wire::field::{Field, Name, Octets, Show, Value};
use crate::wire::mptcp::{self, Dialect, Malformed, MptcpOption, Subtype};
use crate::wire::tcp::{Known, OptionFault, TcpOption};

/// Any option of a segment.
#[derive(Serialize)]
pub(super) struct Any<'a> {
    kind: u8,
    name: Option<&'static str>,
    offset: u8,
    raw: Text<Octets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<Known<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Text<OptionFault>>,
}

impl<'a> From<TcpOption<'a>> for Any<'a> {
    fn from(option: TcpOption<'a>) -> Self {
        // What an MPTCP option says stands among those, field by field.
        let told_apart = option.kind == mptcp::KIND && !option.padding;
        let (text, fault) = match option.known() {
            Ok(known) => ((!told_apart).then_some(known), option.fault),
            Err(fault) => (None, Some(fault)),
        };
        Self {
            kind: option.kind,
            name: option.name(),
            offset: option.offset,
            raw: hex(option.raw),
            text: text.map(Text),
            fault: fault.map(Text),
        }
    }
}

/// An option of Multipath TCP.
#[derive(Serialize)]
pub(super) struct Mptcp {
    subtype: Option<&'static str>,
    name: Option<&'static str>,
    option: u8,
    offset: u8,
    length: usize,
    raw: Text<Octets>,
    #[serde(flatten)]
    meaning: Meaning,
}

/// One of three keys, for a cut option two: its fields, and that it was cut.
#[derive(Serialize)]
#[serde(untagged)]
enum Meaning {
    Whole { fields: Fields },
    Malformed { malformed: Broken },
    Cut { fields: Fields, fault: Option<Text<OptionFault>> },
    Fault { fault: Option<Text<OptionFault>> },
}

impl Mptcp {
    pub(super) fn new(event: &Event<'_>, decoded: &Decoded) -> Option<Self> {
        let option = event.tcp_options().nth(usize::from(decoded.index))?;
        let fields = Fields { decoded: decoded.clone(), dialect: event.dialect };
        let fault = option.fault.map(Text);
        let meaning = match decoded.meaning {
            Some(Ok(_)) => Meaning::Whole { fields },
            Some(Err(malformed)) => Meaning::Malformed { malformed: malformed.into() },
            None if decoded.known().is_some() => Meaning::Cut { fields, fault },
            None => Meaning::Fault { fault },
        };
        Some(Self {
            subtype: decoded.subtype.map(Subtype::id),
            name: decoded.subtype.map(Subtype::name),
            option: decoded.index,
            offset: option.offset,
            length: option.raw.len(),
            raw: hex(option.raw),
            meaning,
        })
    }
}

/// Why an option isn't what it says it is.
#[derive(Serialize)]
struct Broken {
    octet: u8,
    field: &'static str,
    fault: Text<mptcp::Fault>,
    source: &'static str,
}

impl From<Malformed> for Broken {
    fn from(malformed: Malformed) -> Self {
        let Malformed { at, field, fault, source } = malformed;
        Self { octet: at, field, fault: Text(fault), source }
    }
}

/// The fields of an option by their names.
struct Fields {
    decoded: Decoded,
    dialect: Dialect,
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut outcome = Ok(());
        // The one field that a single option may have several times: an array under one key.
        let several = matches!(self.decoded.known(), Some(MptcpOption::RemoveAddr(_)));
        let mut ids = Vec::new();
        self.decoded.fields(self.dialect, &mut |field| match field.value {
            Value::Uint(id) if several && field.name == Name::AddressId => ids.push(id),
            _ if outcome.is_ok() => outcome = entry(&mut map, &field),
            _ => {}
        });
        outcome?;
        if several {
            map.serialize_entry(Name::AddressId.filter(), &ids)?;
        }
        map.end()
    }
}

/// The type of a field's value. It goes by the name alone, so that it is the same whatever width
/// the field has on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `true` or `false`.
    Flag,
    /// A number of at most 32 bits.
    Number,
    /// A number of up to 64 bits as a string of digits.
    Decimal,
    /// `0x` and sixteen digits.
    Key,
    /// An address, or octets as hexadecimal digits.
    Text,
}

impl Shape {
    pub(super) const fn of(name: Name) -> Self {
        match (name, name.show()) {
            (
                Name::SenderKey | Name::ReceiverKey | Name::SenderTruncatedHmac | Name::AddAddrHmac,
                _,
            ) => Self::Key,
            (Name::DataAck | Name::Dsn, _) => Self::Decimal,
            (_, Show::Flag) => Self::Flag,
            (_, Show::Dec | Show::Hex(_)) => Self::Number,
            (_, Show::Addr | Show::Octets) => Self::Text,
        }
    }
}

fn entry<M: SerializeMap>(map: &mut M, field: &Field) -> Result<(), M::Error> {
    let name = field.name.filter();
    match (field.value, Shape::of(field.name)) {
        (Value::Uint(value), Shape::Flag) => map.serialize_entry(name, &(value != 0)),
        (Value::Uint(value), Shape::Decimal) => map.serialize_entry(name, &decimal(value)),
        (Value::Uint(value), Shape::Key) => map.serialize_entry(name, &Key(value)),
        (Value::Uint(value), _) => map.serialize_entry(name, &value),
        (Value::Addr(addr), _) => map.serialize_entry(name, &addr),
        (Value::Octets(octets), _) => map.serialize_entry(name, &Text(octets)),
    }
}
