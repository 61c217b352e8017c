//! [`keep_interrupts`]: Ctrl-C stays with who listened for it, whatever goose does.

use std::sync::Once;

/// Takes the place that goose would take for a Ctrl-C handler of its own, and does nothing in it. goose's would stop the
/// attack behind our back, end the process at the second Ctrl-C, and stay for the rest of the process.
///
/// Call it **before** the process first listens for SIGINT through tokio: a handler installed later silences an earlier
/// one, while tokio's passes every signal on to who was there before. [`crate::run`] calls it as well. Without anybody
/// who listens, SIGINT no longer ends the process.
pub fn keep_interrupts() {
    static ONCE: Once = Once::new();
    // An error means that somebody else was there first, and then goose's can't come either.
    ONCE.call_once(|| drop(ctrlc::set_handler(|| {})));
}
