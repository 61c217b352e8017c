//! Many results become one: [`merge`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dryrun_record::load::{
    LoadFailure, LoadResult, LoadStarted, LoadTick, LoadVerdict, Resources, Series, ShardReport,
    WorkflowResult,
};

use super::part::{RunKey, Shard};
use super::sums;
use super::text::Reading;
use crate::thresholds;

/// Beyond these a verdict is inconclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How much later than agreed a shard may begin.
    pub late: Duration,
    /// How far a shard's clock may be from the others'.
    pub skew: Duration,
    /// How many shards there must be; `None`: as many as they say themselves.
    pub expect: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { late: Duration::from_millis(500), skew: Duration::from_millis(500), expect: None }
    }
}

/// One load of many shards.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Merged {
    /// Its head.
    pub started: LoadStarted,
    /// Its seconds, as far as all shards sent them. Quantiles of a second are those of the slowest shard.
    pub ticks: Vec<LoadTick>,
    /// Its figures, judged. `shards` tells of each part.
    pub result: LoadResult,
}

/// One result of all, judged. Never passed unless every shard is there, ran whole, began in time, and by a clock that is
/// not known to be off. `None`: there is no result at all, so there is nothing to judge.
pub fn merge(reading: Reading, limits: &Limits) -> Option<Merged> {
    let Reading { shards, problems } = reading;
    let mut reasons = Vec::new();
    let (key, mut shards, rejected) = same_run(shards, &mut reasons)?;
    shards.sort_by_key(|shard| shard.index);
    let mut warnings = one_each(&mut shards, &mut reasons);
    let count = limits.expect.unwrap_or(key.count).max(key.count);
    if limits.expect.is_some_and(|expect| expect != key.count) {
        reasons.push(format!(
            "{count} shards are expected, but the results are of a load in {} parts",
            key.count
        ));
    }
    let there: BTreeSet<u32> = shards.iter().map(|shard| shard.index).collect();
    let missing: Vec<u32> = (0..count).filter(|index| !there.contains(index)).collect();
    if missing.is_empty() {
        warnings.extend(problems);
    } else {
        let (word, are) = if missing.len() == 1 { ("shard", "is") } else { ("shards", "are") };
        reasons.push(format!("{word} {} of {count} {are} missing", ranges(&missing)));
        reasons.extend(problems);
    }
    let mut reports: Vec<ShardReport> = shards.iter().map(|shard| report(shard, &key)).collect();
    check_starts(&shards, &key, limits, &mut reports);
    check_clocks(&shards, limits, &mut reports, &mut warnings);
    check_parts(&shards, &mut reports);
    reasons.extend(said(&reports));
    let mut result = match sum(&shards) {
        Ok(result) => result,
        Err(why) => {
            reasons.push(why);
            LoadResult { load: key.profile.clone(), ..LoadResult::default() }
        }
    };
    warnings.extend(together(&shards));
    thresholds::judge(&mut result, &shards[0].thresholds);
    if !reasons.is_empty() {
        result.verdict = result.verdict.max(LoadVerdict::Inconclusive);
        // A missed threshold is no finding on a load that was not made whole; something that did not work is one.
        if result.verdict == LoadVerdict::ThresholdMissed {
            result.verdict = LoadVerdict::Inconclusive;
        }
        match result.verdict {
            LoadVerdict::Failed => result.reasons.append(&mut reasons),
            _ => result.reasons.splice(0..0, reasons).for_each(drop),
        }
    }
    result.warnings = warnings;
    reports.extend(missing.iter().map(|&index| {
        let strange = rejected.iter().find(|(other, _)| *other == index);
        let problem = match strange {
            Some((_, why)) => format!("its result is of another load: {why}"),
            None => "no result".to_owned(),
        };
        ShardReport { index, count, problems: vec![problem], ..ShardReport::default() }
    }));
    reports.sort_by_key(|report| report.index);
    result.shards = reports;
    Some(Merged { started: head(&shards), ticks: ticks(&shards), result })
}

