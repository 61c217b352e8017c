//! Talking to the service under test: `World::send` and `World::call`.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use dryrun_record::{Attribution, Body, Direction, Event, Exchange, FailureKind, Request, Response};
use dryrun_target::TargetSpec;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::answer::{Answer, SentRequest};
use crate::failure::StepFailure;
use crate::world::World;

/// The longest answer that is held in memory, in bytes. A longer one is a failure of the step.
const ANSWER_LIMIT: usize = 64 << 20;

/// How often, and how far apart, a started service is looked at after a connection broke.
const GRACE_LOOKS: u32 = 20;
const GRACE_LOOK: Duration = Duration::from_millis(20);

impl World {
    /// Sends a request to the service and keeps its answer as the last one.
    ///
    /// # Errors
    /// When no answer came: the service is out of reach, or cut the connection, or the request can't be built.
    pub async fn send(&mut self, request: SentRequest) -> Result<(), StepFailure> {
        let answer = self.call(&request).await?;
        let error = answer.error.clone();
        let id = answer.exchange.clone();
        self.sent = Some(request.clone());
        self.last = Some(answer);
        match error {
            None => Ok(()),
            Some(error) => Err(self.unanswered(&request, &error).await.exchanges([id])),
        }
    }

    /// Sends a request and records the exchange; changes nothing in the world, so that many can be under way at once.
    /// When no answer comes, [`Answer::error`] says why.
    ///
    /// # Errors
    /// When the request can't be built: a header or an address that is none.
    pub async fn call(&self, request: &SentRequest) -> Result<Answer, StepFailure> {
        self.called();
        if let Some(carrier) = &self.carrier {
            return carrier.call(self, request).await;
        }
        let url = self.url(&request.path)?;
        let headers = self.headers_for(request)?;
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|_| StepFailure::check(format!("`{}` is no HTTP method", request.method)))?;
        let sent_headers = listed(&headers);
        let at_us = self.shared.events.now_us();
        let started = Instant::now();
        let exchange = format!("service-{}", self.shared.number());
        let mut pending = Pending {
            world: self,
            request,
            url: &url,
            headers: &sent_headers,
            at_us,
            started,
            exchange: Some(exchange.clone()),
        };
        let outcome = self.exchange(method, url.clone(), headers, request.body.clone()).await;
        pending.exchange = None;
        drop(pending);
        let mut answer =
            Answer { elapsed: started.elapsed(), exchange, request: request.line(), ..Answer::default() };
        match outcome {
            Ok((status, headers, body)) => {
                answer.status = status;
                answer.json = serde_json::from_slice(&body).ok();
                answer.headers = headers;
                answer.body = body;
            }
            Err(error) => answer.error = Some(error),
        }
        self.judge(request, &url, &mut answer);
        self.record(request, &url, &sent_headers, at_us, &answer);
        Ok(answer)
    }

    async fn exchange(
        &self,
        method: reqwest::Method,
        url: reqwest::Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(u16, Vec<(String, String)>, Bytes), String> {
        let mut builder = self.shared.http.request(method, url).headers(headers);
        if !body.is_empty() {
            builder = builder.body(body);
        }
        let mut response = builder.send().await.map_err(|error| reason(&error))?;
        let status = response.status().as_u16();
        let headers = listed(response.headers());
        let mut body = BytesMut::new();
        while let Some(part) =
            response.chunk().await.map_err(|error| format!("the answer broke off: {}", reason(&error)))?
        {
            if body.len() + part.len() > ANSWER_LIMIT {
                return Err(format!("the answer is longer than {} MiB", ANSWER_LIMIT >> 20));
            }
            body.extend_from_slice(&part);
        }
        Ok((status, headers, body.freeze()))
    }

    fn url(&self, path: &str) -> Result<reqwest::Url, StepFailure> {
        let whole = if path.starts_with("http://") || path.starts_with("https://") {
            path.to_owned()
        } else if path.starts_with('/') {
            format!("{}{path}", self.target_url)
        } else {
            return Err(StepFailure::check(format!("`{path}` is no path of the service"))
                .hint(format!("a path begins with a slash: `/{path}`")));
        };
        whole.parse().map_err(|error| StepFailure::check(format!("`{whole}` is no address: {error}")))
    }

    fn headers_for(&self, request: &SentRequest) -> Result<HeaderMap, StepFailure> {
        let own = [
            (
                "traceparent".to_owned(),
                format!("00-{}-{:016x}-01", self.correlation, self.shared.number() + 1),
            ),
            ("x-correlation-id".to_owned(), self.correlation.clone()),
        ];
        let mut headers = HeaderMap::new();
        for group in [own.as_slice(), self.headers.as_slice(), request.headers.as_slice()] {
            lay(&mut headers, group)?;
        }
        Ok(headers)
    }

    fn record(
        &self,
        request: &SentRequest,
        url: &reqwest::Url,
        headers: &[(String, String)],
        at_us: u64,
        answer: &Answer,
    ) {
        let limit = self.shared.options.body_limit;
        let response = answer.error.is_none().then(|| Response {
            status: answer.status,
            headers: answer.headers.clone(),
            body: Body::keep(&answer.body, limit),
        });
        self.shared.events.append(Event::Exchange(Box::new(Exchange {
            id: answer.exchange.clone(),
            direction: Direction::ToService,
            service: "service".to_owned(),
            scenario: Some(self.scenario.id.clone()),
            attempt: self.attempt,
            attribution: Attribution::Own,
            operation: answer.operation.clone(),
            at_us,
            duration_us: micros(answer.elapsed),
            request: Request {
                method: request.method.clone(),
                path: url.path().to_owned(),
                query: url.query().unwrap_or_default().to_owned(),
                headers: headers.to_vec(),
                body: Body::keep(&request.body, limit),
            },
            response,
            error: answer.error.clone(),
            fault: None,
            unexpected: None,
            breaches: answer.breaches.clone(),
        })));
    }

    /// Why there is no answer, with what the service said last when it is gone.
    async fn unanswered(&mut self, request: &SentRequest, error: &str) -> StepFailure {
        let failure =
            StepFailure::of(FailureKind::Environment, format!("no answer to {}: {error}", request.line()));
        if self.carrier.is_some() {
            // Many are under way, and the load says at its end whether the service is gone.
            return failure;
        }
        // The connection breaks a moment before the end of the process is known.
        for _ in 0..GRACE_LOOKS {
            if let Some(gone) = self.target_gone().await {
                return failure.hint(gone);
            }
            if matches!(self.shared.target_spec, TargetSpec::Attach { .. }) {
                break;
            }
            tokio::time::sleep(GRACE_LOOK).await;
        }
        failure
    }

    /// When the service under test has ended: how, and its last lines of output.
    pub async fn target_gone(&mut self) -> Option<String> {
        if let Some(own) = &mut self.private_target {
            return own.alive().await.err().map(|gone| gone.to_string());
        }
        let mut guard = self.station.target.lock().await;
        guard.as_mut()?.alive().await.err().map(|gone| gone.to_string())
    }
}

