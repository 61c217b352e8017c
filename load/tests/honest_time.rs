//! The acceptance test of honest time: 1,000 arrivals a second for 10 s against a server that is frozen for 2 s. Whoever
//! should have come k milliseconds before the thaw waits k milliseconds, so 99% wait no longer than 1.9 s. A harness that
//! times from the sending reports next to nothing.
#![allow(clippy::print_stdout, reason = "what was measured is worth reading")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

mod common;

use std::time::{Duration, Instant, SystemTime};

use common::{MS, Server, Setting, Way, open, profile, quantile};
use dryrun_record::load::{LoadResult, LoadVerdict};

const RATE: f64 = 1_000.0;
const LASTS: Duration = Duration::from_secs(10);
const FROZEN: Duration = Duration::from_secs(2);
/// How much longer the thawed server, the harness and a busy machine may take.
const NOISE_MS: f64 = 400.0;

struct Found {
    result: LoadResult,
    /// What the schedule and the freeze leave no way around: the wait of each arrival, milliseconds.
    least_ms: Vec<f64>,
    from_sending_ms: Vec<f64>,
}

/// A process makes one load at a time, and the moment of a start that is agreed on must not pass while another one runs.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn stalled(max_in_flight: usize) -> Found {
    let _turn = ONE_AT_A_TIME.lock().await;
    let server = Server::start();
    let setting = Setting::new(profile(open(RATE, LASTS, max_in_flight)), Way::Send(server.address));
    // The schedule's start is known beforehand by both clocks, and far enough ahead for a busy machine to gather all users.
    let (lead, now) = (Duration::from_secs(5), (Instant::now(), SystemTime::now()));
    let zero = now.0 + lead;
    let mut setting = setting;
    setting.plan.start_at = Some(now.1 + lead);
    server.freeze_at(zero + Duration::from_secs(4), FROZEN);
    let (result, seen, _) = setting.run().await;
    assert_eq!(result.started_unix_us, us(now.1 + lead), "it began at the agreed moment");
    let (_, thaw) = server.frozen.lock().unwrap().unwrap();
    let frozen = thaw - FROZEN;
    let wait = |k: u32| {
        let due = zero + MS * k;
        if due < frozen { 0.0 } else { thaw.saturating_duration_since(due).as_secs_f64() * 1e3 }
    };
    let least_ms = (0..10_000).map(wait).collect();
    let from_sending_ms = seen.lock().unwrap().from_sending_ms.clone();
    Found { result, least_ms, from_sending_ms }
}

fn us(time: SystemTime) -> u64 {
    time.duration_since(std::time::UNIX_EPOCH).unwrap().as_micros() as u64
}

/// Everything is accounted for, and 99% waited as long as the schedule says, not less and not much more.
fn check(found: &Found) {
    let account = &found.result.account;
    println!("{account:?}\n{:?}\n{:?}", found.result.requests.time, found.result.resources);
    assert_eq!((account.asked, account.sent, account.dropped), (10_000, 10_000, 0));
    assert_eq!((account.ended, account.abandoned), (10_000, 0));
    assert_eq!((found.result.requests.count, found.result.requests.failures), (10_000, 0));
    let (requests, iterations) = (found.result.requests.time, found.result.workflows[0].iterations.time);
    for times in [requests, iterations] {
        let reported =
            [(0.90, times.p90_us), (0.95, times.p95_us), (0.99, times.p99_us), (0.999, times.p999_us)];
        for (share, us) in reported {
            let (reported, wanted) = (us as f64 / 1e3, quantile(&found.least_ms, share));
            // Nobody can be served before the thaw: the lower bound holds however busy the machine is.
            assert!(reported >= wanted * 0.999 - 1.0, "p{share}: {reported:.0} ms, must be {wanted:.0} ms");
            assert!(reported <= wanted + NOISE_MS, "p{share}: {reported:.0} ms, should be {wanted:.0} ms");
        }
    }
    let p99 = quantile(&found.least_ms, 0.99);
    assert!((1_890.0..1_990.0).contains(&p99), "the exact answer itself: {p99}");
}

#[tokio::test]
async fn a_stall_of_two_seconds_is_seen_by_everybody_who_came_meanwhile() {
    let found = stalled(4_000).await;
    check(&found);
    assert!(found.result.account.peak_in_flight >= 1_900, "{:?}", found.result.account);
}

#[tokio::test]
async fn with_few_users_those_who_waited_outside_are_timed_from_when_they_should_have_begun() {
    let found = stalled(50).await;
    check(&found);
    let account = &found.result.account;
    assert_eq!((account.peak_in_flight, account.users), (50, 50));
    let must_be_late = found.least_ms.iter().filter(|wait| **wait > 100.0).count() as u64 - 50;
    assert!(account.late >= must_be_late - 1, "{account:?}, at least {must_be_late}");
    let warned = found.result.warnings.iter().any(|warning| warning.starts_with("all 50 users were busy"));
    assert!(warned, "{:?}", found.result.warnings);
    // The same run, timed from the sending: half a percent waited for the thaw, so 99% look well served.
    let dishonest = quantile(&found.from_sending_ms, 0.99);
    assert!(dishonest < 1_000.0, "timed from the sending, the stall would vanish: {dishonest} ms");
}

#[tokio::test]
async fn a_run_begins_at_the_agreed_moment_or_says_how_late_it_was() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let shape = || profile(open(100.0, MS * 50, 5));
    let agreed = SystemTime::now() + MS * 3_000;
    let mut setting = Setting::new(shape(), Way::Nothing);
    setting.plan.start_at = Some(agreed);
    let (result, ..) = setting.run().await;
    assert_eq!(result.started_unix_us, us(agreed));
    let (past, now) = (SystemTime::now() - Duration::from_secs(5), SystemTime::now());
    let mut setting = Setting::new(shape(), Way::Nothing);
    setting.plan.start_at = Some(past);
    let (result, ..) = setting.run().await;
    assert!(result.started_unix_us >= us(now), "it says when it began, not when it should have");
    let mut setting = Setting::new(shape(), Way::Nothing);
    setting.plan.start_at = Some(now + Duration::from_secs(3_600));
    setting.stop.send_replace(Some("no time".to_owned()));
    let (result, ..) = setting.run().await;
    assert_eq!((result.account.asked, result.verdict), (0, LoadVerdict::Inconclusive));
}
