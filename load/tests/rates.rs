//! Rates from 100 to 3,000 a second: every arrival begins, at its time.
#![allow(clippy::print_stdout, reason = "what was measured is worth reading")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

mod common;

use std::time::Duration;

use common::{MS, Server, Setting, Way, open, profile};
use dryrun_record::load::Account;

async fn at(rate: u32, lasts: Duration) -> Account {
    let server = Server::start();
    let setting = Setting::new(profile(open(rate.into(), lasts, 200)), Way::Send(server.address));
    let (result, ..) = setting.run().await;
    let account = result.account;
    let off = (account.achieved_rate / f64::from(rate) - 1.0) * 100.0;
    println!(
        "{rate}/s: asked {}, began {}, late {}, achieved {:.2}/s ({off:+.3}%), own CPU {:?}, times {:?}",
        account.asked,
        account.sent,
        account.late,
        account.achieved_rate,
        result.resources.own_cpu,
        result.requests.time
    );
    account
}

/// Whatever the machine does meanwhile: all that was asked for is asked and accounted for, and a rate that was missed by
/// more than half a percent goes with late arrivals that are told.
#[tokio::test]
async fn nothing_is_lost_at_any_rate_and_a_rate_that_is_missed_is_told() {
    for rate in [100, 1_000, 3_000] {
        let account = at(rate, 2_000 * MS).await;
        assert_eq!(
            (account.asked, account.sent, account.dropped),
            (u64::from(rate) * 2, u64::from(rate) * 2, 0)
        );
        assert!((account.asked_rate / f64::from(rate) - 1.0).abs() < 1e-9, "{account:?}");
        let met = (account.achieved_rate / f64::from(rate) - 1.0).abs() <= 0.005;
        assert!(met || account.late > 0, "{account:?}");
    }
}

/// The acceptance of the rates, for a machine that has nothing else to do:
/// `cargo nextest run -p dryrun-load --cargo-profile bench --run-ignored only within_half_a_percent`.
#[tokio::test]
#[ignore = "asks for a machine that has nothing else to do"]
async fn rates_are_met_within_half_a_percent() {
    for rate in [100, 300, 1_000, 2_000, 3_000] {
        let account = at(rate, Duration::from_secs(3)).await;
        assert!((account.achieved_rate / f64::from(rate) - 1.0).abs() <= 0.005, "{account:?}");
        assert_eq!((account.sent, account.late), (u64::from(rate) * 3, 0), "{account:?}");
    }
}
