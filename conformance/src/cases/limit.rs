//! Maximum Subflows (draft-boucadair-mptcp-max-subflow).
//!
//! Where a case is about the number of subflows, the end that opens them follows from the role: a
//! target that listens is joined by the tester, and one that initiates is told addresses of the
//! tester, which it joins if it may. Connections go without timestamps, so that every option fits
//! beside a DSS and beside ADD_ADDR.

mod answers;
mod carriers;
mod changes;
mod limits;
mod slots;
mod values;
mod words;

#[cfg(test)]
mod tests;

use crate::case::Case;

pub(super) static CASES: &[&Case] = &[
    &answers::KNOWN,
    &answers::FLAGS_OF_EXPERIMENTS,
    &answers::LAYOUT_A,
    &answers::LENGTH_A,
    &answers::LAYOUT_B,
    &answers::LENGTH_B,
    &answers::LAYOUT_A_ANSWERED,
    &answers::LAYOUT_C_ANSWERED,
    &answers::EXPERIMENT_ID,
    &answers::SAME_VALUE,
    &answers::NEVER_ZERO,
    &answers::ZERO_NOT_ANSWERED_WITH_ZERO,
    &answers::ANSWERED,
    &answers::RESERVED_BITS_IGNORED,
    &answers::SILENT_AFTER_RETURN,
    &answers::RETURNED_SETS_NO_LIMIT,
    &answers::RETURNED_NOT_ANSWERED,
    &answers::ANNOUNCED_UNASKED,
    &answers::FLOOD_ANSWERED_ONCE,
    &answers::FLOOD_DOES_NO_HARM,
    &values::EVERY_LAYOUT_LIMITS,
    &values::B_NOT_READ_AS_A,
    &values::OTHER_EXPERIMENT,
    &values::JOINS_UP_TO_MAXIMUM,
    &values::ZERO_SETS_NO_LIMIT,
    &values::ZERO_DOES_NO_HARM,
    &values::ZERO_KEEPS_EARLIER,
    &values::FIRST_SUBFLOW_COUNTS,
    &values::ONE_IS_VALID,
    &values::LARGEST_24_BITS,
    &values::LARGEST_32_BITS,
    &values::HALF_OF_32_BITS,
    &values::NOT_CUT_TO_24_BITS,
    &values::TRUNCATED,
    &values::OVERLONG,
    &limits::ACCEPTOR_KEEPS_TESTERS,
    &limits::ACCEPTOR_KEEPS_OWN,
    &limits::ACCEPTOR_KEEPS_EQUAL,
    &limits::OPENER_KEEPS_TESTERS,
    &limits::OPENER_KEEPS_OWN,
    &limits::OPENER_KEEPS_EQUAL,
    &limits::OPENER_IN_STORM,
    &limits::TESTER_FIRST_SMALLER,
    &limits::TESTER_FIRST_LARGER,
    &limits::TESTER_FIRST_EQUAL,
    &limits::TARGET_FIRST_SMALLER,
    &limits::TARGET_FIRST_LARGER,
    &limits::TARGET_FIRST_EQUAL,
    &limits::ABSENT_ACCEPTS,
    &limits::ABSENT_OPENS,
    &limits::ONLY_TESTER,
    &limits::ONLY_TARGET,
    &limits::PER_CONNECTION,
    &limits::CEILING,
    &slots::REFUSED_WITH_RESET,
    &slots::REASON_FITS,
    &slots::REFUSAL_DOES_NO_HARM,
    &slots::BACKUP_COUNTS,
    &slots::FREED_BY_FIN,
    &slots::FREED_BY_RESET,
    &slots::FREED_IN_TIME_WAIT,
    &slots::WRONG_HMAC_TAKES_NONE,
    &slots::ABANDONED_TAKES_NONE,
    &slots::RACE_FOR_THE_LAST,
    &slots::ECHO_AT_LIMIT,
    &slots::NO_OPENING_AT_LIMIT,
    &changes::REPEAT_CHANGES_NOTHING,
    &changes::CONTRADICTION_WITHIN_BOUNDS,
    &changes::CONTRADICTION_DOES_NO_HARM,
    &changes::ON_SECOND_SUBFLOW,
    &changes::LOWERED,
    &changes::LOWERED_BELOW_OPEN,
    &changes::RAISED,
    &changes::LATE_FIRST,
    &changes::OMISSION_REVOKES_NOTHING,
    &changes::IGNORED_AFTER_FALLBACK,
    &changes::NOTHING_CARRIES_OVER,
    &carriers::ON_ACK,
    &carriers::ON_DUPLICATE_ACK,
    &carriers::ON_DATA,
    &carriers::BESIDE_ADD_ADDR,
    &carriers::ON_THIRD_ACK,
    &carriers::ON_SYN_BEFORE,
    &carriers::ON_SYN_BEHIND,
    &carriers::ON_SYN_ACK,
    &carriers::JOIN_NOT_DISPLACED,
    &carriers::TOLERATED,
    &carriers::TOLERATED_BY_JOINS,
];
