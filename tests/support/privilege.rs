//! What tests need that not everybody has.

/// Says that a test can't run here. In continuous integration that is a failure.
pub(crate) fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "can't be skipped in CI: {reason}");
    eprintln!("SKIPPED: {reason}");
}

/// Whether the tests run as root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
