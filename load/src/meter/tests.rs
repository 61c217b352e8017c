//! Tests of the meter.

use super::*;
use crate::histogram::Histogram;
use crate::profile::Think;

const MS: Duration = Duration::from_millis(1);

fn part(name: &str, steps: &[&str]) -> Part {
    let steps = steps.iter().map(|step| (*step).to_owned()).collect();
    Part { name: name.to_owned(), weight: 2, think: Think::default(), steps }
}

fn meter() -> Meter {
    Meter::new(&[part("a", &["first", "second"]), part("b", &["only"])], None, Contracts::Sample(0.1))
}

fn turn(part: usize, measured: bool) -> Turn {
    Turn { part, number: 0, intended: Instant::now(), measured }
}

/// Sent 10 ms after it should have been, its head 20 ms later, its body 5 ms after that.
fn timing(turn: &Turn, connect: Option<Duration>) -> Timing {
    let sent = turn.intended + 10 * MS;
    let head = sent + 20 * MS;
    Timing { from: turn.intended, connect, sent, head: Some(head), ended: head + 5 * MS }
}

#[test]
fn the_parts_of_a_request_are_told_apart_by_step_workflow_and_all() {
    let meter = meter();
    let (a, b) = (turn(0, true), turn(1, true));
    meter.request(&a, 1, &timing(&a, Some(3 * MS)), None, 100);
    meter.request(&a, 1, &timing(&a, None), Some("status 503"), 10);
    meter.request(&b, 0, &timing(&b, None), None, 1);
    meter.iteration(&a, a.intended + 40 * MS, Some("check: the status is 201"));
    let measured = meter.measured(Duration::from_secs(2), true);
    let all = &measured.requests;
    assert_eq!((all.count, all.failures, all.bytes, all.rate), (3, 1, 111, 1.5));
    assert_eq!(all.causes.get("status 503"), Some(&1));
    let near = |figures: Option<dryrun_record::load::Figures>, count: u64, us: u64| {
        let figures = figures.unwrap();
        assert_eq!(figures.count, count);
        assert!(figures.p50_us.abs_diff(us) <= us / 1000 + 1, "{figures:?}");
    };
    near(Some(all.time), 3, 35_000);
    near(all.connect, 1, 3_000);
    near(all.ttfb, 3, 20_000);
    near(all.body, 3, 5_000);
    assert_eq!(Histogram::decode(&all.histogram).unwrap().figures(), all.time);
    let splits = all.splits.as_ref().unwrap();
    assert_eq!(Histogram::decode(&splits.ttfb).unwrap().figures(), all.ttfb.unwrap());
    let [first, other] = measured.workflows.as_slice() else { panic!("two workflows") };
    assert_eq!(
        (first.name.as_str(), first.weight, first.steps.len()),
        ("a", 2, 1),
        "only steps that sent something"
    );
    assert_eq!((first.steps[0].name.as_str(), first.steps[0].series.count), ("second", 2));
    assert_eq!((first.iterations.count, first.iterations.failures), (1, 1));
    near(Some(first.iterations.time), 1, 40_000);
    assert_eq!((other.steps[0].series.count, other.iterations.count), (1, 0));
}

#[test]
fn the_warm_up_is_in_no_figure_and_in_the_second() {
    let meter = meter();
    let warm = turn(0, false);
    meter.request(&warm, 0, &timing(&warm, None), Some("timeout"), 7);
    meter.iteration(&warm, warm.intended + MS, None);
    let measured = meter.measured(MS, false);
    assert_eq!((measured.requests.count, measured.workflows[0].iterations.count), (0, 0));
    let mut tick = dryrun_record::load::LoadTick::default();
    meter.take_second().tell(&mut tick);
    assert_eq!((tick.ended, tick.failed, tick.bytes), (1, 1, 7));
    assert!(tick.p99_us.abs_diff(35_000) <= 36, "{tick:?}");
    meter.take_second().tell(&mut tick);
    assert_eq!((tick.ended, tick.failed, tick.bytes, tick.p99_us), (0, 0, 0, 0), "each second begins anew");
}

