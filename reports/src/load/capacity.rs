//! Latency against rate: [`against_rate`], and what a capacity search says, [`facts`].

use dryrun_record::load::{Capacity, CapacityKind, LoadRun, LoadVerdict, StepFinding};

use crate::load::chart::{Chart, Dot, Layer};
use crate::load::scale::Axis;
use crate::load::units;
use crate::text;

/// Highest to lowest rate from which on there is a curve.
const STEP: f64 = 1.2;

/// One rate and how long requests took at it, microseconds.
struct Place {
    rate: f64,
    p50: f64,
    p95: f64,
    p99: f64,
    class: &'static str,
    text: String,
}

/// The curve of latency against rate: of a capacity search, else of all runs that ended. None when the rates are
/// all about the same.
pub(crate) fn against_rate(runs: &[LoadRun]) -> Option<Chart> {
    let found = runs.iter().rev().find_map(|run| run.result.as_ref()?.capacity.as_ref());
    let mut all = match found {
        Some(capacity) if !capacity.points.is_empty() => of_search(capacity),
        _ => of_runs(runs),
    };
    if all.len() < 2 {
        return None;
    }
    all.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    // Old against new at one rate is no curve.
    let rates = (all.first().map_or(0.0, |one| one.rate), all.last().map_or(0.0, |one| one.rate));
    if rates.1 < rates.0 * STEP {
        return None;
    }
    let most = all.iter().map(|one| one.p99).fold(0.0, f64::max);
    let least = all.iter().map(|one| one.p50).fold(f64::INFINITY, f64::min);
    let fastest = all.iter().map(|one| one.rate).fold(0.0, f64::max);
    let line = |class, us: fn(&Place) -> f64| Layer::Line {
        class,
        points: all.iter().map(|one| (one.rate, Some(us(one)))).collect(),
    };
    let dot = |one: &Place| Dot { class: one.class, x: one.rate, y: one.p99, text: one.text.clone() };
    let layers = vec![
        line("c-p50", |one| one.p50),
        line("c-p95", |one| one.p95),
        line("c-p99", |one| one.p99),
        Layer::Dots { dots: all.iter().map(dot).collect() },
    ];
    let y = Axis::of_times(least, most, units::tick);
    let keys = [
        ("c-p50", "p50"),
        ("c-p95", "p95"),
        ("c-p99", "p99"),
        ("dot passed", "held"),
        ("dot failed", "broke"),
        ("dot flaky", "can't tell"),
    ];
    let knee = found.and_then(|one| one.low.zip(one.high));
    Some(Chart {
        title: "Latency against rate".to_owned(),
        note: format!("arrivals a second, as asked for{}", if y.log { "; logarithmic" } else { "" }),
        said: format!(
            "{} rates, up to {}; the highest p99 is {}.",
            all.len(),
            units::rate(fastest),
            units::time(most)
        ),
        class: "wide",
        height: 240,
        x: Axis::from_zero(fastest, 8, units::plain),
        y,
        layers,
        keys: keys.map(|(class, words)| (class, words.to_owned())).into(),
        shade: knee.map(|(low, high)| (low, high, "the knee")),
        flags: Vec::new(),
        rules: Vec::new(),
        data: None,
        nothing: None,
    })
}

fn of_search(capacity: &Capacity) -> Vec<Place> {
    let place = |one: &dryrun_record::load::CapacityPoint| {
        let told = one.steps.saturating_sub(one.limited);
        let class = match one.held {
            _ if told == 0 => "flaky",
            held if held == told => "passed",
            0 => "failed",
            _ => "flaky",
        };
        Place {
            rate: one.rate,
            p50: one.p50_us as f64,
            p95: one.p95_us as f64,
            p99: one.p99_us as f64,
            class,
            text: format!(
                "{} asked, {} achieved: p99 {}, held {} of {}, {} failed",
                units::rate(one.rate),
                units::rate(one.achieved),
                units::micros(one.p99_us),
                one.held,
                text::count(one.steps as usize, "time"),
                units::share(one.fail_percent / 100.0)
            ),
        }
    };
    capacity.points.iter().map(place).collect()
}

fn of_runs(runs: &[LoadRun]) -> Vec<Place> {
    let ended = runs.iter().filter_map(|run| run.result.as_ref().map(|result| (run, result)));
    let measured = ended.filter(|(_, result)| result.requests.time.count > 0 && rate(result) > 0.0);
    let place = |(run, result): (&LoadRun, &dryrun_record::load::LoadResult)| {
        let time = &result.requests.time;
        let class = match (result.search, result.verdict) {
            (Some(StepFinding::Held), _) | (None, LoadVerdict::Passed) => "passed",
            (Some(StepFinding::Limited), _) | (None, LoadVerdict::Inconclusive) => "flaky",
            _ => "failed",
        };
        Place {
            rate: rate(result),
            p50: time.p50_us as f64,
            p95: time.p95_us as f64,
            p99: time.p99_us as f64,
            class,
            text: format!(
                "{}: {} achieved, p99 {}",
                text::one_line(&run.started.load, 80),
                units::rate(result.account.achieved_rate),
                units::micros(time.p99_us)
            ),
        }
    };
    measured.map(place).collect()
}

/// The rate that a run is told by: the offered one, which is what the run set and the service was up against. What became of
/// it beyond the knee depends on how long the run was. A closed load offers none: there it is what it came to.
fn rate(result: &dryrun_record::load::LoadResult) -> f64 {
    let account = &result.account;
    if account.asked_rate > 0.0 { account.asked_rate } else { account.achieved_rate }
}

/// What a search says besides its sentence: name, value.
pub(crate) fn facts(one: &Capacity) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    let held = if one.held > 0.0 { units::rate(one.held) } else { "no rate".to_owned() };
    all.push(("highest rate that held", held));
    all.extend(one.broke.map(|rate| ("lowest rate that broke", units::rate(rate))));
    if let Some(knee) = one.knee {
        let ends = one.low.zip(one.high).map(|(low, high)| {
            let (low, high) = (units::rate(low), units::rate(high));
            format!(" ({low} to {high}, {})", units::share(one.confidence))
        });
        all.push(("knee", format!("{}{}", units::rate(knee), ends.unwrap_or_default())));
    }
    all.extend(one.first.iter().map(|first| ("broke first", text::one_line(first, 300))));
    all
}

/// The kind of answer, in a few words.
pub(crate) fn kind(kind: CapacityKind) -> &'static str {
    match kind {
        CapacityKind::Knee => "the knee was found",
        CapacityKind::AtLeast => "a lower bound",
        CapacityKind::Nothing => "no rate held",
        CapacityKind::Unknown => "the search was ended before it knew",
    }
}
