//! Calls to the CRM and the Platform: timeouts, retries with backoff, and no second call while the first may have
//! arrived. Main type: [`Upstream`].

use crate::faults::{Fault, Faults};
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::trace::Trace;
use reqwest::header::RETRY_AFTER;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The longest `Retry-After` that a request is held open for; beyond it the call is reported as failed.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A lost publication is looked for on at most this many pages of the Platform's list.
const LOOKUP_PAGES: usize = 20;
const LOOKUP_LIMIT: usize = 50;

/// An upstream service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Crm,
    Platform,
}

impl Service {
    /// Its name in metrics, checks and messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Service::Crm => "crm",
            Service::Platform => "platform",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Service::Crm => "CRM",
            Service::Platform => "Platform",
        }
    }
}

/// One write that has to happen exactly once.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: Service,
    pub(crate) path: &'a str,
    pub(crate) body: &'a Value,
    /// Stays the same over all attempts.
    pub(crate) key: &'a str,
    pub(crate) trace: &'a Trace,
    /// For content: the `content_type` under which a lost publication can be looked up. Other calls have no list
    /// to ask, so they are never repeated after an answer was lost.
    pub(crate) lookup: Option<&'a str>,
}

/// The upstream took it.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) body: Value,
    pub(crate) attempts: u32,
}

/// The upstream did not take it, or nobody knows.
#[derive(Clone, Debug)]
pub(crate) struct Lost {
    pub(crate) error: String,
    pub(crate) attempts: u32,
    /// The call may have arrived: sending it again could publish twice.
    pub(crate) unknown: bool,
}

enum Attempt {
    Taken(Value),
    Refused(String),
    Busy { error: String, limited: bool, wait: Duration },
    NotSent(String),
    Ambiguous(String),
}

/// The client for both services.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    client: reqwest::Client,
    settings: Arc<Settings>,
    metrics: Arc<Metrics>,
}

