//! [`Arrivals`]: which arrivals are due, and which of them have not begun. No list is kept: the backlog is a range of
//! numbers, and the schedule knows when each was due.

use std::time::{Duration, Instant};

use crate::schedule::Schedule;

/// Which arrivals of a schedule are due.
#[derive(Debug)]
pub(super) struct Arrivals {
    schedule: Schedule,
    zero: Instant,
    /// How many are due.
    due: u64,
    /// How many of these were given to a user.
    given: u64,
    /// When the next one is due; `None` past the last.
    next: Option<Instant>,
}

impl Arrivals {
    pub(super) fn new(schedule: Schedule, zero: Instant) -> Self {
        let next = schedule.slot(0).map(|offset| zero + offset);
        Self { schedule, zero, due: 0, given: 0, next }
    }

    /// Looks at the clock: how many became due.
    pub(super) fn look(&mut self, now: Instant) -> u64 {
        let before = self.due;
        while self.next.is_some_and(|next| next <= now) {
            self.due += 1;
            self.next = self.schedule.slot(self.due).map(|offset| self.zero + offset);
        }
        self.due - before
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// The one that waits longest: its number within the slice, and its offset from the start.
    pub(super) fn take(&mut self) -> Option<(u64, Duration)> {
        if self.given == self.due {
            return None;
        }
        let offset = self.schedule.slot(self.given)?;
        self.given += 1;
        Some((self.given - 1, offset))
    }

    /// How many were given to a user.
    pub(super) fn given(&self) -> u64 {
        self.given
    }

    /// How many of these were due before `offset`: one that is due at the first moment of a second belongs to that second,
    /// however late a clock is looked at.
    pub(super) fn due_before(&self, offset: Duration) -> u64 {
        self.due.min(self.schedule.asked_before(offset))
    }

    /// How many became due.
    pub(super) fn due(&self) -> u64 {
        self.due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Slice;
    use crate::profile::{Arrivals as Shape, RateStage, Shape as Model};

    #[test]
    fn the_backlog_is_taken_in_order_and_each_knows_when_it_was_due() {
        let stage = RateStage { from: 100.0, to: 100.0, lasts: Duration::from_millis(50) };
        let shape = Model::Open { arrivals: Shape::Stages(vec![stage]), max_in_flight: 1 };
        let zero = Instant::now();
        let mut arrivals = Arrivals::new(Schedule::new(&shape, Slice::WHOLE), zero);
        let at = |ms: u64| zero + Duration::from_millis(ms);
        assert_eq!((arrivals.look(at(0)), arrivals.due()), (1, 1));
        assert_eq!(arrivals.take(), Some((0, Duration::ZERO)));
        assert_eq!((arrivals.take(), arrivals.next()), (None, Some(at(10))));
        assert_eq!((arrivals.look(at(25)), arrivals.look(at(25))), (2, 0));
        assert_eq!(arrivals.take(), Some((1, Duration::from_millis(10))));
        let before = [0, 10, 11, 30].map(|ms| arrivals.due_before(Duration::from_millis(ms)));
        assert_eq!(before, [0, 1, 2, 3], "the one at 10 ms is not before 10 ms");
        assert_eq!((arrivals.look(at(9_000)), arrivals.due(), arrivals.next()), (2, 5, None));
        let rest: Vec<_> =
            std::iter::from_fn(|| arrivals.take()).map(|(_, offset)| offset.as_millis()).collect();
        assert_eq!(rest, [10, 20, 30, 40][1..]);
    }
}
