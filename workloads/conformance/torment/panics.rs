//! Panics that come from a design itself are noted: foreign code has none of them.

use std::cell::RefCell;
use std::panic::Location;
use std::sync::Once;

thread_local! {
    /// The first panic of this thread that came from a file of a design; `None` on threads that
    /// do not torment, whose panics are reported as ever.
    static OWN_PANIC: RefCell<Option<Option<String>>> = const { RefCell::new(None) };
}

/// Panics of a design that are documented: each is about a party that panicked before.
const DOCUMENTED: [&str; 2] = ["a held operation was", "after a panic"];

/// From now on panics of this thread are noted instead of reported.
pub(crate) fn note() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let file = info.location().map_or("", Location::file);
            let text = info.to_string();
            let own = file.contains("prototypes/")
                && !file.contains("/tests/")
                && !DOCUMENTED.iter().any(|documented| text.contains(documented));
            OWN_PANIC.with_borrow_mut(|first| match first {
                _ if std::env::var_os("TORMENT_SHOW").is_some() => report(info),
                None => report(info),
                Some(first) if own && first.is_none() => *first = Some(text),
                Some(_) => {}
            });
        }));
    });
    OWN_PANIC.set(Some(None));
}

/// From now on panics of this thread are reported.
pub(crate) fn report() {
    OWN_PANIC.set(None);
}

/// The panic that was noted since the last call.
pub(crate) fn taken() -> Option<String> {
    OWN_PANIC.replace(Some(None)).flatten()
}

/// Calls a function whose panic is wanted.
pub(crate) fn wanted<R>(f: impl FnOnce() -> R) -> R {
    let noted = OWN_PANIC.replace(Some(Some(String::new())));
    let result = f();
    OWN_PANIC.set(noted);
    result
}
