use mpdissect::wire::tcp::Flags;

use super::mutants;

mutants! { data: DataPolicy;
    /// Never sends on another subflow what got lost with one.
    "base-loses-data-with-subflow" = SendsNothingElsewhere fails [
        "nav/2/nothing-is-lost-with-the-target",
        "rfc8684/3.3.2/kept-until-acknowledged",
        "rfc8684/4/subflow-acknowledgments-are-no-data-acknowledgments",
    ] {
        fn sends_elsewhere(&self) -> bool { false }
    }
    /// Takes duplicate acknowledgments with options for signs of congestion.
    "base-options-are-congestion" = CountsOptions fails [
        "nav/4/duplicate-acks-are-no-congestion",
        "rfc8684/3/duplicate-acks-are-no-congestion",
    ] {
        fn counts_signals_as_congestion(&self) -> bool { true }
    }
    /// Sends rows of duplicate acknowledgments for the sake of options.
    "base-duplicate-acks" = SendsDuplicates fails [
        "exp/2/no-duplicate-ack-run",
        "nav/4/echoes-in-a-row",
        "nav/4/requests-in-a-row",
        "rfc8684/3/signals-in-a-row",
    ] {
        fn avoids_duplicates(&self) -> bool { false }
    }
    /// Sets a reserved bit of its DSS.
    "base-dss-reserved-bits" = SetsReserved fails [
        "rfc8684/3.3/reserved-bits",
    ] {
        fn reserved_bits(&self) -> u8 { 0x04 }
    }
    /// Takes mappings with and without checksums, whatever was negotiated.
    "base-any-checksums" = TakesAnySums fails [
        "rfc8684/3.3/checksum-not-negotiated-on-a-join",
        "rfc8684/3.3/checksum-missing-on-a-join",
        "rfc8684/3.3/checksum-not-negotiated",
        "rfc8684/3.3/checksum-missing",
        "rfc8684/3.3/checksum-missing-at-once",
    ] {
        fn insists_on_checksums(&self) -> bool { false }
    }
    /// Gives another reason for the reset over a checksum that shouldn't be there, or should.
    "base-checksum-reset-reason" = WrongReasonOfSums fails [
        "rfc8684/3.3/checksum-reset-reason",
    ] {
        fn reason_for_disagreement(&self) -> u8 { 0x00 }
    }
    /// Leaves a DSS unread that has a width flag for what it doesn't have.
    "base-minds-width-flags" = MindsWidthFlags fails [
        "rfc8684/3.3/width-flags-alone",
    ] {
        fn minds_idle_width_flags(&self) -> bool { true }
    }
    /// Maps retransmitted data anew.
    "base-remaps" = Remaps fails [
        "rfc8684/3.3.1/mapping-stays",
        "nav/5/nothing-is-lost-across-a-switch",
        "rfc8684/3.3.5/window-of-each-subflow",
        "rfc8684/3.7/every-segment-is-mapped",
        "rfc8684/3.1/first-data-has-both-keys",
    ] {
        fn mapped_again(&self, dsn: u64) -> u64 { dsn.wrapping_add(1) }
    }
    /// Retransmits data with the mapping of its latest segment.
    "base-maps-others" = MapsOthers fails [
        "rfc8684/3.3.1/mapping-stays",
    ] {
        fn maps_what_it_carries(&self) -> bool { false }
    }
    /// Hands up what it had before.
    "base-hands-up-twice" = HandsUpTwice fails [
        "rfc8684/3.3.1/first-copy-counts",
        "rfc8684/3.3.1/overlapping-ranges",
        "rfc8684/3.3.1/first-of-two-copies-that-wait",
        "rfc8684/3.3.1/out-of-order-around-the-wrap",
        "rfc8684/3.7/changed-data-is-discarded",
    ] {
        fn hands_up_twice(&self) -> bool { true }
    }
    /// Of two copies that wait it takes the second.
    "base-prefers-second-copy" = PrefersSecond fails [
        "rfc8684/3.3.1/first-of-two-copies-that-wait",
    ] {
        fn keeps_first_copy(&self) -> bool { false }
    }
    /// Resets subflows on which data comes that it has.
    "base-minds-old-data" = MindsOld fails [
        "rfc8684/3.3.1/old-data-is-ignored",
        "rfc8684/3.3.1/first-copy-counts",
        "rfc8684/3.3.1/out-of-order-around-the-wrap",
        "rfc8684/3.3.1/unmapped-is-acknowledged",
    ] {
        fn minds_old_data(&self) -> bool { true }
    }
    /// Sends its data as urgent.
    "base-urgent-data" = SendsUrgent fails [
        "rfc8684/3.3.1/no-urgent-data",
    ] {
        fn flags_of_data(&self) -> Flags { Flags::URG }
    }
    /// Doesn't read the mappings of urgent data.
    "base-ignores-urgent-data" = IgnoresUrgent fails [
        "rfc8684/3.3.1/urgent-data-is-mapped",
        "rfc9293/3.1/any-segment",
    ] {
        fn reads_urgent(&self) -> bool { false }
    }
    /// Resets a subflow at the first octet without a mapping.
    "base-waits-for-no-mapping" = WaitsForNoMapping fails [
        "rfc8684/3.3.1/unmapped-is-acknowledged",
    ] {
        fn waits_for_mapping(&self) -> bool { false }
    }
    /// Waits for mappings for ever.
    "base-waits-for-mappings" = WaitsForever fails [
        "rfc8684/3.7/strip-on-join-data",
        "rfc8684/3.3.1/window-of-unmapped-data",
    ] {
        fn breaks_off_unmapped(&self) -> bool { false }
    }
    /// Gives another reason for the reset over data without mappings.
    "base-unmapped-reset-reason" = WrongReasonOfUnmapped fails [
        "rfc8684/3.7/reason-of-vanished-options",
    ] {
        fn reason_for_unmapped(&self) -> u8 { 0x01 }
    }
    /// Hands up what came without a mapping when its subflow ends.
    "base-hands-up-unmapped" = HandsUpUnmapped fails [
        "rfc8684/3.7/strip-on-join-data",
        "rfc8684/3.3.1/unmapped-is-never-handed-up",
        "rfc8684/3.7/reason-of-vanished-options",
    ] {
        fn drops_unmapped(&self) -> bool { false }
    }
    /// Counts data sequence numbers with 32 bits.
    "base-wraps-at-32-bits" = WrapsEarly fails [
        "rfc8684/3.3.1/64-bits-across-the-wrap",
        "rfc8684/3.3.1/32-bits-across-the-wrap",
        "rfc8684/3.3.1/out-of-order-around-the-wrap",
    ] {
        fn advanced(&self, before: u64, after: u64) -> u64 {
            (before & !0xffff_ffff) | (after & 0xffff_ffff)
        }
    }
    /// Leaves the upper half of short data sequence numbers as it is.
    "base-never-promotes" = NeverPromotes fails [
        "rfc8684/3.3.1/32-bits-across-the-wrap",
        "rfc8684/3.3.1/out-of-order-around-the-wrap",
    ] {
        fn promoted(&self, low: u32, _: u64, latest: u64) -> u64 {
            (latest & !0xffff_ffff) | u64::from(low)
        }
    }
    /// Takes every short data sequence number for one behind the furthest that there was.
    "base-promotes-old" = PromotesOld fails [
        "rfc8684/3.3.1/out-of-order-around-the-wrap",
    ] {
        fn promoted(&self, low: u32, _: u64, latest: u64) -> u64 {
            latest.wrapping_add(u64::from(low.wrapping_sub(latest as u32)))
        }
    }
    /// Doesn't read mappings with 32 bits of data sequence number.
    "base-ignores-short-numbers" = IgnoresShort fails [
        "rfc8684/3.3.1/both-widths-in-turn",
        "rfc8684/3.3.1/32-bits-from-the-start",
        "rfc8684/3.3.1/32-bits-across-the-wrap",
        "rfc8684/3.3.1/checksum-over-64-bits",
        "rfc8684/3.3.1/out-of-order-around-the-wrap",
        "rfc8684/3.3.2/64-bits-for-64-bits",
        "rfc8684/3.3.2/without-data-acknowledgment",
        "rfc8684/3.7/wrong-checksum-on-one-of-two",
    ] {
        fn takes_short_numbers(&self) -> bool { false }
    }
    /// Computes checksums over the 32 bits of data sequence number that were sent.
    "base-sums-short-numbers" = SumsShort fails [
        "rfc8684/3.3.1/checksum-over-64-bits",
    ] {
        fn summed(&self, dsn: u64) -> u64 { dsn & 0xffff_ffff }
    }
    /// Sends mappings with a wrong checksum.
    "base-wrong-checksums" = SumsWrongly fails [
        "rfc8684/3.3.1/own-checksums",
        "rfc8684/3.7/changed-data-is-discarded",
        "rfc8684/3.1/flag-a-is-confirmed",
        "rfc8684/3.1/flag-a-means-checksums",
    ] {
        fn own_checksum(&self, right: u16) -> u16 { right ^ 0x8000 }
    }
    /// Sends all data sequence numbers and acknowledgments with 32 bits.
    "base-short-numbers" = WritesShort fails [
        "rfc8684/3.3.2/64-bits-for-64-bits",
    ] {
        fn writes_long_numbers(&self) -> bool { false }
    }
    /// Doesn't take data acknowledgments of 32 bits.
    "base-ignores-short-acks" = IgnoresShortAcks fails [
        "rfc8684/3.3.2/either-width-of-acknowledgment",
    ] {
        fn takes_short_acks(&self) -> bool { false }
    }
    /// Takes windows for those of the connection that come without a data acknowledgment.
    "base-window-of-any-segment" = TakesAnyWindow fails [
        "rfc8684/3.3.2/window-without-data-acknowledgment",
    ] {
        fn takes_window_without_data_ack(&self) -> bool { true }
    }
    /// Doesn't read mappings that come without a data acknowledgment.
    "base-wants-data-acks" = WantsDataAcks fails [
        "rfc8684/3.3.2/without-data-acknowledgment",
        "rfc8684/3.3.1/32-bits-from-the-start",
        "rfc8684/3.3/width-flags-alone",
        "rfc9293/3.1/equal-options",
    ] {
        fn reads_without_data_ack(&self) -> bool { false }
    }
    /// Maps a DATA_FIN without data to a place of the subflow.
    "base-data-fin-with-place" = PlacesDataFin fails [
        "rfc8684/3.3.3/data-fin-without-data",
    ] {
        fn ssn_of_data_fin(&self, ssn: u32) -> u32 { ssn }
    }
    /// Closes its subflows before its data is acknowledged.
    "base-ends-early" = EndsEarly fails [
        "rfc8684/3.3.3/no-end-before-everything-is-acknowledged",
    ] {
        fn waits_to_close(&self) -> bool { false }
    }
    /// Resets its subflows when the connection has ended.
    "base-ends-with-reset" = EndsWithReset fails [
        "rfc8684/3.3.3/orderly-close",
        "rfc8684/3.3.3/target-closes-first",
        "rfc8684/3.3.3/simultaneous-close",
        "rfc8684/3.3.3/every-subflow-ends-with-fin",
        "rfc8684/3.3.3/data-fin-before-its-data",
        "rfc8684/3.3.3/data-fin-once-more",
        "rfc8684/3.3.3/data-fin-overtakes-on-another-subflow",
        "rfc8684/3.3.3/data-fin-with-data",
        "rfc8684/3.3.3/data-fin-without-data",
        "rfc8684/3.3.3/no-end-before-everything-is-acknowledged",
    ] {
        fn closes_with_fin(&self) -> bool { false }
    }
    /// Closes no subflow that doesn't answer.
    "base-forgets-stalled-subflows" = ForgetsStalled fails [
        "rfc8684/3.3.3/fin-on-a-stalled-subflow",
    ] {
        fn closes_stalled(&self) -> bool { false }
    }
    /// Acknowledges a DATA_FIN before the data that is missing.
    "base-hasty-data-fin" = TakesFinAtOnce fails [
        "rfc8684/3.3.3/data-fin-before-its-data",
        "rfc8684/3.3.3/data-fin-overtakes-on-another-subflow",
        "rfc8684/3.3.3/data-fin-with-data",
    ] {
        fn orders_data_fin(&self) -> bool { false }
    }
    /// Takes a DATA_FIN only if it comes without data.
    "base-bare-data-fin-only" = TakesBareFin fails [
        "rfc8684/3.3.3/data-fin-with-data",
        "rfc8684/3.3.3/data-fin-overtakes-on-another-subflow",
    ] {
        fn takes_fin_with_data(&self) -> bool { false }
    }
    /// Doesn't take a DATA_FIN.
    "base-ignores-data-fin" = IgnoresDataFin fails [
        "rfc8684/3.3.3/orderly-close",
        "rfc8684/3.3.3/data-fin-before-its-data",
        "rfc8684/3.3.3/data-fin-once-more",
        "rfc8684/3.3.3/data-fin-overtakes-on-another-subflow",
        "rfc8684/3.3.3/data-fin-with-data",
        "rfc8684/3.3.3/every-subflow-ends-with-fin",
        "rfc8684/3.3.3/simultaneous-close",
        "rfc8684/3.3.3/target-closes-first",
    ] {
        fn honours_data_fin(&self) -> bool { false }
    }
    /// Ends without a DATA_FIN.
    "base-no-data-fin" = SendsNoDataFin fails [
        "rfc8684/3.3.3/orderly-close",
        "rfc8684/3.3.3/target-closes-first",
        "rfc8684/3.3.3/data-fin-before-its-data",
        "rfc8684/3.3.3/data-fin-once-more",
        "rfc8684/3.3.3/data-fin-overtakes-on-another-subflow",
        "rfc8684/3.3.3/data-fin-with-data",
        "rfc8684/3.3.3/every-subflow-ends-with-fin",
        "rfc8684/3.3.3/simultaneous-close",
    ] {
        fn sends_data_fin(&self) -> bool { false }
    }
    /// Takes the end of the last subflow for that of the connection.
    "base-ends-with-its-subflows" = EndsWithSubflows fails [
        "rfc8684/3.3.3/fin-without-data-fin",
    ] {
        fn outlives_subflows(&self) -> bool { false }
    }
    /// Takes back a window that it offered.
    "base-moves-right-edge" = MovesEdge fails [
        "rfc8684/3.3.4/right-edge-stays",
    ] {
        fn window(&self, unread: u32, most: u32) -> u32 {
            if unread > 4000 { most / 16 } else { most }
        }
    }
    /// Takes data before what is missing on its subflow.
    "base-ignores-subflow-order" = IgnoresOrder fails [
        "rfc8684/3.3.4/hole-in-the-subflow",
    ] {
        fn orders_subflow(&self) -> bool { false }
    }
    /// Takes the window of the first subflow alone for that of the connection.
    "base-window-of-the-first" = WindowOfFirst fails [
        // Where the first subflow is left for good, nothing tells it of a window any more.
        "nav/4.1/cancel-of-another-id-is-none",
        "nav/4.1/later-switch-replaces",
        "rfc8684/3.3.5/largest-window-counts",
    ] {
        fn takes_window_of(&self, first: bool) -> bool { first }
    }
    /// Takes the window of the first subflow for none of the connection.
    "base-window-of-the-others" = WindowOfOthers fails [
        "rfc8684/3.3.5/largest-window-counts",
        "rfc8684/3.3.2/either-width-of-acknowledgment",
        "rfc8684/3.3.2/window-without-data-acknowledgment",
        "rfc8684/4/subflow-acknowledgments-are-no-data-acknowledgments",
    ] {
        fn takes_window_of(&self, first: bool) -> bool { !first }
    }
    /// Sends more than it is allowed to.
    "base-ignores-windows" = IgnoresWindows fails [
        "rfc8684/3.3.5/window-of-each-subflow",
        "rfc8684/3.3.2/window-without-data-acknowledgment",
    ] {
        fn honours_windows(&self) -> bool { false }
    }
    /// Takes data from beyond its window.
    "base-takes-anything" = TakesAnything fails [
        "rfc8684/3.8/beyond-the-window",
    ] {
        fn minds_data_window(&self) -> bool { false }
    }
    /// Forgets data that is acknowledged on its subflow.
    "base-forgets-too-early" = ForgetsEarly fails [
        "rfc8684/3.3.2/kept-until-acknowledged",
        "rfc8684/4/subflow-acknowledgments-are-no-data-acknowledgments",
    ] {
        fn keeps_until_data_ack(&self) -> bool { false }
    }
    /// Retransmits nothing that has arrived on another subflow.
    "base-gives-up-originals" = GivesUpOriginals fails [
        "rfc8684/3.3.6/original-subflow-goes-on",
        "rfc8684/3.3.3/fin-on-a-stalled-subflow",
    ] {
        fn retransmits_delivered(&self) -> bool { false }
    }
    /// Takes data whose checksum is wrong.
    "base-takes-changed-data" = TakesChanged fails [
        "rfc8684/3.7/rewrite-on-later-data",
        "rfc8684/3.7/rewrite-on-join-data",
        "rfc8684/3.7/wrong-checksum-behind-a-lost-subflow",
        "rfc8684/3.7/wrong-checksum-on-one-of-two",
        "rfc8684/3.7/wrong-checksums-on-two-of-three",
        "rfc8684/3.7/wrong-checksum-on-the-only-subflow",
        "rfc8684/3.7/wrong-checksum-behind-a-gap",
        "rfc8684/3.3.1/checksum-over-64-bits",
    ] {
        fn verifies_checksums(&self) -> bool { false }
    }
    /// Names in MP_FAIL what comes behind the mapping.
    "base-fails-another-mapping" = FailsAnother fails [
        "rfc8684/3.7/rewrite-on-later-data",
        "rfc8684/3.7/wrong-checksum-on-one-of-two",
        "rfc8684/3.7/wrong-checksum-on-the-only-subflow",
    ] {
        fn failed(&self, dsn: u64) -> u64 { dsn.wrapping_add(8) }
    }
    /// Goes on as TCP after a wrong checksum though data is missing.
    "base-falls-back-with-a-gap" = FallsBackWithGap fails [
        "rfc8684/3.7/wrong-checksum-behind-a-lost-subflow",
        "rfc8684/3.7/wrong-checksum-behind-a-gap",
    ] {
        fn resets_with_gap(&self) -> bool { false }
    }
    /// Resets over a wrong checksum and keeps the data.
    "base-keeps-changed-data" = KeepsChanged fails [
        "rfc8684/3.7/changed-data-is-discarded",
        "rfc8684/3.7/wrong-checksum-on-one-of-two",
        "rfc8684/3.7/wrong-checksums-on-two-of-three",
    ] {
        fn discards_failed(&self) -> bool { false }
    }
    /// Retransmits data without its mapping.
    "base-unmapped-retransmissions" = UnmappedAgain fails [
        "rfc8684/3.7/every-segment-is-mapped",
        "rfc8684/3.1/first-data-has-both-keys",
    ] {
        fn maps_retransmissions(&self) -> bool { false }
    }
    /// Goes on with a subflow on which no data acknowledgment comes.
    "base-minds-no-missing-data-acks" = MindsNoMissing fails [
        "rfc8684/3.7/no-data-acknowledgment-on-a-join",
    ] {
        fn minds_missing_data_acks(&self) -> bool { false }
    }
    /// Gives another reason for that reset.
    "base-missing-data-acks-reason" = WrongReasonOfMissing fails [
        "rfc8684/3.7/reason-of-no-data-acknowledgment",
    ] {
        fn reason_for_missing_data_acks(&self) -> u8 { 0x00 }
    }
    /// Stays with MPTCP though its first data is acknowledged without it.
    "base-stays-without-data-acks" = StaysWithout fails [
        "rfc8684/3.7/no-data-acknowledgment-on-the-first",
    ] {
        fn falls_back_without_data_acks(&self) -> bool { false }
    }
    /// Doesn't answer MP_FAIL.
    "base-silent-about-fail" = SilentAboutFail fails [
        "rfc8684/3.7/mp-fail-is-answered",
    ] {
        fn answers_fail(&self) -> bool { false }
    }
    /// Answers MP_FAIL, but goes on with MPTCP.
    "base-ignores-fail" = IgnoresFail fails [
        "rfc8684/3.7/mp-fail-is-answered",
    ] {
        fn honours_fail(&self) -> bool { false }
    }
    /// Waits for data acknowledgments after a fallback.
    "base-wants-data-acks-after-fallback" = WantsAcksAfter fails [
        "rfc8684/3.7/subflow-acknowledgments-count-after-fallback",
    ] {
        fn frees_by_subflow(&self, late: bool) -> bool { !late }
    }
    /// Goes on with data acknowledgments behind an infinite mapping.
    "base-data-acks-after-fallback" = AcksAfter fails [
        "rfc8684/3.7/no-data-acknowledgments-behind-an-infinite-mapping",
    ] {
        fn acknowledges_behind_infinite(&self) -> bool { true }
    }
}
