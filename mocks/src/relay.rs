//! The way through httpmock: one `httpmock` server for the process with one catch-all mock, behind which every engine
//! answers its calls.
//!
//! httpmock keeps a pool of 25 servers and blocks for ever on the 26th, and looks through its mocks one by one under a
//! lock; so all mocks of a process share one server and one mock. A private header tells which call it is.
//!
//! What goes there is the request line, the ticket and the body, over connections that are kept; what comes back is the
//! status and the body. Headers go beside: httpmock would only copy them, and twice so.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use dryrun_contract::Breach;
use httpmock::{HttpMockRequest, HttpMockResponse};
use tokio::sync::OnceCell;

use crate::answer::Answer;
use crate::engine::{Call, Engine};
use crate::error::MockError;
use crate::wire::{TICKET, Wire};
use crate::world::State;

static SERVER: OnceCell<httpmock::MockServer> = OnceCell::const_new();
static JOBS: LazyLock<Mutex<HashMap<u64, Arc<Job>>>> = LazyLock::new(Mutex::default);
static TICKETS: AtomicU64 = AtomicU64::new(1);

/// A call on its way to its engine.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) engine: Arc<Engine>,
    pub(crate) state: State,
    /// Its position in the engine's contract.
    pub(crate) operation: usize,
    pub(crate) path: String,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) breaches: Vec<Breach>,
    /// What the engine said beside status and body.
    pub(crate) aside: Mutex<Option<Answer>>,
}

/// One mock's connections to the shared server.
#[derive(Debug)]
pub(crate) struct Relay {
    address: SocketAddr,
    /// Those that wait for a call.
    idle: Mutex<Vec<Wire>>,
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
        Ok(Self { address: *server.address(), idle: Mutex::default() })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Wire>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a call through httpmock to its engine.
    pub(crate) async fn send(&self, method: &str, target: &str, job: Job) -> Result<Answer, MockError> {
        let fail = |what: String| MockError::Engine(what);
        let ticket = Ticket(TICKETS.fetch_add(1, Ordering::Relaxed));
        let job = Arc::new(job);
        jobs().insert(ticket.0, Arc::clone(&job));
        // HEAD would lose the body that the contract is asked about.
        let method = if method == "HEAD" { "GET" } else { method };
        let sent = self.exchange(method, target, ticket.0, &job.body).await;
        let (status, body) =
            sent.map_err(|error| fail(format!("the call could not be passed on: {error}")))?;
        let aside = job.aside.lock().unwrap_or_else(PoisonError::into_inner).take();
        let aside = aside.ok_or_else(|| fail("the engine did not see the call".to_owned()))?;
        Ok(Answer { status, body, ..aside })
    }

    async fn exchange(
        &self,
        method: &str,
        target: &str,
        ticket: u64,
        body: &[u8],
    ) -> io::Result<(u16, Vec<u8>)> {
        let kept = self.idle().pop();
        let (mut wire, kept) = match kept {
            Some(wire) => (wire, true),
            None => (Wire::connect(self.address).await?, false),
        };
        let mut answer = wire.call(method, target, ticket, body).await;
        if answer.is_err() && kept && jobs().get(&ticket).is_some_and(|job| !job.done()) {
            // A connection that was kept may have been closed in the meantime; the engine has not seen the call.
            wire = Wire::connect(self.address).await?;
            answer = wire.call(method, target, ticket, body).await;
        }
        let answer = answer?;
        self.idle().push(wire);
        Ok(answer)
    }
}

impl Job {
    fn done(&self) -> bool {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

/// The one mock: finds the call by its ticket and lets its engine answer.
fn answer(request: &HttpMockRequest) -> HttpMockResponse {
    let ticket = request.headers_vec().iter().find(|(name, _)| name == TICKET);
    let job =
        ticket.and_then(|(_, value)| value.parse().ok()).and_then(|ticket: u64| jobs().get(&ticket).cloned());
    let known =
        job.as_ref().and_then(|job| Some((job, job.engine.contract.operations().get(job.operation)?)));
    let Some((job, operation)) = known else {
        return HttpMockResponse::builder().status(404).build();
    };
    let call = Call {
        operation,
        path: &job.path,
        parameters: &job.parameters,
        query: &job.query,
        headers: &job.headers,
        body: &job.body,
        breaches: &job.breaches,
    };
    let mut answer = job.engine.answer(&job.state, &call);
    let body = std::mem::take(&mut answer.body);
    let response = HttpMockResponse::builder().status(answer.status).body(body).build();
    *job.aside.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    response
}
