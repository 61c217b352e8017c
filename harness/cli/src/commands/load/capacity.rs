//! `dryrun load --find-capacity`: the highest arrival rate that keeps the thresholds.

mod draw;

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use dryrun_load::Profile;
use dryrun_load::capacity::{Ask, Points, Search, Settings, StepLength, fits, judge, per_second};
use dryrun_load::profile::{Arrivals, RateStage, Shape, Threshold};
use dryrun_load::thresholds::words;
use dryrun_record::Event;
use dryrun_record::load::{
    Capacity, CapacityKind, LoadResult, LoadStarted, LoadVerdict, StepFinding, ThresholdResult,
};

use self::draw::{csv, table, told};
use super::profiles::MAX_IN_FLIGHT;
use super::session::{Attack, Session};
use super::{Job, Outcome};
use crate::args::scale::CapacityArgs;
use crate::exit::Stop;

/// What the run is called that sums the search up.
const NAME: &str = "capacity";
/// The first rate for a profile that has none: one of users.
const FIRST: f64 = 5.0;
/// The shortest step unless somebody says otherwise.
const STEP: Duration = Duration::from_secs(10);
/// The longest, unless the shortest is longer.
const LONGEST: Duration = Duration::from_secs(60);
/// Left out of the figures at the start of each step, at least: connections are made, the queue comes to its length.
const WARM_UP: Duration = Duration::from_secs(1);
/// Between steps, so that one does not inherit the queue of the one before; after one that broke, three times as long.
const REST: Duration = Duration::from_secs(1);

/// What is searched, and how.
struct Plan {
    settings: Settings,
    length: StepLength,
    /// Those of the profile that a search can go by.
    thresholds: Vec<Threshold>,
}

impl Plan {
    fn of(profile: &Profile, args: &CapacityArgs) -> Result<Self, Stop> {
        let thresholds: Vec<Threshold> =
            profile.thresholds.iter().filter(|threshold| fits(threshold)).cloned().collect();
        if thresholds.is_empty() {
            return Err(Stop::usage(anyhow!(
                "--find-capacity searches the highest rate that keeps the thresholds, and `{}` has none that could break: \
                 write [thresholds] in the profile, such as p99_ms = 500 and max_fail_percent = 1",
                profile.name
            )));
        }
        let first = args.from_rate.unwrap_or_else(|| lowest(&profile.shape).max(1.0));
        let most = args.up_to_rate.unwrap_or(f64::MAX);
        if first > most {
            return Err(Stop::usage(anyhow!(
                "--up-to-rate {most} is below the first rate, {first}: give a lower --from-rate as well"
            )));
        }
        let least = args.step.unwrap_or(STEP);
        Ok(Self {
            settings: Settings {
                most,
                precision: args.precision.map_or(0.05, |percent| percent / 100.0),
                repeats: args.repeats.unwrap_or(3),
                ..Settings::from(first)
            },
            length: StepLength { least, most: LONGEST.max(least) },
            thresholds,
        })
    }

    /// The profile at this rate, for one step.
    fn step(&self, profile: &Profile, rate: f64) -> Profile {
        let warm_up = profile.warm_up.max(WARM_UP);
        let lasts = warm_up + self.length.at(rate, &self.thresholds).0;
        let max_in_flight = match &profile.shape {
            Shape::Open { max_in_flight, .. } => *max_in_flight,
            Shape::Closed { .. } => MAX_IN_FLIGHT,
        };
        let arrivals = Arrivals::Stages(vec![RateStage { from: rate, to: rate, lasts }]);
        Profile {
            shape: Shape::Open { arrivals, max_in_flight },
            warm_up,
            thresholds: self.thresholds.clone(),
            ..profile.clone()
        }
    }
}

/// The lowest rate of a shape that is one.
fn lowest(shape: &Shape) -> f64 {
    match shape {
        Shape::Closed { .. } => FIRST,
        Shape::Open { arrivals: Arrivals::Stages(stages), .. } => {
            let rates = stages.iter().flat_map(|stage| [stage.from, stage.to]).filter(|rate| *rate > 0.0);
            rates.reduce(f64::min).unwrap_or(FIRST)
        }
        Shape::Open { arrivals: Arrivals::Times(times), .. } => match times.last() {
            Some(last) if !last.is_zero() => times.len() as f64 / last.as_secs_f64(),
            _ => FIRST,
        },
    }
}