impl Upstream {
    /// A client that goes straight to the configured addresses: no proxy, no redirects.
    pub(crate) fn new(settings: Arc<Settings>, metrics: Arc<Metrics>) -> Result<Upstream, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // Shorter than any server keeps an idle connection: a stale one would look like a lost answer.
            .pool_idle_timeout(Duration::from_secs(2))
            .user_agent(concat!("halcytone-content-generator/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Upstream { client, settings, metrics })
    }

    fn faults(&self) -> Faults {
        self.settings.faults
    }

    fn request(
        &self,
        method: reqwest::Method,
        service: Service,
        path: &str,
        trace: &Trace,
    ) -> reqwest::RequestBuilder {
        let (base, key) = match service {
            Service::Crm => (&self.settings.crm_base_url, &self.settings.crm_api_key),
            Service::Platform => (&self.settings.platform_base_url, &self.settings.platform_api_key),
        };
        let mut request = self.client.request(method, format!("{base}{path}")).bearer_auth(key);
        if !self.faults().has(Fault::IgnoresTimeout) {
            request = request.timeout(self.settings.upstream_timeout);
        }
        trace.onto(request, self.faults())
    }

    /// Makes a call happen once: repeats it after definite failures, asks first after a lost answer.
    pub(crate) async fn post(&self, call: &Call<'_>) -> Result<Taken, Lost> {
        let name = call.service.name();
        let mut attempts = 0;
        loop {
            attempts += 1;
            if attempts > 1 {
                self.metrics.retry(name);
            }
            let last = attempts > self.settings.max_retries;
            let backoff = self.settings.retry_base * 2_u32.saturating_pow(attempts - 1);
            let lost = |error: String, unknown| Err(Lost { error, attempts, unknown });
            match self.attempt(call).await {
                Attempt::Taken(body) => return Ok(Taken { body, attempts }),
                Attempt::Refused(error) => return lost(error, false),
                Attempt::Busy { error, .. } if last => return lost(error, false),
                Attempt::NotSent(error) if last => return lost(error, false),
                Attempt::Busy { error, wait, .. } if wait > LONGEST_WAIT => {
                    return lost(format!("{error}; it asks to wait {} s", wait.as_secs()), false);
                }
                Attempt::Busy { limited: true, .. } if self.faults().has(Fault::IgnoresRateLimit) => {}
                Attempt::Busy { wait, .. } => tokio::time::sleep(backoff.max(wait)).await,
                Attempt::NotSent(_) => tokio::time::sleep(backoff).await,
                Attempt::Ambiguous(error) if self.faults().has(Fault::RetryDuplicates) => {
                    if last {
                        return lost(error, false);
                    }
                    tokio::time::sleep(backoff).await;
                }
                Attempt::Ambiguous(error) => {
                    let Some(content_type) = call.lookup else {
                        return lost(format!("delivery unknown: {error}; not sent again"), true);
                    };
                    // Waiting before asking gives a slow upstream the time to finish what it was sent.
                    tokio::time::sleep(backoff).await;
                    match self.find(content_type, call.key, call.trace).await {
                        Ok(Some(body)) => return Ok(Taken { body, attempts }),
                        Ok(None) if last => return lost(format!("not delivered: {error}"), false),
                        Ok(None) => {}
                        Err(why) => {
                            let error = format!("delivery unknown: {error}; asking failed too: {why}");
                            return lost(error, true);
                        }
                    }
                }
            }
        }
    }

    /// One POST without repetition; its answer, or why there is none.
    pub(crate) async fn post_once(
        &self,
        service: Service,
        path: &str,
        body: &Value,
        trace: &Trace,
    ) -> Result<Value, String> {
        match self.attempt(&Call { service, path, body, key: "", trace, lookup: None }).await {
            Attempt::Taken(body) => Ok(body),
            Attempt::Refused(error) | Attempt::NotSent(error) | Attempt::Ambiguous(error) => Err(error),
            Attempt::Busy { error, .. } => Err(error),
        }
    }

    async fn attempt(&self, call: &Call<'_>) -> Attempt {
        let Call { service, path, body, key, .. } = call;
        let mut request = self.request(reqwest::Method::POST, *service, path, call.trace).json(body);
        if !key.is_empty() {
            request = request.header("idempotency-key", *key);
        }
        let place = format!("{} POST {path}", service.title());
        let attempt = match request.send().await {
            Err(error) if error.is_connect() || error.is_builder() => {
                Attempt::NotSent(format!("{place} could not be reached: {}", cause(&error)))
            }
            Err(error) if error.is_timeout() => {
                let limit = self.settings.upstream_timeout.as_millis();
                Attempt::Ambiguous(format!("{place} did not answer within {limit} ms"))
            }
            Err(error) => Attempt::Ambiguous(format!("{place} broke off: {}", cause(&error))),
            Ok(response) => read(&place, response).await,
        };
        let outcome = match &attempt {
            Attempt::Taken(_) => "ok",
            Attempt::Refused(_) => "refused",
            Attempt::Busy { .. } => "busy",
            Attempt::NotSent(_) => "unreachable",
            Attempt::Ambiguous(_) => "ambiguous",
        };
        self.metrics.upstream(service.name(), outcome);
        attempt
    }

    /// Looks for published content that carries our idempotency key in its metadata.
    async fn find(&self, content_type: &str, key: &str, trace: &Trace) -> Result<Option<Value>, String> {
        for page in 0..LOOKUP_PAGES {
            let path = format!(
                "/api/v1/content?content_type={content_type}&limit={LOOKUP_LIMIT}&offset={}",
                page * LOOKUP_LIMIT
            );
            let answer = self.get(Service::Platform, &path, self.settings.upstream_timeout, trace).await?;
            let Some(items) = answer.get("content").and_then(Value::as_array) else {
                return Err("Platform GET /api/v1/content answered without a list 'content'".to_owned());
            };
            let ours =
                |item: &&Value| item.pointer("/metadata/idempotency_key").is_some_and(|found| found == key);
            if let Some(item) = items.iter().find(ours) {
                return Ok(Some(item.clone()));
            }
            if items.len() < LOOKUP_LIMIT {
                return Ok(None);
            }
        }
        Err(format!("the Platform lists more than {} entries", LOOKUP_PAGES * LOOKUP_LIMIT))
    }

    /// One GET without repetition; the JSON of a 2xx answer, or why there is none.
    pub(crate) async fn get(
        &self,
        service: Service,
        path: &str,
        timeout: Duration,
        trace: &Trace,
    ) -> Result<Value, String> {
        let mut request = self.request(reqwest::Method::GET, service, path, trace);
        if !self.faults().has(Fault::IgnoresTimeout) {
            request = request.timeout(timeout);
        }
        let bare = path.split('?').next().unwrap_or(path);
        let place = format!("{} GET {bare}", service.title());
        let result = match request.send().await {
            Err(error) if error.is_timeout() && !error.is_connect() => {
                Err(format!("{place} did not answer within {} ms", timeout.as_millis()))
            }
            Err(error) => Err(format!("{place} failed: {}", cause(&error))),
            Ok(response) => match read(&place, response).await {
                Attempt::Taken(body) => Ok(body),
                Attempt::Refused(error) | Attempt::NotSent(error) | Attempt::Ambiguous(error) => Err(error),
                Attempt::Busy { error, .. } => Err(error),
            },
        };
        self.metrics.upstream(service.name(), if result.is_ok() { "ok" } else { "refused" });
        result
    }
}

async fn read(place: &str, response: reqwest::Response) -> Attempt {
    let status = response.status();
    let wait = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map_or(Duration::ZERO, Duration::from_secs);
    let body = response.bytes().await;
    if status.is_success() {
        // The head says that it was taken; a body that is cut or no JSON leaves us without its id.
        return match body.map(|bytes| serde_json::from_slice(&bytes)) {
            Ok(Ok(body)) => Attempt::Taken(body),
            Ok(Err(_)) => Attempt::Ambiguous(format!("{place} answered {status}, but not in JSON")),
            Err(error) => Attempt::Ambiguous(format!("{place} broke off its answer: {}", cause(&error))),
        };
    }
    let detail =
        body.ok().and_then(|bytes| detail(&bytes)).map_or(String::new(), |detail| format!(": {detail}"));
    let error = format!("{place} answered {}{detail}", status.as_u16());
    match status.as_u16() {
        429 => Attempt::Busy { error, limited: true, wait },
        408 | 500..=599 => Attempt::Busy { error, limited: false, wait },
        _ => Attempt::Refused(error),
    }
}

fn detail(bytes: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(bytes).ok()?;
    let detail = body.get("detail")?;
    let text = detail.as_str().map_or_else(|| detail.to_string(), str::to_owned);
    Some(text.chars().take(300).collect())
}

/// The innermost reason of a client error: the outer ones only say that a request failed.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
