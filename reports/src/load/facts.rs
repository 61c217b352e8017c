//! What every ink says of a load run: its verdict, its account, what speaks against it.

use std::collections::BTreeMap;

use dryrun_record::load::{
    Account, Comparison, ComparisonVerdict, ContractsChecked, LoadFailure, LoadResult, LoadRun, LoadVerdict,
    Resources, Sends, Series, StepFinding, ThresholdResult,
};
use dryrun_record::{Record, RunKind};

use crate::load::units;
use crate::text;

/// CPU of the load's own thread from which on the harness is no longer beyond suspicion, in cores.
const BUSY: f64 = 0.8;

/// The runs whose verdict counts for the record: not those of a step, which its scenario judges, and not the single
/// runs of a search or a comparison.
pub(crate) fn judged(record: &Record) -> impl Iterator<Item = &LoadRun> {
    record.loads.iter().filter(|run| run.started.scenario.is_none() && !run.started.exploring)
}

/// Reasons why a load record is no GO, one sentence each. For any other kind of run there are none: the scenario whose
/// step makes a load judges it.
pub(crate) fn reasons(record: &Record) -> Vec<String> {
    if record.run.as_ref().is_none_or(|run| run.kind != RunKind::Load) {
        return Vec::new();
    }
    if record.loads.is_empty() {
        return vec!["no load run began, so nothing was measured".to_owned()];
    }
    let many = judged(record).count() > 1;
    let mut all = Vec::new();
    for run in judged(record) {
        let name = if many { format!("{}: ", title(run)) } else { String::new() };
        all.extend(own_reasons(run).into_iter().map(|reason| format!("{name}{reason}")));
    }
    if judged(record).count() == 0 {
        all.push("no load run that decides came to an end".to_owned());
    }
    all
}

/// What a load that is a GO did not judge, so that it says so.
pub(crate) fn unjudged(record: &Record) -> Vec<String> {
    let mut all = Vec::new();
    if record.run.as_ref().is_none_or(|run| run.kind != RunKind::Load) {
        return all;
    }
    for result in judged(record).filter_map(|run| run.result.as_ref()) {
        if result.thresholds.is_empty() {
            all.push("no threshold was set".to_owned());
        }
        if let Some(why) = &result.sends.unjudged {
            all.push(format!("not judged: what was sent ({})", text::one_line(why, 200)));
        }
        if result.contracts.checked == 0 {
            all.push("no contract was checked".to_owned());
        }
        let tolerated: u64 = result.failures.iter().map(|one| one.count).sum();
        if tolerated > 0 {
            all.push(format!("{} within what a threshold allows", units::counted(tolerated, "failure")));
        }
        if !result.warnings.is_empty() {
            all.push(text::count(result.warnings.len(), "warning"));
        }
    }
    all.dedup();
    all
}

/// What speaks against one run.
pub(crate) fn own_reasons(run: &LoadRun) -> Vec<String> {
    let Some(result) = &run.result else {
        return vec!["the load run did not come to an end, so nothing can be said of it".to_owned()];
    };
    let told: Vec<String> = result.reasons.iter().map(|reason| text::one_line(reason, 400)).collect();
    match result.verdict {
        LoadVerdict::Passed => doubts(result),
        LoadVerdict::Inconclusive if told.is_empty() => vec!["INCONCLUSIVE: it does not say why".to_owned()],
        LoadVerdict::Inconclusive => told.iter().map(|reason| format!("INCONCLUSIVE: {reason}")).collect(),
        LoadVerdict::ThresholdMissed | LoadVerdict::Failed if told.is_empty() => {
            vec![format!("the load run ended as \"{}\" and gave no reason", verdict(result.verdict))]
        }
        LoadVerdict::ThresholdMissed | LoadVerdict::Failed => told,
    }
}