#[test]
fn what_ends_after_the_schedule_counts_and_makes_no_rate() {
    let meter = meter();
    let turn = turn(1, true);
    meter.request(&turn, 0, &timing(&turn, None), None, 0);
    meter.over(turn.intended + 40 * MS);
    let after = Turn { intended: turn.intended + 10 * MS, ..turn };
    meter.request(&after, 0, &Timing { from: turn.intended, ..timing(&after, None) }, None, 0);
    let all = meter.measured(Duration::from_secs(1), false).requests;
    assert_eq!((all.count, all.rate, all.splits), (2, 1.0, None));
    meter.standing(
        Duration::from_secs(1),
        |name| name == "b",
        |standing, _| {
            let requests = &standing.requests;
            assert_eq!((requests.time.max_us, requests.time.mean_us), (all.time.max_us, all.time.mean_us));
            assert_eq!((requests.count, requests.rate), (2, 1.0));
            let step = &standing.workflows[1].steps[0];
            assert_eq!((step.series.count, step.series.time.max_us), (2, 0), "nobody asked for it");
        },
    );
}

#[test]
fn what_the_warm_up_left_over_makes_the_rate_and_no_other_figure() {
    let meter = meter();
    let (warm, measured) = (turn(0, false), turn(0, true));
    meter.from(warm.intended + 20 * MS);
    meter.request(&warm, 0, &Timing { ended: warm.intended + 19 * MS, ..timing(&warm, None) }, None, 0);
    meter.request(&warm, 0, &timing(&warm, None), None, 0);
    meter.iteration(&warm, warm.intended + 35 * MS, None);
    meter.request(&measured, 0, &timing(&measured, None), None, 0);
    let found = meter.measured(Duration::from_secs(1), false);
    assert_eq!((found.requests.count, found.requests.rate), (1, 2.0), "one ended before");
    let workflow = &found.workflows[0];
    assert_eq!((workflow.iterations.count, workflow.iterations.rate), (0, 1.0));
    assert_eq!((workflow.steps[0].series.count, workflow.steps[0].series.rate), (1, 2.0));
}

#[test]
fn a_wait_belongs_to_its_step_and_is_no_request() {
    let meter = meter();
    let turn = turn(0, true);
    meter.waited(&turn, 1, &timing(&turn, None), Some("check"));
    let found = meter.measured(Duration::from_secs(1), false);
    assert_eq!((found.requests.count, found.requests.rate, meter.requests()), (0, 0.0, 0));
    let step = &found.workflows[0].steps[0].series;
    assert_eq!((step.count, step.failures, step.rate), (1, 1, 1.0));
}

#[test]
fn times_are_told_by_scope_with_those_that_failed() {
    let meter = meter();
    for (part, step, cause) in [(0, 0, None), (0, 1, Some("timeout")), (1, 0, None), (1, 0, Some("timeout"))]
    {
        let turn = turn(part, true);
        meter.request(&turn, step, &timing(&turn, None), cause, 0);
        meter.iteration(&turn, turn.intended + 50 * MS, cause);
    }
    let counts = |scope: Scope| {
        meter.standing(
            MS,
            |_| true,
            |_, look| {
                let times = look.times(&scope);
                (times.ended_within(u64::MAX), times.within(u64::MAX))
            },
        )
    };
    assert_eq!(counts(Scope::Requests), (4, 2));
    assert_eq!(counts(Scope::Workflow("a".to_owned())), (2, 1));
    assert_eq!(counts(Scope::Step("only".to_owned())), (2, 1));
    assert_eq!(counts(Scope::Step("second".to_owned())), (1, 0));
    assert_eq!(counts(Scope::Step("nobody".to_owned())), (0, 0));
}

#[test]
fn contract_checks_and_their_cost_are_counted() {
    let meter = meter();
    meter.checked(Duration::from_micros(10), 0);
    meter.checked(Duration::from_micros(20), 3);
    meter.unchecked();
    let contracts = meter.measured(MS, false).contracts;
    assert_eq!((contracts.mode.as_str(), contracts.checked, contracts.unchecked), ("sample 10%", 2, 1));
    assert_eq!((contracts.breaches, contracts.cost_us), (3, 15.0));
    let off = Meter::new(&[], None, Contracts::Off).measured(MS, false).contracts;
    assert_eq!((off.mode.as_str(), off.cost_us), ("off", 0.0));
}

#[test]
fn a_step_nobody_announced_is_not_lost() {
    let meter = meter();
    let turn = turn(1, true);
    meter.request(&turn, 2, &timing(&turn, None), None, 0);
    let steps = meter.measured(MS, false).workflows.swap_remove(1).steps;
    assert_eq!((steps.len(), steps[0].name.as_str(), steps[0].series.count), (1, "step 3", 1));
}
