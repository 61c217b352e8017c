//! An iteration that has come to its end, and whose calls may still come: [`Ended`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use dryrun_mocks::View;
use dryrun_record::Exchange;

use crate::load::sent::Sent;
use crate::promise::Promise;

/// What is kept of an iteration until its calls are judged.
pub(crate) struct Ended {
    pub(crate) part: usize,
    pub(crate) number: u64,
    pub(crate) views: Vec<View>,
    /// When its calls are looked at.
    pub(crate) due: Instant,
    /// When that is done although some are still under way.
    pub(crate) last: Instant,
    pub(crate) account: Account,
    pub(crate) promises: Vec<Promise>,
    pub(crate) calls_made: u64,
    pub(crate) unexpected_expected: bool,
    pub(crate) breaches_expected: bool,
    /// Ids of calls whose breaches a step has dealt with.
    pub(crate) expected: std::collections::BTreeSet<String>,
    /// What it sent.
    pub(crate) sent: Sent,
}

impl Ended {
    /// Its calls, in order of arrival.
    pub(crate) fn calls(&self) -> Vec<Arc<Exchange>> {
        let mut calls: Vec<_> = self.views.iter().flat_map(View::calls).collect();
        calls.sort_by_key(|call| call.at_us);
        calls
    }

    /// Whether a call is under way.
    pub(crate) fn moving(&self) -> bool {
        self.views.iter().any(|view| view.under_way() > 0)
    }
}

/// What an iteration has sent to the service, and what the answers claimed.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// By [`super::claims::Claims::calls`].
    pub(crate) claimed: Vec<u64>,
    /// Some request got no answer: what it claims is not known.
    pub(crate) unclear: bool,
    /// Some request that may make the service send something is one that no claim is about.
    pub(crate) uncovered: bool,
    /// How often the same request was sent that may change something.
    same: HashMap<u64, u64>,
}

impl Account {
    /// Of an iteration that is one request.
    pub(crate) fn of_one(unclear: bool, uncovered: bool) -> Self {
        Self { unclear, uncovered, ..Self::default() }
    }

    /// A request that may change something, by what it consists of.
    pub(crate) fn sent(&mut self, request: u64) {
        *self.same.entry(request).or_default() += 1;
    }

    /// How often the service may send the same, because it was asked so often.
    pub(crate) fn most(&self) -> u64 {
        self.same.values().copied().max().unwrap_or(1)
    }
}
