//! A small service under test, in this process: HTTP by hand and WebSockets by tokio-tungstenite's accepting side.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::{SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

pub(crate) struct Service {
    http: reqwest::Client,
    store: std::sync::OnceLock<String>,
    jobs: AtomicU32,
    ids: AtomicU32,
}

struct Heard {
    method: String,
    path: String,
    query: Map<String, Value>,
    headers: Map<String, Value>,
    body: Vec<u8>,
}

/// Starts it; the address, and where the store's address goes once it is known.
pub(crate) async fn start() -> (String, Arc<Service>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let service = Arc::new(Service {
        http: reqwest::Client::builder().no_proxy().build().expect("a client"),
        store: std::sync::OnceLock::new(),
        jobs: AtomicU32::new(0),
        ids: AtomicU32::new(0),
    });
    let shared = Arc::clone(&service);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(Arc::clone(&shared).serve(stream));
        }
    });
    (url, service)
}

impl Service {
    /// Tells it where the store is.
    pub(crate) fn store_is(&self, url: &str) {
        let _ = self.store.set(url.to_owned());
    }

    async fn serve(self: Arc<Self>, mut stream: TcpStream) {
        let mut start = [0_u8; 128];
        let Ok(seen) = stream.peek(&mut start).await else { return };
        let start = String::from_utf8_lossy(&start[..seen]).into_owned();
        if start.starts_with("GET /ws") && !start.contains("session_id=none") {
            return session(stream).await;
        }
        let Some(heard) = hear(&mut stream).await else { return };
        let (status, headers, body) = self.answer(&heard).await;
        let head = format!(
            "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(body.as_bytes()).await;
    }

    async fn answer(&self, heard: &Heard) -> (u16, String, String) {
        let json_of = |status: u16, body: Value| {
            (status, "content-type: application/json\r\nx-Version: 2\r\n".to_owned(), body.to_string())
        };
        let body: Value = serde_json::from_slice(&heard.body).unwrap_or_default();
        match heard.path.as_str() {
            "/ready" => json_of(200, json!({})),
            "/echo" | "/import" => json_of(
                200,
                json!({"method": heard.method, "query": heard.query, "headers": heard.headers, "json": body,
                       "text": String::from_utf8_lossy(&heard.body)}),
            ),
            "/items" => json_of(
                200,
                json!({"title": "Spring", "count": 3, "items": [
                    {"id": "a", "channel": "email", "at": "2026-01-24T10:00:00Z", "tags": []},
                    {"id": "b", "channel": "web", "at": "2026-01-24T11:00:00Z", "tags": ["x"]},
                    {"id": "c", "channel": "web", "at": "2026-01-25T10:00:00Z", "tags": ["x", "y"]}], "none": []}),
            ),
            "/metrics" => (200, "content-type: text/plain\r\n".to_owned(), "requests_total 3\n".to_owned()),
            "/new" => json_of(200, json!({"id": self.ids.fetch_add(1, Ordering::SeqCst), "kind": "new"})),
            "/job" => {
                let done = self.jobs.fetch_add(1, Ordering::SeqCst) >= 2;
                json_of(200, json!({"status": if done { "completed" } else { "pending" }}))
            }
            "/notes" if body["title"].is_string() && body["title"] != "" => json_of(201, json!({"id": "n1"})),
            "/notes" => json_of(422, json!({"detail": [{"msg": "title"}]})),
            "/publish" => json_of(200, self.publish(heard, &body).await),
            "/stray" => {
                self.call(heard, "/documets", &json!({})).await;
                json_of(200, json!({}))
            }
            "/replay" => {
                json_of(200, json!({"missed": [{"type": "chat"}], "since": heard.query.get("since")}))
            }
            path if path.starts_with("/ws") => json_of(403, json!({})),
            _ => json_of(404, json!({"detail": "nothing here"})),
        }
    }

    /// Publishes with up to three attempts; `lie` claims a success whatever happened, `twice` sends two times.
    async fn publish(&self, heard: &Heard, body: &Value) -> Value {
        let title = format!("{}!", body["title"].as_str().unwrap_or("Spring"));
        if body["preview_only"] == true && body["leak"] != true {
            return json!({"status": "preview", "published_to": [], "document": {"title": title}});
        }
        let sent = if body["differs"] == true {
            json!({"title": "other"})
        } else {
            json!({"title": title, "at": 1})
        };
        let sent = if body["bad"] == true { json!({"title": 5}) } else { sent };
        let mut id = None;
        for attempt in 0..3 {
            if attempt > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            }
            id = self.call(heard, "/documents", &sent).await;
            if id.is_some() {
                break;
            }
        }
        if body["twice"] == true {
            self.call(heard, "/documents", &sent).await;
        }
        let done = (id.is_some() && body["deny"] != true) || body["lie"] == true;
        json!({"status": if done { "success" } else { "failed" }, "published_to": if done { json!(["web"]) } else { json!([]) },
               "document": {"title": title}, "document_id": id})
    }

    async fn call(&self, heard: &Heard, path: &str, body: &Value) -> Option<String> {
        let mut request = self
            .http
            .post(format!("{}{path}", self.store.get()?))
            .header("content-type", "application/json")
            .header("x-api-key", "k");
        if let Some(Value::String(correlation)) = heard.headers.get("x-correlation-id") {
            request = request.header("x-correlation-id", correlation);
        }
        let response = request.body(body.to_string()).send().await.ok()?;
        let good = response.status().is_success();
        let answer: Value = serde_json::from_slice(&response.bytes().await.ok()?).ok()?;
        good.then(|| answer["id"].to_string())
    }
}

async fn hear(stream: &mut TcpStream) -> Option<Heard> {
    let mut head = Vec::new();
    let mut byte = [0_u8; 1];
    while !head.ends_with(b"\r\n\r\n") {
        (stream.read(&mut byte).await.ok()? == 1).then(|| head.push(byte[0]))?;
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let url = url::Url::parse(&format!("http://x{target}")).ok()?;
    let headers: Map<String, Value> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), Value::from(value)))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.as_str()?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let query =
        url.query_pairs().map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect();
    Some(Heard { method, path: url.path().to_owned(), query, headers, body })
}

/// Greets, echoes, and closes with 1008 at the word `bad`.
async fn session(stream: TcpStream) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    let _ = socket.send(Message::text(r#"{"type": "welcome", "session": "s1"}"#)).await;
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        if text.as_str() == "bad" {
            let _ = socket.close(Some(CloseFrame { code: CloseCode::Policy, reason: "no".into() })).await;
        } else {
            let _ = socket.send(Message::Text(text)).await;
        }
    }
}
