//! [`run`]: a profile's requests by goose's closed users, timed by us.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{Scenario, Transaction, TransactionFunction};
use goose::{GooseAttack, GooseError};

use crate::error::LoadError;
use crate::profile::{Profile, Request};
use crate::result::{Figures, LoadResult};

/// goose keeps its state in the process: a second attack waits for the first.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A request that gives no answer for so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a request took, kept whole (8 bytes each): meant for smoke-sized runs, up to some millions of requests.
#[derive(Debug, Default)]
struct Samples {
    times_ms: Vec<f64>,
    failures: u64,
}

/// What the users share.
struct Shared {
    client: reqwest::Client,
    /// How many requests may be sent, and were begun and ended.
    limit: u64,
    begun: AtomicU64,
    ended: AtomicU64,
    samples: Vec<Mutex<Samples>>,
    /// The first request's start and the last one's end so far.
    span: Mutex<Option<(Instant, Instant)>>,
}

/// Runs `profile` against the service at `target_url` to its end. goose installs a Ctrl-C handler for the whole
/// process, at which the run ends early with what was measured; it writes no files and opens no ports here.
pub async fn run(profile: &Profile, target_url: &str) -> Result<LoadResult, LoadError> {
    let _turn = ONE_AT_A_TIME.lock().await;
    let base = target_url.trim_end_matches('/');
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
    let shared = Arc::new(Shared {
        client: client.build().map_err(LoadError::Client)?,
        limit: profile.requests.unwrap_or(u64::MAX),
        begun: AtomicU64::new(0),
        ended: AtomicU64::new(0),
        samples: profile.request.iter().map(|_| Mutex::default()).collect(),
        span: Mutex::new(None),
    });
    attack(profile, base, &shared).await.map_err(|error| LoadError::Attack(error.to_string()))?;
    Ok(collect(profile, &shared))
}

async fn attack(profile: &Profile, base: &str, shared: &Arc<Shared>) -> Result<(), GooseError> {
    let users = profile.users.to_string();
    let mut args: Vec<String> =
        ["--host", base, "--users", &users, "--increase-rate", &users].map(str::to_owned).into();
    // goose's own clock stops before the body, so its figures are not even collected.
    args.extend(["--no-telnet", "--quiet", "--no-print-metrics", "--no-metrics"].map(str::to_owned));
    if let Some(seconds) = profile.duration_s {
        args.extend(["--run-time".to_owned(), format!("{seconds}s")]);
    }
    let mut scenario = Scenario::new("dryrun");
    for (index, request) in profile.request.iter().enumerate() {
        let transaction = Transaction::new(transaction(index, request, base, Arc::clone(shared)));
        scenario =
            scenario.register_transaction(transaction.set_name(&request.name).set_weight(request.weight)?);
    }
    GooseAttack::initialize_with_config(GooseConfiguration::parse_args_default(&args)?)?
        // One client that nobody uses, in place of one for each user: ours ignores proxies, goose's cannot be told to.
        .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())?
        .register_scenario(scenario)
        .execute()
        .await
        .map(drop)
}

fn transaction(index: usize, request: &Request, base: &str, shared: Arc<Shared>) -> TransactionFunction {
    let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap_or_default();
    let url: Arc<str> = format!("{base}{}", request.path).into();
    let body = request.body.as_ref().map(|body| match body {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    Arc::new(move |_user| {
        let (shared, method, url, body) =
            (Arc::clone(&shared), method.clone(), Arc::clone(&url), body.clone());
        Box::pin(async move {
            if shared.begun.fetch_add(1, Ordering::Relaxed) >= shared.limit {
                // All are begun. The user idles until the last has ended and goose calls everybody off.
                tokio::time::sleep(Duration::from_millis(10)).await;
                return Ok(());
            }
            let mut request = shared.client.request(method, &*url);
            if let Some(body) = body {
                request = request.header("content-type", "application/json").body(body);
            }
            let started = Instant::now();
            let failed = !whole_answer(request).await;
            shared.keep(index, started, Instant::now(), failed);
            Ok(())
        })
    })
}

/// Whether an answer below 400 arrived with its whole body.
async fn whole_answer(request: reqwest::RequestBuilder) -> bool {
    let Ok(mut answer) = request.send().await else { return false };
    loop {
        match answer.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => return answer.status().as_u16() < 400,
            Err(_) => return false,
        }
    }
}

impl Shared {
    fn keep(&self, index: usize, started: Instant, ended: Instant, failed: bool) {
        {
            let mut samples = self.samples[index].lock().unwrap_or_else(PoisonError::into_inner);
            samples.times_ms.push((ended - started).as_secs_f64() * 1000.0);
            samples.failures += u64::from(failed);
        }
        {
            let mut span = self.span.lock().unwrap_or_else(PoisonError::into_inner);
            let (first, last) = span.unwrap_or((started, ended));
            *span = Some((first.min(started), last.max(ended)));
        }
        if self.ended.fetch_add(1, Ordering::Relaxed) + 1 == self.limit {
            goose::trigger_killswitch("all requests of the profile were sent");
        }
    }
}

fn collect(profile: &Profile, shared: &Shared) -> LoadResult {
    let span = *shared.span.lock().unwrap_or_else(PoisonError::into_inner);
    let elapsed_s = span.map_or(0.0, |(first, last)| (last - first).as_secs_f64());
    let (mut all, mut failures, mut per_request) = (Vec::new(), 0, Vec::new());
    for (request, samples) in profile.request.iter().zip(&shared.samples) {
        let samples = std::mem::take(&mut *samples.lock().unwrap_or_else(PoisonError::into_inner));
        all.extend_from_slice(&samples.times_ms);
        failures += samples.failures;
        per_request.push(Figures::new(&request.name, samples.times_ms, samples.failures, elapsed_s));
    }
    let total = Figures::new("all requests", all, failures, elapsed_s);
    LoadResult {
        profile: profile.name.clone(),
        users: profile.users,
        elapsed_s,
        requests: total.count,
        failures,
        total,
        per_request,
    }
}
