//! What a dissector notices beside the fields: facts with a stable name, no verdicts.

use std::fmt;

/// How much a notice asks for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing, and ordinary.
    Note,
    /// Unusual, or against a recommendation.
    Warning,
    /// Against a rule, or a fact that doesn't hold.
    Error,
}

impl Severity {
    /// The name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Declares the catalogue: one line a notice.
macro_rules! catalogue {
    ($($id:ident $name:literal $severity:ident $summary:literal $source:literal;)*) => {
        /// The name of a notice. Names are never reused for another fact.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum NoticeId {
            $(#[doc = concat!($summary, " (", $source, ").")] $id,)*
        }

        impl NoticeId {
            /// The whole catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$id,)*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$id => $name,)* }
            }

            /// How much it asks for attention.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$id => Severity::$severity,)* }
            }

            /// What it says, in a sentence.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$id => $summary,)* }
            }

            /// The document and section with the rule.
            pub const fn source(self) -> &'static str {
                match self { $(Self::$id => $source,)* }
            }
        }
    };
}

catalogue! {
    // The octets of one segment.
    MalformedOption "malformed-option" Error "An option breaks the layout of its subtype" "RFC 8684 §3";
    OptionArea "option-area" Error "The walk over the option area ends early" "RFC 9293 §3.2";
    IpLength "ip-length" Error "A length in an IP header doesn't fit the frame" "RFC 791 §3.1";
    TcpHeader "tcp-header" Error "A length in the headers doesn't fit the octets" "RFC 9293 §3.1";
    OptionsCut "options-cut" Note "The snap length cut the option area" "";
    PaddingNotZero "padding-not-zero" Warning "Octets behind the end-of-options are not zero" "RFC 9293 §3.2";
    ReservedBits "reserved-bits" Warning "Reserved or unassigned bits are set" "RFC 8684 §3";
    UnknownSubtype "unknown-subtype" Warning "The subtype is not assigned" "RFC 8684 §7.2";
    UnknownExperiment "unknown-experiment" Note "The experiment ID is not known here" "draft-bonaventure-mptcp-exp-option-00 §3";
    UnknownVersion "unknown-version" Warning "No version of the protocol known here has this number" "RFC 8684 §3.1";
    NoAlgorithm "no-algorithm" Warning "No handshake algorithm is offered, so the option counts as invalid" "RFC 8684 §3.1";
    Extensibility "extensibility" Warning "Flag B asks for an extension that nobody has defined" "RFC 8684 §3.1";
    MisplacedOption "misplaced-option" Error "The option has no place on this segment" "RFC 8684 §3";
    DuplicateOption "duplicate-option" Error "An option stands more than once on one segment" "RFC 8684 §3";
    LengthForSegment "length-for-segment" Error "The option's length belongs on another segment" "RFC 8684 §3";
    OtherVersion "other-version" Error "The option has the layout of the other protocol version" "RFC 8684 §3";
    IdleWidthFlag "idle-width-flag" Warning "A DSS width flag is set without the field that it is about" "RFC 8684 §3.3";
    DataFinWithoutMapping "data-fin-without-mapping" Error "DATA_FIN is set without the mapping that places it" "RFC 8684 §3.3.3";
    ResetReason "reset-reason" Note "The reason code is not assigned" "RFC 8684 §3.6";

    // Handshakes and what proves them.
    UnknownToken "unknown-token" Warning "No connection in this capture has the token" "RFC 8684 §3.2";
    WrongToken "wrong-token" Error "The token of an MP_JOIN is not the receiver's" "RFC 8684 §3.2";
    JoinHmac "join-hmac" Error "The HMAC of an MP_JOIN is wrong" "RFC 8684 §3.2";
    EchoedKey "echoed-key" Error "The echoed key is not the peer's" "RFC 8684 §3.1";
    KeyChanged "key-changed" Error "A key differs from the one sent before" "RFC 8684 §3.1";
    JoinRefused "join-refused" Note "A join was answered without MP_JOIN or with a reset" "RFC 8684 §3.2";
    JoinAgainstC "join-against-c" Error "A subflow goes to the address and port that flag C has closed" "RFC 8684 §3.1";
    Fallback "fallback" Warning "The connection goes on as regular TCP" "RFC 8684 §3.7";
    Fastclose "fastclose" Note "The connection is closed at once" "RFC 8684 §3.5";
    FastcloseKey "fastclose-key" Error "The key of an MP_FASTCLOSE is not the receiver's" "RFC 8684 §3.5";

    // Data.
    Checksum "checksum" Error "The checksum of a mapping is wrong" "RFC 8684 §3.3.1";
    ChecksumMissing "checksum-missing" Error "A mapping has no checksum though checksums are in use" "RFC 8684 §3.3.1";
    ChecksumUnexpected "checksum-unexpected" Error "A mapping has a checksum though none was agreed on" "RFC 8684 §3.3.1";
    Unmapped "unmapped" Warning "No mapping is known for these octets" "RFC 8684 §3.3.1";
    MappingConflict "mapping-conflict" Error "A mapping puts octets elsewhere than an earlier one did" "RFC 8684 §3.3.1";
    InfiniteMapping "infinite-mapping" Warning "From here on the subflow is the data stream" "RFC 8684 §3.7";
    MpFail "mp-fail" Warning "A checksum failed at the peer" "RFC 8684 §3.7";
    Reinjection "reinjection" Note "Octets of the data stream that another segment carried already" "RFC 8684 §3.3.6";
    OutOfOrder "out-of-order" Note "Octets below the highest data sequence number, not seen before" "RFC 8684 §3.3.4";

    // Addresses and priorities.
    AddAddrHmac "add-addr-hmac" Error "The HMAC of an ADD_ADDR is wrong" "RFC 8684 §3.4.1";
    AddAddrEchoDiffers "add-addr-echo-differs" Error "The echo of an ADD_ADDR differs from what was announced" "RFC 8684 §3.4.1";
    AddAddrEchoUnasked "add-addr-echo-unasked" Warning "An echo of an ADD_ADDR that isn't in this capture" "RFC 8684 §3.4.1";
    AddressIdReused "address-id-reused" Warning "An address ID names another address than before" "RFC 8684 §3.4.1";
    UnknownAddressId "unknown-address-id" Warning "Nobody announced the address ID or joined with it" "RFC 8684 §3.4.2";

    // The drafts.
    MaxSubflowsZero "max-subflows-zero" Error "Maximum Subflows is zero, which is never valid" "draft-boucadair-mptcp-max-subflow §2";
    MaxSubflowsChanged "max-subflows-changed" Warning "A peer announces another maximum than before" "draft-boucadair-mptcp-max-subflow §2";
    MaxSubflowsExceeded "max-subflows-exceeded" Error "More subflows at once than the smaller of both maxima" "draft-boucadair-mptcp-max-subflow §3";
    NavigationFromClient "navigation-from-client" Error "The client asks for navigation, which only a server does" "draft-kang-tcpm-accurate-data-scheduling-by-server §4";
    NavigationUnknownAddress "navigation-unknown-address" Warning "Navigation to an address ID that nobody announced" "draft-kang-tcpm-accurate-data-scheduling-by-server §4";
    NavigationEchoUnasked "navigation-echo-unasked" Warning "An echo without a request in this capture" "draft-kang-tcpm-accurate-data-scheduling-by-server §4.1";
    NavigationEchoDiffers "navigation-echo-differs" Error "An echo that differs from its request" "draft-kang-tcpm-accurate-data-scheduling-by-server §4.1";
    NavigationCancelUnasked "navigation-cancel-unasked" Warning "A cancel for an address ID without navigation" "draft-kang-tcpm-accurate-data-scheduling-by-server §4.1";
    NavigationRepeat "navigation-repeat" Note "The same request again before its echo" "draft-kang-tcpm-accurate-data-scheduling-by-server §4.1";
    NavigationBackup "navigation-backup" Warning "Flag B differs from the priority of the subflow that carries it" "draft-kang-tcpm-accurate-data-scheduling-by-server §4.1";
    ExperimentRejected "experiment-rejected" Note "The peer does not know the experiment" "draft-bonaventure-mptcp-exp-option-00 §3";

    // The tool's own limits.
    Untracked "untracked" Note "Too many subflows of one connection are followed to follow this one too" "";
}

/// One thing noticed on one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Which.
    pub id: NoticeId,
    /// The option that it is about, as an index into the segment's options.
    pub option: Option<u8>,
    /// The octet that it is about, counted from the option's Kind.
    pub octet: Option<u8>,
    /// What exactly, as a clause.
    pub text: String,
}

impl Notice {
    /// A notice about the whole segment.
    pub fn new(id: NoticeId, text: impl Into<String>) -> Self {
        Self { id, option: None, octet: None, text: text.into() }
    }

    /// The same, about this option.
    #[must_use]
    pub fn on(mut self, option: u8) -> Self {
        self.option = Some(option);
        self
    }

    /// The same, about this octet of the option.
    #[must_use]
    pub fn at(mut self, octet: u8) -> Self {
        self.octet = Some(octet);
        self
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id.name(), self.text)
    }
}