/// What speaks against a run that counts as passed.
fn doubts(result: &LoadResult) -> Vec<String> {
    let doubt = |what: String| format!("it counts as passed, but {what}");
    let mut all = Vec::new();
    // A step of a search is there to be answered, whatever the answer.
    for missed in result.thresholds.iter().filter(|one| !one.held && result.search.is_none()) {
        all.push(doubt(format!("a threshold did not hold: {}", threshold(missed))));
    }
    match result.comparison.as_ref().map(|one| one.verdict) {
        Some(ComparisonVerdict::Slower) => all.push(doubt("it is slower than its baseline".to_owned())),
        Some(ComparisonVerdict::Inconclusive) => {
            all.push(doubt("the comparison with its baseline is inconclusive".to_owned()));
        }
        Some(ComparisonVerdict::Passed) | None => {}
    }
    if result.requests.count == 0 {
        all.push(doubt("no request ended in the time that was measured".to_owned()));
    }
    if !adds_up(&result.account) {
        all.push(doubt(format!("its account does not add up: {}", account(&result.account))));
    }
    all
}

/// Whether a record's only fault is that its figures can't tell: shown as INCONCLUSIVE, counted as NO-GO.
pub(crate) fn inconclusive(record: &Record, reasons: &[String]) -> bool {
    let of = |wanted| {
        judged(record).filter(move |run| run.result.as_ref().is_some_and(|one| one.verdict == wanted))
    };
    let own = self::reasons(record);
    of(LoadVerdict::Inconclusive).count() > 0
        && judged(record).count() == of(LoadVerdict::Inconclusive).count() + of(LoadVerdict::Passed).count()
        && own.iter().all(|reason| reason.contains("INCONCLUSIVE: "))
        && reasons.iter().all(|reason| own.contains(reason))
}

/// `passed`, `inconclusive`, `threshold missed`, `failed`.
pub(crate) fn verdict(verdict: LoadVerdict) -> &'static str {
    match verdict {
        LoadVerdict::Passed => "passed",
        LoadVerdict::Inconclusive => "inconclusive",
        LoadVerdict::ThresholdMissed => "threshold missed",
        LoadVerdict::Failed => "failed",
    }
}

/// The verdict of a run, or what it found as a step of a search; one without a result did not end.
pub(crate) fn outcome(run: &LoadRun) -> &'static str {
    let Some(result) = &run.result else { return "did not end" };
    match result.search {
        Some(StepFinding::Held) => "held",
        Some(StepFinding::Broke) => "broke",
        Some(StepFinding::Limited) => "limited by the harness",
        None if unjudged_run(run, result) => "measured",
        None => verdict(result.verdict),
    }
}

/// A run of a comparison of which nobody asked whether it passed.
fn unjudged_run(run: &LoadRun, result: &LoadResult) -> bool {
    run.started.exploring && result.verdict == LoadVerdict::Inconclusive && result.reasons.is_empty()
}

/// The class of [`outcome`]: `passed`, `flaky` for what can't tell, `failed`, `notrun`.
pub(crate) fn class(run: &LoadRun) -> &'static str {
    let Some(result) = &run.result else { return "notrun" };
    if result.search.is_none() && unjudged_run(run, result) {
        return "notrun";
    }
    match (result.search, result.verdict) {
        (Some(StepFinding::Held), _) | (None, LoadVerdict::Passed) => "passed",
        (Some(StepFinding::Limited), _) | (None, LoadVerdict::Inconclusive) => "flaky",
        _ => "failed",
    }
}

/// The name of a run, in one line.
pub(crate) fn title(run: &LoadRun) -> String {
    text::one_line(&run.started.load, 120)
}

/// Whether everything that was asked for is accounted for.
pub(crate) fn adds_up(account: &Account) -> bool {
    account.asked == account.sent + account.dropped && account.sent == account.ended + account.abandoned
}

/// `asked 10,000 = sent 9,990 + dropped 10; sent 9,990 = ended 9,988 + abandoned 2`.
pub(crate) fn account(account: &Account) -> String {
    let [asked, sent, dropped] = [account.asked, account.sent, account.dropped].map(units::count);
    let [ended, abandoned] = [account.ended, account.abandoned].map(units::count);
    let sign = |holds: bool| if holds { "=" } else { "≠" };
    format!(
        "asked {asked} {} sent {sent} + dropped {dropped}; sent {sent} {} ended {ended} + abandoned {abandoned}",
        sign(account.asked == account.sent + account.dropped),
        sign(account.sent == account.ended + account.abandoned)
    )
}

