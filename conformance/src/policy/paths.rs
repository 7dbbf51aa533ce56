//! How subflows are joined, named, preferred and ended (RFC 8684 §3.2, §3.3.8, §3.4 to §3.6).

use std::fmt::Debug;

use super::Conformant;

/// How subflows are joined, named, preferred and ended (RFC 8684 §3.2, §3.3.8, §3.4 to §3.6).
pub trait PathPolicy: Debug + Sync {
    /// Whether a join to an unknown token is refused with RST (§3.2), instead of in silence.
    fn refuses_unknown_tokens(&self) -> bool {
        true
    }

    /// Whether a join has to prove that it knows both keys (§3.2).
    fn checks_join_hmac(&self) -> bool {
        true
    }

    /// The reason for the reset of a join without proof (§3.6).
    fn reason_for_bad_join(&self) -> u8 {
        0x01
    }

    /// Whether the third ACK of a join is acknowledged (§3.2).
    fn confirms_joins(&self) -> bool {
        true
    }

    /// Whether the peer can make a subflow a backup (§3.3.8).
    fn honours_priority(&self) -> bool {
        true
    }

    /// Whether backups carry data like any other subflow.
    fn ignores_backups(&self) -> bool {
        false
    }

    /// Whether ADD_ADDR has to have the right HMAC (§3.4.1).
    fn checks_add_addr_hmac(&self) -> bool {
        true
    }

    /// Whether ADD_ADDR is echoed (§3.4.1).
    fn echoes_add_addr(&self) -> bool {
        true
    }

    /// Whether an own ADD_ADDR is repeated until it is echoed (§3.4.1).
    fn repeats_add_addr(&self) -> bool {
        true
    }

    /// Whether a client joins every address that it is told.
    fn joins_announced(&self) -> bool {
        true
    }

    /// Whether REMOVE_ADDR ends the subflows of its addresses (§3.4.2).
    fn honours_remove_addr(&self) -> bool {
        true
    }

    /// Whether MP_FASTCLOSE has to have the own key (§3.5).
    fn checks_fastclose_key(&self) -> bool {
        true
    }

    /// Whether MP_FASTCLOSE ends the connection (§3.5).
    fn honours_fastclose(&self) -> bool {
        true
    }

    /// Whether resets of subflows come with MP_TCPRST (§3.6).
    fn tells_reasons(&self) -> bool {
        true
    }
}

impl PathPolicy for Conformant {}
