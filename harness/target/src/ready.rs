//! Asking over HTTP whether a service is there.

use std::error::Error as _;
use std::time::Duration;

use crate::error::TargetError;

/// One attempt may take this long; a service that hangs is asked again.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one attempt saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Probe {
    /// 2xx.
    Ready,
    /// Another status.
    Answered(u16),
    /// No answer, in words that follow the address.
    Silent(String),
}

impl Probe {
    /// In words that follow `GET URL`.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Ready => "answered".to_owned(),
            Self::Answered(status) => format!("answered {status}, not 2xx"),
            Self::Silent(words) => words.clone(),
        }
    }
}

/// Asks one address again and again.
#[derive(Debug, Clone)]
pub(crate) struct Prober {
    client: reqwest::Client,
    pub(crate) url: String,
}

impl Prober {
    pub(crate) fn new(url: String) -> Result<Self, TargetError> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| TargetError::Client(error.to_string()))?;
        Ok(Self { client, url })
    }

    /// One attempt.
    pub(crate) async fn ask(&self) -> Probe {
        match self.client.get(&self.url).timeout(PATIENCE).send().await {
            Ok(answer) if answer.status().is_success() => Probe::Ready,
            Ok(answer) => Probe::Answered(answer.status().as_u16()),
            Err(error) if error.is_timeout() => {
                Probe::Silent(format!("gave no answer for {} s", PATIENCE.as_secs()))
            }
            Err(error) => Probe::Silent(reason(&error)),
        }
    }

    /// Asks until the answer is 2xx; `last` always holds what the latest attempt saw.
    pub(crate) async fn until_ready(&self, last: &mut Option<Probe>) {
        let mut pause = Duration::from_millis(5);
        loop {
            let seen = self.ask().await;
            let ready = seen == Probe::Ready;
            *last = Some(seen);
            if ready {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(Duration::from_millis(200));
        }
    }
}

fn reason(error: &reqwest::Error) -> String {
    let mut deepest = error.source();
    while let Some(next) = deepest.and_then(std::error::Error::source) {
        deepest = Some(next);
    }
    let words = deepest.map_or_else(|| error.to_string(), ToString::to_string);
    if words.contains("onnection refused") {
        return "was refused: nobody listens there".to_owned();
    }
    format!("failed: {words}")
}
