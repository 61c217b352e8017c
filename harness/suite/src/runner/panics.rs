//! Panics during a run. The engine silences the panic hook of the whole process, so that a panic in a server task of
//! ours would vanish without a word; here the hook is put back, and only panics inside of a step (which are caught and
//! told as failures) stay off the terminal.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{self, PanicHookInfo};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Panics outside of steps: place and words.
pub(crate) type Told = Arc<Mutex<Vec<String>>>;

thread_local! {
    static IN_STEP: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the hook that was there before the run; puts it back when dropped.
pub(crate) struct PanicGuard {
    before: Hook,
    told: Told,
}

impl PanicGuard {
    pub(crate) fn new() -> Self {
        let guard = Self { before: Arc::from(panic::take_hook()), told: Told::default() };
        guard.install();
        guard
    }

    /// The panics outside of steps, as they come.
    pub(crate) fn told(&self) -> Told {
        Arc::clone(&self.told)
    }

    /// Puts our hook in force: once more after the engine has put its own there.
    pub(crate) fn install(&self) {
        let (before, told) = (Arc::clone(&self.before), Arc::clone(&self.told));
        panic::set_hook(Box::new(move |info| {
            if IN_STEP.get() {
                let place = info.location().map(ToString::to_string);
                PLACE.with_borrow_mut(|slot| *slot = place);
            } else {
                let place =
                    info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
                let words = format!("{place}: {}", message(info.payload()));
                told.lock().unwrap_or_else(PoisonError::into_inner).push(words);
                before(info);
            }
        }));
    }
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let before = Arc::clone(&self.before);
            panic::set_hook(Box::new(move |info| before(info)));
        }
    }
}

/// Where the last panic of a step on this thread was: `src/x.rs:3:5`.
pub(crate) fn take_place() -> Option<String> {
    PLACE.with_borrow_mut(Option::take)
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

/// Marks the thread while the step's future is polled; other scenarios on the same thread are not inside of it.
pub(crate) struct InStep<F>(pub(crate) Pin<Box<F>>);

struct Mark(bool);

impl Drop for Mark {
    fn drop(&mut self) {
        IN_STEP.set(self.0);
    }
}

impl<F: Future> Future for InStep<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _mark = Mark(IN_STEP.replace(true));
        self.0.as_mut().poll(context)
    }
}
