//! What the mocks received against what the answers claimed: [`Ledger`]. Each iteration is judged by itself a moment after
//! its end; what is left of it are counts.

use std::collections::HashMap;
use std::sync::Arc;

use dryrun_load::Meter;
use dryrun_record::Exchange;
use dryrun_record::load::{LoadFailure, Sends};

use crate::load::claims::Claims;
use crate::load::ended::{Account, Ended};
use crate::load::strays::{broken, unexpected};
use crate::load::telling::{self, Telling};
use crate::policy::Policy;
use crate::vocabulary::{applied, list, same_again, writes};

/// Sums over all iterations that were judged.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    sums: Sends,
    /// By [`Claims::calls`].
    claimed: Vec<u64>,
    /// Calls that took effect, and that no claim of their iteration could be about.
    uncovered: u64,
    /// Iterations whose answers claimed something, or could have.
    judged: u64,
}

/// What judging needs to know.
pub(crate) struct Judge<'a> {
    pub(crate) claims: &'a Claims,
    pub(crate) policy: &'a Policy,
    pub(crate) telling: &'a Telling,
    pub(crate) workflow: &'a str,
    pub(crate) meter: &'a Meter,
    /// What stands at secret places of what the iteration sent.
    pub(crate) private: &'a dyn Fn() -> Vec<String>,
}

impl Judge<'_> {
    fn tell(
        &self,
        cause: &str,
        count: u64,
        message: String,
        calls: &[&Arc<Exchange>],
        example: impl FnOnce() -> String,
    ) {
        let calls = calls.iter().map(|call| &***call);
        let example = || self.telling.of_calls(&example(), calls, (self.private)());
        let failure = self.telling.failure(cause, self.workflow, "", message, example);
        self.meter.failure(LoadFailure { count, ..failure });
    }
}

impl Ledger {
    /// Counts what an iteration's answers claimed when calls can't be attributed.
    pub(crate) fn claim_alone(&mut self, account: &Account) {
        self.claim(&account.claimed);
        self.uncovered += u64::from(account.uncovered || account.unclear);
    }

    /// Calls that took effect, and that no claim is about.
    fn beside(&mut self, calls: u64) {
        self.uncovered += calls;
        self.sums.uncovered += calls;
    }

    fn claim(&mut self, claimed: &[u64]) {
        self.claimed.resize(self.claimed.len().max(claimed.len()), 0);
        self.claimed.iter_mut().zip(claimed).for_each(|(sum, one)| *sum += one);
        self.sums.claimed += claimed.iter().sum::<u64>();
    }

    /// Looks at the calls of an iteration.
    pub(crate) fn judge(&mut self, ended: &Ended, calls: &[Arc<Exchange>], judge: &Judge<'_>) {
        let account = &ended.account;
        if !ended.unexpected_expected {
            for call in calls.iter().filter(|call| call.unexpected.is_some()) {
                self.sums.unexpected += 1;
                judge.tell("unexpected-call", 1, unexpected(call), &[call], || list([call]));
            }
        }
        if !ended.breaches_expected {
            for call in calls.iter().filter(|call| !ended.expected.contains(&call.id)) {
                for breach in broken(judge.policy, call) {
                    judge.meter.breaches(1);
                    let example = || format!("{}\nfound: {}", list([call]), judge.telling.found(breach));
                    judge.tell("contract", 1, telling::breach(breach), &[call], example);
                }
            }
        }
        let sends: Vec<&Arc<Exchange>> = calls.iter().filter(|call| writes(call)).collect();
        self.sums.received += sends.len() as u64;
        let effective: Vec<&Arc<Exchange>> = sends.into_iter().filter(|call| applied(call)).collect();
        let mut doubled_by_call = vec![0; judge.claims.calls.len()];
        for (call, times) in again(&effective, account.most()) {
            self.sums.doubled += times;
            if let Some(which) = judge.claims.which(call) {
                doubled_by_call[which] += times;
            }
            let line = call.operation.as_deref().unwrap_or("a call that no contract knows");
            let message = format!("{}: {line} was sent again after it had succeeded", call.service);
            judge.tell("doubled", times, message, &effective, || {
                format!(
                    "{}\n{}",
                    list(effective.iter().copied()),
                    call.request.body.text.as_deref().unwrap_or_default()
                )
            });
        }
        self.claims(ended, &effective, &doubled_by_call, judge);
    }

