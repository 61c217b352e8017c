//! [`Driver`]: what goose's users do. Each takes the next arrival, plays it, and thinks.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::future::FutureExt;
use tokio::sync::Notify;

use crate::crew::Crew;
use crate::meter::Meter;
use crate::plan::Slice;
use crate::turn::Turn;

use super::arrivals::Arrivals;
use super::choice::Choice;
use super::counts::{Counts, UnderWay, add};
use super::seats::Seats;

/// Ticks are told by the second.
pub(super) const SECOND: Duration = Duration::from_secs(1);

/// How far the run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Users gather.
    Gathering,
    /// The schedule goes on.
    Running,
    /// The schedule has ended; arrivals that were due may still begin.
    Ending,
    /// Only those begin that a user has already been given.
    Closing,
    /// Everything was cut off; users go home.
    Over,
}

/// What the driver needs to know of the profile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) slice: Slice,
    pub(super) warm_up: Duration,
    pub(super) late_after: Duration,
    /// How long the schedule is, when time ends it.
    pub(super) lasts: Option<Duration>,
    /// Iterations of this slice (closed model), when their number ends the run.
    pub(super) iterations: Option<u64>,
}

/// What goose's users do.
pub(super) struct Driver {
    pub(super) crew: Rc<dyn Crew>,
    pub(super) meter: Meter,
    pub(super) counts: Rc<Counts>,
    /// A user has come, a workflow has ended, or the last one has begun.
    pub(super) changed: Notify,
    rules: Rules,
    choice: RefCell<Choice>,
    seats: Seats,
    phase: Cell<Phase>,
    zero: Cell<Option<Instant>>,
    /// So many users may work (closed model); the others wait in their seats.
    admitted: Cell<usize>,
    /// In the open model, from the start on.
    arrivals: RefCell<Option<Arrivals>>,
}

impl Driver {
    pub(super) fn new(crew: Rc<dyn Crew>, meter: Meter, choice: Choice, rules: Rules) -> Self {
        Self {
            crew,
            meter,
            counts: Rc::default(),
            changed: Notify::new(),
            rules,
            choice: RefCell::new(choice),
            seats: Seats::default(),
            phase: Cell::new(Phase::Gathering),
            zero: Cell::new(None),
            admitted: Cell::new(0),
            arrivals: RefCell::new(None),
        }
    }

    /// The user of `seat` plays once: what goose calls a transaction.
    pub(super) fn poll_user(self: &Rc<Self>, seat: usize, cx: &mut Context<'_>) -> Poll<()> {
        if self.phase.get() == Phase::Over {
            return self.seats.park(seat, cx);
        }
        self.seats.poll(seat, cx, || Rc::clone(self).turn(seat).boxed_local())
    }

    /// A user of goose's has come.
    pub(super) fn user_came(&self) {
        add(&self.counts.came, 1);
        self.changed.notify_waiters();
    }

    /// The run begins: its schedule starts at `zero`.
    pub(super) fn begin(&self, zero: Instant, arrivals: Option<Arrivals>) {
        self.zero.set(Some(zero));
        self.meter.from(zero + self.rules.warm_up);
        self.counts.second_ends(zero + SECOND);
        *self.arrivals.borrow_mut() = arrivals;
        self.phase.set(Phase::Running);
        self.seats.wake(..);
    }

    /// From now on so many users work (closed model). Who is one too many goes when its iteration has ended.
    pub(super) fn admit(&self, users: usize) {
        let before = self.admitted.replace(users);
        self.seats.wake(before..users);
    }

