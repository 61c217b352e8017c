//! Tests of the schedule: exact times, and properties of any of them.

use proptest::prelude::*;

use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn stage(from: f64, to: f64, lasts: Duration) -> RateStage {
    RateStage { from, to, lasts }
}

fn open(stages: &[RateStage]) -> Shape {
    Shape::Open { arrivals: Arrivals::Stages(stages.to_vec()), max_in_flight: 64 }
}

fn of(stages: &[RateStage]) -> Schedule {
    Schedule::new(&open(stages), Slice::WHOLE)
}

fn times(schedule: &Schedule) -> Vec<Duration> {
    (0..).map_while(|k| schedule.slot(k)).collect()
}

#[test]
fn a_constant_rate_is_exact_to_the_nanosecond() {
    let schedule = of(&[stage(1000.0, 1000.0, ms(10_000))]);
    assert_eq!(schedule.total(), Some(10_000));
    assert_eq!(times(&schedule), (0..10_000).map(ms).collect::<Vec<_>>());
    assert_eq!(schedule.slot(10_000), None);
    assert_eq!((schedule.asked_before(ms(1)), schedule.asked_before(ms(2_000))), (1, 2_000));
    assert_eq!(schedule.asked_before(Duration::MAX), 10_000);
    assert_eq!((schedule.rate_at(ms(9_999)), schedule.rate_at(ms(10_000))), (1000.0, 0.0));
    assert_eq!(schedule.lasts(), Some(ms(10_000)));
    assert_eq!((schedule.users_at(ms(5)), schedule.most_users()), (0, 0));
}

#[test]
fn days_of_a_rate_do_not_drift() {
    let schedule = of(&[stage(3000.0, 3000.0, Duration::from_secs(86_400 * 3))]);
    assert_eq!(schedule.total(), Some(3000 * 86_400 * 3));
    assert_eq!(schedule.slot(3000 * 259_199), Some(Duration::from_secs(259_199)));
    let odd = of(&[stage(1.1, 1.1, ms(10_000))]);
    assert_eq!(odd.total(), Some(11), "1.1 a second for 10 s are 11, though floats say a trifle more");
    let tenths: Vec<RateStage> = (0..100).map(|_| stage(0.1, 0.1, ms(1_000))).collect();
    assert_eq!(of(&tenths).total(), Some(10), "however floats add up");
    let fraction = of(&[stage(0.5, 0.5, ms(3_000))]);
    assert_eq!(times(&fraction), [Duration::ZERO, ms(2_000)]);
}

#[test]
fn a_ramp_is_the_inverse_of_its_integral() {
    // 0 to 100 a second in 10 s: t²·5 arrivals by t, so the k-th comes at √(k/5).
    let up = of(&[stage(0.0, 100.0, ms(10_000))]);
    assert_eq!(up.total(), Some(500));
    for (k, time) in times(&up).into_iter().enumerate() {
        assert!((time.as_secs_f64() - (k as f64 / 5.0).sqrt()).abs() < 2e-9, "{k}: {time:?}");
    }
    assert_eq!((up.rate_at(ms(2_500)), up.asked_before(ms(2_000))), (25.0, 20));
    // Down it is the mirror image.
    let down = of(&[stage(100.0, 0.0, ms(10_000))]);
    assert_eq!(down.total(), Some(500));
    let seconds = |k| down.slot(k).unwrap().as_secs_f64();
    assert!((seconds(375) - 5.0).abs() < 1e-8 && (seconds(495) - 9.0).abs() < 1e-8);
}

#[test]
fn stages_follow_each_other_and_one_without_arrivals_is_a_pause() {
    let schedule = of(&[
        stage(0.0, 0.0, ms(500)),
        stage(10.0, 10.0, ms(1_000)),
        stage(0.0, 0.0, ms(5_000)),
        stage(2.0, 2.0, ms(1_000)),
        stage(0.0, 0.0, ms(1_000)),
    ]);
    let wanted: Vec<Duration> = (5..15).map(|tenth| ms(tenth * 100)).chain([ms(6_500), ms(7_000)]).collect();
    assert_eq!(times(&schedule), wanted);
    assert_eq!(schedule.lasts(), Some(ms(8_500)));
    assert_eq!((schedule.asked_before(ms(6_500)), schedule.asked_before(ms(6_501))), (10, 11));
    assert_eq!((schedule.rate_at(ms(1_499)), schedule.rate_at(ms(1_500))), (10.0, 0.0));
}

#[test]
fn times_of_a_file_are_taken_as_they_stand() {
    let arrivals = Arrivals::Times(vec![ms(0), ms(10), ms(10), ms(900), ms(1_700)]);
    let shape = Shape::Open { arrivals, max_in_flight: 64 };
    let whole = Schedule::new(&shape, Slice::WHOLE);
    assert_eq!((whole.total(), whole.lasts()), (Some(5), Some(ms(1_700))));
    assert_eq!((whole.rate_at(ms(500)), whole.rate_at(ms(1_500)), whole.rate_at(ms(2_000))), (4.0, 1.0, 0.0));
    assert_eq!((whole.asked_before(ms(10)), whole.asked_before(ms(11))), (1, 3));
    let second = Schedule::new(&shape, Slice { index: 1, count: 2 });
    assert_eq!(times(&second), [ms(10), ms(900)]);
}