    fn claims(&mut self, ended: &Ended, effective: &[&Arc<Exchange>], doubled: &[u64], judge: &Judge<'_>) {
        let account = &ended.account;
        self.claim(&account.claimed);
        let mut found = vec![0_u64; judge.claims.calls.len()];
        for call in effective {
            match judge.claims.which(call) {
                Some(which) => found[which] += 1,
                None => self.beside(1),
            }
        }
        if account.claimed.is_empty() && account.uncovered {
            self.beside(found.iter().sum());
            return;
        }
        self.judged += u64::from(!account.claimed.is_empty());
        for (which, call) in judge.claims.calls.iter().enumerate() {
            let claimed = account.claimed.get(which).copied().unwrap_or(0);
            let found = found[which];
            let shown = || {
                format!("claimed {claimed} times; the mocks received:\n{}", list(effective.iter().copied()))
            };
            if claimed > found {
                self.sums.lost += claimed - found;
                let message = format!("an answer claims {}, which never came", call.said());
                judge.tell("lost", claimed - found, message, effective, shown);
            }
            let made_up = found.saturating_sub(claimed + doubled[which]);
            // What no answer came for, or what no claim is about, may have made the service send it by right.
            if made_up > 0 && !account.unclear && !account.uncovered {
                self.sums.phantom += made_up;
                let message = format!("{} took effect, and no answer claims it", call.said());
                judge.tell("phantom", made_up, message, effective, shown);
            }
        }
    }

    /// The sums, with what was heard beside: `alone` when that is all there is.
    pub(crate) fn close(
        &mut self,
        claims: &Claims,
        alone: Option<&[u64]>,
    ) -> (Sends, Vec<(&'static str, u64, String)>) {
        let mut sends = std::mem::take(&mut self.sums);
        let mut wrong = Vec::new();
        if let Some(applied) = alone {
            for (which, call) in claims.calls.iter().enumerate() {
                let claimed = self.claimed.get(which).copied().unwrap_or(0);
                let found = applied.get(which).copied().unwrap_or(0);
                if claimed > found {
                    sends.lost += claimed - found;
                }
                // What no answer came for, or what no claim is about, may have made the service send it by right.
                let more = if self.uncovered == 0 { found.saturating_sub(claimed) } else { 0 };
                sends.phantom += more;
                let message =
                    format!("answers claim {} {claimed} times, and it came {found} times", call.said());
                match (claimed.saturating_sub(found), more) {
                    (0, 0) => {}
                    (0, more) => wrong.push(("phantom", more, message)),
                    (lost, _) => wrong.push(("lost", lost, message)),
                }
            }
        }
        sends.unjudged = if claims.is_empty() {
            Some("dryrun.toml has no [[claims]], which say what answers claim: what was lost or made up can't be told".to_owned())
        } else if alone.is_some() {
            Some("the service passes no correlation on, so that only sums are compared: what was lost here and sent twice there evens out".to_owned())
        } else if self.judged == 0 && self.uncovered > 0 {
            Some("no answer was one that [[claims]] in dryrun.toml is about: what was lost or made up can't be told".to_owned())
        } else {
            None
        };
        (sends, wrong)
    }
}

/// Calls that took effect more often than they may, each with how often.
fn again<'a>(effective: &[&'a Arc<Exchange>], most: u64) -> Vec<(&'a Arc<Exchange>, u64)> {
    // What the same call consists of is dear to find out: only where one could be another's double.
    let mut lines: HashMap<(&str, &str, &str), u64> = HashMap::new();
    let line = |call: &'a Arc<Exchange>| {
        let request = &call.request;
        (call.service.as_str(), request.method.as_str(), request.path.as_str())
    };
    effective.iter().for_each(|call| *lines.entry(line(call)).or_default() += 1);
    if lines.values().all(|count| *count <= most) {
        return Vec::new();
    }
    let mut same: HashMap<String, (&Arc<Exchange>, u64)> = HashMap::new();
    for call in effective.iter().filter(|call| lines[&line(call)] > most) {
        // A body that was cut can't be compared.
        if let Ok(key) = same_again(call) {
            same.entry(key).or_insert((call, 0)).1 += 1;
        }
    }
    same.into_values().filter(|(_, count)| *count > most).map(|(call, count)| (call, count - most)).collect()
}
