//! A real provider, as our clients see one: its own ids, its own values, and whatever else a test wants of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::{Value, json};

/// A call that came.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Call {
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().unwrap().to_owned())
    }
}

/// An answer in the making.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
    /// In place of the body.
    pub(crate) text: Option<String>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        let headers = [("content-type", "application/json"), ("x-request-id", "r-1")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { status, headers: headers.into(), body, text: None }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }
}

type Tweak = Arc<dyn Fn(&Call, Answer) -> Answer + Send + Sync>;

/// A provider that listens.
pub(crate) struct Provider {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Call>>>,
}

impl Provider {
    /// One that keeps to the contract and does as our mock does, with other ids and other values.
    pub(crate) async fn faithful() -> Self {
        Self::tweaked(|_, answer| answer).await
    }

    /// One whose answers are changed before they go out.
    pub(crate) async fn tweaked(tweak: impl Fn(&Call, Answer) -> Answer + Send + Sync + 'static) -> Self {
        let tweak: Tweak = Arc::new(tweak);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&seen);
        let notes: Arc<Mutex<BTreeMap<String, Value>>> = Arc::default();
        let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let call = Call {
                method: method.to_string(),
                path: uri.path().to_owned(),
                query: uri.query().unwrap_or_default().to_owned(),
                headers,
                body: String::from_utf8_lossy(&body).into_owned(),
            };
            heard.lock().unwrap().push(call.clone());
            let answer = tweak(&call, regular(&mut notes.lock().unwrap(), &call));
            async move { response(answer) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(handler);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Call> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Call::line).collect()
    }
}

fn regular(notes: &mut BTreeMap<String, Value>, call: &Call) -> Answer {
    let request: Value = serde_json::from_str(&call.body).unwrap_or_default();
    let missing = || Answer::json(404, json!({"detail": "nothing of that name"}));
    match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/health") => Answer::json(200, json!({"status": "all is well"})),
        ("GET", "/notes") => {
            let all: Vec<&Value> = notes.values().collect();
            Answer::json(200, json!({"notes": all, "total": 7_000, "limit": 20}))
        }
        ("POST", "/notes") => {
            let id = format!("real-{}", 500 + notes.len());
            let labels = if request["labels"].is_object() { request["labels"].clone() } else { json!({}) };
            let note = json!({
                "id": id, "title": request["title"], "status": "open", "labels": labels, "author": null,
                "made_at": "2026-03-01T00:00:00Z"
            });
            notes.insert(id, note.clone());
            Answer::json(201, note)
        }
        ("DELETE", "/notes") => {
            notes.clear();
            empty()
        }
        ("POST", "/search") => Answer::json(200, json!({"hits": 12})),
        (method, path) => {
            let id = path.strip_prefix("/notes/").unwrap_or_default();
            match (method, notes.get(id).cloned()) {
                ("GET", Some(note)) => Answer::json(200, note),
                ("DELETE", Some(_)) => {
                    notes.remove(id);
                    empty()
                }
                _ => missing(),
            }
        }
    }
}

fn empty() -> Answer {
    let mut answer = Answer::json(204, Value::Null);
    answer.headers.remove("content-type");
    answer.text = Some(String::new());
    answer
}

fn response(answer: Answer) -> Response<Body> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.text.unwrap_or_else(|| answer.body.to_string()))).unwrap()
}