#[test]
fn users_come_evenly_go_evenly_and_are_shared_out() {
    let stages = [
        UserStage { users: 4, ramp: ms(4_000), hold: ms(1_000) },
        UserStage { users: 1, ramp: ms(3_000), hold: ms(1_000) },
        UserStage { users: 3, ramp: ms(0), hold: ms(1_000) },
    ];
    let shape = Shape::Closed { stages: stages.to_vec(), end: End::After(ms(10_000)) };
    let whole = Schedule::new(&shape, Slice::WHOLE);
    let at = |schedule: &Schedule| {
        [0, 999, 1_000, 3_000, 5_999, 6_000, 8_000, 9_000, 60_000].map(|at| schedule.users_at(ms(at)))
    };
    assert_eq!(at(&whole), [1, 1, 2, 4, 4, 3, 1, 3, 3]);
    assert_eq!((whole.most_users(), whole.total(), whole.lasts()), (4, None, Some(ms(10_000))));
    assert_eq!((whole.slot(0), whole.asked_before(ms(5)), whole.rate_at(ms(5))), (None, 0, 0.0));
    let halves = [0, 1].map(|index| at(&Schedule::new(&shape, Slice { index, count: 2 })));
    assert_eq!(halves, [[1, 1, 1, 2, 2, 2, 1, 2, 2], [0, 0, 1, 2, 2, 1, 0, 1, 1]]);
}

#[test]
fn iterations_are_shared_out_to_the_last() {
    let stages = vec![UserStage { users: 3, ramp: ms(0), hold: ms(0) }];
    let shape = Shape::Closed { stages, end: End::Iterations(11) };
    let of = |index, count| Schedule::new(&shape, Slice { index, count }).total().unwrap();
    assert_eq!((of(0, 1), of(0, 4), of(2, 4), of(3, 4)), (11, 3, 3, 2));
    assert_eq!(Schedule::new(&shape, Slice::WHOLE).lasts(), None);
}

#[test]
fn nothing_asked_for_is_nothing() {
    for schedule in [of(&[]), of(&[stage(0.0, 0.0, ms(1_000))]), of(&[stage(9.0, 9.0, ms(0))])] {
        assert_eq!((schedule.total(), schedule.slot(0), schedule.asked_before(ms(5))), (Some(0), None, 0));
    }
}

prop_compose! {
    fn any_stage()(from in 0.0_f64..400.0, to in 0.0_f64..400.0, flat in any::<bool>(), none in 0..8, lasts in 1_u64..4_000)
        -> RateStage
    {
        let to = if flat { from } else { to };
        if none == 0 { stage(0.0, 0.0, ms(lasts)) } else { stage(from, to, ms(lasts)) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arrivals_are_in_order_as_many_as_the_integral_and_each_at_its_place(
        stages in proptest::collection::vec(any_stage(), 1..8),
    ) {
        let schedule = of(&stages);
        let all = times(&schedule);
        let integral: f64 = stages.iter().map(|stage| (stage.from + stage.to) / 2.0 * stage.lasts.as_secs_f64()).sum();
        prop_assert_eq!(schedule.total(), Some(all.len() as u64));
        prop_assert!((all.len() as f64 - integral) > -1e-5 && (all.len() as f64 - integral) < 1.0, "{integral}");
        prop_assert!(all.is_sorted());
        prop_assert!(all.last().is_none_or(|last| Some(*last) <= schedule.lasts()));
        // The integral up to an arrival's time, computed anew, is its number.
        for (k, time) in all.iter().enumerate() {
            let (mut left, mut sum) = (time.as_secs_f64(), 0.0);
            for RateStage { from, to, lasts } in &stages {
                let whole = lasts.as_secs_f64();
                let t = left.min(whole);
                sum += t * (from + (from + (to - from) * t / whole)) / 2.0;
                left -= t;
            }
            prop_assert!((sum - k as f64).abs() < 1e-4, "{k} at {time:?}: {sum}");
        }
    }

    #[test]
    fn how_many_were_asked_for_agrees_with_when(
        stages in proptest::collection::vec(any_stage(), 1..5), at in 0_u64..12_000, count in 1_u32..4,
    ) {
        for index in 0..count {
            let schedule = Schedule::new(&open(&stages), Slice { index, count });
            let all = times(&schedule);
            let mut moments = vec![ms(at)];
            moments.extend(all.get(all.len() / 2).copied());
            for moment in moments {
                let before = all.iter().filter(|time| **time < moment).count() as u64;
                prop_assert_eq!(schedule.asked_before(moment), before);
            }
        }
    }

    #[test]
    fn shards_together_are_the_whole(stages in proptest::collection::vec(any_stage(), 1..5), count in 1_u32..9) {
        let whole = of(&stages);
        let shards: Vec<Schedule> =
            (0..count).map(|index| Schedule::new(&open(&stages), Slice { index, count })).collect();
        let mut all: Vec<Duration> = shards.iter().flat_map(times).collect();
        all.sort();
        prop_assert_eq!(all, times(&whole));
        let total: u64 = shards.iter().filter_map(Schedule::total).sum();
        prop_assert_eq!(Some(total), whole.total());
        let rate: f64 = shards.iter().map(|shard| shard.rate_at(ms(100))).sum();
        prop_assert!((rate - whole.rate_at(ms(100))).abs() < 1e-9);
    }
}
