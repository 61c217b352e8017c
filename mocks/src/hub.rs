//! The [`Hub`] of a mock: which views there are, and whose a call is.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dryrun_record::{Attribution, Exchange};

use crate::journal::Journal;
use crate::viewstate::{ViewOwner, ViewState};
use crate::world::State;

/// So many closed views keep their state and journal for late calls; older ones keep their name only.
const KEPT_CLOSED: usize = 200;

/// The views of a mock.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) fallback: Arc<ViewState>,
    journal_limit: usize,
    seed: u64,
    views: Mutex<Views>,
}

#[derive(Debug)]
struct Views {
    /// Invariant: a correlation once known stays known, so that a late call is never taken for another scenario's.
    known: HashMap<String, Arc<ViewState>>,
    open: Vec<Arc<ViewState>>,
    closed: VecDeque<Arc<ViewState>>,
    late: Journal,
}

impl Hub {
    pub(crate) fn new(state: State, seed: u64, journal_limit: usize) -> Self {
        let views = Views {
            known: HashMap::new(),
            open: Vec::new(),
            closed: VecDeque::new(),
            late: Journal::new(journal_limit),
        };
        let fallback = Arc::new(ViewState::new(None, state, journal_limit));
        Self { fallback, journal_limit, seed, views: Mutex::new(views) }
    }

    fn views(&self) -> MutexGuard<'_, Views> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(&self, owner: ViewOwner) -> Arc<ViewState> {
        let correlation = owner.correlation.to_ascii_lowercase();
        let state = self.fallback.state.sibling(self.seed);
        let view = Arc::new(ViewState::new(Some(owner), state, self.journal_limit));
        let mut views = self.views();
        views.known.insert(correlation, Arc::clone(&view));
        views.open.push(Arc::clone(&view));
        view
    }

    pub(crate) fn close(&self, view: &Arc<ViewState>) {
        let mut views = self.views();
        let open = views.open.len();
        views.open.retain(|other| !Arc::ptr_eq(other, view));
        if views.open.len() == open {
            return;
        }
        view.closed.store(true, Ordering::SeqCst);
        view.faults().clear();
        views.closed.push_back(Arc::clone(view));
        if views.closed.len() > KEPT_CLOSED
            && let Some(old) = views.closed.pop_front()
        {
            old.state.store().reset(false);
            old.journal().clear();
        }
    }

    /// Whose call this is, by its headers.
    pub(crate) fn attribute(&self, headers: &[(String, String)]) -> (Arc<ViewState>, Attribution) {
        let views = self.views();
        for correlation in correlations(headers) {
            if let Some(view) = views.known.get(&correlation) {
                return (Arc::clone(view), Attribution::Correlation);
            }
        }
        // Alone means: nobody else could have caused it.
        match views.open.as_slice() {
            [only] if only.owner.as_ref().is_some_and(|owner| owner.alone) => {
                (Arc::clone(only), Attribution::Alone)
            }
            _ => (Arc::clone(&self.fallback), Attribution::None),
        }
    }

    /// Files an exchange with its view; one of a closed view is filed apart.
    pub(crate) fn file(&self, view: &ViewState, arrival: u64, exchange: Arc<Exchange>) {
        if view.closed.load(Ordering::SeqCst) {
            self.views().late.put(arrival, exchange);
        } else {
            view.journal().put(arrival, exchange);
        }
    }

    pub(crate) fn late(&self) -> Vec<Arc<Exchange>> {
        self.views().late.entries()
    }

    /// The views of a scenario, or every view that still has a journal.
    pub(crate) fn of(&self, scenario: Option<&str>) -> Vec<Arc<ViewState>> {
        let views = self.views();
        let all = views.closed.iter().chain(&views.open).chain([&self.fallback]);
        all.filter(|view| match (scenario, &view.owner) {
            (None, _) => true,
            (Some(wanted), Some(owner)) => owner.scenario == wanted,
            (Some(_), None) => false,
        })
        .cloned()
        .collect()
    }

    pub(crate) fn clear_late(&self) {
        self.views().late.clear();
    }
}

/// The correlations of a call: the trace id of its `traceparent` (W3C Trace Context, 3.2), its `X-Correlation-ID`.
fn correlations(headers: &[(String, String)]) -> impl Iterator<Item = String> + '_ {
    headers.iter().filter_map(|(name, value)| match name.as_str() {
        "traceparent" => value.trim().split('-').nth(1).map(str::to_ascii_lowercase),
        "x-correlation-id" => Some(value.trim().to_ascii_lowercase()),
        _ => None,
    })
}
