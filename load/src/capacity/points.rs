//! What a search found, for the record: [`Points`] gathers steps and becomes a [`Capacity`].

use dryrun_record::load::{Capacity, CapacityKind, CapacityPoint, LoadResult, StepFinding};

use super::knee::knee;
use super::search::{End, Search};

/// How sure the knee's interval is.
const CONFIDENCE: f64 = 0.95;

/// The steps of a search, by rate.
#[derive(Debug, Clone, Default)]
pub struct Points {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
struct Step {
    rate: f64,
    finding: StepFinding,
    why: Vec<String>,
    achieved: f64,
    requests: u64,
    failures: u64,
    p50_us: u64,
    p95_us: u64,
    p99_us: u64,
}

impl Points {
    /// One step more: what it found, why it broke or was no step, and its figures.
    pub fn add(&mut self, rate: f64, finding: StepFinding, why: Vec<String>, result: &LoadResult) {
        let (requests, time) = (&result.requests, &result.requests.time);
        self.steps.push(Step {
            rate,
            finding,
            why,
            achieved: result.account.achieved_rate,
            requests: requests.count,
            failures: requests.failures,
            p50_us: time.p50_us,
            p95_us: time.p95_us,
            p99_us: time.p99_us,
        });
    }

    /// Latency against rate, by ascending rate.
    fn curve(&self) -> Vec<CapacityPoint> {
        let mut rates: Vec<f64> = self.steps.iter().map(|step| step.rate).collect();
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        rates.into_iter().map(|rate| self.point(rate)).collect()
    }

    fn point(&self, rate: f64) -> CapacityPoint {
        let steps: Vec<&Step> = self.steps.iter().filter(|step| step.rate == rate).collect();
        let count = |wanted| {
            u32::try_from(steps.iter().filter(|step| step.finding == wanted).count()).unwrap_or(u32::MAX)
        };
        let (requests, failures) =
            steps.iter().fold((0, 0), |(all, failed), step| (all + step.requests, failed + step.failures));
        let median = |of: fn(&Step) -> u64| {
            let mut values: Vec<u64> = steps.iter().map(|step| of(step)).collect();
            values.sort_unstable();
            values[values.len() / 2]
        };
        CapacityPoint {
            rate,
            achieved: steps.iter().map(|step| step.achieved).sum::<f64>() / steps.len() as f64,
            steps: u32::try_from(steps.len()).unwrap_or(u32::MAX),
            held: count(StepFinding::Held),
            limited: count(StepFinding::Limited),
            p50_us: median(|step| step.p50_us),
            p95_us: median(|step| step.p95_us),
            p99_us: median(|step| step.p99_us),
            fail_percent: if requests == 0 { 0.0 } else { 100.0 * failures as f64 / requests as f64 },
        }
    }

    /// Why steps at this rate came out so, each reason once: those of the first such step.
    fn why(&self, rate: f64, finding: StepFinding) -> Vec<String> {
        let step = self.steps.iter().find(|step| step.rate == rate && step.finding == finding);
        step.map(|step| step.why.clone()).unwrap_or_default()
    }

    /// What the search found, once it has ended so.
    pub fn found(&self, search: &Search, end: End) -> Capacity {
        let points = self.curve();
        let tried = |rate: f64| {
            let point = points.iter().find(|point| point.rate == rate);
            point
                .map(|point| format!("{} of {}", point.held, point.steps - point.limited))
                .unwrap_or_default()
        };
        let mut found = Capacity {
            confidence: CONFIDENCE,
            points: points.clone(),
            kind: CapacityKind::Unknown,
            ..Capacity::default()
        };
        match end {
            End::Bracket { held, broke } => {
                let knee = knee(search.steps(), CONFIDENCE);
                found.kind = CapacityKind::Knee;
                (found.held, found.broke) = (held, Some(broke));
                (found.knee, found.low, found.high) =
                    (knee.map(|knee| knee.rate), knee.map(|knee| knee.low), knee.map(|knee| knee.high));
                found.first = self.why(broke, StepFinding::Broke);
                let interval = knee.map_or_else(String::new, |knee| {
                    let (rate, low, high) = (per_second(knee.rate), number(knee.low), number(knee.high));
                    format!("; the knee is at {rate} (95%: {low} to {high})")
                });
                found.text = format!(
                    "The thresholds hold up to {} (held in {} steps) and break at {} (held in {}){interval}",
                    per_second(held),
                    tried(held),
                    per_second(broke),
                    tried(broke)
                );
            }
            End::Limited { held: Some(held), at } => {
                found.kind = CapacityKind::AtLeast;
                found.held = held;
                let why = self.why(at, StepFinding::Limited).join("; ");
                found.text = format!(
                    "At least {}: there the thresholds still hold (in {} steps), and at {} the harness was the limit, not \
                     the service ({why}); where the knee lies is not known",
                    per_second(held),
                    tried(held),
                    per_second(at)
                );
            }
            End::Limited { held: None, at } => {
                let why = self.why(at, StepFinding::Limited).join("; ");
                found.text =
                    format!("Nothing is known: even at {} the harness was the limit ({why})", per_second(at));
            }
            End::Most { held } => {
                found.kind = CapacityKind::AtLeast;
                found.held = held;
                found.text = format!(
                    "At least {}: the thresholds still hold (in {} steps) at the highest rate that was to be tried",
                    per_second(held),
                    tried(held)
                );
            }
            End::Nothing { broke } => {
                found.kind = CapacityKind::Nothing;
                found.broke = Some(broke);
                found.first = self.why(broke, StepFinding::Broke);
                found.text =
                    format!("No rate keeps the thresholds: they break even at {}", per_second(broke));
            }
            End::Unknown { held, broke } => {
                (found.held, found.broke) = (held.unwrap_or_default(), broke);
                found.first = broke.map(|broke| self.why(broke, StepFinding::Broke)).unwrap_or_default();
                let steps = search.steps().len();
                found.text = match (held, broke) {
                    (Some(held), Some(broke)) => format!(
                        "The search ended after {steps} steps, before it was sure: it held at {}, and broke at {}",
                        per_second(held),
                        per_second(broke)
                    ),
                    (Some(held), None) => {
                        format!("The search ended after {steps} steps: it held at {}", per_second(held))
                    }
                    (None, Some(broke)) => {
                        format!("The search ended after {steps} steps: it broke at {}", per_second(broke))
                    }
                    (None, None) => format!("The search ended after {steps} steps: nothing is known"),
                };
            }
        }
        found
    }
}

/// `412/s`.
pub fn per_second(rate: f64) -> String {
    format!("{}/s", number(rate))
}

/// To three significant digits, without needless zeros: `412`, `41.2`, `0.05`.
fn number(rate: f64) -> String {
    let digits = if rate <= 0.0 { 0 } else { (2 - rate.log10().floor() as i32).clamp(0, 6) };
    let text = format!("{rate:.*}", usize::try_from(digits).unwrap_or_default());
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
