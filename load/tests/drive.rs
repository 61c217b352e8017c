//! What a run does and accounts for: users, weights, stops, shards, and crews that misbehave.
#![allow(clippy::print_stdout, reason = "what was measured is worth reading")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use common::{MS, Server, Setting, Way, closed, open, part, profile, ticks};
use dryrun_load::profile::{End, Metric, Profile, Scope, Shape, Think, Threshold, UserStage};
use dryrun_load::{Gauges, LoadError, Slice};
use dryrun_record::Event;
use dryrun_record::load::{LoadTick, LoadVerdict};

fn set(setting: &mut Setting, change: impl FnOnce(&mut Profile)) {
    change(Arc::get_mut(&mut setting.plan.profile).unwrap());
}

#[tokio::test]
async fn closed_users_make_exactly_the_iterations_and_weights_that_were_asked_for() {
    let server = Server::start();
    let mut setting = Setting::new(profile(closed(7, End::Iterations(600))), Way::Send(server.address));
    setting.plan.parts = vec![part("often", 2), part("seldom", 1)];
    let (result, seen, events) = setting.run().await;
    let account = &result.account;
    assert_eq!((account.asked, account.ended, account.users, account.peak_in_flight), (600, 600, 7, 7));
    let by_part: Vec<_> = result.workflows.iter().map(|w| (w.name.as_str(), w.iterations.count)).collect();
    assert_eq!(by_part, [("often", 400), ("seldom", 200)]);
    assert_eq!(
        (result.requests.count, result.requests.bytes, result.verdict),
        (600, 1_200, LoadVerdict::Passed)
    );
    let [connect, ttfb, body] =
        [result.requests.connect, result.requests.ttfb, result.requests.body].map(Option::unwrap);
    assert_eq!((connect.count, ttfb.count, body.count), (7, 600, 600), "connections are kept");
    assert!(result.requests.rate > 0.0 && result.requests.splits.is_none());
    assert_eq!(result.sends.claimed, 7, "the crew said so at the end");
    let numbers: BTreeSet<u64> = seen.lock().unwrap().turns.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (0..600).collect());
    let Event::LoadStarted(started) = &events[0] else { panic!("the head comes first") };
    assert_eq!((started.model.as_str(), started.planned_s), ("closed", None));
    assert_eq!(started.shape, "7 users for 600 iterations");
}

#[tokio::test]
async fn closed_users_come_and_go_by_stages_and_think() {
    let stage = |users, ramp: u32, hold: u32| UserStage { users, ramp: MS * ramp, hold: MS * hold };
    let stages = vec![stage(8, 800, 700), stage(2, 0, 0)];
    let shape = Shape::Closed { stages, end: End::After(MS * 3_200) };
    let mut setting = Setting::new(profile(shape), Way::Take(5 * MS));
    setting.plan.parts[0].think = Think { least: 40 * MS, most: 60 * MS };
    let (result, _, events) = setting.run().await;
    let users: Vec<u64> = ticks(&events).iter().take(3).map(|tick| tick.users).collect();
    assert_eq!(users, [8, 2, 2], "at the end of each second");
    assert!(events.iter().any(|event| matches!(event, Event::LoadMark(mark) if mark.kind == "stage")));
    let account = &result.account;
    // No iteration is shorter than 45 ms: 8 users make at most 267 in 1.5 s and 2 users 76 in 1.7 s. Without thinking it
    // would be 3,000.
    assert!((10..=350).contains(&account.sent), "{account:?}");
    assert_eq!((account.users, account.peak_in_flight <= 8, account.abandoned), (8, true, 0));
}

#[tokio::test]
async fn the_warm_up_is_accounted_for_and_in_no_figure() {
    let mut setting = Setting::new(profile(open(200.0, MS * 1_500, 50)), Way::Nothing);
    set(&mut setting, |profile| profile.warm_up = MS * 500);
    let (result, ..) = setting.run().await;
    let account = &result.account;
    assert_eq!((account.asked, account.ended, account.warm_up), (300, 300, 100));
    assert_eq!((result.requests.count, result.measured_us), (200, 1_000_000));
    assert!((account.asked_rate - 200.0).abs() < 1e-9, "{account:?}");
    assert!(account.achieved_rate < 300.0 && account.achieved_rate > 0.0, "{account:?}");
}

