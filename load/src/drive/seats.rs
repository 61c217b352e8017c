//! [`Seats`]: one for each of goose's users, and what that user is doing.

use std::cell::RefCell;
use std::ops::RangeBounds;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures::future::LocalBoxFuture;

/// An arrival that was given to a user: its number within the slice, and its offset from the start.
pub(super) type Given = (u64, std::time::Duration);

/// One for each of goose's users.
#[derive(Default)]
pub(super) struct Seats {
    seats: RefCell<Vec<Seat>>,
    /// Those who wait for an arrival. The one who waits shortest goes first: its connection and memory are warm.
    free: RefCell<Vec<usize>>,
}

#[derive(Default)]
struct Seat {
    /// What its user is doing now. Taken out while it is polled.
    doing: Option<LocalBoxFuture<'static, ()>>,
    waker: Option<Waker>,
    given: Option<Given>,
    free: bool,
    /// Its user may go back to goose.
    released: bool,
}

impl Seats {
    /// Lets the user of `seat` go on with what it is doing, or begin with what `begin` gives.
    pub(super) fn poll(
        &self,
        seat: usize,
        cx: &mut Context<'_>,
        begin: impl FnOnce() -> LocalBoxFuture<'static, ()>,
    ) -> Poll<()> {
        let mut doing = {
            let mut seats = self.seats.borrow_mut();
            if seats.len() <= seat {
                seats.resize_with(seat + 1, Seat::default);
            }
            remember(&mut seats[seat].waker, cx);
            seats[seat].doing.take()
        }
        .unwrap_or_else(begin);
        // Nothing is borrowed here: what is polled may look at the seats itself.
        let polled = Pin::new(&mut doing).poll(cx);
        if polled.is_pending() {
            self.seats.borrow_mut()[seat].doing = Some(doing);
        }
        polled
    }

    /// Parks the user of `seat` until it is released; everything it did is over.
    pub(super) fn park(&self, seat: usize, cx: &mut Context<'_>) -> Poll<()> {
        let mut seats = self.seats.borrow_mut();
        if seats.len() <= seat {
            seats.resize_with(seat + 1, Seat::default);
        }
        remember(&mut seats[seat].waker, cx);
        if std::mem::take(&mut seats[seat].released) { Poll::Ready(()) } else { Poll::Pending }
    }

    /// What was given to `seat` while it waited.
    pub(super) fn receive(&self, seat: usize) -> Option<Given> {
        self.seats.borrow_mut()[seat].given.take()
    }

    /// `seat` waits for an arrival.
    pub(super) fn wait(&self, seat: usize) {
        if !std::mem::replace(&mut self.seats.borrow_mut()[seat].free, true) {
            self.free.borrow_mut().push(seat);
        }
    }

    /// Whether nobody waits for an arrival.
    pub(super) fn all_busy(&self) -> bool {
        self.free.borrow().is_empty()
    }

    /// Gives an arrival to one who waits for it.
    ///
    /// # Panics
    /// When nobody does.
    pub(super) fn give(&self, given: Given) {
        let seat = self.free.borrow_mut().pop().expect("somebody waits");
        let mut seats = self.seats.borrow_mut();
        seats[seat].free = false;
        seats[seat].given = Some(given);
        if let Some(waker) = &seats[seat].waker {
            waker.wake_by_ref();
        }
    }

    /// Wakes the users of some seats.
    pub(super) fn wake(&self, which: impl RangeBounds<usize>) {
        let seats = self.seats.borrow();
        let which = seats.iter().enumerate().filter(|(index, _)| which.contains(index));
        which.filter_map(|(_, seat)| seat.waker.as_ref()).for_each(Waker::wake_by_ref);
    }

    /// Lets all parked users go back to goose once.
    pub(super) fn release(&self) {
        self.seats.borrow_mut().iter_mut().for_each(|seat| seat.released = true);
        self.wake(..);
    }

    /// Ends whatever users are doing.
    pub(super) fn clear(&self) {
        let doing: Vec<_> = self.seats.borrow_mut().iter_mut().filter_map(|seat| seat.doing.take()).collect();
        // Dropped while nothing is borrowed: a crew's clean-up may be anything.
        drop(doing);
    }
}

fn remember(waker: &mut Option<Waker>, cx: &Context<'_>) {
    match waker {
        Some(known) if known.will_wake(cx.waker()) => {}
        _ => *waker = Some(cx.waker().clone()),
    }
}
