//! The way through httpmock: one `httpmock` server for the process with one catch-all mock, behind which every engine
//! answers its calls.
//!
//! httpmock keeps a pool of 25 servers and blocks for ever on the 26th, and looks through its mocks one by one under a
//! lock; so all mocks of a process share one server and one mock. A private header tells which call it is.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use dryrun_contract::{Breach, Operation};
use http_body_util::{BodyExt as _, Full};
use httpmock::{HttpMockRequest, HttpMockResponse};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::OnceCell;

use crate::engine::{Answer, Call, Engine};
use crate::error::MockError;
use crate::world::State;

/// The private header. What a client sends under this name never gets here.
pub(crate) const TICKET: &str = "x-dryrun-ticket";

/// Headers that belong to one connection (RFC 9110, 7.6.1), or that the relay writes itself.
const OWN: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    TICKET,
];

static SERVER: OnceCell<httpmock::MockServer> = OnceCell::const_new();
static JOBS: LazyLock<Mutex<HashMap<u64, Arc<Job>>>> = LazyLock::new(Mutex::default);
static TICKETS: AtomicU64 = AtomicU64::new(1);

/// A call on its way to its engine.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) engine: Arc<Engine>,
    pub(crate) state: State,
    pub(crate) operation: Operation,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) breaches: Vec<Breach>,
    /// What the engine said beside the answer itself: delay, trouble.
    pub(crate) aside: Mutex<Option<Answer>>,
}

/// One mock's connections to the shared server.
#[derive(Debug, Clone)]
pub(crate) struct Relay {
    address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// Takes the ticket back when the call is over, however it ends.
struct Ticket(u64);

impl Drop for Ticket {
    fn drop(&mut self) {
        jobs().remove(&self.0);
    }
}

fn jobs() -> MutexGuard<'static, HashMap<u64, Arc<Job>>> {
    JOBS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Relay {
    /// Connects to the server of this process, which is started at the first call.
    pub(crate) async fn new() -> Result<Self, MockError> {
        let server = SERVER
            .get_or_init(|| async {
                let server = httpmock::MockServer::start_async().await;
                server.mock_async(|_any, then| drop(then.respond_with(answer))).await;
                server
            })
            .await;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { address: *server.address(), client })
    }

    /// Sends a call through httpmock to its engine.
    pub(crate) async fn send(&self, target: &str, job: Job) -> Result<Answer, MockError> {
        let fail = |what: String| MockError::Engine(what);
        let mut request = http::Request::builder()
            .method(job.operation.method.as_str())
            .uri(format!("http://{}{target}", self.address));
        for (name, value) in job.headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            // The engine has the headers as they came; one that httpmock could not read as text stays behind.
            if value.chars().all(|c| c.is_ascii() && !c.is_ascii_control()) {
                request = request.header(name.as_str(), value.as_str());
            }
        }
        let ticket = Ticket(TICKETS.fetch_add(1, Ordering::Relaxed));
        let request = request
            .header(TICKET, ticket.0.to_string())
            .body(Full::new(job.body.clone()))
            .map_err(|error| fail(format!("the call could not be passed on: {error}")))?;
        let job = Arc::new(job);
        jobs().insert(ticket.0, Arc::clone(&job));
        let response = self.client.request(request).await.map_err(|error| fail(error.to_string()))?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| fail(error.to_string()))?.to_bytes();
        let aside = job.aside.lock().unwrap_or_else(PoisonError::into_inner).take();
        let aside = aside.ok_or_else(|| fail("the engine did not see the call".to_owned()))?;
        let headers =
            head.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "content-length" | "date"));
        let headers = headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        Ok(Answer { status: head.status.as_u16(), headers: headers.collect(), body: body.to_vec(), ..aside })
    }
}

/// The one mock: finds the call by its ticket and lets its engine answer.
fn answer(request: &HttpMockRequest) -> HttpMockResponse {
    let ticket = request.headers_vec().iter().find(|(name, _)| name == TICKET);
    let job =
        ticket.and_then(|(_, value)| value.parse().ok()).and_then(|ticket: u64| jobs().get(&ticket).cloned());
    let Some(job) = job else {
        return HttpMockResponse::builder().status(404).build();
    };
    let call = Call {
        operation: &job.operation,
        parameters: &job.parameters,
        query: &job.query,
        headers: &job.headers,
        body: &job.body,
        breaches: &job.breaches,
    };
    let mut answer = job.engine.answer(&job.state, &call);
    let response = HttpMockResponse::builder()
        .status(answer.status)
        .headers(std::mem::take(&mut answer.headers))
        .body(std::mem::take(&mut answer.body))
        .build();
    *job.aside.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    response
}
