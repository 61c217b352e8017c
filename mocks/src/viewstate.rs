//! All that belongs to one view of a mock: state, faults, journal, and the calls that are under way.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::fault::FaultBook;
use crate::journal::Journal;
use crate::options::OnExchange;
use crate::world::State;

/// Who a view belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewOwner {
    /// Id of the scenario: `file:line`.
    pub scenario: String,
    /// Which attempt at it.
    pub attempt: u32,
    /// 32 hex digits: the trace id of `traceparent` and the value of `X-Correlation-ID` of its calls.
    pub correlation: String,
    /// True when no other scenario runs at this mock, so that calls without a correlation are this one's.
    pub alone: bool,
}

/// Who is told of the calls of a view.
#[derive(Default)]
pub(crate) enum Told {
    /// Whoever the mock's options name, and the journal.
    #[default]
    Everybody,
    /// The journal alone: there are too many for anything else.
    Journal,
    /// One who keeps count; the journal does not.
    Listener(OnExchange),
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Everybody => "Everybody",
            Self::Journal => "Journal",
            Self::Listener(_) => "Listener",
        })
    }
}

/// One view, shared by its handles and by the calls that it has under way.
#[derive(Debug)]
pub(crate) struct ViewState {
    pub(crate) owner: Option<Arc<ViewOwner>>,
    pub(crate) state: State,
    pub(crate) request_ids: AtomicU64,
    pub(crate) closed: AtomicBool,
    /// Who is told of its calls.
    pub(crate) told: Told,
    faults: Mutex<FaultBook>,
    journal: Mutex<Journal>,
    under_way: AtomicUsize,
    moved: Notify,
}

impl ViewState {
    pub(crate) fn new(owner: Option<Arc<ViewOwner>>, state: State, journal_limit: usize, told: Told) -> Self {
        Self {
            owner,
            state,
            request_ids: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            told,
            faults: Mutex::default(),
            journal: Mutex::new(Journal::new(journal_limit)),
            under_way: AtomicUsize::new(0),
            moved: Notify::new(),
        }
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultBook> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn arrive(&self) {
        self.under_way.fetch_add(1, Ordering::SeqCst);
    }

    /// Invariant: called once for each [`Self::arrive`], after the exchange was put into its journal.
    pub(crate) fn leave(&self) {
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    /// Waits until `done` holds; false when the deadline came first.
    pub(crate) async fn until(self: &Arc<Self>, deadline: Instant, done: impl Fn(&Self) -> bool) -> bool {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Registered before looking, so that what happens between look and wait is not missed.
            moved.as_mut().enable();
            if done(self) {
                return true;
            }
            if tokio::time::timeout_at(deadline.into(), moved).await.is_err() {
                return done(self);
            }
        }
    }
}
