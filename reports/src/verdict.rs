//! GO or NO-GO, and why: [`verdict`]. The only place where this is decided.

use dryrun_record::{
    AllowedMode, Coverage, Direction, NoticeLevel, Outcome, Record, RunKind, ScenarioResult, StepOutcome,
    Verdict,
};

use crate::load::facts as load;
use crate::{breaches, facts, text, words};

/// How many scenarios a reason names before it only counts them.
const NAMED: usize = 5;

/// The verdict on a record and the reasons for a NO-GO, one sentence each; no reasons for a GO.
///
/// It is a NO-GO when a scenario failed or did not run, when nothing was selected, when a notice is an error, when the
/// service made a call that no contract knows, when a call outside every scenario broke its contract, when a scenario
/// counts as passed although not everything in it was checked, when less of a contract was met than is asked for, and when the record has no end because the run was
/// killed. A load is a NO-GO unless every load run came to an end and passed; one that is inconclusive is a NO-GO that
/// says so. Breaches within a scenario are judged by the scenario, since some provoke them on purpose. A flaky scenario
/// passes, but every report names it.
pub fn verdict(record: &Record) -> (Verdict, Vec<String>) {
    let (_, mut reasons) = closing_verdict(record);
    match &record.finished {
        None => reasons.push("the record has no end: the run was killed or is still going on".to_owned()),
        Some(finished) => {
            // Whoever closed the run may know more than the record: a threshold, a report that could not be written.
            for reason in &finished.reasons {
                if !reasons.contains(reason) {
                    reasons.push(reason.clone());
                }
            }
            if finished.verdict == Verdict::NoGo && reasons.is_empty() {
                reasons.push("the run itself ended as a NO-GO and gave no reason".to_owned());
            }
        }
    }
    (word(&reasons), reasons)
}

/// The same for a run that is about to end: the missing end is no reason. This is what belongs into
/// [`dryrun_record::RunFinished`].
pub fn closing_verdict(record: &Record) -> (Verdict, Vec<String>) {
    let mut reasons = of_scenarios(record);
    reasons.extend(load::reasons(record));
    reasons.extend(of_run(record));
    reasons.extend(of_coverage(record));
    (word(&reasons), reasons)
}

/// The verdict as it is shown: GO, NO-GO, or INCONCLUSIVE for a load whose only fault is that its figures can't tell.
/// What is inconclusive counts as a NO-GO.
pub fn shown(record: &Record) -> &'static str {
    match verdict(record) {
        (Verdict::Go, _) => "GO",
        (Verdict::NoGo, reasons) if load::inconclusive(record, &reasons) => "INCONCLUSIVE",
        (Verdict::NoGo, _) => "NO-GO",
    }
}

/// What a GO says: that everything held, or what was not judged or was tolerated besides.
pub(crate) fn held(record: &Record) -> String {
    let mut but = Vec::new();
    let unjudged = record.notices.iter().filter(|one| one.code == "gate-not-judged");
    but.extend(unjudged.map(|one| match one.text.split_once(" was not judged: ") {
        Some((what, why)) => {
            let why = why.split_once(';').map_or(why, |(why, _)| why);
            text::one_line(&format!("not judged: {what} ({why})"), 300)
        }
        None => text::one_line(&one.text, 300),
    }));
    let folded = breaches::folded(record);
    let sum = |these: &[&breaches::Folded]| these.iter().map(|one| one.count).sum::<usize>();
    let (off, warned): (Vec<_>, Vec<_>) = folded
        .iter()
        .filter(|one| one.standing == breaches::Standing::Tolerated)
        .partition(|one| one.allowed.as_ref().is_some_and(|allowed| allowed.mode == AllowedMode::Off));
    if !warned.is_empty() {
        // The first to end is the first to be seen to.
        let until = warned.iter().filter_map(|one| one.allowed.as_ref()?.until.as_deref()).min();
        let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
        but.push(format!("{} tolerated{until}", text::breaches(sum(&warned))));
    }
    if !off.is_empty() {
        but.push(format!("{} where contracts are switched off", text::breaches(sum(&off))));
    }
    let flaky = record.totals().flaky;
    if flaky > 0 {
        but.push(format!("{} on retry only", text::count(flaky, words::noun(record))));
    }
    but.extend(load::unjudged(record));
    if but.is_empty() {
        return "everything that was asked for was checked, and held".to_owned();
    }
    format!("what was checked held; {}", but.join("; "))
}

