//! The head of a run, and its result with everything that weakens it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dryrun_record::load::{Account, LoadResult, LoadStarted, Resources, Sends};

use crate::profile::{Profile, Shape};
use crate::thresholds;

use super::driver::Driver;

/// A thread of ours that uses more of a core has no reserve.
const OWN_FULL: f64 = 0.85;
/// The same for the mocks.
const MOCKS_FULL: f64 = 0.80;
/// A machine that is busier has no reserve.
const HOST_FULL: f64 = 0.95;
/// A harness that makes more than this share of the arrivals late, with users free, is too slow for the schedule.
const LATE_BY_OURS: f64 = 0.001;

/// How a run went.
#[derive(Debug)]
pub(super) struct Ended {
    /// When the schedule began.
    pub(super) started: SystemTime,
    /// When it was over, from its start.
    pub(super) over: Duration,
    /// Why it was ended early.
    pub(super) reason: Option<String>,
    /// Users, or the most that may be under way.
    pub(super) users: u64,
    /// Arrivals a second that the schedule asked for; `None` in the closed model.
    pub(super) asked_rate: Option<f64>,
    /// Whether the parts of the times are told as histograms, which a merge needs.
    pub(super) whole_histograms: bool,
}

/// The head of a run.
pub(super) fn started(profile: &Profile, scenario: Option<String>, judge: bool) -> LoadStarted {
    let model = match profile.shape {
        Shape::Open { .. } => "open",
        Shape::Closed { .. } => "closed",
    };
    LoadStarted {
        load: profile.name.clone(),
        scenario,
        description: profile.description.clone(),
        model: model.to_owned(),
        shape: profile.shape_words(),
        planned_s: profile.planned().map(|time| time.as_secs_f64()),
        warm_up_s: profile.warm_up.as_secs_f64(),
        thresholds: profile.thresholds.iter().filter(|_| judge).map(thresholds::words).collect(),
        ..LoadStarted::default()
    }
}

/// What came of the run.
pub(super) fn result(
    profile: &Profile,
    driver: &Driver,
    ended: &Ended,
    sends: Sends,
    resources: Resources,
    judge: bool,
) -> LoadResult {
    let time = ended.over.saturating_sub(profile.warm_up);
    let measured = driver.meter.measured(time, ended.whole_histograms);
    let mut result = LoadResult {
        load: profile.name.clone(),
        started_unix_us: unix_us(ended.started),
        measured_us: us(time),
        account: account(profile, driver, ended, time),
        requests: measured.requests,
        workflows: measured.workflows,
        failures: measured.failures,
        sends,
        contracts: measured.contracts,
        resources,
        stopped: ended.reason.clone(),
        ..LoadResult::default()
    };
    result.warnings = warnings(&result, driver.counts.late_of_ours.get());
    if judge {
        thresholds::judge(&mut result, &profile.thresholds);
    }
    result
}

fn account(profile: &Profile, driver: &Driver, ended: &Ended, time: Duration) -> Account {
    let counts = &driver.counts;
    let seconds = time.as_secs_f64();
    let achieved_rate = if seconds > 0.0 { counts.sent_in_time.get() as f64 / seconds } else { 0.0 };
    Account {
        asked: driver.asked(),
        sent: counts.sent.get(),
        dropped: counts.dropped.get(),
        late: counts.late.get(),
        late_after_us: us(profile.late_after),
        ended: counts.ended.get(),
        abandoned: counts.abandoned.get(),
        warm_up: counts.warm_up.get(),
        asked_rate: ended.asked_rate.unwrap_or_default(),
        achieved_rate,
        peak_in_flight: counts.peak.get(),
        users: ended.users,
    }
}

