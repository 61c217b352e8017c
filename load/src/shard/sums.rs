//! Sums over shards: [`series`], [`account`] and the rest of a result. Each sum is what one process would have counted that
//! had done everything, unless its documentation says otherwise.

use std::collections::BTreeMap;

use dryrun_record::load::{
    Account, Apdex, ContractsChecked, Figures, LoadFailure, LoadTick, Resources, Sends, Series, StepResult,
    WorkflowResult,
};

use crate::histogram::Histogram;

/// The times of these series as one histogram, exactly. `Err`: a histogram can't be read, or does not hold what its
/// series counts.
fn histogram(all: &[&Series]) -> Result<Histogram, String> {
    let mut whole = Histogram::new();
    for series in all {
        let part = Histogram::decode(&series.histogram).map_err(|error| error.to_string())?;
        if part.count() != series.count {
            let (holds, count) = (part.count(), series.count);
            return Err(format!("the histogram holds {holds} times, but {count} are counted"));
        }
        whole.merge(&part);
    }
    Ok(whole)
}

/// The times of those that failed as one histogram.
fn failed(all: &[&Series]) -> Result<Histogram, String> {
    let mut whole = Histogram::new();
    for series in all {
        whole.merge(&Histogram::decode(&series.failed_histogram).map_err(|error| error.to_string())?);
    }
    Ok(whole)
}

/// What `pick` shows of each, as one. `None`: none tells it, or not so that it could be merged exactly.
fn split(
    all: &[&Series],
    figures: fn(&Series) -> Option<Figures>,
    pick: fn(&Series) -> &str,
) -> Option<Figures> {
    let told: Vec<_> =
        all.iter().filter(|series| figures(series).is_some_and(|told| told.count > 0)).collect();
    let mut whole = Histogram::new();
    for series in &told {
        whole.merge(&Histogram::decode(pick(series)).ok().filter(|part| !part.is_empty())?);
    }
    (!told.is_empty()).then(|| whole.figures())
}

/// Of one kind of request, step or workflow.
pub(super) fn series(all: &[&Series]) -> Result<Series, String> {
    let whole = histogram(all)?;
    let mut causes = BTreeMap::new();
    for (cause, count) in all.iter().flat_map(|series| &series.causes) {
        *causes.entry(cause.clone()).or_default() += count;
    }
    let count = whole.count();
    let limit = all.iter().find_map(|series| series.apdex.map(|apdex| apdex.limit_us));
    let apdex = limit.map(|limit_us| {
        let sum = |of: fn(&Apdex) -> u64| all.iter().filter_map(|series| series.apdex.as_ref()).map(of).sum();
        let (satisfied, tolerating): (u64, u64) =
            (sum(|apdex| apdex.satisfied), sum(|apdex| apdex.tolerating));
        let good = satisfied as f64 + tolerating as f64 / 2.0;
        Apdex { limit_us, satisfied, tolerating, score: if count == 0 { 0.0 } else { good / count as f64 } }
    });
    Ok(Series {
        count,
        failures: all.iter().map(|series| series.failures).sum(),
        causes,
        rate: all.iter().map(|series| series.rate).sum(),
        time: whole.figures(),
        histogram: whole.encode(),
        failed_histogram: failed(all)?.encode(),
        apdex,
        connect: split(
            all,
            |series| series.connect,
            |series| series.splits.as_ref().map_or("", |s| &s.connect),
        ),
        ttfb: split(all, |series| series.ttfb, |series| series.splits.as_ref().map_or("", |s| &s.ttfb)),
        body: split(all, |series| series.body, |series| series.splits.as_ref().map_or("", |s| &s.body)),
        splits: None,
        bytes: all.iter().map(|series| series.bytes).sum(),
    })
}

/// By workflow, and in it by step, in the order in which they first come.
pub(super) fn workflows(all: &[&[WorkflowResult]]) -> Result<Vec<WorkflowResult>, String> {
    let mut merged = Vec::new();
    for (name, parts) in by_name(all.iter().copied().flatten(), |workflow| &workflow.name) {
        let about = |error| format!("workflow `{name}`: {error}");
        let mut steps = Vec::new();
        for (step, of) in by_name(parts.iter().flat_map(|workflow| &workflow.steps), |step| &step.name) {
            let all: Vec<&Series> = of.iter().map(|step| &step.series).collect();
            let about = |error| format!("step `{step}`: {error}");
            steps.push(StepResult { name: step.to_owned(), series: series(&all).map_err(about)? });
        }
        let iterations: Vec<&Series> = parts.iter().map(|workflow| &workflow.iterations).collect();
        let iterations = series(&iterations).map_err(about)?;
        let weight = parts.first().map_or(0, |workflow| workflow.weight);
        merged.push(WorkflowResult { name: name.to_owned(), weight, iterations, steps });
    }
    Ok(merged)
}

