//! [`conduct`]: a run from the gathering of its users to the last one's leaving.

use std::cell::Cell;
use std::future::pending;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use dryrun_record::Event;
use dryrun_record::load::{LoadResult, Sends};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinError, JoinHandle, spawn_local};
use tokio::time::sleep;

use goose::GooseError;

use crate::error::LoadError;
use crate::meter::Meter;
use crate::plan::{LoadPlan, Slice};
use crate::profile::{End, Profile, Shape};
use crate::schedule::Schedule;

use super::alarm::Alarm;
use super::arrivals::Arrivals;
use super::attack::attack;
use super::choice::Choice;
use super::driver::{Driver, Rules, put_in_charge};
use super::outcome::{Ended, result, started};
use super::tell::Teller;
use super::watch::Watch;

/// Users who come at once are there within moments; so long is waited for them before the run is given up.
const GATHERING: Duration = Duration::from_secs(60);
/// A clock that is set while we wait for the agreed moment is looked at again after so long.
const CLOCK: Duration = Duration::from_secs(1);
/// How often users are let back to goose until it has sent them home.
const LEAVING: Duration = Duration::from_millis(50);

type Attack = JoinHandle<Result<(), GooseError>>;

/// Ends a run early: with a reason, or without one when nobody waits for its result any more.
pub(super) struct Stops {
    pub(super) asked: watch::Receiver<Option<String>>,
    /// Closed when nobody waits for the result any more.
    pub(super) result: oneshot::Sender<Result<LoadResult, LoadError>>,
}

impl Stops {
    async fn stopped(&mut self) -> String {
        let asked = async {
            match self.asked.wait_for(Option::is_some).await {
                Ok(reason) => reason.clone().unwrap_or_default(),
                Err(_) => pending().await,
            }
        };
        tokio::select! {
            reason = asked => reason,
            () = self.result.closed() => "nobody waits for its result any more".to_owned(),
        }
    }
}

/// Carries out `plan`, on the load's own thread.
pub(super) async fn conduct(plan: LoadPlan, stops: &mut Stops) -> Result<LoadResult, LoadError> {
    let LoadPlan { profile, parts, muster, slice, start_at, judge, scenario, on_event, gauges, seed, .. } =
        plan;
    if parts.iter().all(|part| part.weight == 0) {
        return Err(LoadError::Nothing(format!("profile {:?} plays no workflow", profile.name)));
    }
    let schedule = Schedule::new(&profile.shape, slice);
    let users = users(&profile.shape, &schedule, slice)?;
    let meter = Meter::new(&parts, profile.apdex, profile.contracts);
    let rules = Rules {
        slice,
        warm_up: profile.warm_up,
        late_after: profile.late_after,
        lasts: schedule.lasts(),
        iterations: schedule.total().filter(|_| matches!(profile.shape, Shape::Closed { .. })),
    };
    let driver = Rc::new(Driver::new(muster()?, meter, Choice::new(&parts, seed), rules));
    put_in_charge(Some(Rc::clone(&driver)));
    let watch = Watch::start(gauges, on_event).map_err(LoadError::Thread)?;
    watch.tell(Event::LoadStarted(Box::new(started(&profile, scenario, judge))));
    let teller = Teller {
        profile: &profile,
        schedule: &schedule,
        driver: &driver,
        watch: &watch,
        judge,
        told: Cell::default(),
    };
    let run = Run { profile: &profile, schedule: &schedule, driver: &driver, teller };
    let ended = run.whole(users, start_at, stops).await;
    put_in_charge(None);
    let (mut ended, sends) = match ended {
        Ok(ended) => ended,
        Err(error) => {
            watch.finish();
            return Err(error);
        }
    };
    ended.whole_histograms = slice.count > 1;
    Ok(result(&profile, &driver, &ended, sends, watch.finish(), judge))
}