#[tokio::test]
async fn an_arrival_at_a_seconds_first_moment_belongs_to_that_second() {
    let (result, _, events) = Setting::new(profile(open(500.0, MS * 2_000, 50)), Way::Nothing).run().await;
    let seconds: Vec<(u64, u64)> = ticks(&events).iter().map(|tick| (tick.asked, tick.begun)).collect();
    assert_eq!(seconds.iter().map(|(asked, _)| asked).copied().collect::<Vec<_>>()[..2], [500, 500]);
    assert!(seconds[0].1 <= 500, "one that is due at 1.000 s does not begin before: {seconds:?}");
    assert_eq!(seconds.iter().map(|(_, begun)| begun).sum::<u64>(), result.account.sent);
}

#[tokio::test]
async fn arrivals_at_the_very_end_are_asked_for_as_they_are_met() {
    let times = [0, 250, 500, 1_000, 1_000, 1_000].map(|ms| MS * ms).to_vec();
    let arrivals = dryrun_load::profile::Arrivals::Times(times);
    let setting = Setting::new(profile(Shape::Open { arrivals, max_in_flight: 20 }), Way::Nothing);
    let (result, _, events) = setting.run().await;
    let account = &result.account;
    assert_eq!((account.asked, account.ended), (6, 6));
    assert!((account.asked_rate - 6.0).abs() < 1e-9, "all six, over the second: {account:?}");
    assert!(account.achieved_rate <= account.asked_rate + 1e-9, "{account:?}");
    assert_eq!(ticks(&events).iter().map(|tick| tick.asked).sum::<u64>(), 6);
}

/// Four users who take 20 ms each make at most 200 a second; 400 are asked for, and the warm-up leaves a backlog.
#[tokio::test]
async fn what_the_warm_up_left_over_makes_the_rates() {
    let mut setting = Setting::new(profile(open(400.0, MS * 2_000, 4)), Way::Take(20 * MS));
    set(&mut setting, |profile| {
        (profile.warm_up, profile.grace) = (MS * 1_000, MS * 100);
    });
    let (result, ..) = setting.run().await;
    let (rate, began) = (result.requests.rate, result.account.achieved_rate);
    // Half of what begins in the measured second was due in the warm-up: without it both were below 10.
    assert!((20.0..=220.0).contains(&rate) && (20.0..=220.0).contains(&began), "{rate} {began}");
    assert!(rate > result.requests.count as f64 * 2.0, "{rate} of {}", result.requests.count);
}

#[tokio::test]
async fn what_never_ends_is_cut_off_and_what_never_begins_is_dropped() {
    let mut setting = Setting::new(profile(open(100.0, MS * 300, 4)), Way::Never);
    set(&mut setting, |profile| profile.grace = 100 * MS);
    let (result, ..) = setting.run().await;
    let account = &result.account;
    assert_eq!((account.asked, account.sent, account.abandoned, account.dropped), (30, 4, 4, 26));
    assert_eq!((account.ended, result.requests.count), (0, 0));
    let said = result.warnings.join("|");
    assert!(
        said.contains("26 of 30 arrivals never began") && said.contains("4 workflows were cut off"),
        "{said}"
    );
    assert_ne!(result.verdict, LoadVerdict::Passed);
}

#[tokio::test]
async fn a_stop_ends_the_run_in_order_and_it_is_not_passed() {
    let setting = Setting::new(profile(open(500.0, Duration::from_secs(600), 50)), Way::Nothing);
    let (stop, events) = (setting.stop.clone(), Arc::clone(&setting.events));
    tokio::spawn(async move {
        // The head, and the first second.
        while events.lock().unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
        stop.send_replace(Some("the tester had seen enough".to_owned()));
    });
    let (result, _, events) = setting.run().await;
    let account = &result.account;
    assert!(account.ended > 50 && account.asked < 50_000, "{account:?}");
    assert_eq!(result.stopped.as_deref(), Some("the tester had seen enough"));
    assert_eq!(result.verdict, LoadVerdict::Inconclusive);
    assert!(result.measured_us < 60_000_000 && result.reasons[0].contains("the tester had seen enough"));
    let mark = events.iter().find_map(|event| match event {
        Event::LoadMark(mark) => Some((mark.kind.as_str(), mark.text.as_str())),
        _ => None,
    });
    assert_eq!(mark, Some(("abort", "ended early: the tester had seen enough")));
}