/// Those of one name together, in the order in which the names first come.
fn by_name<'a, T>(
    all: impl IntoIterator<Item = &'a T>,
    name: fn(&T) -> &String,
) -> Vec<(&'a str, Vec<&'a T>)> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: Vec<(&str, Vec<&T>)> = Vec::new();
    for one in all {
        let name = name(one).as_str();
        let place = *places.entry(name).or_insert_with(|| {
            groups.push((name, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(one);
    }
    groups
}

/// What became of each arrival. The peak is the sum of the shards' peaks, which need not have been at the same moment: at
/// most so many were under way.
pub(super) fn account(all: &[&Account]) -> Account {
    let sum = |of: fn(&Account) -> u64| all.iter().map(|account| of(account)).sum();
    let rate = |of: fn(&Account) -> f64| all.iter().map(|account| of(account)).sum();
    Account {
        asked: sum(|a| a.asked),
        sent: sum(|a| a.sent),
        dropped: sum(|a| a.dropped),
        late: sum(|a| a.late),
        late_after_us: all.iter().map(|account| account.late_after_us).max().unwrap_or_default(),
        ended: sum(|a| a.ended),
        abandoned: sum(|a| a.abandoned),
        warm_up: sum(|a| a.warm_up),
        asked_rate: rate(|a| a.asked_rate),
        achieved_rate: rate(|a| a.achieved_rate),
        peak_in_flight: sum(|a| a.peak_in_flight),
        users: sum(|a| a.users),
    }
}

/// Folded by cause, workflow, step and message; the first example stays. The most frequent come first.
pub(super) fn failures(all: &[&[LoadFailure]]) -> Vec<LoadFailure> {
    let mut folded: BTreeMap<(&str, &str, &str, &str), LoadFailure> = BTreeMap::new();
    for failure in all.iter().copied().flatten() {
        let key = (&*failure.cause, &*failure.workflow, &*failure.step, &*failure.message);
        match folded.get_mut(&key) {
            None => drop(folded.insert(key, failure.clone())),
            Some(known) => {
                known.count += failure.count;
                if known.example.is_empty() {
                    known.example.clone_from(&failure.example);
                }
            }
        }
    }
    let mut folded: Vec<LoadFailure> = folded.into_values().collect();
    folded.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    folded
}

/// What the mocks received. Where one shard could not judge its own, the whole is not judged.
pub(super) fn sends(all: &[(u32, &Sends)]) -> Sends {
    let sum = |of: fn(&Sends) -> u64| all.iter().map(|(_, sends)| of(sends)).sum();
    let unjudged = all.iter().find_map(|(index, sends)| Some((index, sends.unjudged.as_ref()?)));
    let every = all.iter().all(|(_, sends)| sends.unjudged == all[0].1.unjudged);
    Sends {
        unjudged: unjudged
            .map(|(index, why)| if every { why.clone() } else { format!("shard {index}: {why}") }),
        claimed: sum(|s| s.claimed),
        received: sum(|s| s.received),
        uncovered: sum(|s| s.uncovered),
        lost: sum(|s| s.lost),
        doubled: sum(|s| s.doubled),
        phantom: sum(|s| s.phantom),
        unexpected: sum(|s| s.unexpected),
    }
}

/// Contract checks; the cost is the mean over all answers that were checked.
pub(super) fn contracts(all: &[&ContractsChecked]) -> ContractsChecked {
    let sum = |of: fn(&ContractsChecked) -> u64| all.iter().map(|checked| of(checked)).sum();
    let checked: u64 = sum(|c| c.checked);
    let cost: f64 = all.iter().map(|part| part.cost_us * part.checked as f64).sum();
    ContractsChecked {
        mode: all.first().map(|part| part.mode.clone()).unwrap_or_default(),
        checked,
        unchecked: sum(|c| c.unchecked),
        breaches: sum(|c| c.breaches),
        cost_us: if checked == 0 { 0.0 } else { cost / checked as f64 },
    }
}

/// Who used how much: cores and memory are summed, a share is that of the busiest machine, and the mocks' p99 is the
/// highest of any shard. `None` where no shard tells.
pub(super) fn resources(all: &[(&Resources, u64)]) -> Resources {
    fn over<T>(all: &[(&Resources, u64)], of: fn(&Resources) -> Option<T>, fold: fn(T, T) -> T) -> Option<T> {
        all.iter().filter_map(|(resources, _)| of(resources)).reduce(fold)
    }
    let told =
        || all.iter().filter_map(|(part, requests)| Some((part.own_cpu_per_request_us?, *requests as f64)));
    let requests: f64 = told().map(|(_, requests)| requests).sum();
    let cost: f64 = told().map(|(cost, requests)| cost * requests).sum();
    Resources {
        service_gone_s: over(all, |r| r.service_gone_s, f64::min),
        own_cpu: over(all, |r| r.own_cpu, |a, b| a + b),
        own_cpu_per_request_us: (requests > 0.0).then(|| cost / requests),
        mocks_cpu: over(all, |r| r.mocks_cpu, |a, b| a + b),
        mocks_p99_us: over(all, |r| r.mocks_p99_us, u64::max),
        service_cpu: over(all, |r| r.service_cpu, |a, b| a + b),
        service_memory_kib: over(all, |r| r.service_memory_kib, |a, b| a + b),
        own_memory_kib: over(all, |r| r.own_memory_kib, |a, b| a + b),
        host_cpu: over(all, |r| r.host_cpu, f64::max),
        cores: all.iter().map(|(resources, _)| resources.cores).sum(),
    }
}

/// Second by second: counts are summed; quantiles of a second are those of the slowest shard, an upper bound, because a
/// second's histogram does not travel. Empty when a shard did not send its seconds.
pub(super) fn ticks(all: &[&[LoadTick]]) -> Vec<LoadTick> {
    let mut merged: BTreeMap<u64, LoadTick> = BTreeMap::new();
    if all.iter().any(|ticks| ticks.is_empty()) {
        return Vec::new();
    }
    let add = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a + b).or(a).or(b);
    let add_kib = |a: Option<u64>, b: Option<u64>| a.zip(b).map(|(a, b)| a + b).or(a).or(b);
    for tick in all.iter().copied().flatten() {
        let Some(sum) = merged.get_mut(&tick.second) else {
            merged.insert(tick.second, tick.clone());
            continue;
        };
        sum.min_us = match (sum.ended, tick.ended) {
            (0, _) => tick.min_us,
            (_, 0) => sum.min_us,
            _ => sum.min_us.min(tick.min_us),
        };
        sum.warm_up |= tick.warm_up;
        for (whole, part) in [
            (&mut sum.asked, tick.asked),
            (&mut sum.begun, tick.begun),
            (&mut sum.ended, tick.ended),
            (&mut sum.failed, tick.failed),
            (&mut sum.dropped, tick.dropped),
            (&mut sum.late, tick.late),
            (&mut sum.in_flight, tick.in_flight),
            (&mut sum.users, tick.users),
            (&mut sum.bytes, tick.bytes),
        ] {
            *whole += part;
        }
        for (whole, part) in [
            (&mut sum.p50_us, tick.p50_us),
            (&mut sum.p90_us, tick.p90_us),
            (&mut sum.p95_us, tick.p95_us),
            (&mut sum.p99_us, tick.p99_us),
            (&mut sum.max_us, tick.max_us),
        ] {
            *whole = part.max(*whole);
        }
        sum.own_cpu = add(sum.own_cpu, tick.own_cpu);
        sum.mocks_cpu = add(sum.mocks_cpu, tick.mocks_cpu);
        sum.service_cpu = add(sum.service_cpu, tick.service_cpu);
        sum.service_memory_kib = add_kib(sum.service_memory_kib, tick.service_memory_kib);
        sum.own_memory_kib = add_kib(sum.own_memory_kib, tick.own_memory_kib);
        sum.host_cpu = sum.host_cpu.into_iter().chain(tick.host_cpu).reduce(f64::max);
        sum.host_memory_kib = sum.host_memory_kib.max(tick.host_memory_kib);
    }
    merged.into_values().collect()
}
