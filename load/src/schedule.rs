//! [`Schedule`]: when each arrival is due, exactly.
//!
//! The k-th arrival (from 0) is due when the integral of the rate reaches k. Within a stage the rate is a straight line,
//! so the inverse is a closed form: each time is computed from the stage's own start, and no error adds up. 1,000 a
//! second for 10 s are 10,000 arrivals at 0, 1, 2 … 9,999 ms.

use std::time::Duration;

use crate::plan::Slice;
use crate::profile::{Arrivals, End, RateStage, Shape, UserStage};

/// Sums of rates are held to be whole when they are so near to it: 0.1 a second for 10 s is one arrival, not two.
const WHOLE_WITHIN: f64 = 1e-6;

/// When each arrival of a slice is due (open model), or how many users are at work when (closed model).
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    slice: Slice,
    kind: Kind,
    lasts: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// Stages, and how many arrivals all slices have together.
    Rates(Vec<Leg>, u64),
    /// Of all slices.
    Times(Vec<Duration>),
    /// How many users of this slice from when on, and how many iterations this slice makes, if that ends it.
    Users(Vec<(Duration, usize)>, Option<u64>),
}

/// A stage with what came before it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Leg {
    start: Duration,
    stage: RateStage,
    /// Arrivals before it, as a real number.
    before: f64,
}

impl Leg {
    /// When `more` arrivals have come since its start: the root of `from·t + (to − from)/(2·lasts)·t² = more`, in the
    /// form that loses no digits whichever way the rate goes.
    fn reaches(&self, more: f64) -> Duration {
        let RateStage { from, to, lasts } = self.stage;
        if more <= 0.0 {
            return Duration::ZERO;
        }
        let seconds = lasts.as_secs_f64();
        let time = if from == to {
            more / from
        } else {
            let slope = (to - from) / seconds;
            let root = (from * from + 2.0 * slope * more).max(0.0).sqrt();
            2.0 * more / (from + root)
        };
        // Division by a rate that is all but zero: no later than its end.
        if time < seconds { Duration::from_secs_f64(time) } else { lasts }
    }

    /// Arrivals up to `into` its time.
    fn arrived(&self, into: Duration) -> f64 {
        let RateStage { from, to, lasts } = self.stage;
        if into >= lasts {
            return (from + to) / 2.0 * lasts.as_secs_f64();
        }
        let (t, whole) = (into.as_secs_f64(), lasts.as_secs_f64());
        from * t + (to - from) / (2.0 * whole) * t * t
    }

    fn rate(&self, into: Duration) -> f64 {
        let RateStage { from, to, lasts } = self.stage;
        from + (to - from) * into.as_secs_f64() / lasts.as_secs_f64()
    }
}

impl Schedule {
    /// The schedule of one slice of `shape`.
    ///
    /// Invariant: the slices of a shape have each of its arrivals exactly once between them.
    pub fn new(shape: &Shape, slice: Slice) -> Self {
        let (kind, lasts) = match shape {
            Shape::Open { arrivals: Arrivals::Stages(stages), .. } => {
                let (legs, total, lasts) = legs(stages);
                (Kind::Rates(legs, total), Some(lasts))
            }
            Shape::Open { arrivals: Arrivals::Times(times), .. } => {
                (Kind::Times(times.clone()), Some(times.last().copied().unwrap_or_default()))
            }
            Shape::Closed { stages, end } => {
                let (iterations, lasts) = match *end {
                    End::After(time) => (None, Some(time)),
                    End::Iterations(count) => (Some(share(count, slice)), None),
                };
                (Kind::Users(changes(stages, slice), iterations), lasts)
            }
        };
        Self { slice, kind, lasts }
    }

    /// When the `k`-th arrival of this slice is due, from the start; `None` past the last one, and for users.
    #[inline]
    pub fn slot(&self, k: u64) -> Option<Duration> {
        let number =
            k.checked_mul(u64::from(self.slice.count.max(1)))?.checked_add(u64::from(self.slice.index))?;
        match &self.kind {
            Kind::Rates(legs, total) => {
                if number >= *total {
                    return None;
                }
                let wanted = number as f64;
                // The last stage that nothing more came before: a stage without arrivals is passed over.
                let after = match legs.len() {
                    1 => 1,
                    _ => legs.partition_point(|leg| leg.before <= wanted),
                };
                let leg = legs.get(after.checked_sub(1)?)?;
                Some(leg.start + leg.reaches(wanted - leg.before))
            }
            Kind::Times(times) => times.get(usize::try_from(number).ok()?).copied(),
            Kind::Users(..) => None,
        }
    }

    /// How many arrivals this slice has, or iterations when their number ends it; `None` when time ends it.
    pub fn total(&self) -> Option<u64> {
        match &self.kind {
            Kind::Rates(_, total) => Some(share(*total, self.slice)),
            Kind::Times(times) => Some(share(times.len() as u64, self.slice)),
            Kind::Users(_, iterations) => *iterations,
        }
    }

