//! The [`Sender`]: requests to the service, one after another, at most so many a second.

use std::time::{Duration, Instant};

use dryrun_contract::generate::CaseRequest;

use crate::answer::{Answer, IN_TIME, Reply};
use crate::error::ProbeError;
use crate::options::ProbeOptions;

/// How much of an answer's body is read.
const ROOM: usize = 32 << 20;

/// Sends requests.
pub(crate) struct Sender {
    client: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
    timeout: Duration,
    every: Option<Duration>,
    next: Instant,
    pub(crate) sent: usize,
}

impl Sender {
    pub(crate) fn new(options: &ProbeOptions) -> Result<Self, ProbeError> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(options.timeout)
            .build()
            .map_err(|error| ProbeError::Client(error.to_string()))?;
        Ok(Self {
            client,
            base: options.url.trim_end_matches('/').to_owned(),
            headers: options.headers.clone(),
            timeout: options.timeout,
            every: options.rate.map(|rate| Duration::from_secs(1) / rate.max(1)),
            next: Instant::now(),
            sent: 0,
        })
    }

    /// How long an answer is waited for.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether anybody answers, whatever.
    pub(crate) async fn reachable(&self) -> Result<(), ProbeError> {
        match self.client.get(format!("{}/", self.base)).send().await {
            Ok(_) => Ok(()),
            // Who closes or keeps silent is there all the same.
            Err(error) if !error.is_connect() => Ok(()),
            Err(error) => Err(ProbeError::Unreachable { url: self.base.clone(), reason: chain(&error) }),
        }
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn send(&mut self, request: &CaseRequest) -> Answer {
        if let Some(every) = self.every {
            let now = Instant::now();
            if self.next > now {
                tokio::time::sleep_until(self.next.into()).await;
            }
            self.next = self.next.max(now) + every;
        }
        self.sent += 1;
        let started = Instant::now();
        let reply = self.exchange(request).await.map_err(|error| chain(&error));
        Answer { reply, took: started.elapsed() }
    }

    async fn exchange(&self, request: &CaseRequest) -> Result<Reply, reqwest::Error> {
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap_or(reqwest::Method::GET);
        let mut builder = self.client.request(method, format!("{}{}{query}", self.base, request.path));
        let own = |name: &str| request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        for (name, value) in self.headers.iter().filter(|(name, _)| !own(name)).chain(&request.headers) {
            builder = builder.header(name, value);
        }
        if !request.body.is_empty() || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
            builder = builder.body(request.body.clone());
        }
        let mut response = builder.send().await?;
        let status = response.status().as_u16();
        let text =
            |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let (mut body, mut cut) = (Vec::new(), false);
        while let Some(chunk) = response.chunk().await? {
            cut |= body.len() + chunk.len() > ROOM;
            if !cut {
                body.extend_from_slice(&chunk);
            }
        }
        Ok(Reply { status, headers, body, cut })
    }
}

/// An error with its causes, and without the address, which is said elsewhere.
fn chain(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { IN_TIME.to_owned() } else { String::new() };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            let comma = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{comma}{words}");
        }
        cause = inner.source();
    }
    if text.is_empty() { error.to_string() } else { text }
}
