//! What a profile amounts to: its length, its peak, its shape in words; and the same profile with another length or rate.

use std::time::Duration;

use super::{Arrivals, Connections, Contracts, End, Profile, RateStage, Shape, UserStage, duration::words};

/// The bounds of how many arrivals may be under way at once, when the profile does not say.
const IN_FLIGHT: (usize, usize) = (64, 4096);
/// How long a constant rate goes on when nothing says how long.
const USUAL_LENGTH: Duration = Duration::from_secs(60);

impl Profile {
    /// A profile with everything as usual, nothing to play and nothing to hold.
    pub fn new(name: impl Into<String>, shape: Shape) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            shape,
            warm_up: Duration::ZERO,
            timeout: Duration::from_secs(30),
            grace: Duration::from_secs(10),
            linger: Duration::from_secs(1),
            connections: Connections::default(),
            contracts: Contracts::default(),
            late_after: Duration::from_millis(10),
            apdex: None,
            thresholds: Vec::new(),
            workflows: Vec::new(),
        }
    }

    /// How long it is to go on, warm-up included; `None` when a number of iterations ends it.
    pub fn planned(&self) -> Option<Duration> {
        match &self.shape {
            Shape::Open { arrivals, .. } => Some(arrivals.lasts()),
            Shape::Closed { end: End::After(time), .. } => Some(*time),
            Shape::Closed { end: End::Iterations(_), .. } => None,
        }
    }

    /// Its shape in words: `50 arrivals a second for 2 min`, `20 users for 1 min`.
    pub fn shape_words(&self) -> String {
        match &self.shape {
            Shape::Open { arrivals, .. } => arrivals.words(),
            Shape::Closed { stages, end } => users_words(stages, *end),
        }
    }

    /// The same for another time: stages keep their proportions, so a spike stays a spike, and of a shorter load the
    /// warm-up, too. A number of iterations gives way to the time. Arrivals from a file keep their times and are cut off;
    /// they can't go on. A warm-up is never longer than half of it.
    #[must_use]
    pub fn with_duration(mut self, lasts: Duration) -> Self {
        let before = self.planned();
        let cut = matches!(self.shape, Shape::Open { arrivals: Arrivals::Times(_), .. });
        if let Some(before) = before.filter(|before| lasts < *before && !cut) {
            self.warm_up = scaled(self.warm_up, before, lasts);
        }
        match &mut self.shape {
            Shape::Closed { stages, end } => {
                let whole: Duration = stages.iter().map(|stage| stage.ramp + stage.hold).sum();
                for stage in stages {
                    stage.ramp = scaled(stage.ramp, whole, lasts);
                    stage.hold = scaled(stage.hold, whole, lasts);
                }
                *end = End::After(lasts);
            }
            Shape::Open { arrivals: Arrivals::Stages(stages), .. } => {
                let whole: Duration = stages.iter().map(|stage| stage.lasts).sum();
                let mut left = lasts;
                let last = stages.len().saturating_sub(1);
                for (index, stage) in stages.iter_mut().enumerate() {
                    // The last one takes what rounding left over: the whole is exact.
                    stage.lasts =
                        if index == last { left } else { scaled(stage.lasts, whole, lasts).min(left) };
                    left -= stage.lasts;
                }
            }
            Shape::Open { arrivals: Arrivals::Times(times), .. } => times.retain(|time| *time < lasts),
        }
        self.warm_up = self.warm_up.min(lasts / 2);
        self
    }

    /// The same with a constant rate of arrivals instead of its shape, for as long as it was planned (a minute, when it
    /// was a number of iterations). As many may be under way as before, or as the rate needs.
    #[must_use]
    pub fn with_rate(mut self, rate: f64) -> Self {
        let lasts = self.planned().filter(|lasts| !lasts.is_zero()).unwrap_or(USUAL_LENGTH);
        let before = match &self.shape {
            Shape::Open { max_in_flight, .. } => *max_in_flight,
            Shape::Closed { .. } => 0,
        };
        self.shape = match Shape::rate(rate, lasts) {
            Shape::Open { arrivals, max_in_flight } => {
                Shape::Open { arrivals, max_in_flight: max_in_flight.max(before) }
            }
            closed @ Shape::Closed { .. } => closed,
        };
        for workflow in &mut self.workflows {
            workflow.think = super::Think::default();
        }
        self
    }
}