/// `999.8/s of 1,000/s asked for (99.98%)`.
pub(crate) fn achieved(account: &Account) -> String {
    let achieved = units::rate(account.achieved_rate);
    if account.asked_rate <= 0.0 {
        return achieved;
    }
    let share = units::share(account.achieved_rate / account.asked_rate);
    format!("{achieved} of {} asked for ({share})", units::rate(account.asked_rate))
}

/// `all requests: 95% within 500 ms: found 612 ms`.
pub(crate) fn threshold(one: &ThresholdResult) -> String {
    format!("{}: found {}", text::one_line(&one.text, 300), found(one))
}

/// What was found, in the metric's unit.
pub(crate) fn found(one: &ThresholdResult) -> String {
    match (one.found, &one.beyond) {
        (Some(found), _) => units::of_metric(&one.metric, found),
        (None, Some(never)) => format!("never ({})", text::one_line(never, 120)),
        (None, None) => "nothing".to_owned(),
    }
}

/// `12 (0.12%)`; `0` when there are none.
pub(crate) fn failed(series: &Series) -> String {
    match series.failures {
        0 => "0".to_owned(),
        many => format!("{} ({})", units::count(many), units::part(many, series.count)),
    }
}

/// `status 503 ×7, timeout ×5`, the most frequent first.
pub(crate) fn causes(causes: &BTreeMap<String, u64>) -> Vec<String> {
    let mut all: Vec<_> = causes.iter().collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.1));
    all.iter()
        .map(|(cause, many)| format!("{} ×{}", text::one_line(cause, 120), units::count(**many)))
        .collect()
}

/// Whether a failure is a matter of degree that a threshold on failures judges.
pub(crate) fn by_degree(result: &LoadResult, failure: &LoadFailure) -> bool {
    let degree = ["status", "transport", "timeout"].contains(&failure.cause.as_str());
    let limits = result.thresholds.iter().filter(|one| one.metric == "max_fail_percent");
    let of = |scope: &str| scope == "requests" || scope == failure.workflow || scope == failure.step;
    degree && limits.into_iter().any(|one| of(&one.scope))
}

/// Whether the mocks received what the service said.
pub(crate) fn sends_hold(sends: &Sends) -> bool {
    sends.lost + sends.doubled + sends.phantom + sends.unexpected == 0
}

/// `9,990 claimed, 9,995 received (5 that no claim is about); 0 lost, 0 doubled, 0 phantom, 0 unexpected`, and why that is
/// not all there is to it. Where nothing was counted that is all there is.
pub(crate) fn sends(sends: &Sends) -> String {
    let counted = sends.claimed + sends.received > 0 || !sends_hold(sends);
    match &sends.unjudged {
        None => sums(sends),
        Some(why) if counted => {
            format!("{}; not judged one by one: {}", sums(sends), text::one_line(why, 300))
        }
        Some(why) => format!("not judged: {}", text::one_line(why, 300)),
    }
}

fn sums(sends: &Sends) -> String {
    let all = [sends.claimed, sends.received, sends.lost, sends.doubled, sends.phantom, sends.unexpected];
    let [claimed, received, lost, doubled, phantom, unexpected] = all.map(units::count);
    let besides = match sends.uncovered {
        0 => String::new(),
        many => format!(" ({} that no claim is about)", units::count(many)),
    };
    format!(
        "{claimed} claimed, {received} received{besides}; {lost} lost, {doubled} doubled, {phantom} phantom, {unexpected} unexpected"
    )
}

/// `full: 9,990 answers checked, 0 breaches, 3.10 µs of CPU each`.
pub(crate) fn contracts(one: &ContractsChecked) -> String {
    let unchecked = if one.unchecked > 0 {
        format!(", {} not checked", units::count(one.unchecked))
    } else {
        String::new()
    };
    let breaches = if one.breaches == 1 {
        "1 breach".to_owned()
    } else {
        format!("{} breaches", units::count(one.breaches))
    };
    let cost = if one.checked > 0 && one.cost_us > 0.0 {
        format!(", {} µs of CPU each", units::digits(one.cost_us))
    } else {
        String::new()
    };
    let mode = if one.mode.is_empty() { "off" } else { &one.mode };
    format!(
        "{}: {} checked{unchecked}, {breaches}{cost}",
        text::one_line(mode, 60),
        units::counted(one.checked, "answer")
    )
}

