//! A WebSocket client with a memory: [`Client`] collects every message in the background, so that a step can ask for
//! what came before it.

mod handshake;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::{DateTime, Utc};
use dryrun_record::FrameWay;
use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use handshake::Socket;

pub use handshake::Handshake;

/// Told of every frame: which way it went, and its text.
pub type Recorder = Arc<dyn Fn(FrameWay, &str) + Send + Sync>;

/// What it takes to open a connection.
#[derive(Clone)]
pub struct Opening {
    /// The whole address: `ws://127.0.0.1:8000/ws/live?role=observer`.
    pub url: String,
    /// Headers of the handshake.
    pub headers: Vec<(String, String)>,
    /// The session that the client joined by its name.
    pub session: Option<String>,
    /// Told of every frame.
    pub recorder: Recorder,
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A message that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// When.
    pub at: Instant,
    /// Its text; a binary one as its bytes read as UTF-8, broken ones replaced.
    pub text: String,
    /// The text as JSON, when it is.
    pub json: Option<Value>,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The close code (RFC 6455, section 7.4); `None` when the other side sent none.
    pub code: Option<u16>,
    /// The reason, or the error that ended the connection.
    pub reason: String,
    /// Whether it was our side that closed or cut it.
    pub by_us: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why a connection could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP status, when the service answered the handshake with one.
    pub status: Option<u16>,
    /// In words.
    pub reason: String,
    /// What was sent and came back; `None` when the request could not be built.
    pub handshake: Option<Handshake>,
}

/// An open, or once open, connection.
#[derive(Debug)]
pub struct Client {
    opening: Opening,
    handshake: Handshake,
    state: Arc<Mutex<State>>,
    version: watch::Receiver<u64>,
    orders: mpsc::UnboundedSender<Order>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<Received>,
    closed: Option<Closed>,
}

#[derive(Debug)]
enum Order {
    Send(String),
    Close,
    Cut,
}

