//! Tests of a profile's length, peak and words, and of the same profile with another length or rate.

use super::*;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn stage(from: f64, to: f64, seconds: u64) -> RateStage {
    RateStage { from, to, lasts: secs(seconds) }
}

fn open(arrivals: Arrivals) -> Profile {
    Profile::new("p", Shape::Open { arrivals, max_in_flight: 64 })
}

fn stages(stages: &[RateStage]) -> Profile {
    open(Arrivals::Stages(stages.to_vec()))
}

fn closed(stages: &[(usize, u64, u64)], end: End) -> Profile {
    let stages = stages.iter().map(|(users, ramp, hold)| UserStage {
        users: *users,
        ramp: secs(*ramp),
        hold: secs(*hold),
    });
    Profile::new("p", Shape::Closed { stages: stages.collect(), end })
}

#[test]
fn shapes_are_told_in_words_with_their_length() {
    let many = [
        stage(10.0, 10.0, 30),
        stage(20.0, 20.0, 30),
        stage(30.0, 30.0, 30),
        stage(5.0, 90.0, 30),
        stage(1.0, 1.0, 5),
    ];
    let times = Arrivals::Times(vec![secs(0), secs(1), Duration::from_millis(1_500)]);
    for (profile, words, planned) in [
        (Profile::new("p", Shape::rate(50.0, secs(120))), "50 arrivals a second for 2 min", Some(120)),
        (Profile::new("p", Shape::rate(1.0, secs(1))), "1 arrival a second for 1 s", Some(1)),
        (stages(&[stage(0.0, 100.0 / 3.0, 2)]), "0 to 33.33 arrivals a second over 2 s", Some(2)),
        (Profile::new("p", Shape::rate(0.5, secs(90))), "0.5 arrivals a second for 1 min 30 s", Some(90)),
        (
            stages(&[stage(0.0, 100.0, 60), stage(100.0, 100.0, 300)]),
            "0 to 100 arrivals a second over 1 min, then 100 for 5 min",
            Some(360),
        ),
        (stages(&many), "1 to 90 arrivals a second in 5 stages, 2 min 5 s in all", Some(125)),
        (open(times), "3 arrivals within 1.5 s, from a file", None),
        (Profile::new("p", Shape::users(20, secs(60))), "20 users for 1 min", Some(60)),
        (
            closed(&[(20, 10, 50)], End::After(secs(60))),
            "20 users, all there after 10 s, for 1 min",
            Some(60),
        ),
        (closed(&[(1, 0, 0)], End::Iterations(100)), "1 user for 100 iterations", None),
        (
            closed(&[(5, 0, 9), (20, 1, 50)], End::After(secs(60))),
            "5 users, then 20 users, for 1 min in all",
            Some(60),
        ),
        (closed(&[(2, 0, 1); 5], End::After(secs(5))), "up to 2 users in 5 stages, for 5 s", Some(5)),
    ] {
        assert_eq!(profile.shape_words(), words);
        if let Some(planned) = planned {
            assert_eq!(profile.planned(), Some(secs(planned)), "{words}");
        }
    }
    assert_eq!(closed(&[(1, 0, 0)], End::Iterations(1)).planned(), None);
}

#[test]
fn another_length_keeps_the_proportions() {
    let mut spike = stages(&[stage(10.0, 10.0, 30), stage(200.0, 200.0, 10), stage(10.0, 10.0, 20)]);
    spike.warm_up = secs(10);
    let short = spike.with_duration(secs(6));
    let wanted = Arrivals::Stages(vec![stage(10.0, 10.0, 3), stage(200.0, 200.0, 1), stage(10.0, 10.0, 2)]);
    assert_eq!(short.shape, Shape::Open { arrivals: wanted, max_in_flight: 64 });
    assert_eq!(short.warm_up, secs(1), "the warm-up keeps its share");
    let thirds = stages(&[stage(1.0, 1.0, 1), stage(1.0, 1.0, 1), stage(1.0, 1.0, 1)]);
    assert_eq!(thirds.with_duration(secs(10)).planned(), Some(secs(10)), "exactly");
    let users = closed(&[(5, 5, 15), (9, 10, 10)], End::Iterations(7)).with_duration(secs(400));
    assert_eq!(users, closed(&[(5, 50, 150), (9, 100, 100)], End::After(secs(400))));
    let mut times = open(Arrivals::Times([0, 3, 5, 8].map(secs).to_vec()));
    assert_eq!(times.clone().with_duration(secs(5)), open(Arrivals::Times([0, 3].map(secs).to_vec())));
    times.warm_up = secs(7);
    assert_eq!(times.with_duration(secs(4)).warm_up, secs(2), "half of it is measured at least");
    let mut longer = stages(&[stage(1.0, 1.0, 10)]);
    longer.warm_up = secs(3);
    assert_eq!(longer.with_duration(secs(100)).warm_up, secs(3), "a longer load warms up no longer");
}

#[test]
fn another_rate_is_constant_for_as_long_as_it_was() {
    let rated = |profile: Profile, rate| {
        let profile = profile.with_rate(rate);
        let Shape::Open { arrivals: Arrivals::Stages(stages), max_in_flight } = profile.shape else {
            panic!()
        };
        (stages, max_in_flight)
    };
    let ramp = stages(&[stage(0.0, 9.0, 60), stage(9.0, 9.0, 30)]);
    assert_eq!(rated(ramp.clone(), 20.0), (vec![stage(20.0, 20.0, 90)], 64));
    assert_eq!(rated(ramp, 500.0), (vec![stage(500.0, 500.0, 90)], 1_000));
    let wide = Profile::new(
        "p",
        Shape::Open { arrivals: Arrivals::Stages(vec![stage(1.0, 1.0, 5)]), max_in_flight: 900 },
    );
    assert_eq!(rated(wide, 20.0).1, 900, "as many as the profile lets be under way");
    assert_eq!(rated(closed(&[(1, 0, 0)], End::Iterations(9)), 2.0).0, [stage(2.0, 2.0, 60)]);
    let mut thoughtful = closed(&[(1, 0, 0)], End::After(secs(5)));
    thoughtful.workflows.push(super::super::Workflow {
        name: "w".to_owned(),
        weight: 1,
        think: super::super::Think { least: secs(1), most: secs(2) },
        data: None,
        plays: super::super::Plays::Scenarios(super::super::Selector::default()),
    });
    let thoughtless = thoughtful.with_rate(3.0);
    assert_eq!(thoughtless.workflows[0].think, super::super::Think::default(), "arrivals do not think");
}

#[test]
fn the_peak_of_times_is_that_of_any_second() {
    let ms = |ms| Duration::from_millis(ms);
    let times = Arrivals::Times([0, 900, 1_000, 1_100, 1_850, 1_900, 5_000].map(ms).to_vec());
    assert_eq!((times.peak(), times.lasts()), (4.0, ms(5_000)));
    assert_eq!(Arrivals::Times(Vec::new()).peak(), 0.0);
    assert_eq!(Arrivals::Stages(vec![stage(3.0, 9.0, 1), stage(5.0, 1.0, 1)]).peak(), 9.0);
}
