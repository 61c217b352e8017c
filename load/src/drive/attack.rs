//! goose's attack: users who come, take one arrival after another, and leave.
//!
//! goose wants futures that may change threads, and ours may not. So a transaction is a mere [`Ticket`]: the number of a
//! seat. What its user does lies with the thread's driver, and goose's runtime has one thread only.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionFunction, TransactionResult};
use goose::{GooseAttack, GooseError};

use super::driver::in_charge;

/// A user's place at the driver of this thread.
struct Ticket {
    seat: usize,
}

impl Future for Ticket {
    type Output = TransactionResult;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<TransactionResult> {
        match in_charge() {
            Some(driver) => driver.poll_user(self.seat, cx).map(Ok),
            // The run is over, and goose only has not heard of it.
            None => Poll::Pending,
        }
    }
}

/// So many users come at once and stay until the kill switch is thrown. Who of them is at work the driver says: goose's
/// own ramps move in half seconds, and its test plan writes to standard output.
pub(super) async fn attack(users: usize) -> Result<(), GooseError> {
    let (users, a_second) = (users.to_string(), users.saturating_mul(1_000).to_string());
    // Nobody uses goose's client: the address is none's.
    let mut args = vec!["--host", "http://localhost", "--users", &users, "--increase-rate", &a_second];
    args.extend(["--no-telnet", "--quiet", "--no-print-metrics", "--no-metrics"]);
    let configuration = GooseConfiguration::parse_args_default(&args)?;
    let play: TransactionFunction = Arc::new(|user| Box::pin(Ticket { seat: user.weighted_users_index }));
    let scenario = Scenario::new("dryrun")
        .register_transaction(Transaction::new(come()).set_on_start())
        .register_transaction(Transaction::new(play));
    GooseAttack::initialize_with_config(configuration)?
        // One client that nobody uses, in place of one for each user.
        .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())?
        .register_scenario(scenario)
        .execute()
        .await
        .map(drop)
}

fn come() -> TransactionFunction {
    Arc::new(|_: &mut GooseUser| {
        if let Some(driver) = in_charge() {
            driver.user_came();
        }
        Box::pin(std::future::ready(Ok(())))
    })
}