/// Which results are of another load, and why.
type Rejected = Vec<(u32, String)>;

/// The results of one run, the one that most belong to; the others are told.
fn same_run(shards: Vec<Shard>, reasons: &mut Vec<String>) -> Option<(RunKey, Vec<Shard>, Rejected)> {
    let mut runs: BTreeMap<RunKey, Vec<Shard>> = BTreeMap::new();
    for shard in shards {
        runs.entry(shard.run.clone()).or_default().push(shard);
    }
    // Of two with as many results the later one.
    let (key, _) = runs.iter().max_by_key(|(key, shards)| (shards.len(), key.start_at_unix_us))?;
    let key = key.clone();
    let shards = runs.remove(&key).unwrap_or_default();
    let mut rejected = Vec::new();
    for (other, strangers) in runs {
        let who: Vec<u32> = strangers.iter().map(|shard| shard.index).collect();
        let why = different(&other, &key);
        rejected.extend(who.iter().map(|index| (*index, why.clone())));
        reasons.push(format!(
            "the result of shard {} of {} is of another load: {}",
            ranges(&who),
            other.count,
            why
        ));
    }
    Some((key, shards, rejected))
}

/// In what two loads differ.
fn different(other: &RunKey, key: &RunKey) -> String {
    let start = "another start (shards need the same moment: `--start-at 2026-12-01T12:00:00Z`, not `+30s`)";
    let different = [
        (other.profile != key.profile, format!("profile `{}`, not `{}`", other.profile, key.profile)),
        (other.count != key.count, format!("{} parts, not {}", other.count, key.count)),
        (other.start_at_unix_us != key.start_at_unix_us, start.to_owned()),
        (other.version != key.version, format!("dryrun {}, not {}", other.version, key.version)),
        (other.fingerprint != key.fingerprint, "what the profile says differs".to_owned()),
    ];
    let said: Vec<String> = different.into_iter().filter_map(|(is, text)| is.then_some(text)).collect();
    said.join(", ")
}

/// Leaves one result for each index. The same result twice is one; two different ones are a load that was made twice.
fn one_each(shards: &mut Vec<Shard>, reasons: &mut Vec<String>) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut kept: Vec<Shard> = Vec::new();
    for shard in shards.drain(..) {
        let index = shard.index;
        match kept.last() {
            Some(last) if last.index == index && *last == shard => {
                warnings.push(format!("the result of shard {index} was given twice; it is counted once"));
            }
            Some(last) if last.index == index => reasons.push(format!(
                "shard {index} ran more than once (on {} and on {}): its part of the load was made twice",
                last.host, shard.host
            )),
            _ => kept.push(shard),
        }
    }
    *shards = kept;
    if let Some(beyond) = shards.iter().find(|shard| shard.index >= shard.run.count) {
        reasons.push(format!("there is a shard {} of {}; the first is 0", beyond.index, beyond.run.count));
    }
    warnings
}

fn report(shard: &Shard, key: &RunKey) -> ShardReport {
    ShardReport {
        index: shard.index,
        count: key.count,
        late_us: key.start_at_unix_us.map_or(0, |at| {
            i64::try_from(i128::from(shard.result.started_unix_us) - i128::from(at)).unwrap_or(i64::MAX)
        }),
        clock_skew_us: None,
        sent: shard.result.account.sent,
        host: shard.host.clone(),
        problems: Vec::new(),
    }
}