fn word(reasons: &[String]) -> Verdict {
    if reasons.is_empty() { Verdict::Go } else { Verdict::NoGo }
}

fn of_scenarios(record: &Record) -> Vec<String> {
    let totals = record.totals();
    let mut reasons = Vec::new();
    if record.run.is_none() {
        reasons.push("the record holds no run".to_owned());
    } else if words::run_kind(record) == RunKind::Load && record.scenarios.is_empty() {
        // It is judged by its load runs.
        return reasons;
    } else if totals.selected == 0 {
        reasons.push("nothing was selected, so nothing was checked".to_owned());
    }
    let of = |many: usize, what: &str, which: Vec<&ScenarioResult>| {
        let names = named(&which);
        let names = if names.is_empty() { names } else { format!(": {names}") };
        format!("{many} of {} {what}{names}", text::count(totals.selected, words::noun(record)))
    };
    if totals.failed > 0 {
        let failed = record.scenarios.iter().filter(|scenario| scenario.outcome == Some(Outcome::Failed));
        reasons.push(of(totals.failed, "failed", failed.collect()));
    }
    if totals.not_run > 0 {
        let cut = record.scenarios.iter().filter(|scenario| scenario.outcome.is_none());
        reasons.push(of(totals.not_run, "did not run to an end", cut.collect()));
    }
    for scenario in &record.scenarios {
        if let Some(doubt) = doubt(scenario) {
            reasons.push(format!("{} counts as passed, but {doubt}", scenario.scenario.id));
        }
    }
    reasons
}

/// What speaks against a scenario that counts as passed.
fn doubt(scenario: &ScenarioResult) -> Option<String> {
    if !matches!(scenario.outcome, Some(Outcome::Passed | Outcome::Flaky)) {
        return None;
    }
    let steps = scenario.last().map_or(&[][..], |attempt| &attempt.steps);
    if steps.is_empty() {
        return Some("it has no step".to_owned());
    }
    if let Some(step) = steps.iter().find(|step| step.outcome != StepOutcome::Passed) {
        return Some(format!("its step in line {} did not", step.line));
    }
    scenario
        .failures()
        .next()
        .map(|failure| format!("it holds a failure: {}", text::one_line(&failure.message, 200)))
}

/// Reasons that belong to no single scenario.
pub(crate) fn of_run(record: &Record) -> Vec<String> {
    let mut reasons = Vec::new();
    for notice in record.notices.iter().filter(|notice| notice.level == NoticeLevel::Error) {
        reasons.push(text::one_line(&notice.text, 400));
    }
    let unknown: Vec<_> = record
        .exchanges()
        .filter(|exchange| exchange.direction == Direction::ToMock && exchange.unexpected.is_some())
        .map(|exchange| text::one_line(&format!("{} {}", exchange.service, exchange.request.line()), 120))
        .collect();
    if !unknown.is_empty() {
        reasons.push(format!(
            "{} that no contract knows: {}",
            text::count(unknown.len(), "call"),
            facts::listed(&unknown, NAMED)
        ));
    }
    let loose = record.loose.iter().flat_map(|exchange| &exchange.breaches);
    let loose = loose.filter(|breach| breach.allowed.is_none()).count();
    if loose > 0 {
        reasons.push(format!("{} of contract in calls that belong to no scenario", text::breaches(loose)));
    }
    reasons
}

/// Contracts of which too little was met.
pub(crate) fn of_coverage(record: &Record) -> Vec<String> {
    let short = record.coverage.iter().filter(|coverage| coverage.falls_short());
    short.map(coverage_reason).collect()
}

/// `the CRM: 71.1% of its contract (37 of 52), wanted 80%; nobody calls GET /health`.
pub(crate) fn coverage_reason(coverage: &Coverage) -> String {
    // Calling what is on its way out would mend nothing.
    let never = coverage.never_called().filter(|one| !one.deprecated);
    let never: Vec<String> = never.map(|one| text::one_line(&one.operation, 120)).collect();
    let never = if never.is_empty() {
        String::new()
    } else {
        format!("; nobody calls {}", facts::listed(&never, NAMED))
    };
    format!("{}: {}{never}", text::one_line(&coverage.title, 60), facts::coverage_line(coverage))
}

fn named(scenarios: &[&ScenarioResult]) -> String {
    let ids: Vec<String> = scenarios.iter().map(|one| text::one_line(&one.scenario.id, 120)).collect();
    facts::listed(&ids, NAMED)
}