#[tokio::test]
async fn shards_together_play_what_one_process_would() {
    let played = async |slice| {
        let mut setting = Setting::new(profile(open(400.0, MS * 500, 60)), Way::Nothing);
        setting.plan.slice = slice;
        setting.plan.judge = false;
        setting.plan.seed = 99;
        setting.plan.parts = vec![part("a", 3), part("b", 1), part("c", 2)];
        let (result, seen, _) = setting.run().await;
        assert_eq!(result.verdict, LoadVerdict::Inconclusive, "a shard is judged by nobody but the merge");
        assert_eq!(result.requests.count, result.account.ended);
        let turns: BTreeSet<(u64, usize)> = seen.lock().unwrap().turns.iter().copied().collect();
        (turns, result.account.users)
    };
    let (whole, users) = played(Slice::WHOLE).await;
    let mut together = BTreeSet::new();
    let mut shard_users = 0;
    for index in 0..3 {
        let (turns, users) = played(Slice { index, count: 3 }).await;
        assert!(turns.iter().all(|(number, _)| number % 3 == u64::from(index)));
        together.extend(turns);
        shard_users += users;
    }
    assert_eq!((whole.len(), users, shard_users), (200, 60, 60));
    assert_eq!(together, whole);
}

#[tokio::test]
async fn a_crew_that_panics_is_accounted_for() {
    let setting = Setting::new(profile(open(200.0, MS * 300, 30)), Way::Panic(10));
    let (result, ..) = setting.run().await;
    let account = &result.account;
    assert_eq!((account.asked, account.sent, account.ended, account.abandoned), (60, 60, 54, 6));
}

#[tokio::test]
async fn thresholds_stand_in_every_tick_and_are_judged_at_the_end() {
    let mut setting = Setting::new(profile(open(50.0, MS * 2_500, 30)), Way::Take(20 * MS));
    let threshold = |metric, limit| Threshold { scope: Scope::Requests, metric, limit };
    set(&mut setting, |profile| {
        profile.thresholds = vec![threshold(Metric::Quantile(0.95), 10_000.0), threshold(Metric::Max, 1.0)];
    });
    let (result, _, events) = setting.run().await;
    let held: Vec<bool> = result.thresholds.iter().map(|threshold| threshold.held).collect();
    assert_eq!((held, result.verdict), (vec![true, false], LoadVerdict::ThresholdMissed));
    let tick = &ticks(&events)[1];
    assert_eq!(tick.standing.len(), 2);
    assert!(tick.standing[0].held && !tick.standing[0].lost, "{tick:?}");
    assert!(!tick.standing[1].held && tick.standing[1].lost, "{tick:?}");
    assert!(tick.ended > 0 && tick.p50_us >= 20_000, "{tick:?}");
}

#[tokio::test]
async fn ticks_tell_each_second_of_the_schedule_once_and_leave_nothing_out() {
    let setting = Setting::new(profile(open(50.0, MS * 2_000, 30)), Way::Nothing);
    let (result, _, events) = setting.run().await;
    let ticks = ticks(&events);
    let seconds: Vec<u64> = ticks.iter().map(|tick| tick.second).collect();
    // A third one only for what ended after the schedule.
    assert!(seconds == [1, 2] || (seconds == [1, 2, 3] && ticks[2].ended > 0), "{ticks:?}");
    let sum = |of: fn(&LoadTick) -> u64| ticks.iter().map(of).sum::<u64>();
    assert_eq!((sum(|tick| tick.begun), sum(|tick| tick.ended)), (100, result.requests.count));
}

#[tokio::test]
async fn what_mocks_service_and_harness_used_is_told() {
    let mut setting = Setting::new(profile(open(100.0, MS * 1_500, 30)), Way::Nothing);
    let mut cpu = 0;
    setting.plan.gauges = Box::new(move || {
        cpu += 50_000;
        Gauges {
            mocks_cpu_us: Some(cpu),
            mocks_p99_us: Some(300),
            service_memory_kib: Some(4_096),
            ..Gauges::default()
        }
    });
    let (result, _, events) = setting.run().await;
    let resources = &result.resources;
    assert_eq!((resources.mocks_p99_us, resources.service_memory_kib), (Some(300), Some(4_096)));
    assert!(
        resources.mocks_cpu.is_some_and(|cpu| cpu > 0.0) && resources.service_cpu.is_none(),
        "{resources:?}"
    );
    assert!(ticks(&events)[0].mocks_cpu.is_some());
    if cfg!(target_os = "linux") {
        assert!(
            resources.own_cpu.is_some_and(|cpu| cpu > 0.0) && resources.own_memory_kib.is_some(),
            "{resources:?}"
        );
        assert!(
            resources.own_cpu_per_request_us.is_some_and(|cost| cost > 0.0) && resources.host_cpu.is_some()
        );
    }
}

