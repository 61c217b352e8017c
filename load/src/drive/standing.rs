//! How the thresholds stand at a moment of a run: [`standing`].

use std::time::Duration;

use dryrun_record::load::{Account, Standing};

use crate::profile::{Profile, Scope, Shape, Threshold};
use crate::schedule::Schedule;
use crate::thresholds::{self, SoFar};

use super::driver::Driver;

/// How the thresholds of `profile` stand so long after its start.
pub(super) fn standing(
    profile: &Profile,
    schedule: &Schedule,
    driver: &Driver,
    now: Duration,
) -> Vec<Standing> {
    let counts = &driver.counts;
    let (asked, sent, in_flight) = (driver.asked(), counts.sent.get(), counts.in_flight.get());
    let users = match profile.shape {
        Shape::Open { max_in_flight, .. } => max_in_flight as u64,
        Shape::Closed { .. } => driver.admitted() as u64,
    };
    let account = Account {
        asked,
        sent,
        dropped: counts.dropped.get(),
        late: counts.late.get(),
        ended: counts.ended.get(),
        warm_up: counts.warm_up.get(),
        users,
        ..Account::default()
    };
    // Of those that began, and of those that did not yet.
    let to_come = schedule.total().map(|total| total.saturating_sub(sent) + in_flight);
    let lasts = schedule.lasts();
    // What ends in the grace time makes no rate, so that is no measured time either.
    let time = lasts.map_or(now, |lasts| now.min(lasts)).saturating_sub(profile.warm_up);
    let whole = |name: &str| {
        profile.thresholds.iter().any(|threshold| match &threshold.scope {
            Scope::Requests => false,
            Scope::Workflow(scope) => thresholds::belongs(name, scope),
            Scope::Step(scope) => scope == name,
        })
    };
    driver.meter.standing(time, whole, |measured, look| {
        let so_far = SoFar {
            requests: &measured.requests,
            workflows: &measured.workflows,
            account: &account,
            times: None,
            to_come,
            left: lasts.map(|lasts| lasts.saturating_sub(now)),
            elapsed: time,
            measured: lasts.map(|lasts| lasts.saturating_sub(profile.warm_up)),
        };
        let stand = |threshold: &Threshold| {
            let times = look.times(&threshold.scope);
            thresholds::standing(threshold, &SoFar { times: Some(&times), ..so_far })
        };
        profile.thresholds.iter().map(stand).collect()
    })
}
