//! [`Teller`]: what a run says while it goes on.

use std::cell::Cell;
use std::time::{Duration, Instant};

use dryrun_record::Event;
use dryrun_record::load::{LoadMark, LoadTick, Standing};

use crate::profile::{Profile, Shape};
use crate::resources::thread_cpu;
use crate::schedule::Schedule;

use super::driver::{Driver, Phase, SECOND};
use super::stages::stages;
use super::standing::standing;
use super::watch::{Own, Watch};

/// What a run says while it goes on.
pub(super) struct Teller<'a> {
    pub(super) profile: &'a Profile,
    pub(super) schedule: &'a Schedule,
    pub(super) driver: &'a Driver,
    pub(super) watch: &'a Watch,
    /// Whether thresholds are judged here.
    pub(super) judge: bool,
    /// The last second that was told.
    pub(super) told: Cell<u64>,
}

impl Teller<'_> {
    /// Tells each second, each stage, and when the warm-up is over. Never ends.
    pub(super) async fn tell(&self, zero: Instant) {
        let mut marks = stages(&self.profile.shape).into_iter().peekable();
        let mut warm_up = Some(self.profile.warm_up);
        loop {
            let tick = Duration::from_secs(self.told.get() + 1);
            let mark = marks.peek().map(|(at, _)| *at);
            let next = [Some(tick), mark, warm_up].into_iter().flatten().min().unwrap_or(tick);
            tokio::time::sleep_until((zero + next).into()).await;
            if warm_up == Some(next) {
                warm_up = None;
                self.bound();
            } else if mark == Some(next) {
                let mark = marks.next().filter(|_| self.driver.phase() == Phase::Running);
                mark.into_iter().for_each(|(at, text)| self.mark(at, "stage", &text));
            } else {
                self.tick(zero);
            }
        }
    }

    /// The schedule begins: the first second is told from here.
    pub(super) fn begin(&self) {
        self.watch.begin(self.own());
    }

    /// The measured time begins, or ends.
    pub(super) fn bound(&self) {
        self.watch.bound(self.own());
    }

    /// Tells what is left at the end: ticks leave nothing out. That is the schedule's last second, or what ended in the
    /// grace time after it; a beginning of a second in which nothing happened is no tick.
    pub(super) fn rest(&self, zero: Instant) {
        let mut tick = self.second(zero);
        let (asked, sent) = (self.driver.asked(), self.driver.counts.sent.get());
        self.driver.counts.tell(&mut tick, asked, sent);
        let idle = tick.asked + tick.begun + tick.ended + tick.dropped == 0;
        if !idle || zero.elapsed().as_secs() >= tick.second {
            self.watch.tick(tick, self.own());
        }
    }

    /// Tells a second.
    fn tick(&self, zero: Instant) {
        let mut tick = self.second(zero);
        let end = SECOND * u32::try_from(tick.second).unwrap_or(u32::MAX);
        let (asked, sent) = (self.driver.asked_before(end), self.driver.counts.sent_in_second());
        self.driver.counts.tell(&mut tick, asked, sent);
        self.driver.counts.second_ends(zero + end + SECOND);
        self.told.set(tick.second);
        self.watch.tick(tick, self.own());
    }

    /// What happened since the last tick, arrivals left out.
    fn second(&self, zero: Instant) -> LoadTick {
        let second = self.told.get() + 1;
        let (driver, counts) = (self.driver, &self.driver.counts);
        driver.hand_out(Instant::now());
        let open = matches!(self.profile.shape, Shape::Open { .. });
        let mut tick = LoadTick {
            load: self.profile.name.clone(),
            second,
            warm_up: Duration::from_secs(second) <= self.profile.warm_up,
            users: if open { counts.in_flight.get() } else { driver.admitted() as u64 },
            standing: self.standing(zero),
            ..LoadTick::default()
        };
        driver.meter.take_second().tell(&mut tick);
        tick
    }

    /// How the thresholds stand, if they are judged here.
    fn standing(&self, zero: Instant) -> Vec<Standing> {
        if !self.judge || self.profile.thresholds.is_empty() {
            return Vec::new();
        }
        standing(self.profile, self.schedule, self.driver, zero.elapsed())
    }

    /// Tells an event.
    pub(super) fn mark(&self, at: Duration, kind: &str, text: &str) {
        let (load, kind, text) = (self.profile.name.clone(), kind.to_owned(), text.to_owned());
        self.watch.tell(Event::LoadMark(LoadMark { load, at_s: at.as_secs_f64(), kind, text }));
    }

    fn own(&self) -> Own {
        Own { at: Instant::now(), cpu: thread_cpu(), requests: self.driver.meter.requests() }
    }
}