#[tokio::test]
async fn more_connections_than_the_system_allows_are_refused_before_anything_is_sent() {
    let setting = Setting::new(profile(open(1.0, MS * 10, usize::MAX / 8)), Way::Nothing);
    let seen = Arc::clone(&setting.seen);
    if let Err(error) = dryrun_load::run(setting.plan).await {
        assert!(matches!(error, LoadError::Files { .. }), "{error}");
        assert!(error.to_string().contains("max_in_flight"), "{error}");
        assert!(seen.lock().unwrap().turns.is_empty());
    } else {
        panic!("no system allows so many");
    }
}

#[tokio::test]
async fn nobody_to_play_and_nothing_to_play_are_errors() {
    let mut setting = Setting::new(profile(closed(2, End::Iterations(5))), Way::Nothing);
    setting.plan.slice = Slice { index: 2, count: 3 };
    let error = dryrun_load::run(setting.plan).await.unwrap_err().to_string();
    assert_eq!(error, "shard 2 of 3 has no user: make as many shards as there are users, or fewer");
    let mut setting = Setting::new(profile(closed(2, End::Iterations(5))), Way::Nothing);
    setting.plan.parts.clear();
    let error = dryrun_load::run(setting.plan).await.unwrap_err().to_string();
    assert_eq!(error, "profile \"test\" plays no workflow");
}

#[tokio::test]
async fn one_run_waits_for_the_other_and_a_run_nobody_waits_for_ends() {
    let given_up = Setting::new(profile(open(50.0, Duration::from_secs(600), 5)), Way::Nothing);
    let started = Arc::clone(&given_up.events);
    let task = tokio::spawn(dryrun_load::run(given_up.plan));
    while started.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    task.abort();
    let (result, ..) = Setting::new(profile(open(50.0, MS * 100, 5)), Way::Nothing).run().await;
    assert_eq!(result.account.ended, 5);
}

/// A million iterations: what is measured is folded, never kept. A crew that keeps 16 bytes of each is found out.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_does_not_grow_with_the_number_of_requests() {
    let grown = async |keeps| {
        let mut setting = Setting::new(profile(closed(20, End::Iterations(1_000_000))), Way::Nothing);
        let memory = Arc::default();
        setting.plan.muster = lean::muster(keeps, Arc::clone(&memory));
        let (result, ..) = setting.run().await;
        assert_eq!((result.account.ended, result.requests.count), (1_000_000, 1_000_000));
        let memory = memory.lock().unwrap().clone();
        println!("keeps {keeps}: {memory:?} KiB, {:?}", result.resources);
        memory[9].saturating_sub(memory[1])
    };
    assert!(grown(false).await < 1_024, "KiB");
    assert!(grown(true).await > 8_192, "the test would see it");
}

#[cfg(target_os = "linux")]
mod lean {
    //! A crew that does nothing, and looks at the process's memory at every tenth of the way.

    use std::cell::RefCell;
    use std::rc::Rc;
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    use dryrun_load::{Crew, Meter, Muster, Timing, Turn};
    use dryrun_record::load::Sends;
    use futures::future::{FutureExt, LocalBoxFuture, ready};

    struct Lean {
        keeps: bool,
        kept: RefCell<Vec<(u64, u64)>>,
        memory: Arc<Mutex<Vec<u64>>>,
    }

    impl Crew for Lean {
        fn play(self: Rc<Self>, turn: Turn, meter: Meter) -> LocalBoxFuture<'static, ()> {
            let now = Instant::now();
            let timing =
                Timing { from: turn.intended, connect: None, sent: now, head: Some(now), ended: now };
            meter.request(&turn, 0, &timing, None, 10);
            meter.iteration(&turn, now, None);
            if self.keeps {
                self.kept.borrow_mut().push((turn.number, turn.number));
            }
            if turn.number.is_multiple_of(100_000) {
                self.memory.lock().unwrap().push(resident_kib());
            }
            ready(()).boxed_local()
        }

        fn finish(self: Rc<Self>, _: Meter) -> LocalBoxFuture<'static, Sends> {
            ready(Sends::default()).boxed_local()
        }
    }

    fn resident_kib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    pub(crate) fn muster(keeps: bool, memory: Arc<Mutex<Vec<u64>>>) -> Muster {
        Box::new(move || Ok(Rc::new(Lean { keeps, kept: RefCell::default(), memory }) as Rc<dyn Crew>))
    }
}