/// Did all begin when they were to? Without an agreed moment they are held against the first.
fn check_starts(shards: &[Shard], key: &RunKey, limits: &Limits, reports: &mut [ShardReport]) {
    let first = shards.iter().map(|shard| shard.result.started_unix_us).min().unwrap_or_default();
    for (shard, report) in shards.iter().zip(reports) {
        if key.start_at_unix_us.is_none() {
            report.late_us = i64::try_from(shard.result.started_unix_us - first).unwrap_or(i64::MAX);
        }
        let against = if key.start_at_unix_us.is_some() { "than agreed" } else { "than the first shard" };
        if report.late_us.unsigned_abs() > micros(limits.late) {
            let way = if report.late_us < 0 { "earlier" } else { "later" };
            report.problems.push(format!(
                "it began {} {way} {against}; the limit is {}",
                ms(report.late_us.unsigned_abs()),
                ms(micros(limits.late))
            ));
        }
    }
}

/// Do their clocks agree with each other, as far as the target's clock tells?
fn check_clocks(shards: &[Shard], limits: &Limits, reports: &mut [ShardReport], warnings: &mut Vec<String>) {
    let limit = micros(limits.skew);
    let mut known: Vec<i64> =
        shards.iter().filter_map(|shard| shard.clock.ahead()).map(|(at, _)| at).collect();
    known.sort_unstable();
    let usual = known.get(known.len().saturating_sub(1) / 2).copied();
    let (mut unknown, mut vague) = (Vec::new(), Vec::new());
    for (shard, report) in shards.iter().zip(reports) {
        match shard.clock.ahead().zip(usual) {
            Some(((ahead, half), usual)) => {
                // The target is ahead of us by more than usual: we are behind.
                let skew = usual - ahead;
                report.clock_skew_us = Some(skew);
                if skew.unsigned_abs() > limit {
                    let way = if skew < 0 { "behind" } else { "ahead of" };
                    report.problems.push(format!(
                        "its clock is {} {way} the others'; the limit is {}",
                        ms(skew.unsigned_abs()),
                        ms(limit)
                    ));
                } else if skew.unsigned_abs() + half.unsigned_abs() > limit {
                    vague.push(shard.index);
                }
            }
            None => unknown.push(shard.index),
        }
        let drift = shard.clock.drift_us;
        if drift.unsigned_abs() > limit {
            let way = if drift < 0 { "back" } else { "forward" };
            report.problems.push(format!(
                "its clock was set {way} by {} while the load went on; the limit is {}",
                ms(drift.unsigned_abs()),
                ms(limit)
            ));
        }
    }
    if shards.len() > 1 && !unknown.is_empty() {
        let word = if unknown.len() == 1 { "the clock of shard" } else { "the clocks of shards" };
        warnings.push(format!(
            "{word} {} could not be compared with the others': the target's answers did not tell its time (`Date`), or \
             contradicted each other; that they began together is taken on their word",
            ranges(&unknown)
        ));
    }
    if !vague.is_empty() {
        warnings.push(format!(
            "the clocks of shards {} could be compared with the others' only roughly, more so than the limit of {} asks",
            ranges(&vague),
            ms(limit)
        ));
    }
}

/// Is each a whole part?
fn check_parts(shards: &[Shard], reports: &mut [ShardReport]) {
    let names = |shard: &Shard| -> BTreeSet<String> {
        shard.result.workflows.iter().map(|workflow| workflow.name.clone()).collect()
    };
    let usual = shards.first().map(names).unwrap_or_default();
    for (shard, report) in shards.iter().zip(reports) {
        if let Some(why) = &shard.result.stopped {
            report.problems.push(format!("it was ended before its time: {why}"));
        }
        if names(shard) != usual {
            report.problems.push(format!("it played other workflows than shard {}", shards[0].index));
        }
        let account = &shard.result.account;
        if account.asked != account.sent + account.dropped
            || account.sent != account.ended + account.abandoned
        {
            report.problems.push(format!(
                "its account does not add up: {} asked, {} sent, {} dropped, {} ended, {} abandoned",
                account.asked, account.sent, account.dropped, account.ended, account.abandoned
            ));
        }
    }
}

/// What speaks against shards, one sentence each; the same of many is said once.
fn said(reports: &[ShardReport]) -> Vec<String> {
    reports
        .iter()
        .flat_map(|report| {
            report.problems.iter().map(move |problem| format!("shard {}: {problem}", report.index))
        })
        .collect()
}

