//! What load runs are made of.

use std::collections::BTreeMap;

use dryrun_record::load::{
    Account, Apdex, ContractsChecked, Figures, LoadMark, LoadResult, LoadStarted, LoadTick, LoadVerdict,
    Resources, Sends, Series, StepResult, ThresholdResult, WorkflowResult,
};
use dryrun_record::{Event, RunKind};

use crate::common::builders::{Story, run};
use crate::common::histogram;

/// A number between 0 and 1 that looks made up by chance and is always the same.
fn chance(seed: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d;
    for _ in 0..3 {
        x ^= x >> 31;
        x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (x >> 11) as f64 / (1_u64 << 53) as f64
}

/// A run of a load begins: `dryrun load NAME`.
pub(crate) fn begin() -> Story {
    let mut story = Story::default();
    let mut head = run(0);
    head.kind = RunKind::Load;
    head.command = ["load", "mixed", "--seed", "42"].map(String::from).into();
    head.profile = None;
    story.add(0, Event::RunStarted(Box::new(head)));
    story
}

pub(crate) fn started(load: &str, seconds: u64, rate: u64, warm_up: u64) -> LoadStarted {
    LoadStarted {
        load: load.into(),
        description: "What a working day looks like: mostly reading, some sending.".into(),
        model: "open".into(),
        shape: format!("{rate} arrivals a second for {seconds} s"),
        planned_s: Some(seconds as f64),
        warm_up_s: warm_up as f64,
        thresholds: vec!["all requests: 95% within 500 ms".into()],
        ..LoadStarted::default()
    }
}

/// One second; `slow` is how many times slower than usual.
fn tick(load: &str, second: u64, rate: u64, slow: f64, warm_up: bool) -> LoadTick {
    let wobble = |of: u64| 0.9 + 0.2 * chance(second * 16 + of);
    let time = |us: f64, of: u64| (us * slow * wobble(of)) as u64;
    let p50 = time(2_400.0, 1);
    let p90 = p50 + time(2_900.0, 2);
    let p95 = p90 + time(2_100.0, 3);
    let p99 = p95 + time(9_000.0, 4);
    let ended = (rate as f64 * 1.6 * wobble(6)) as u64;
    LoadTick {
        load: load.into(),
        second,
        warm_up,
        asked: rate,
        begun: rate,
        ended,
        failed: if slow > 4.0 { ended / 40 } else { 0 },
        dropped: 0,
        late: if slow > 4.0 { rate / 5 } else { 0 },
        in_flight: (rate as f64 * p50 as f64 / 1e6 * wobble(7)).ceil() as u64,
        users: (rate as f64 * p50 as f64 / 1e6).ceil() as u64 + 2,
        min_us: time(700.0, 8),
        p50_us: p50,
        p90_us: p90,
        p95_us: p95,
        p99_us: p99,
        max_us: p99 + time(31_000.0, 5),
        bytes: ended * 812,
        own_cpu: Some(0.11 * wobble(9)),
        mocks_cpu: Some(0.24 * wobble(10)),
        service_cpu: Some(0.71 * wobble(11) * slow.sqrt()),
        service_memory_kib: Some(88_000 + second * 14),
        own_memory_kib: Some(41_000 + (chance(second) * 300.0) as u64),
        host_cpu: Some(0.38 * wobble(12) * slow.sqrt().min(2.0)),
        host_memory_kib: Some(3_900_000 + (chance(second * 3) * 60_000.0) as u64),
        ..LoadTick::default()
    }
}

/// Figures and histogram of `count` times around `middle` microseconds, of which `failures` failed.
pub(crate) fn series(count: u64, middle: f64, failures: &[(&str, u64)], seconds: f64) -> Series {
    let mut values: Vec<u64> = (0..count.min(3_000))
        .map(|index| {
            let (a, b) = (chance(index * 2 + 1), chance(index * 2 + 2));
            let normal = (-2.0 * a.max(1e-12).ln()).sqrt() * (std::f64::consts::TAU * b).cos();
            let tail = if chance(index + 77) > 0.985 { 9.0 } else { 1.0 };
            (middle * tail * (normal * 0.45).exp()).max(1.0) as u64
        })
        .collect();
    values.sort_unstable();
    let at = |quantile: f64| {
        let index = (values.len() as f64 * quantile).ceil() as usize;
        values.get(index.saturating_sub(1)).copied().unwrap_or_default()
    };
    let mean_us = values.iter().sum::<u64>() as f64 / values.len().max(1) as f64;
    let time = Figures {
        count,
        min_us: values.first().copied().unwrap_or_default(),
        mean_us,
        p50_us: at(0.5),
        p90_us: at(0.9),
        p95_us: at(0.95),
        p99_us: at(0.99),
        p999_us: at(0.999),
        max_us: values.last().copied().unwrap_or_default(),
    };
    let part = |share: f64, count: u64| {
        let of = |us: u64| (us as f64 * share) as u64;
        Some(Figures {
            count,
            min_us: of(time.min_us),
            mean_us: mean_us * share,
            p50_us: of(time.p50_us),
            p90_us: of(time.p90_us),
            p95_us: of(time.p95_us),
            p99_us: of(time.p99_us),
            p999_us: of(time.p999_us),
            max_us: of(time.max_us),
        })
    };
    let satisfied = count - count / 12;
    Series {
        count,
        failures: failures.iter().map(|one| one.1).sum(),
        causes: failures.iter().map(|(cause, many)| ((*cause).to_owned(), *many)).collect::<BTreeMap<_, _>>(),
        rate: count as f64 / seconds,
        time,
        histogram: histogram::encoded(&values),
        apdex: Some(Apdex { limit_us: 500_000, satisfied, tolerating: count / 24, score: 0.94 }),
        connect: part(0.1, count.min(64)),
        ttfb: part(0.8, count),
        body: part(0.1, count),
        bytes: count * 812,
        ..Series::default()
    }
}

pub(crate) fn result(load: &str, rate: f64, seconds: f64, workflows: Vec<WorkflowResult>) -> LoadResult {
    let asked = (rate * seconds) as u64;
    let ended: u64 = workflows.iter().map(|one| one.iterations.count).sum();
    let requests = workflows.iter().flat_map(|one| &one.steps).map(|step| step.series.count).sum();
    LoadResult {
        load: load.into(),
        started_unix_us: 1_769_248_800_000_000,
        measured_us: (seconds * 1e6) as u64,
        account: Account {
            asked,
            sent: asked,
            ended: asked,
            warm_up: asked.saturating_sub(ended),
            late_after_us: 10_000,
            asked_rate: rate,
            achieved_rate: rate * 0.9998,
            peak_in_flight: 61,
            users: 1_000,
            ..Account::default()
        },
        requests: series(requests, 2_600.0, &[], seconds),
        workflows,
        sends: Sends { claimed: asked, received: asked, ..Sends::default() },
        contracts: ContractsChecked {
            mode: "full".into(),
            checked: requests,
            cost_us: 3.1,
            ..ContractsChecked::default()
        },
        resources: Resources {
            own_cpu: Some(0.11),
            own_cpu_per_request_us: Some(9.4),
            mocks_cpu: Some(0.24),
            mocks_p99_us: Some(410),
            service_cpu: Some(0.71),
            service_memory_kib: Some(91_300),
            own_memory_kib: Some(41_300),
            host_cpu: Some(0.38),
            cores: 4,
            service_gone_s: None,
        },
        verdict: LoadVerdict::Passed,
        ..LoadResult::default()
    }
}

pub(crate) fn workflow(
    name: &str,
    weight: u64,
    count: u64,
    seconds: f64,
    steps: &[(&str, f64)],
) -> WorkflowResult {
    let middle = steps.iter().map(|one| one.1).sum();
    let mut iterations = series(count, middle, &[], seconds);
    (iterations.connect, iterations.ttfb, iterations.body) = (None, None, None);
    let steps = steps
        .iter()
        .map(|(name, middle)| StepResult {
            name: (*name).into(),
            series: series(count, *middle, &[], seconds),
        })
        .collect();
    WorkflowResult { name: name.into(), weight, iterations, steps }
}

pub(crate) fn two_workflows(rate: u64, seconds: u64) -> Vec<WorkflowResult> {
    let all = rate * seconds;
    vec![
        workflow(
            "A newsletter reaches email and web",
            3,
            all * 3 / 5,
            seconds as f64,
            &[("I POST to \"/api/v2/generate-content\" with:", 3_100.0), ("GET /api/v2/templates", 900.0)],
        ),
        workflow("Templates are listed", 2, all * 2 / 5, seconds as f64, &[("GET /api/v2/templates", 900.0)]),
    ]
}

pub(crate) fn threshold(
    text: &str,
    metric: &str,
    limit: f64,
    found: Option<f64>,
    held: bool,
) -> ThresholdResult {
    ThresholdResult {
        text: text.into(),
        scope: "requests".into(),
        metric: metric.into(),
        limit,
        found,
        held,
        beyond: None,
    }
}

pub(crate) fn add_ticks(story: &mut Story, started: &LoadStarted, rate: u64, slow: impl Fn(u64) -> f64) {
    let seconds = started.planned_s.unwrap_or(10.0) as u64;
    story.add(900, Event::LoadStarted(Box::new(started.clone())));
    for second in 1..=seconds {
        let warm_up = second as f64 <= started.warm_up_s;
        let one = tick(&started.load, second, rate, slow(second), warm_up);
        story.add(second * 1_000_000, Event::LoadTick(Box::new(one)));
    }
}

pub(crate) fn mark(story: &mut Story, load: &str, at_s: f64, kind: &str, text: &str) {
    let mark = LoadMark { load: load.into(), at_s, kind: kind.into(), text: text.into() };
    story.add((at_s * 1e6) as u64, Event::LoadMark(mark));
}