/// Who used how much, those that are known.
pub(crate) fn resources(one: &Resources) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    // The load's thread can use one core, the others the whole machine.
    let of_machine = |cores: f64| match one.cores {
        0 => units::cores(cores),
        all => format!("{} ({} of the machine)", units::cores(cores), units::share(cores / f64::from(all))),
    };
    if let Some(cores) = one.own_cpu {
        let each = one.own_cpu_per_request_us.map(|us| format!(", {} µs a request", units::digits(us)));
        let share = units::share(cores);
        let told = format!("{} ({share} of its core){}", units::cores(cores), each.unwrap_or_default());
        all.push(("load's own CPU", told));
    }
    all.extend(one.service_cpu.map(|cores| ("service's CPU", of_machine(cores))));
    all.extend(one.mocks_cpu.map(|cores| ("mocks' CPU", of_machine(cores))));
    all.extend(one.mocks_p99_us.map(|us| ("mocks' p99", units::micros(us))));
    if let Some(share) = one.host_cpu {
        let of = if one.cores > 0 { format!(" of {} cores", one.cores) } else { String::new() };
        all.push(("machine's CPU", format!("{}{of}", units::share(share))));
    }
    all.extend(one.service_memory_kib.map(|kib| ("service's peak memory", units::kib(kib))));
    all.extend(one.own_memory_kib.map(|kib| ("harness's peak memory", units::kib(kib))));
    all
}

/// Whether the load's own thread was so busy that times may be its own.
pub(crate) fn busy(one: &Resources) -> bool {
    one.own_cpu.is_some_and(|cores| cores >= BUSY)
}

/// `1.03 (0.98 to 1.09, 99%)`.
pub(crate) fn ratio(one: &dryrun_record::load::RatioInterval) -> String {
    format!("{:.3} ({:.3} to {:.3}, {})", one.ratio, one.low, one.high, units::share(one.confidence))
}

/// `against "main" (stored, 5 old and 5 new runs, 10% tolerated): no slower than tolerated`.
pub(crate) fn comparison(one: &Comparison) -> String {
    let word = match one.verdict {
        ComparisonVerdict::Passed => "no slower than tolerated",
        ComparisonVerdict::Inconclusive => "INCONCLUSIVE",
        ComparisonVerdict::Slower => "SLOWER",
    };
    let drift = drift(one).map(|drift| format!(", the machine became {drift}"));
    format!(
        "against {} ({}, {} old and {} new, {} tolerated{}): {word}",
        text::one_line(&one.against, 120),
        text::one_line(&one.design, 40),
        units::counted(u64::from(one.old_runs), "run"),
        one.new_runs,
        units::share(one.tolerance),
        drift.unwrap_or_default()
    )
}

/// `2.1% slower`, `3% faster`: how the machine changed from old to new. What may be the calibration loop's own noise says so.
pub(crate) fn drift(one: &Comparison) -> Option<String> {
    let drift = one.drift?;
    let word = if drift >= 0.0 { "slower" } else { "faster" };
    let noise = one.drift_interval.is_some_and(|(low, high)| low <= 0.0 && 0.0 <= high);
    let noise = if noise { ", which may be the calibration's own noise" } else { "" };
    Some(format!("{} {word}{noise}", units::share(drift.abs())))
}

/// Names told apart: the second of one name gets ` (2)`, so that no two rows or series are taken for one.
pub(crate) fn apart<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut all = Vec::new();
    for name in names {
        let mut own = name.to_owned();
        let mut number = 2;
        while !seen.insert(own.clone()) {
            own = format!("{name} ({number})");
            number += 1;
        }
        all.push(own);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        assert_eq!(
            apart(["a", "b", "a", "a (2)", "a"].into_iter()),
            ["a", "b", "a (2)", "a (2) (2)", "a (3)"]
        );
    }

    #[test]
    fn an_account_that_does_not_add_up_is_seen() {
        let mut one =
            Account { asked: 10, sent: 9, dropped: 1, ended: 8, abandoned: 1, ..Account::default() };
        assert!(adds_up(&one));
        one.ended = 7;
        assert!(!adds_up(&one));
        assert_eq!(account(&one), "asked 10 = sent 9 + dropped 1; sent 9 ≠ ended 7 + abandoned 1");
    }
}