    /// Users at work (closed model).
    pub(super) fn admitted(&self) -> usize {
        self.admitted.get()
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// No further arrivals come; those that are due may still begin.
    pub(super) fn end_schedule(&self) {
        self.phase.set(Phase::Ending);
    }

    /// No further arrivals come, and those that no user has been given are dropped.
    pub(super) fn close(&self) {
        self.phase.set(Phase::Closing);
    }

    /// Ends what is under way; what has not begun never will.
    pub(super) fn cut_off(&self) {
        self.phase.set(Phase::Over);
        let dropped =
            self.arrivals.borrow().as_ref().map_or(0, |arrivals| arrivals.due() - self.counts.sent.get());
        self.counts.dropped.set(dropped);
        self.seats.clear();
    }

    /// Lets users who are parked go back to goose, which may then send them home.
    pub(super) fn release(&self) {
        self.seats.release();
    }

    /// Gives every arrival that is due to a user who waits. Says when the next one is due, if one still comes.
    pub(super) fn hand_out(&self, now: Instant) -> Option<Instant> {
        let mut arrivals = self.arrivals.borrow_mut();
        let arrivals = arrivals.as_mut()?;
        let running = self.phase.get() == Phase::Running;
        if running {
            arrivals.look(now);
        } else if self.phase.get() != Phase::Ending {
            return None;
        }
        while !self.seats.all_busy() {
            let Some(given) = arrivals.take() else { break };
            self.seats.give(given);
        }
        arrivals.next().filter(|_| running)
    }

    /// Arrivals that were due before `offset` (open), or iterations that began (closed), of those so far.
    pub(super) fn asked_before(&self, offset: Duration) -> u64 {
        let began = || self.counts.sent_in_second();
        self.arrivals.borrow().as_ref().map_or_else(began, |arrivals| arrivals.due_before(offset))
    }

    /// Arrivals that were due so far (open), or iterations that began (closed).
    pub(super) fn asked(&self) -> u64 {
        self.arrivals.borrow().as_ref().map_or(self.counts.sent.get(), Arrivals::due)
    }

    /// Whether nothing is under way and nothing that may still begin is left.
    pub(super) fn idle(&self) -> bool {
        let arrivals = self.arrivals.borrow();
        let may_begin = |arrivals: &Arrivals| match self.phase.get() {
            Phase::Ending => arrivals.due(),
            _ => arrivals.given(),
        };
        let sent = self.counts.sent.get();
        self.counts.in_flight.get() == 0 && arrivals.as_ref().map_or(sent, may_begin) == sent
    }

    /// Whether all iterations have begun, when their number ends the run.
    pub(super) fn all_begun(&self) -> bool {
        self.rules.iterations.is_some_and(|limit| self.counts.sent.get() >= limit)
    }

    async fn turn(self: Rc<Self>, seat: usize) {
        // A crew that is through at once must not keep all others from their turn.
        tokio::task::coop::consume_budget().await;
        let (k, offset, prompt) = poll_fn(|_| self.next(seat)).await;
        let begun = Instant::now();
        let zero = self.zero.get().unwrap_or(begun);
        let intended = offset.map_or(begun, |offset| zero + offset);
        let measured = intended.saturating_duration_since(zero) >= self.rules.warm_up;
        let under_way = UnderWay::begin(&self.counts, measured, begun);
        let counts = &self.counts;
        // Whoever was due in the warm-up and begins now is load now.
        let warm = begun.saturating_duration_since(zero) < self.rules.warm_up;
        // Arrivals from a file may be due at the very end: on time is in time.
        let last = offset.is_some() && offset == self.rules.lasts;
        let on_time = begun.saturating_duration_since(intended) <= self.rules.late_after;
        if !warm && (self.phase.get() == Phase::Running || (last && on_time)) {
            add(&counts.sent_in_time, 1);
        }
        if begun.saturating_duration_since(intended) > self.rules.late_after {
            add(&counts.late, 1);
            add(&counts.late_of_ours, u64::from(prompt));
        }
        if self.all_begun() {
            self.changed.notify_waiters();
        }
        let number = u64::from(self.rules.slice.index) + k * u64::from(self.rules.slice.count);
        let part = self.choice.borrow_mut().part(number);
        let turn = Turn { part, number, intended, measured };
        Rc::clone(&self.crew).play(turn, self.meter.clone()).await;
        under_way.end();
        if self.phase.get() != Phase::Running {
            self.changed.notify_waiters();
        } else if offset.is_none() {
            let think = self.choice.borrow().think(number, part);
            if !think.is_zero() {
                tokio::time::sleep(think).await;
            }
        }
    }

    /// The next arrival for the user of `seat`: its number within the slice, its offset (open model), and whether the user
    /// was waiting for it.
    fn next(&self, seat: usize) -> Poll<(u64, Option<Duration>, bool)> {
        if let Some((k, offset)) = self.seats.receive(seat) {
            return Poll::Ready((k, Some(offset), true));
        }
        if !matches!(self.phase.get(), Phase::Running | Phase::Ending) {
            return Poll::Pending;
        }
        let mut arrivals = self.arrivals.borrow_mut();
        let Some(arrivals) = arrivals.as_mut() else {
            let (k, limit) = (self.counts.sent.get(), self.rules.iterations.unwrap_or(u64::MAX));
            let more = self.phase.get() == Phase::Running && k < limit && seat < self.admitted.get();
            return if more { Poll::Ready((k, None, true)) } else { Poll::Pending };
        };
        if self.phase.get() == Phase::Running {
            // The clock is looked at here, too: a busy thread may be late to hear its alarm.
            arrivals.look(Instant::now());
        }
        match arrivals.take() {
            Some((k, offset)) => Poll::Ready((k, Some(offset), false)),
            None => {
                self.seats.wait(seat);
                Poll::Pending
            }
        }
    }
}

thread_local! {
    /// The driver of this thread's run.
    static DRIVER: RefCell<Option<Rc<Driver>>> = const { RefCell::new(None) };
}

/// Puts a driver in charge of this thread, or takes it away.
pub(super) fn put_in_charge(driver: Option<Rc<Driver>>) {
    DRIVER.with(|current| *current.borrow_mut() = driver);
}

/// The driver in charge of this thread.
pub(super) fn in_charge() -> Option<Rc<Driver>> {
    DRIVER.with(|current| current.borrow().clone())
}