/// What weakens the figures, one sentence each.
fn warnings(result: &LoadResult, late_of_ours: u64) -> Vec<String> {
    let LoadResult { account, resources, .. } = result;
    let percent = |share: f64| format!("{:.0}%", share * 100.0);
    let mut warnings = Vec::new();
    if let Some(second) = resources.service_gone_s {
        warnings.push(format!(
            "the service under test ended within {second:.0} s of the start: what came after that met nobody, or another process"
        ));
    }
    if let Some(own) = resources.own_cpu.filter(|own| *own > OWN_FULL) {
        warnings.push(format!(
            "the harness was the bottleneck: its thread used {} of a core, so times are too long and the rate too low; \
             spread the load over shards (--shard)",
            percent(own)
        ));
    }
    if late_of_ours as f64 > account.sent as f64 * LATE_BY_OURS {
        warnings.push(format!(
            "{late_of_ours} of {} arrivals began more than {} ms late although users were free: the harness or the \
             machine was too slow for the schedule; their times count from when they should have begun",
            account.sent,
            account.late_after_us as f64 / 1_000.0
        ));
    }
    if let Some(host) = resources.host_cpu.filter(|host| *host > HOST_FULL) {
        let cores = resources.cores;
        warnings.push(format!(
            "the machine was full ({} of {cores} core{}): whatever ran on it took time from the rest",
            percent(host),
            if cores == 1 { "" } else { "s" }
        ));
    }
    if let Some(mocks) = resources.mocks_cpu.filter(|mocks| *mocks > MOCKS_FULL) {
        warnings.push(format!(
            "the mocks used {} of a core: part of what the service waited for may be theirs",
            percent(mocks)
        ));
    }
    let waited = account.late.saturating_sub(late_of_ours);
    if account.peak_in_flight >= account.users && waited > 0 && account.asked > account.users {
        warnings.push(format!(
            "all {} users were busy, and {waited} arrivals began late for it; their times count from when they should \
             have begun (max_in_flight sets how many there are)",
            account.users
        ));
    }
    if account.dropped > 0 {
        warnings.push(format!(
            "{} of {} arrivals never began: the users were busy to the end; they are in no figure of times",
            account.dropped, account.asked
        ));
    }
    if account.abandoned > 0 {
        warnings.push(format!(
            "{} workflows were cut off at the end of the grace time; they are in no figure of times",
            account.abandoned
        ));
    }
    warnings
}

fn us(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn unix_us(time: SystemTime) -> u64 {
    us(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(account: Account, resources: Resources, late_of_ours: u64) -> Vec<String> {
        warnings(&LoadResult { account, resources, ..LoadResult::default() }, late_of_ours)
    }

    #[test]
    fn a_run_with_reserves_gives_no_warning() {
        let account = Account {
            asked: 1_000,
            sent: 1_000,
            ended: 1_000,
            users: 50,
            peak_in_flight: 9,
            ..Account::default()
        };
        let resources = Resources {
            own_cpu: Some(0.84),
            mocks_cpu: Some(0.79),
            host_cpu: Some(0.94),
            cores: 2,
            ..Resources::default()
        };
        assert_eq!(found(account.clone(), resources, 1), Vec::<String>::new());
        assert_eq!(found(account, Resources::default(), 0), Vec::<String>::new());
    }

    #[test]
    fn each_bottleneck_is_named() {
        let account = Account { asked: 1_000, sent: 1_000, users: 50, ..Account::default() };
        let one = |resources: Resources| found(account.clone(), resources, 0).join("|");
        let own = one(Resources { own_cpu: Some(0.93), ..Resources::default() });
        assert!(own.starts_with("the harness was the bottleneck: its thread used 93% of a core"), "{own}");
        let host = one(Resources { host_cpu: Some(0.97), cores: 2, ..Resources::default() });
        assert!(host.starts_with("the machine was full (97% of 2 cores)"), "{host}");
        let mocks = one(Resources { mocks_cpu: Some(0.85), ..Resources::default() });
        assert!(mocks.starts_with("the mocks used 85% of a core"), "{mocks}");
        let late = found(account.clone(), Resources::default(), 2).join("|");
        assert!(late.starts_with("2 of 1000 arrivals began"), "{late}");
        let busy = Account { late: 40, peak_in_flight: 50, ..account.clone() };
        let busy = found(busy, Resources::default(), 0).join("|");
        assert!(busy.starts_with("all 50 users were busy, and 40 arrivals began late"), "{busy}");
        let lost = Account { dropped: 3, abandoned: 4, ..account };
        let lost = found(lost, Resources::default(), 0);
        assert!(
            lost[0].starts_with("3 of 1000 arrivals never began") && lost[1].starts_with("4 workflows"),
            "{lost:?}"
        );
    }
}