/// How many users there are.
fn users(shape: &Shape, schedule: &Schedule, slice: Slice) -> Result<usize, LoadError> {
    let Slice { index, count } = slice;
    match shape {
        Shape::Open { max_in_flight, .. } => {
            Ok(max_in_flight.saturating_sub(index as usize).div_ceil(count.max(1) as usize).max(1))
        }
        Shape::Closed { .. } => match schedule.most_users() {
            0 => Err(LoadError::Nothing(format!(
                "shard {index} of {count} has no user: make as many shards as there are users, or fewer"
            ))),
            users => Ok(users),
        },
    }
}

struct Run<'a> {
    profile: &'a Profile,
    schedule: &'a Schedule,
    driver: &'a Rc<Driver>,
    teller: Teller<'a>,
}

impl Run<'_> {
    async fn whole(
        &self,
        users: usize,
        start_at: Option<SystemTime>,
        stops: &mut Stops,
    ) -> Result<(Ended, Sends), LoadError> {
        let driver = self.driver;
        let open = matches!(self.profile.shape, Shape::Open { .. });
        let mut attack: Attack = spawn_local(attack(users));
        self.gathered(users as u64, &mut attack).await?;
        // Who is ready in time begins at the agreed moment, to the microsecond, however late the timer wakes us.
        let agreed = start_at.filter(|moment| *moment > SystemTime::now());
        let early = until(start_at, stops).await;
        let (zero, started) = beginning(agreed);
        let arrivals = open.then(|| Arrivals::new(self.schedule.clone(), zero));
        if early.is_none() {
            driver.begin(zero, arrivals);
            self.teller.begin();
        }
        // A task of its own: it is woken for each arrival, and nothing here need be.
        let mut pace = spawn_local(pace(Rc::clone(driver), self.schedule.user_changes().to_vec(), zero));
        let telling = self.teller.tell(zero);
        tokio::pin!(telling);
        let reason = match early {
            Some(reason) => Some(reason),
            None => tokio::select! {
                biased;
                reason = stops.stopped() => Some(reason),
                () = self.schedule_over(zero) => None,
                ended = &mut attack => return Err(gave_up(ended)),
                Ok(Err(error)) = &mut pace => return Err(LoadError::Thread(error)),
                () = &mut telling => None,
            },
        };
        let over = self.end(zero, reason.as_deref());
        tokio::select! {
            () = self.until_idle() => {}
            () = sleep(self.profile.grace) => {}
            () = &mut telling => {}
        }
        pace.abort();
        let by_number = driver.all_begun() && reason.is_none();
        let over = if by_number { zero.elapsed() } else { over };
        if by_number {
            self.teller.bound();
        }
        driver.cut_off();
        self.teller.rest(zero);
        goose::trigger_killswitch("the run is over");
        let home = async {
            while !attack.is_finished() {
                driver.release();
                sleep(LEAVING).await;
            }
            attack.await
        };
        let (gone, sends) = tokio::join!(home, Rc::clone(&driver.crew).finish(driver.meter.clone()));
        let Ok(Ok(())) = gone else { return Err(gave_up(gone)) };
        let users = users as u64;
        Ok((
            Ended {
                started,
                over,
                reason,
                users,
                asked_rate: self.asked_rate(over),
                whole_histograms: false,
            },
            sends,
        ))
    }

    /// Waits until so many users are there.
    async fn gathered(&self, users: u64, attack: &mut Attack) -> Result<(), LoadError> {
        let gathering = async {
            loop {
                let changed = self.driver.changed.notified();
                if self.driver.counts.came.get() >= users {
                    break;
                }
                changed.await;
            }
        };
        tokio::select! {
            () = gathering => Ok(()),
            ended = attack => Err(gave_up(ended)),
            () = sleep(GATHERING) => Err(LoadError::Attack(format!(
                "{} of {users} users were there after {} s",
                self.driver.counts.came.get(),
                GATHERING.as_secs()
            ))),
        }
    }

    /// Waits until the schedule is over.
    async fn schedule_over(&self, zero: Instant) {
        if let Some(lasts) = self.schedule.lasts() {
            tokio::time::sleep_until((zero + lasts).into()).await;
            return;
        }
        let all_begun = async {
            loop {
                let changed = self.driver.changed.notified();
                if self.driver.all_begun() {
                    break;
                }
                changed.await;
            }
        };
        // A shard whose users all leave begins no more iterations.
        let deserted = async {
            match self.schedule.user_changes().last() {
                Some((at, 0)) => tokio::time::sleep_until((zero + *at).into()).await,
                _ => pending().await,
            }
        };
        tokio::select! { () = all_begun => {}, () = deserted => {} }
    }

    /// The schedule is over, or was ended. Says when, from the start.
    fn end(&self, zero: Instant, reason: Option<&str>) -> Duration {
        let driver = self.driver;
        let over = zero.elapsed();
        self.teller.bound();
        if let Some(reason) = reason {
            driver.meter.over(zero + over);
            driver.close();
            self.teller.mark(over, "abort", &format!("ended early: {reason}"));
            return over;
        }
        // The clock may have been a moment late: all that the schedule asks for is due now.
        driver.hand_out(Instant::now());
        let lasts = self.schedule.lasts().unwrap_or(over);
        match self.profile.shape {
            // Iterations that end now belong to the rate as well: their number is what was asked for.
            Shape::Closed { end: End::Iterations(_), .. } => driver.close(),
            _ => {
                driver.meter.over(zero + lasts);
                driver.end_schedule();
            }
        }
        lasts
    }

    async fn until_idle(&self) {
        loop {
            let changed = self.driver.changed.notified();
            if self.driver.idle() {
                break;
            }
            changed.await;
        }
    }

    /// Arrivals a second that were asked for over the measured time; `None` in the closed model.
    fn asked_rate(&self, over: Duration) -> Option<f64> {
        let warm_up = self.profile.warm_up.min(over);
        let measured = (over - warm_up).as_secs_f64();
        // Arrivals from a file may be due at the very end.
        let end = over + Duration::from_nanos(1);
        let asked = self.schedule.asked_before(end) - self.schedule.asked_before(warm_up);
        let open = matches!(self.profile.shape, Shape::Open { .. });
        (open && measured > 0.0).then(|| asked as f64 / measured)
    }
}

