//! What all options of Multipath TCP have in common, and the macro for the regular ones.

use crate::wire::field::{Field, Octets, Slot, Value};

/// Octet 2, high nibble.
pub(super) const SUBTYPE: Slot = Slot::bits(2, 1, 0xf0);

/// An option as a list of fields: one list feeds emission and every output.
pub(super) trait Layout {
    /// The whole option's length in octets, Kind and Length included.
    fn length(&self) -> u8;

    /// Visits every field behind the subtype, in the order of the octets. Together they cover
    /// every bit of the option exactly once.
    fn fields(&self, visit: &mut impl FnMut(Field));
}

/// Hands out places one behind the other, for options whose fields come and go.
pub(super) struct Cursor(pub(super) u8);

impl Cursor {
    /// The next `width` whole octets.
    pub(super) fn take(&mut self, width: u8) -> Slot {
        let slot = Slot::octets(self.0, width);
        self.0 = self.0.saturating_add(width);
        slot
    }
}

/// A type that a field of a regular option can have.
pub(super) trait Cell: Sized {
    fn get(option: &[u8], slot: Slot) -> Option<Self>;
    fn value(self) -> Value;
}

macro_rules! number_cells {
    ($($number:ty)*) => {$(
        impl Cell for $number {
            fn get(option: &[u8], slot: Slot) -> Option<Self> {
                Self::try_from(slot.uint(option)?).ok()
            }

            fn value(self) -> Value {
                Value::Uint(u64::from(self))
            }
        }
    )*};
}

number_cells!(u8 u16 u32 u64);

impl Cell for bool {
    fn get(option: &[u8], slot: Slot) -> Option<Self> {
        Some(slot.uint(option)? != 0)
    }

    fn value(self) -> Value {
        Value::Uint(u64::from(self))
    }
}

impl<const N: usize> Cell for [u8; N] {
    fn get(option: &[u8], slot: Slot) -> Option<Self> {
        option.get(usize::from(slot.at)..)?.first_chunk().copied()
    }

    fn value(self) -> Value {
        Value::Octets(Octets::new(&self).unwrap_or(Octets::EMPTY))
    }
}

/// Declares an option whose fields have fixed places: struct, parser and field list from one list.
macro_rules! regular {
    (
        $(#[$doc:meta])*
        $option:ident, $length:literal octets
        $($(#[$field_doc:meta])* $field:ident: $kind:ty = $name:ident at $slot:expr;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $option { $($(#[$field_doc])* pub $field: $kind,)* }

        impl $option {
            /// The whole option's length in octets.
            pub const LENGTH: u8 = $length;

            /// Reads the fields of an option whose length was found right.
            pub(super) fn read(option: &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::wire::mptcp::layout::Cell::get(option, $slot)?,)* })
            }
        }

        impl $crate::wire::mptcp::layout::Layout for $option {
            fn length(&self) -> u8 {
                Self::LENGTH
            }

            fn fields(&self, visit: &mut impl FnMut($crate::wire::field::Field)) {
                $(visit($crate::wire::field::Field {
                    name: $crate::wire::field::Name::$name,
                    slot: $slot,
                    value: $crate::wire::mptcp::layout::Cell::value(self.$field),
                });)*
            }
        }
    };
}

pub(super) use regular;