    /// How long it is; `None` when a number of iterations ends it.
    pub fn lasts(&self) -> Option<Duration> {
        self.lasts
    }

    /// How many arrivals of this slice are due before `offset`; 0 for users.
    pub fn asked_before(&self, offset: Duration) -> u64 {
        let all = match &self.kind {
            Kind::Rates(legs, total) => {
                let at = legs.partition_point(|leg| leg.start <= offset).saturating_sub(1);
                let arrived = legs
                    .get(at)
                    .map_or(0.0, |leg| leg.before + leg.arrived(offset.saturating_sub(leg.start)));
                (arrived.ceil() as u64).min(*total)
            }
            Kind::Times(times) => times.partition_point(|time| *time < offset) as u64,
            Kind::Users(..) => return 0,
        };
        let mut own = share(all, self.slice);
        // `slot` rounds to nanoseconds; what it says is what counts.
        while own > 0 && self.slot(own - 1).is_none_or(|due| due >= offset) {
            own -= 1;
        }
        while self.slot(own).is_some_and(|due| due < offset) {
            own += 1;
        }
        own
    }

    /// Arrivals a second of this slice at `offset`; for times from a file those of the second it lies in; 0 for users and
    /// past the end.
    pub fn rate_at(&self, offset: Duration) -> f64 {
        match &self.kind {
            Kind::Rates(legs, _) => {
                let at = legs.partition_point(|leg| leg.start <= offset).saturating_sub(1);
                let Some(leg) = legs.get(at) else { return 0.0 };
                let into = offset.saturating_sub(leg.start);
                if into >= leg.stage.lasts { 0.0 } else { leg.rate(into) / f64::from(self.slice.count) }
            }
            Kind::Times(_) => {
                let second = Duration::from_secs(offset.as_secs());
                let next = second + Duration::from_secs(1);
                (self.asked_before(next) - self.asked_before(second)) as f64
            }
            Kind::Users(..) => 0.0,
        }
    }

    /// How many users of this slice are at work at `offset`; 0 in the open model.
    pub fn users_at(&self, offset: Duration) -> usize {
        let changes = self.user_changes();
        let after = changes.partition_point(|(from, _)| *from <= offset);
        after.checked_sub(1).and_then(|at| changes.get(at)).map_or(0, |(_, users)| *users)
    }

    /// How many users of this slice there are from when on, in order of time; empty in the open model.
    pub fn user_changes(&self) -> &[(Duration, usize)] {
        match &self.kind {
            Kind::Users(changes, _) => changes,
            _ => &[],
        }
    }

    /// The most users of this slice at one time; 0 in the open model.
    pub fn most_users(&self) -> usize {
        self.user_changes().iter().map(|(_, users)| *users).max().unwrap_or(0)
    }
}

/// Of `all` numbers from 0, those of a slice.
fn share(all: u64, slice: Slice) -> u64 {
    let (index, count) = (u64::from(slice.index), u64::from(slice.count.max(1)));
    all.saturating_sub(index).div_ceil(count)
}

/// Stages with what came before each, how many arrivals they have, and how long they are.
fn legs(stages: &[RateStage]) -> (Vec<Leg>, u64, Duration) {
    let (mut start, mut before) = (Duration::ZERO, 0.0);
    let mut legs = Vec::with_capacity(stages.len());
    for stage in stages.iter().filter(|stage| !stage.lasts.is_zero()) {
        let leg = Leg { start, stage: *stage, before };
        before = whole(before + leg.arrived(stage.lasts));
        start += stage.lasts;
        legs.push(leg);
    }
    (legs, before.ceil() as u64, start)
}

/// The next whole number, when it is so near that only rounding lies between.
fn whole(number: f64) -> f64 {
    let rounded = number.round();
    if (number - rounded).abs() < WHOLE_WITHIN { rounded } else { number }
}

/// When how many users of a slice are at work. On the way up the first of the new users begins at once and the last
/// one a step before the ramp's end; on the way down the first leaves after a step and the last one at its end.
fn changes(stages: &[UserStage], slice: Slice) -> Vec<(Duration, usize)> {
    let mut changes: Vec<(Duration, usize)> = Vec::new();
    let (mut start, mut users) = (Duration::ZERO, 0_usize);
    let mut add = |at: Duration, users: usize| {
        let own = usize::try_from(share(users as u64, slice)).unwrap_or(usize::MAX);
        match changes.last_mut() {
            Some((last, known)) if *last == at => *known = own,
            Some((_, known)) if *known == own => {}
            _ => changes.push((at, own)),
        }
    };
    for stage in stages {
        let steps = stage.users.abs_diff(users);
        for step in 1..=steps {
            let up = stage.users > users;
            let part = if up { step - 1 } else { step } as f64 / steps as f64;
            add(start + stage.ramp.mul_f64(part), if up { users + step } else { users - step });
        }
        users = stage.users;
        start += stage.ramp + stage.hold;
    }
    changes
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
