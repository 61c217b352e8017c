//! The [`Mirror`]: our mock in this process, asked the same in the same order.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use dryrun_contract::{Contract, Operation};
use dryrun_mocks::{MockOptions, MockServer, View, ViewOwner};
use dryrun_record::Exchange;
use serde_json::Value;

use crate::answer::{Answer, Wire};
use crate::auth::Auth;
use crate::client::{Client, Silence};
use crate::credentials;
use crate::error::VerifyError;
use crate::subject::Subject;

/// Our mock, with a state of its own for this verification.
pub(crate) struct Mirror {
    server: MockServer,
    view: View,
    client: Client,
    last: Arc<Mutex<Option<Exchange>>>,
    contract: Contract,
    /// A key that our mock lets in, when its behaviour names one.
    key: Option<String>,
}

impl Mirror {
    pub(crate) async fn start(subject: &Subject, seed: u64, started: Instant) -> Result<Self, VerifyError> {
        let last = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&last);
        let options = MockOptions {
            seed,
            started,
            on_exchange: Some(Arc::new(move |exchange: &Exchange| {
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(exchange.clone());
            })),
            expose_admin: false,
            ..MockOptions::default()
        };
        let server = MockServer::start(subject.spec.clone(), options).await?;
        let view = server.open_view(ViewOwner {
            scenario: "verify".to_owned(),
            attempt: 1,
            correlation: "0".repeat(32),
            alone: true,
        });
        // Our mocks may play slowness, and that is no reason to give up on them.
        let client = Client::new(server.url(), Auth::default(), Duration::from_secs(60))?;
        let key = subject.behaviour.as_ref().and_then(|(_, text)| first_key(text));
        Ok(Self { server, view, client, last, contract: subject.spec.contract.clone(), key })
    }

    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    /// What our mock answers, and how it saw the call.
    pub(crate) async fn ask(
        &self,
        operation: &Operation,
        wire: &Wire,
    ) -> (Result<Answer, Silence>, Option<Exchange>) {
        let mut wire = wire.clone();
        credentials::give(&mut wire, &self.contract, operation, self.key.as_deref());
        let answer = self.client.send(&wire, |_| true).await.map(|(answer, _)| answer);
        let exchange = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        (answer, exchange)
    }

    pub(crate) async fn stop(self) {
        self.view.close();
        self.server.stop().await;
    }
}

/// The first of the keys that a behaviour file lets in.
fn first_key(behaviour: &str) -> Option<String> {
    let file: Value = serde_saphyr::from_str(behaviour).ok()?;
    file["auth"]["keys"][0].as_str().map(str::to_owned)
}
