//! Keeps a panic to the play in which it happens.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What something came to, or where and why it panicked, as a clause.
///
/// # Errors
///
/// When it panics.
pub fn guarded<T>(what: impl FnOnce() -> T) -> Result<T, String> {
    let outer = GUARDED.replace(true);
    // Nothing of what it was about is looked at again after a panic.
    let result = catch_unwind(AssertUnwindSafe(what));
    GUARDED.set(outer);
    result.map_err(|payload| {
        let message = LAST.take().unwrap_or_else(|| message(payload.as_ref()));
        format!("the tester panicked: {message}")
    })
}

/// From here on a panic within [`guarded`] says nothing on stderr, and its reason names the place.
pub fn be_quiet() {
    let before = take_hook();
    set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        if GUARDED.get() {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            LAST.set(Some(format!("{} at {place}", message(info.payload()))));
        } else {
            before(info);
        }
    }));
}

fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}
