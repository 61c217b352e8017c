//! How much the service can take: [`Capacity`].

use serde::{Deserialize, Serialize};

/// What a capacity search found. Rates are arrivals a second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// In one sentence, for people.
    pub text: String,
    /// What kind of answer it is.
    pub kind: CapacityKind,
    /// The highest rate at which the thresholds held, repeats included; 0 when none did.
    pub held: f64,
    /// The lowest rate above it at which they broke; `None` when none did.
    pub broke: Option<f64>,
    /// The knee: where holding and breaking are equally likely. `None` unless `kind` is `knee`.
    pub knee: Option<f64>,
    /// Lower end of the knee's interval.
    pub low: Option<f64>,
    /// Upper end of the knee's interval.
    pub high: Option<f64>,
    /// How sure the interval is: 0.95.
    pub confidence: f64,
    /// What broke first: the thresholds that were missed at `broke`, in words, with what was found.
    pub first: Vec<String>,
    /// Latency against rate, by ascending rate.
    pub points: Vec<CapacityPoint>,
}

/// What kind of answer a capacity search gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapacityKind {
    /// The knee lies between a rate that held and one that broke.
    Knee,
    /// It held as far as was tried; the harness or the highest rate allowed ended the search. A lower bound.
    AtLeast,
    /// No rate held.
    Nothing,
    /// The search was ended before it knew.
    #[default]
    Unknown,
}

/// All steps of a capacity search at one rate, together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CapacityPoint {
    /// Arrivals a second that were asked for.
    pub rate: f64,
    /// Arrivals a second that began; the mean over the steps.
    pub achieved: f64,
    /// How many steps there were at this rate.
    pub steps: u32,
    /// In how many the thresholds held.
    pub held: u32,
    /// In how many the harness was the limit: these tell nothing of the service.
    pub limited: u32,
    /// Half of the requests took no longer, microseconds; the median over the steps, as the next two are.
    pub p50_us: u64,
    /// 95%.
    pub p95_us: u64,
    /// 99%.
    pub p99_us: u64,
    /// Requests that failed, percent, over all steps.
    pub fail_percent: f64,
}

/// What a step of a capacity search found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepFinding {
    /// Every threshold held.
    #[default]
    Held,
    /// A threshold broke, or something did not work.
    Broke,
    /// The harness was the limit: it tells nothing of the service.
    Limited,
}
