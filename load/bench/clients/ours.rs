//! Ours: the crew alone, and the whole load.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dryrun_contract::Contract;
use dryrun_load::profile::{Connections, Contracts, Plays, Request, Think, Workflow};
use dryrun_load::requests::{RequestCrew, Requests, Setup};
use dryrun_load::{Crew, Gauges, LoadPlan, Meter, Profile, Slice, Transport, Turn};
use dryrun_record::Masker;

const CONTRACT: &str = include_str!("../contract.json");

fn mode(word: Option<&str>) -> Contracts {
    match word {
        Some("off") => Contracts::Off,
        Some("sample") => Contracts::Sample(0.1),
        _ => Contracts::Full,
    }
}

fn request() -> Request {
    Request {
        method: "GET".into(),
        path: "/items".into(),
        headers: Vec::new(),
        body: None,
        status: Vec::new(),
    }
}

fn workflow() -> Workflow {
    Workflow {
        name: "items".into(),
        weight: 1,
        think: Think::default(),
        data: None,
        plays: Plays::Request(request()),
    }
}

fn requests(url: &str, contracts: Contracts) -> Requests {
    let mut requests = Requests::new(Setup {
        transport: Transport::new(url, Connections::Shared, Duration::from_secs(60)).expect("an address"),
        run: 1,
        contract: Some(Contract::parse("contract.json", CONTRACT).expect("a contract")),
        contracts,
        tolerates: None,
        masker: Masker::new(),
        slice: Slice::WHOLE,
    });
    requests.add(0, &workflow(), &request(), &[]).expect("a request");
    requests
}

/// Without goose: what sending, checking and measuring cost by themselves.
pub(crate) async fn crew(url: &str, users: usize, lasts: Duration, contracts: Option<&str>) {
    let contracts = mode(contracts);
    let crew = Rc::new(RequestCrew::new(requests(url, contracts)));
    let meter = Meter::new(&[Requests::part(&workflow(), &request())], None, contracts);
    let end = Instant::now() + lasts;
    let users = (0..users as u64).map(|user| {
        let (crew, meter) = (Rc::clone(&crew), meter.clone());
        async move {
            let mut number = user << 32;
            while Instant::now() < end {
                number += 1;
                let turn = Turn { part: 0, number, intended: Instant::now(), measured: true };
                Rc::clone(&crew).play(turn, meter.clone()).await;
            }
        }
    });
    let set = tokio::task::LocalSet::new();
    let users: Vec<_> = users.map(|user| set.spawn_local(user)).collect();
    set.run_until(futures::future::join_all(users)).await;
    let measured = meter.measured(lasts, false);
    let (requests, contracts) = (&measured.requests, &measured.contracts);
    println!(
        "{} requests, {} failed, {} checked at {:.2} µs each, p50 {} µs",
        requests.count, requests.failures, contracts.checked, contracts.cost_us, requests.time.p50_us
    );
}

/// The whole load, as `dryrun load` makes it: goose's users, or arrivals at `OPEN_RATE` a second.
pub(crate) async fn load(url: &str, users: usize, lasts: Duration, contracts: Option<&str>) {
    let seconds = lasts.as_secs_f64();
    let shape = match std::env::var("OPEN_RATE") {
        Ok(rate) => format!("[open]\nrate = {rate}\nduration = \"{seconds} s\"\nmax_in_flight = {users}"),
        Err(_) => format!("[closed]\nusers = {users}\nduration = \"{seconds} s\""),
    };
    let text = format!("description = \"The benchmark's loop.\"\n{shape}\n[[request]]\npath = \"/items\"");
    let profile = Profile::parse("bench.toml", &text).expect("a profile");
    let (url, contracts) = (url.to_owned(), mode(contracts));
    let (_stop, stop) = tokio::sync::watch::channel(None);
    let plan = LoadPlan {
        profile: Arc::new(Profile { contracts, ..profile }),
        parts: vec![Requests::part(&workflow(), &request())],
        muster: Box::new(move || {
            let crew: Rc<dyn Crew> = Rc::new(RequestCrew::new(requests(&url, contracts)));
            Ok(crew)
        }),
        slice: Slice::WHOLE,
        start_at: None,
        judge: true,
        scenario: None,
        on_event: Arc::new(|_| {}),
        gauges: Box::new(Gauges::default),
        stop,
        seed: 1,
    };
    let result = dryrun_load::run(plan).await.expect("a load");
    let (account, requests) = (&result.account, &result.requests);
    println!(
        "{} asked, {} sent, {} dropped, {} late; {} requests, {} failed; {:?}: {:?}",
        account.asked,
        account.sent,
        account.dropped,
        account.late,
        requests.count,
        requests.failures,
        result.verdict,
        result.reasons
    );
    println!(
        "p50 {} µs, p99 {} µs; {:.1} µs of CPU a request, of which checking {:.2}; {:?}",
        requests.time.p50_us,
        requests.time.p99_us,
        result.resources.own_cpu_per_request_us.unwrap_or_default(),
        result.contracts.cost_us,
        result.warnings
    );
}
