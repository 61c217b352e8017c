//! [`Counts`]: what became of each arrival, counted where it happens.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use dryrun_record::load::LoadTick;

/// What became of each arrival so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Users that goose has started.
    pub(super) came: Cell<u64>,
    pub(super) sent: Cell<u64>,
    /// Of these, those that began within the measured time, also when they were due in the warm-up.
    pub(super) sent_in_time: Cell<u64>,
    pub(super) late: Cell<u64>,
    /// Late although a user was waiting for it: nobody but the harness is to blame.
    pub(super) late_of_ours: Cell<u64>,
    pub(super) ended: Cell<u64>,
    pub(super) warm_up: Cell<u64>,
    pub(super) abandoned: Cell<u64>,
    pub(super) dropped: Cell<u64>,
    pub(super) in_flight: Cell<u64>,
    pub(super) peak: Cell<u64>,
    told: Cell<Told>,
    /// When the second that is told next is over, and how many began later than that.
    second: Cell<Option<Instant>>,
    ahead: Cell<u64>,
}

/// What the ticks so far have told.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    asked: u64,
    sent: u64,
    late: u64,
    dropped: u64,
}

pub(super) fn add(cell: &Cell<u64>, more: u64) {
    cell.set(cell.get() + more);
}

impl Counts {
    /// The second that is told next is over at this moment; what begins later belongs to those after it.
    pub(super) fn second_ends(&self, at: Instant) {
        self.second.set(Some(at));
        self.ahead.set(0);
    }

    /// Those that began before the end of the second that is told next.
    pub(super) fn sent_in_second(&self) -> u64 {
        self.sent.get() - self.ahead.get()
    }

    /// Writes down what happened since the tick before; `sent` began, and `asked` were asked for.
    pub(super) fn tell(&self, tick: &mut LoadTick, asked: u64, sent: u64) {
        let now = Told { asked, sent, late: self.late.get(), dropped: self.dropped.get() };
        let before = self.told.replace(now);
        tick.asked = now.asked - before.asked;
        tick.begun = now.sent - before.sent;
        tick.late = now.late - before.late;
        tick.dropped = now.dropped - before.dropped;
        tick.in_flight = self.in_flight.get();
    }
}

/// A workflow under way. Dropped before its end, it was abandoned.
#[derive(Debug)]
pub(super) struct UnderWay {
    counts: Rc<Counts>,
    measured: bool,
    ended: bool,
}

impl UnderWay {
    pub(super) fn begin(counts: &Rc<Counts>, measured: bool, at: Instant) -> Self {
        add(&counts.sent, 1);
        let ahead = counts.second.get().is_some_and(|end| at >= end);
        add(&counts.ahead, u64::from(ahead));
        add(&counts.in_flight, 1);
        counts.peak.set(counts.peak.get().max(counts.in_flight.get()));
        Self { counts: Rc::clone(counts), measured, ended: false }
    }

    pub(super) fn end(mut self) {
        self.ended = true;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let counts = &self.counts;
        counts.in_flight.set(counts.in_flight.get() - 1);
        if self.ended {
            add(&counts.ended, 1);
            add(&counts.warm_up, u64::from(!self.measured));
        } else {
            add(&counts.abandoned, 1);
        }
    }
}