/// Searches.
pub(crate) async fn capacity(job: &Job<'_>) -> Result<Outcome, Stop> {
    let plan = Plan::of(&job.profile, &job.args.capacity)?;
    let session = Session::start(job.setup, None).await?;
    let found = search(job, &session, &plan).await;
    session.stop().await;
    let Found { capacity, result, rates } = found?;
    job.setup.events.append(Event::LoadStarted(Box::new(LoadStarted {
        load: NAME.to_owned(),
        description: format!("The highest rate at which `{}` keeps its thresholds", job.profile.name),
        model: "open".to_owned(),
        shape: format!(
            "a search of {} steps{rates}",
            capacity.points.iter().map(|point| point.steps).sum::<u32>()
        ),
        thresholds: plan.thresholds.iter().map(words).collect(),
        ..LoadStarted::default()
    })));
    let text = table(&capacity);
    let files = vec![("capacity.csv", csv(&capacity))];
    let result = judged(result, capacity, job.args.capacity.at_least);
    Ok(Outcome { result, text, files })
}

/// What a search came to.
struct Found {
    capacity: Capacity,
    /// Of the highest rate that held; when none did, of the lowest that broke.
    result: LoadResult,
    /// `, 50/s to 800/s`.
    rates: String,
}

async fn search(job: &Job<'_>, session: &Session<'_>, plan: &Plan) -> Result<Found, Stop> {
    let mut search = Search::new(plan.settings);
    let mut points = Points::default();
    let mut steps: Vec<(f64, StepFinding, LoadResult)> = Vec::new();
    let end = loop {
        let Ask { rate, why } = match search.next() {
            Ok(ask) => ask,
            Err(end) => break end,
        };
        let label = format!("{NAME} {}", per_second(rate));
        let attack = Attack { exploring: true, label: label.clone(), ..Attack::whole(job.stop.clone()) };
        let mut result = session.attack(Arc::new(plan.step(&job.profile, rate)), attack).await?;
        if result.stopped.is_some() {
            break search.as_far();
        }
        let (finding, reasons) = judge(&mut result, &plan.thresholds);
        (result.load, result.search) = (label, Some(finding));
        job.setup.events.append(Event::LoadFinished(Box::new(result.clone())));
        if let Some(live) = &job.setup.live {
            live.say(&told(search.steps().len() + 1, rate, why.word(), finding, &reasons, &result));
        }
        search.tell(rate, finding);
        points.add(rate, finding, reasons, &result);
        steps.push((rate, finding, result));
        let rest = if finding == StepFinding::Held { REST } else { REST * 3 };
        tokio::time::sleep(rest).await;
    };
    let capacity = points.found(&search, end);
    let rates = match (capacity.points.first(), capacity.points.last()) {
        (Some(first), Some(last)) => format!(", {} to {}", per_second(first.rate), per_second(last.rate)),
        _ => String::new(),
    };
    let at = if capacity.held > 0.0 { Some(capacity.held) } else { capacity.broke };
    let wanted = |(rate, finding, _): &&(f64, StepFinding, LoadResult)| {
        at == Some(*rate) && (capacity.held > 0.0) == (*finding == StepFinding::Held)
    };
    let result = steps.iter().rev().find(wanted).or(steps.last()).map(|(.., result)| result.clone());
    Ok(Found { capacity, result: result.unwrap_or_default(), rates })
}

/// The verdict on the search: what it found is an answer; a lower bound is none, unless it is all that was asked for.
fn judged(mut result: LoadResult, capacity: Capacity, at_least: Option<f64>) -> LoadResult {
    NAME.clone_into(&mut result.load);
    result.search = None;
    let mut reasons = Vec::new();
    result.verdict = match capacity.kind {
        CapacityKind::Knee => LoadVerdict::Passed,
        // Where the highest rate that may be tried held, the question was answered.
        CapacityKind::AtLeast if capacity.points.iter().all(|point| point.limited == 0) => {
            LoadVerdict::Passed
        }
        CapacityKind::AtLeast | CapacityKind::Unknown => {
            reasons.push(capacity.text.clone());
            LoadVerdict::Inconclusive
        }
        CapacityKind::Nothing => {
            reasons.push(capacity.text.clone());
            reasons.append(&mut result.reasons);
            result.verdict.max(LoadVerdict::ThresholdMissed)
        }
    };
    if let Some(wanted) = at_least {
        let (low, high) = match capacity.kind {
            CapacityKind::Knee => {
                (capacity.low.unwrap_or(capacity.held), capacity.high.unwrap_or(capacity.held))
            }
            CapacityKind::AtLeast => (capacity.held, f64::INFINITY),
            CapacityKind::Nothing => (0.0, 0.0),
            CapacityKind::Unknown => (0.0, f64::INFINITY),
        };
        let text = format!("capacity: at least {}", per_second(wanted));
        let found = Some(capacity.knee.unwrap_or(capacity.held));
        let held = low >= wanted;
        let (scope, metric) = (NAME.to_owned(), "at_least".to_owned());
        result.thresholds.push(ThresholdResult {
            text: text.clone(),
            scope,
            metric,
            limit: wanted,
            found,
            beyond: None,
            held,
        });
        let missed = high < wanted;
        if held {
            // A lower bound is enough.
            result.verdict = LoadVerdict::Passed;
            reasons.clear();
        } else {
            let word = if missed { "missed" } else { "not known to hold" };
            reasons.insert(0, format!("{text}: {word}. {}", capacity.text));
            let verdict = if missed { LoadVerdict::ThresholdMissed } else { LoadVerdict::Inconclusive };
            result.verdict = result.verdict.max(verdict);
        }
    }
    result.reasons = reasons;
    result.capacity = Some(capacity);
    result
}