/// Warnings of the shards; one that several have is said once, with whose it is.
fn together(shards: &[Shard]) -> Vec<String> {
    let mut folded: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for shard in shards {
        for warning in &shard.result.warnings {
            folded.entry(warning).or_default().push(shard.index);
        }
    }
    folded
        .into_iter()
        .map(|(warning, who)| {
            let word = if who.len() == 1 { "shard" } else { "shards" };
            format!("{word} {}: {warning}", ranges(&who))
        })
        .collect()
}

/// All figures, summed; not judged.
fn sum(shards: &[Shard]) -> Result<LoadResult, String> {
    let results: Vec<&LoadResult> = shards.iter().map(|shard| &shard.result).collect();
    let of = |what: fn(&LoadResult) -> &[LoadFailure]| {
        results.iter().map(|result| what(result)).collect::<Vec<_>>()
    };
    let workflows: Vec<&[WorkflowResult]> =
        results.iter().map(|result| result.workflows.as_slice()).collect();
    let requests: Vec<&Series> = results.iter().map(|result| &result.requests).collect();
    let accounts: Vec<_> = results.iter().map(|result| &result.account).collect();
    let sends: Vec<_> = shards.iter().map(|shard| (shard.index, &shard.result.sends)).collect();
    let contracts: Vec<_> = results.iter().map(|result| &result.contracts).collect();
    let resources: Vec<_> = results.iter().map(|result| (&result.resources, result.requests.count)).collect();
    Ok(LoadResult {
        load: results[0].load.clone(),
        started_unix_us: results.iter().map(|result| result.started_unix_us).min().unwrap_or_default(),
        measured_us: results.iter().map(|result| result.measured_us).max().unwrap_or_default(),
        account: sums::account(&accounts),
        requests: sums::series(&requests)?,
        workflows: sums::workflows(&workflows)?,
        failures: sums::failures(&of(|result| &result.failures)),
        sends: sums::sends(&sends),
        contracts: sums::contracts(&contracts),
        resources: Resources { cores: cores(shards), ..sums::resources(&resources) },
        ..LoadResult::default()
    })
}

/// Cores of all machines: shards on one host share those they have.
fn cores(shards: &[Shard]) -> u32 {
    let mut hosts: BTreeMap<&str, u32> = BTreeMap::new();
    for shard in shards {
        let cores = hosts.entry(&shard.host).or_default();
        *cores = shard.result.resources.cores.max(*cores);
    }
    hosts.values().sum()
}

/// The head of the whole: every shard tells the whole shape.
fn head(shards: &[Shard]) -> LoadStarted {
    let first = &shards[0].started;
    let merged = match shards.len() {
        1 => "Merged from 1 shard.".to_owned(),
        count => format!(
            "Merged from {count} shards; the quantiles of a single second are those of the slowest shard."
        ),
    };
    LoadStarted {
        description: format!("{} {merged}", first.description).trim_start().to_owned(),
        thresholds: shards[0].thresholds.iter().map(thresholds::words).collect(),
        ..first.clone()
    }
}

fn ticks(shards: &[Shard]) -> Vec<LoadTick> {
    sums::ticks(&shards.iter().map(|shard| shard.ticks.as_slice()).collect::<Vec<_>>())
}

/// `0`, `3 and 5`, `0-7, 9`.
fn ranges(numbers: &[u32]) -> String {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    let numbers: BTreeSet<u32> = numbers.iter().copied().collect();
    for number in numbers {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => spans.push((number, number)),
        }
    }
    let said: Vec<String> = spans
        .iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect();
    said.join(", ")
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// `1.5 s`, `640 ms`, `0.3 ms`.
fn ms(us: u64) -> String {
    match us {
        0..10_000 => format!("{:.1} ms", us as f64 / 1e3),
        10_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{:.1} s", us as f64 / 1e6),
    }
}
