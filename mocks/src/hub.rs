//! The [`Hub`] of a mock: which views there are, and whose a call is.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dryrun_record::{Attribution, Exchange};

use crate::crowd::{CrowdSpec, Crowds, correlations};
use crate::journal::Journal;
use crate::viewstate::{Told, ViewOwner, ViewState};
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
    crowds: Crowds,
}

impl Hub {
    pub(crate) fn new(state: State, seed: u64, journal_limit: usize) -> Self {
        let views = Views {
            known: HashMap::new(),
            open: Vec::new(),
            closed: VecDeque::new(),
            late: Journal::new(journal_limit),
            crowds: Crowds::default(),
        };
        let fallback = Arc::new(ViewState::new(None, state, journal_limit, Told::Everybody));
        Self { fallback, journal_limit, seed, views: Mutex::new(views) }
    }

    fn views(&self) -> MutexGuard<'_, Views> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(&self, owner: ViewOwner) -> Arc<ViewState> {
        let correlation = owner.correlation.to_ascii_lowercase();
        let view = self.fresh(Some(Arc::new(owner)), Told::Everybody);
        let mut views = self.views();
        views.known.insert(correlation, Arc::clone(&view));
        views.open.push(Arc::clone(&view));
        view
    }

    fn fresh(&self, owner: Option<Arc<ViewOwner>>, told: Told) -> Arc<ViewState> {
        let state = self.fallback.state.sibling(self.seed);
        Arc::new(ViewState::new(owner, state, self.journal_limit, told))
    }

    /// Opens a crowd and gives the view of its calls that are no member's.
    pub(crate) fn open_crowd(&self, spec: CrowdSpec) -> Arc<ViewState> {
        let owner = ViewOwner { scenario: spec.name, attempt: 0, correlation: String::new(), alone: false };
        let rest = self.fresh(Some(Arc::new(owner)), Told::Listener(spec.strays));
        self.views().crowds.open(spec.prefix, spec.alone, Arc::clone(&rest));
        rest
    }

    pub(crate) fn open_member(&self, prefix: u64, number: u64, owner: Arc<ViewOwner>) -> Arc<ViewState> {
        let view = self.fresh(Some(owner), Told::Journal);
        if let Some(members) = self.views().crowds.of(prefix) {
            members.insert(number, Arc::clone(&view));
        }
        view
    }

    /// Invariant: nothing is left of the member but what its own handles hold.
    pub(crate) fn forget(&self, prefix: u64, number: u64) {
        let gone = self.views().crowds.of(prefix).and_then(|members| members.remove(&number));
        // Its calls are dropped when nobody waits for the lock.
        drop(gone);
    }

    pub(crate) fn members(&self, prefix: u64) -> usize {
        self.views().crowds.of(prefix).map_or(0, |members| members.len())
    }

    pub(crate) fn close_crowd(&self, prefix: u64) {
        self.views().crowds.close(prefix);
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
        if let Some(view) = views.crowds.find(headers) {
            return (view, Attribution::Correlation);
        }
        for correlation in correlations(headers) {
            if let Some(view) = views.known.get(&correlation.to_ascii_lowercase()) {
                return (Arc::clone(view), Attribution::Correlation);
            }
        }
        // Alone means: nobody else could have caused it. The scenario that makes a load waits for it meanwhile.
        if let Some(crowd) = views.crowds.alone() {
            return crowd;
        }
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