/// Admits users and hands out arrivals, each at its time.
async fn pace(driver: Rc<Driver>, changes: Vec<(Duration, usize)>, zero: Instant) -> io::Result<()> {
    for (at, users) in changes {
        tokio::time::sleep_until((zero + at).into()).await;
        driver.admit(users);
    }
    let mut alarm = Alarm::new()?;
    while let Some(next) = driver.hand_out(Instant::now()) {
        alarm.until(next).await?;
    }
    Ok(())
}

/// The start of the schedule by both clocks: the agreed moment, which has just passed, or now. The wall clock may have
/// been set while we waited, so it is read again.
fn beginning(agreed: Option<SystemTime>) -> (Instant, SystemTime) {
    let (now, wall) = (Instant::now(), SystemTime::now());
    let passed = agreed.and_then(|moment| Some((moment, wall.duration_since(moment).ok()?)));
    match passed.and_then(|(moment, since)| Some((now.checked_sub(since)?, moment))) {
        Some(both) => both,
        None => (now, wall),
    }
}

/// Waits for the agreed moment, or for a stop, whose reason it gives.
async fn until(moment: Option<SystemTime>, stops: &mut Stops) -> Option<String> {
    let moment = moment?;
    let waiting = async {
        while let Ok(left) = moment.duration_since(SystemTime::now()) {
            if left.is_zero() {
                break;
            }
            sleep(left.min(CLOCK)).await;
        }
    };
    tokio::select! {
        () = waiting => None,
        reason = stops.stopped() => Some(reason),
    }
}

/// What the attack said when it ended although nobody had called its users off.
fn gave_up(ended: Result<Result<(), GooseError>, JoinError>) -> LoadError {
    LoadError::Attack(match ended {
        Ok(Ok(())) => "its users left".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    })
}
