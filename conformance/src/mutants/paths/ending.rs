use mpdissect::wire::mptcp::MptcpOption;

use super::super::mutants;

mutants! { paths: PathPolicy;
    /// Heeds MP_FASTCLOSE on segments that TCP doesn't accept.
    "base-unacceptable-fastclose" = UnacceptableFastclose fails ["rfc8684/3/acceptability"] {
        fn heeds_unacceptable(&self, option: &MptcpOption) -> bool {
            matches!(option, MptcpOption::MpFastclose(_))
        }
    }
    /// Takes any key in MP_FASTCLOSE.
    "base-any-fastclose" = AnyFastclose fails ["rfc8684/3.5/wrong-key"] {
        fn takes_fastclose(&self, _: u64, _: u64, _: u64) -> bool { true }
    }
    /// Takes the peer's key in MP_FASTCLOSE too.
    "base-either-key-closes" = EitherKey fails ["rfc8684/3.5/wrong-key"] {
        fn takes_fastclose(&self, key: u64, own: u64, peers: u64) -> bool {
            key == own || key == peers
        }
    }
    /// Ignores MP_FASTCLOSE on an ACK.
    "base-ignores-fastclose" = IgnoresFastclose fails ["rfc8684/3.5/on-ack"] {
        fn honours_fastclose(&self, reset: bool) -> bool { reset }
    }
    /// Ignores MP_FASTCLOSE on a RST.
    "base-ignores-fastclose-on-reset" = IgnoresFastcloseOnReset fails ["rfc8684/3.5/on-reset"] {
        fn honours_fastclose(&self, reset: bool) -> bool { !reset }
    }
    /// Can be joined after MP_FASTCLOSE.
    "base-remembers-closed" = RemembersClosed fails ["rfc8684/3.5/on-ack", "rfc8684/3.5/on-reset"] {
        fn forgets_after_fastclose(&self) -> bool { false }
    }
    /// Sends its MP_FASTCLOSE only once.
    "base-fastclose-once" = FastcloseOnce fails ["rfc8684/3.5/repeated-on-ack"] {
        fn repeats_fastclose(&self) -> u32 { 0 }
    }
    /// Repeats its MP_FASTCLOSE until it is answered.
    "base-fastclose-for-ever" = FastcloseForEver fails [
        "rfc8684/3.5/three-repetitions",
        "rfc8684/3.5/gives-up-with-reset",
    ] {
        fn repeats_fastclose(&self) -> u32 { u32::MAX }
    }
    /// Gives up its MP_FASTCLOSE with a plain RST.
    "base-no-last-word" = NoLastWord fails ["rfc8684/3.5/gives-up-with-reset"] {
        fn gives_up_with_fastclose(&self) -> bool { false }
    }
    /// Ends the connection when a subflow is reset.
    "base-reset-ends-connection" = ResetEndsConnection fails [
        "rfc8684/3.7/wrong-checksum-behind-a-lost-subflow",
        "nav/2/lost-target-frees-the-traffic",
        "nav/2/nothing-is-lost-with-the-target",
        "nav/4/reset-with-it-is-a-reset",
        "rfc8684/3.5/plain-reset",
        "rfc8684/3.6/flags-are-ignored",
        "rfc8684/3.3.2/kept-until-acknowledged",
    ] {
        fn ends_with_subflow(&self) -> bool { true }
    }
    /// Gives no reason for its resets.
    "base-no-reasons" = NoReasons fails [
        "rfc8684/3.2/reason-of-refusal",
        "rfc8684/3.2/reason-of-failure",
        "rfc8684/3.3/checksum-reset-reason",
        "rfc8684/3.7/reason-of-vanished-options",
        "rfc8684/3.7/reason-of-no-data-acknowledgment",
    ] {
        fn tells_reasons(&self) -> bool { false }
    }
    /// Sets flag U of MP_TCPRST.
    "base-flags-of-reasons" = FlagsOfReasons fails ["rfc8684/3.6/flags-are-sent-as-zero"] {
        fn clears_flags_of_reasons(&self) -> bool { false }
    }
    /// Ignores a RST whose MP_TCPRST has flag U, V or W.
    "base-minds-flags-of-reasons" = MindsFlagsOfReasons fails ["rfc8684/3.6/flags-are-ignored"] {
        fn ignores_flags_of_reasons(&self) -> bool { false }
    }
}