#[cfg(test)]
mod tests {
    use dryrun_record::load::CapacityPoint;

    use super::*;

    const PROFILE: &str = "[open]\nrate = 40\nduration = \"30 s\"\n[thresholds]\np99_ms = 500\n[[request]]\nname = \"a\"\npath = \"/a\"\n";

    fn profile(text: &str) -> Profile {
        Profile::parse("p.toml", text).unwrap()
    }

    fn plan(text: &str, args: &CapacityArgs) -> Result<Plan, String> {
        Plan::of(&profile(text), args).map_err(|stop| stop.error.to_string())
    }

    fn found(kind: CapacityKind, limited: u32) -> Capacity {
        let knee = kind == CapacityKind::Knee;
        Capacity {
            text: "So it is".to_owned(),
            kind,
            held: if kind == CapacityKind::Nothing { 0.0 } else { 200.0 },
            knee: knee.then_some(210.0),
            low: knee.then_some(195.0),
            high: knee.then_some(225.0),
            points: vec![CapacityPoint {
                rate: 200.0,
                steps: 3,
                held: 3,
                limited,
                ..CapacityPoint::default()
            }],
            ..Capacity::default()
        }
    }

    fn verdict(kind: CapacityKind, limited: u32, at_least: Option<f64>) -> LoadVerdict {
        let result = judged(LoadResult::default(), found(kind, limited), at_least);
        assert_eq!(result.verdict == LoadVerdict::Passed, result.reasons.is_empty(), "{:?}", result.reasons);
        assert_eq!(result.thresholds.len(), usize::from(at_least.is_some()));
        result.verdict
    }

    #[test]
    fn a_knee_is_an_answer_and_a_lower_bound_is_none() {
        use LoadVerdict::{Inconclusive, Passed, ThresholdMissed};
        assert_eq!(verdict(CapacityKind::Knee, 0, None), Passed);
        assert_eq!(verdict(CapacityKind::AtLeast, 2, None), Inconclusive, "the harness was the limit");
        assert_eq!(
            verdict(CapacityKind::AtLeast, 0, None),
            Passed,
            "the highest rate that was to be tried held"
        );
        assert_eq!(verdict(CapacityKind::Unknown, 0, None), Inconclusive);
        assert_eq!(verdict(CapacityKind::Nothing, 0, None), ThresholdMissed);
    }

    #[test]
    fn what_is_asked_for_is_held_against_the_interval() {
        use LoadVerdict::{Inconclusive, Passed, ThresholdMissed};
        assert_eq!(verdict(CapacityKind::Knee, 0, Some(190.0)), Passed);
        assert_eq!(verdict(CapacityKind::Knee, 0, Some(205.0)), Inconclusive, "within the interval");
        assert_eq!(verdict(CapacityKind::Knee, 0, Some(230.0)), ThresholdMissed);
        assert_eq!(verdict(CapacityKind::AtLeast, 2, Some(190.0)), Passed, "a lower bound is enough");
        assert_eq!(verdict(CapacityKind::AtLeast, 2, Some(205.0)), Inconclusive);
        assert_eq!(verdict(CapacityKind::Nothing, 0, Some(1.0)), ThresholdMissed);
        assert_eq!(verdict(CapacityKind::Unknown, 0, Some(1.0)), Inconclusive);
    }

    #[test]
    fn steps_are_open_and_long_enough() {
        let plan = plan(PROFILE, &CapacityArgs::default()).unwrap();
        assert_eq!(plan.settings.first, 40.0);
        let step = plan.step(&profile(PROFILE), 50.0);
        let lasts = Duration::from_secs(21);
        assert_eq!(step.warm_up, Duration::from_secs(1));
        let Shape::Open { arrivals: Arrivals::Stages(stages), .. } = step.shape else {
            panic!("{:?}", step.shape)
        };
        assert_eq!(
            stages,
            [RateStage { from: 50.0, to: 50.0, lasts }],
            "1,000 requests for a p99, and the warm-up"
        );
    }

    #[test]
    fn a_search_needs_something_that_can_break() {
        let none = PROFILE.replace("p99_ms = 500", "min_rate = 3");
        let error = plan(&none, &CapacityArgs::default()).err().unwrap();
        assert!(error.contains("has none that could break"), "{error}");
        let args = CapacityArgs { up_to_rate: Some(30.0), ..CapacityArgs::default() };
        let error = plan(PROFILE, &args).err().unwrap();
        assert!(error.contains("below the first rate, 40"), "{error}");
    }
}
