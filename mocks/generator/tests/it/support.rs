//! A fake of CRM and Platform that records calls and misbehaves as told, and a generator started against it.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use dryrun_generator::{Settings, serve};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// What the fake does with one call.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Refuse with a status and a Retry-After.
    Status(u16, Option<u32>),
    /// Store the call, then break off the answer.
    ApplyAndLose,
    /// Break off the answer and store nothing.
    Lose,
    /// Never answer.
    Hang,
    /// Answer 200 with this body.
    Body(Value),
}

/// One call that was received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) call: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

#[derive(Debug, Default)]
struct Inner {
    journal: Mutex<Vec<Received>>,
    stored: Mutex<Vec<Value>>,
    script: Mutex<HashMap<String, Vec<Act>>>,
    ids: AtomicU32,
}

/// A fake upstream service.
#[derive(Clone, Debug)]
pub(crate) struct Fake {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

impl Fake {
    pub(crate) async fn start() -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Fake { url, inner }
    }

    /// What to do with the next calls of a kind, one after another; after them the fake behaves.
    pub(crate) fn script(&self, call: &str, acts: Vec<Act>) {
        self.inner.script.lock().unwrap().insert(call.to_owned(), acts);
    }

    /// The calls of a kind, such as `POST /api/v1/email/send`.
    pub(crate) fn received(&self, call: &str) -> Vec<Received> {
        self.inner.journal.lock().unwrap().iter().filter(|entry| entry.call == call).cloned().collect()
    }

    /// All writing calls.
    pub(crate) fn writes(&self) -> Vec<Received> {
        self.inner
            .journal
            .lock()
            .unwrap()
            .iter()
            .filter(|entry| !entry.call.starts_with("GET"))
            .cloned()
            .collect()
    }

    /// What was stored: the calls that took effect.
    pub(crate) fn stored(&self) -> Vec<Value> {
        self.inner.stored.lock().unwrap().clone()
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let call = format!("{} {}", request.method(), request.uri().path());
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let bytes = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let entry = Received { call: call.clone(), headers, body: body.clone(), at: Instant::now() };
    inner.journal.lock().unwrap().push(entry);
    let act = {
        let mut script = inner.script.lock().unwrap();
        let acts = script.get_mut(&call);
        acts.and_then(|acts| if acts.is_empty() { None } else { Some(acts.remove(0)) })
    };
    match act {
        None => ok(&inner, &call, body),
        Some(Act::Status(status, after)) => {
            let mut response = Response::builder().status(status);
            if let Some(seconds) = after {
                response = response.header("retry-after", seconds);
            }
            response.body(Body::from(json!({"detail": "scripted"}).to_string())).unwrap()
        }
        Some(Act::ApplyAndLose) => {
            ok(&inner, &call, body);
            broken()
        }
        Some(Act::Lose) => broken(),
        Some(Act::Hang) => std::future::pending().await,
        Some(Act::Body(value)) => Response::new(Body::from(value.to_string())),
    }
}

fn broken() -> Response {
    let error: Result<Bytes, std::io::Error> = Err(std::io::Error::other("scripted"));
    Response::new(Body::from_stream(futures::stream::iter([error])))
}

fn ok(inner: &Inner, call: &str, body: Value) -> Response {
    let id = inner.ids.fetch_add(1, Ordering::SeqCst);
    let value = match call {
        "GET /health" => json!({"status": "healthy", "service": "fake"}),
        "GET /api/v1/content" => {
            let stored = inner.stored.lock().unwrap();
            let content: Vec<&Value> =
                stored.iter().filter(|item| item["content_type"].is_string()).collect();
            json!({"content": content, "total": content.len(), "limit": 50, "offset": 0})
        }
        "POST /api/v1/email/send" => {
            json!({"message_id": format!("msg_{id}"), "status": "sent", "recipients_count": 100})
        }
        "POST /api/v1/content/publish" => {
            json!({"content_id": format!("content_{id}"), "url": "https://halcytone.com/x", "status": "published"})
        }
        "POST /api/v1/social/post" => {
            json!({"post_id": format!("post_{id}"), "platform": body["platform"], "status": "posted"})
        }
        _ => json!({"status": "success"}),
    };
    if call.starts_with("POST") {
        let mut item = body;
        if let (Value::Object(item), Value::Object(made)) = (&mut item, &value) {
            item.extend(made.clone());
        }
        inner.stored.lock().unwrap().push(item);
    }
    Response::new(Body::from(value.to_string()))
}

/// A generator with its two upstream services.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) crm: Fake,
    pub(crate) platform: Fake,
    pub(crate) client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
}

pub(crate) const EMAIL: &str = "POST /api/v1/email/send";
pub(crate) const PUBLISH: &str = "POST /api/v1/content/publish";
pub(crate) const SOCIAL: &str = "POST /api/v1/social/post";
pub(crate) const GENERATE: &str = "/api/v2/generate-content";

impl World {
    /// Starts everything; `env` goes over fast retries and a short timeout.
    pub(crate) async fn start(env: &[(&str, &str)]) -> World {
        let (crm, platform) = (Fake::start().await, Fake::start().await);
        let mut all: HashMap<String, String> = [
            ("CRM_BASE_URL", crm.url.as_str()),
            ("PLATFORM_BASE_URL", platform.url.as_str()),
            ("CRM_API_KEY", "crm-key"),
            ("PLATFORM_API_KEY", "platform-key"),
            ("RETRY_BASE_MS", "1"),
            ("WEBHOOK_SECRET", "Jefe"),
        ]
        .into_iter()
        .chain(env.iter().copied())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        all.entry("UPSTREAM_TIMEOUT_MS".to_owned()).or_insert_with(|| "20000".to_owned());
        let settings = Settings::from_env(|name| all.get(name).cloned()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            serve(settings, listener, async {
                let _ = stopped.await;
            })
            .await
            .unwrap();
        });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        World { url, crm, platform, client, stop: Some(stop) }
    }

    /// Tells the generator to stop.
    pub(crate) fn stop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
    }

    /// POSTs JSON with the API key.
    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.post_with(path, body, &[]).await
    }

    pub(crate) async fn post_with(&self, path: &str, body: Value, headers: &[(&str, &str)]) -> (u16, Value) {
        let mut request =
            self.client.post(format!("{}{path}", self.url)).header("x-api-key", "dev-key").json(&body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request).await
    }

    /// POSTs bytes as they are, as JSON unless the headers say otherwise.
    pub(crate) async fn post_raw(&self, path: &str, body: &str, headers: &[(&str, &str)]) -> (u16, Value) {
        let mut request = self.client.post(format!("{}{path}", self.url)).body(body.to_owned());
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        read(self.client.get(format!("{}{path}", self.url)).header("x-api-key", "dev-key")).await
    }

    /// Waits until a job has left `pending` and `in_progress`.
    pub(crate) async fn finished(&self, job: &str) -> Value {
        for _ in 0..2000 {
            let (_, body) = self.get(&format!("/api/v2/jobs/{job}")).await;
            if !matches!(body["status"].as_str(), Some("pending" | "in_progress")) {
                return body;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("job {job} did not end");
    }
}

async fn read(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes))))
}