impl Shape {
    /// So many arrivals a second, for so long.
    pub fn rate(rate: f64, lasts: Duration) -> Self {
        let arrivals = Arrivals::Stages(vec![RateStage { from: rate, to: rate, lasts }]);
        let max_in_flight = arrivals.usual_in_flight();
        Self::Open { arrivals, max_in_flight }
    }

    /// So many users, all from the start, for so long.
    pub fn users(users: usize, lasts: Duration) -> Self {
        let stages = vec![UserStage { users, ramp: Duration::ZERO, hold: lasts }];
        Self::Closed { stages, end: End::After(lasts) }
    }
}

impl Arrivals {
    /// The most arrivals within a second.
    pub fn peak(&self) -> f64 {
        match self {
            Self::Stages(stages) => stages.iter().map(|stage| stage.from.max(stage.to)).fold(0.0, f64::max),
            Self::Times(times) => {
                let mut from = 0;
                let second = Duration::from_secs(1);
                let within = times.iter().enumerate().map(|(at, time)| {
                    while time.saturating_sub(times[from]) >= second {
                        from += 1;
                    }
                    at + 1 - from
                });
                within.max().unwrap_or(0) as f64
            }
        }
    }

    /// How many may be under way at once when the profile does not say: two seconds' worth of the peak, within bounds.
    pub fn usual_in_flight(&self) -> usize {
        ((self.peak() * 2.0).ceil() as usize).clamp(IN_FLIGHT.0, IN_FLIGHT.1)
    }

    /// From the start to the end of the last stage, or to the last arrival.
    pub fn lasts(&self) -> Duration {
        match self {
            Self::Stages(stages) => stages.iter().map(|stage| stage.lasts).sum(),
            Self::Times(times) => times.last().copied().unwrap_or_default(),
        }
    }

    fn words(&self) -> String {
        let stages = match self {
            Self::Times(times) => {
                return format!("{} arrivals within {}, from a file", times.len(), words(self.lasts()));
            }
            Self::Stages(stages) => stages,
        };
        if stages.len() > 4 {
            let least = stages.iter().map(|stage| stage.from.min(stage.to)).fold(f64::INFINITY, f64::min);
            let (least, peak, lasts) = (number(least), number(self.peak()), words(self.lasts()));
            return format!("{least} to {peak} arrivals a second in {} stages, {lasts} in all", stages.len());
        }
        let one = |(index, stage): (usize, &RateStage)| {
            let (from, to) = (number(stage.from), number(stage.to));
            let unit = match (index, to.as_str()) {
                (0, "1") => " arrival a second",
                (0, _) => " arrivals a second",
                _ => "",
            };
            if from == to {
                format!("{to}{unit} for {}", words(stage.lasts))
            } else {
                format!("{from} to {to}{unit} over {}", words(stage.lasts))
            }
        };
        stages.iter().enumerate().map(one).collect::<Vec<_>>().join(", then ")
    }
}

/// With two digits behind the point, when it has them.
fn number(number: f64) -> String {
    ((number * 100.0).round() / 100.0).to_string()
}

fn users_words(stages: &[UserStage], end: End) -> String {
    let plural = |users: usize| if users == 1 { "1 user".to_owned() } else { format!("{users} users") };
    let ended = match end {
        End::After(time) => format!("for {}", words(time)),
        End::Iterations(1) => "for 1 iteration".to_owned(),
        End::Iterations(count) => format!("for {count} iterations"),
    };
    match stages {
        [stage] if stage.ramp.is_zero() => format!("{} {ended}", plural(stage.users)),
        [stage] => format!("{}, all there after {}, {ended}", plural(stage.users), words(stage.ramp)),
        stages if stages.len() > 4 => {
            let most = stages.iter().map(|stage| stage.users).max().unwrap_or(0);
            format!("up to {} in {} stages, {ended}", plural(most), stages.len())
        }
        stages => {
            let parts: Vec<String> = stages.iter().map(|stage| plural(stage.users)).collect();
            format!("{}, {ended} in all", parts.join(", then "))
        }
    }
}

/// As large a part of `to` as `part` is of `whole`.
fn scaled(part: Duration, whole: Duration, to: Duration) -> Duration {
    if whole.is_zero() {
        return part;
    }
    Duration::try_from_secs_f64(to.as_secs_f64() * (part.as_secs_f64() / whole.as_secs_f64())).unwrap_or(to)
}

#[cfg(test)]
#[path = "measure_tests.rs"]
mod tests;