impl Client {
    /// Opens a connection and starts to listen.
    ///
    /// # Errors
    /// No address, out of reach, or the handshake was refused.
    pub async fn open(opening: Opening) -> Result<Self, Refused> {
        let refused = |reason: String| Refused { status: None, reason, handshake: None };
        let mut request =
            opening.url.as_str().into_client_request().map_err(|error| refused(error.to_string()))?;
        for (name, value) in &opening.headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|error| refused(format!("header `{name}`: {error}")))?;
            let value =
                HeaderValue::from_str(value).map_err(|error| refused(format!("header `{name}`: {error}")))?;
            request.headers_mut().insert(name, value);
        }
        let (stream, handshake) = handshake::shake(request).await;
        let Some(stream) = stream else {
            let status = Some(handshake.status).filter(|status| *status != 0);
            let reason = match (status, &handshake.error) {
                (Some(status), _) => format!("the handshake was answered with {status}"),
                (None, error) => error.clone().unwrap_or_default(),
            };
            return Err(Refused { status, reason, handshake: Some(handshake) });
        };
        (opening.recorder)(FrameWay::Opened, "");
        let state = Arc::new(Mutex::new(State::default()));
        let (told, version) = watch::channel(0);
        let (orders, inbox) = mpsc::unbounded_channel();
        let listener = Listener { state: Arc::clone(&state), told, recorder: Arc::clone(&opening.recorder) };
        let task = tokio::spawn(listener.listen(stream, inbox));
        Ok(Self { opening, handshake, state, version, orders, task })
    }

    /// How it was opened, to open it again.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// The request that opened it, and its answer.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// Sends a text message.
    ///
    /// # Errors
    /// How the connection ended, when it did.
    pub fn send(&self, text: impl Into<String>) -> Result<(), Closed> {
        if let Some(closed) = self.closed() {
            return Err(closed);
        }
        self.order(Order::Send(text.into()))
    }

    /// Says goodbye (close code 1000).
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn leave(&self) -> Result<(), Closed> {
        self.order(Order::Close)
    }

    /// Cuts the connection without a word, as a lost network does.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn cut(&self) -> Result<(), Closed> {
        self.order(Order::Cut)
    }

    fn order(&self, order: Order) -> Result<(), Closed> {
        self.orders.send(order).map_err(|_| {
            self.closed().unwrap_or(Closed {
                code: None,
                reason: "the connection is gone".to_owned(),
                by_us: false,
                at: Utc::now(),
            })
        })
    }

    /// Everything that came since the connection opened, in order.
    pub fn messages(&self) -> Vec<Received> {
        lock(&self.state).messages.clone()
    }

    /// How the connection ended; `None` while it is open.
    pub fn closed(&self) -> Option<Closed> {
        lock(&self.state).closed.clone()
    }

    /// Waits until `look` finds something in the messages and the end so far, or the deadline passes, or the
    /// connection ended and nothing more can come.
    pub async fn wait_for<T>(
        &self,
        deadline: Instant,
        mut look: impl FnMut(&[Received], Option<&Closed>) -> Option<T>,
    ) -> Option<T> {
        let mut version = self.version.clone();
        loop {
            version.mark_unchanged();
            let ended = {
                let state = lock(&self.state);
                if let Some(found) = look(&state.messages, state.closed.as_ref()) {
                    return Some(found);
                }
                state.closed.is_some()
            };
            if ended
                || tokio::time::timeout_at(deadline.into(), version.changed())
                    .await
                    .map_or(true, |told| told.is_err())
            {
                // One last look: the message and the deadline may have come together.
                let state = lock(&self.state);
                return look(&state.messages, state.closed.as_ref());
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Listener {
    state: Arc<Mutex<State>>,
    told: watch::Sender<u64>,
    recorder: Recorder,
}

impl Listener {
    async fn listen(self, mut stream: WebSocketStream<Socket>, mut inbox: mpsc::UnboundedReceiver<Order>) {
        let mut leaving = false;
        loop {
            tokio::select! {
                order = inbox.recv(), if !leaving => match order {
                    Some(Order::Send(text)) => {
                        (self.recorder)(FrameWay::Sent, &text);
                        if let Err(error) = stream.send(Message::text(text)).await {
                            return self.end(None, error.to_string(), false);
                        }
                    }
                    Some(Order::Close) => {
                        leaving = true;
                        // The other side answers with its own close, which ends the loop below.
                        if let Err(error) = stream.close(None).await {
                            return self.end(None, error.to_string(), true);
                        }
                    }
                    Some(Order::Cut) => return self.end(None, "cut by the scenario".to_owned(), true),
                    None => return,
                },
                message = stream.next() => match message {
                    Some(Ok(Message::Text(text))) => self.keep(text.as_str()),
                    Some(Ok(Message::Binary(bytes))) => self.keep(&String::from_utf8_lossy(&bytes)),
                    Some(Ok(Message::Close(frame))) => {
                        // Flushes the answering close frame that the protocol wants.
                        let _ = stream.flush().await;
                        let (code, reason) = match frame {
                            Some(CloseFrame { code, reason }) => (Some(u16::from(code)), reason.as_str().to_owned()),
                            None => (None, String::new()),
                        };
                        return self.end(code, reason, leaving);
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return self.end(None, error.to_string(), leaving),
                    None => return self.end(None, "the connection ended without a close".to_owned(), leaving),
                },
            }
        }
    }

    fn keep(&self, text: &str) {
        (self.recorder)(FrameWay::Received, text);
        let message =
            Received { at: Instant::now(), json: serde_json::from_str(text).ok(), text: text.to_owned() };
        lock(&self.state).messages.push(message);
        self.told.send_modify(|version| *version += 1);
    }

    fn end(&self, code: Option<u16>, reason: String, by_us: bool) {
        let shown = match code {
            Some(code) => format!("{code} {reason}"),
            None => reason.clone(),
        };
        (self.recorder)(FrameWay::Closed, shown.trim());
        lock(&self.state).closed = Some(Closed { code, reason, by_us, at: Utc::now() });
        self.told.send_modify(|version| *version += 1);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