/// A request under way. When its step runs out of time the wait for the answer is dropped, and the request would be in no
/// record: it is told here then.
struct Pending<'a> {
    world: &'a World,
    request: &'a SentRequest,
    url: &'a reqwest::Url,
    headers: &'a [(String, String)],
    at_us: u64,
    started: Instant,
    /// The exchange's id; `None` when it has come to an end.
    exchange: Option<String>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        let Some(exchange) = self.exchange.take() else { return };
        let answer = Answer {
            elapsed: self.started.elapsed(),
            exchange,
            request: self.request.line(),
            error: Some("no answer before the step ended".to_owned()),
            ..Answer::default()
        };
        self.world.record(self.request, self.url, self.headers, self.at_us, &answer);
    }
}

/// Puts headers on those that are there already: a name replaces what was there, and may itself stand more than once.
///
/// # Errors
/// What no header may have.
pub(crate) fn lay(headers: &mut HeaderMap, group: &[(String, String)]) -> Result<(), StepFailure> {
    let mut seen = Vec::new();
    for (name, value) in group {
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| StepFailure::check(format!("`{name}` is no name of a header")))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
            StepFailure::check(format!("the value of header `{name}` has characters that no header may have"))
        })?;
        if seen.contains(&key) {
            headers.append(key, value);
        } else {
            headers.insert(key.clone(), value);
            seen.push(key);
        }
    }
    Ok(())
}

pub(crate) fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect()
}

/// The innermost cause, which says more than `error sending request`.
fn reason(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
