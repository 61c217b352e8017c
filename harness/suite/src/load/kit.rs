//! What all iterations of a load share: [`Kit`].

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dryrun_contract::Operation;
use dryrun_load::profile::Contracts;
use dryrun_load::requests::Requests;
use dryrun_load::{Meter, Slice, Transport};
use dryrun_mocks::{Crowd, View, ViewOwner};
use rustix::time::{ClockId, clock_gettime};

use crate::load::claims::Claims;
use crate::load::ended::Ended;
use crate::load::ledger::{Judge, Ledger};
use crate::load::rows::Rows;
use crate::load::script::{Act, What};
use crate::load::strays::Strays;
use crate::load::telling::Telling;
use crate::runner::untimely;
use crate::station::{Shared, Station};

/// Of so many checks one is measured, and stands for those that follow it: asking for CPU time costs a call to the system.
const MEASURED: u64 = 8;

/// What all iterations of a load share. It lives on the load's own thread.
pub(crate) struct Kit {
    pub(crate) shared: Arc<Shared>,
    pub(crate) station: Arc<Station>,
    /// The load run's number, the first half of each correlation.
    pub(crate) run: u64,
    /// Whether the service passes the correlation on, so that each iteration has views of its own.
    pub(crate) correlated: bool,
    pub(crate) slice: Slice,
    pub(crate) transport: Transport,
    pub(crate) requests: Requests,
    pub(crate) contracts: Contracts,
    pub(crate) acts: Arc<[Act]>,
    /// Which row of its data each part takes next.
    pub(crate) rows: Vec<Cell<usize>>,
    /// By the mock's key.
    pub(crate) crowds: Vec<(String, Crowd)>,
    /// Who a view belongs to, by part.
    pub(crate) owners: Vec<Arc<ViewOwner>>,
    pub(crate) claims: Arc<Claims>,
    pub(crate) strays: Arc<Strays>,
    pub(crate) telling: Telling,
    pub(crate) ledger: RefCell<Ledger>,
    /// Those whose calls may still come, the oldest first.
    pub(crate) ended: RefCell<VecDeque<Ended>>,
    /// How long after its end an iteration is judged.
    pub(crate) linger: Duration,
    pub(crate) checks: Checks,
}

impl Kit {
    pub(crate) fn name(&self, part: usize) -> &str {
        &self.acts[part].part.name
    }

    /// The steps of a part's scenario.
    pub(crate) fn what(&self, part: usize) -> &What {
        &self.acts[part].what
    }

    /// The number of the next row for a part: of N shards each takes every N-th.
    pub(crate) fn next_row(&self, part: usize, len: usize) -> usize {
        let next = &self.rows[part];
        let now = next.get();
        next.set(now.wrapping_add(self.slice.count as usize) % len);
        now
    }

    /// Opens an iteration's views of the mocks.
    pub(crate) fn open_views(&self, part: usize, number: u64) -> Vec<View> {
        if !self.correlated {
            return Vec::new();
        }
        let owner = &self.owners[part];
        self.crowds.iter().map(|(_, crowd)| crowd.open_view(number, Arc::clone(owner))).collect()
    }

    pub(crate) fn forget(&self, number: u64) {
        if self.correlated {
            self.crowds.iter().for_each(|(_, crowd)| crowd.forget(number));
        }
    }

    /// Judges and forgets the iterations that are due.
    pub(crate) fn sweep(&self, now: Instant, meter: &Meter) {
        let mut moving = Vec::new();
        loop {
            let ended = {
                let mut queue = self.ended.borrow_mut();
                if queue.front().is_none_or(|front| front.due > now) {
                    break;
                }
                queue.pop_front()
            };
            let Some(mut ended) = ended else { break };
            if ended.moving() && now < ended.last {
                ended.due = now + self.linger.min(Duration::from_millis(200));
                moving.push(ended);
                continue;
            }
            self.judge(&ended, meter);
            self.forget(ended.number);
        }
        self.ended.borrow_mut().extend(moving);
    }

    /// What stands at secret places of what this load sends, as far as that is known beforehand.
    pub(crate) fn private(&self) -> Vec<String> {
        let parts = 0..self.acts.len();
        let requests = parts.clone().flat_map(|part| self.requests.private(part)).map(str::to_owned);
        requests.chain(parts.flat_map(|part| self.of_rows(part))).collect()
    }

    /// Values of a part's test data in columns of secret names.
    fn of_rows(&self, part: usize) -> impl Iterator<Item = String> {
        let rows = self.acts[part].rows.as_deref();
        rows.into_iter().flat_map(Rows::private)
    }

    fn judge(&self, ended: &Ended, meter: &Meter) {
        let calls = ended.calls();
        let workflow = self.name(ended.part);
        let judge = Judge {
            claims: &self.claims,
            policy: &self.shared.policy,
            telling: &self.telling,
            workflow,
            meter,
            private: &|| {
                let mut all = ended.sent.private(self.telling.masker());
                all.extend(self.requests.private(ended.part).map(str::to_owned));
                all.extend(self.of_rows(ended.part));
                all
            },
        };
        self.ledger.borrow_mut().judge(ended, &calls, &judge);
        for failure in untimely::broken(&ended.promises, ended.calls_made, &calls) {
            let message = failure.message.clone();
            let example = || {
                let text = self.telling.shown(&[failure]);
                self.telling.of_calls(&text, calls.iter().map(|call| &**call), (judge.private)())
            };
            meter.failure(self.telling.failure("check", workflow, "", message, example));
        }
    }
}

/// Which answers are held against their contract, and what that costs.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    /// Answers so far and the last measured cost, by operation.
    seen: RefCell<HashMap<usize, (u64, Duration)>>,
}

impl Checks {
    /// Checks an answer of this operation if its turn has come; what that cost, and what came of it.
    pub(crate) fn check<T>(
        &self,
        operation: &Operation,
        mode: Contracts,
        check: impl FnOnce() -> T,
    ) -> Option<(Duration, T)> {
        let mut seen = self.seen.borrow_mut();
        let (count, cost) = seen.entry(operation.index).or_default();
        let number = *count;
        *count += 1;
        if !mode.chosen(number) {
            return None;
        }
        if number.is_multiple_of(MEASURED) || cost.is_zero() {
            let begun = cpu();
            let found = check();
            *cost = cpu().saturating_sub(begun);
            return Some((*cost, found));
        }
        Some((*cost, check()))
    }
}

/// CPU time of this thread: what others do meanwhile is not in it.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or_default(),
        u32::try_from(now.tv_nsec).unwrap_or_default(),
    )
}
