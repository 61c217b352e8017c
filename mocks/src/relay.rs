//! The way through httpmock: a few `httpmock` servers for the process, each with one catch-all mock, behind which the
//! engines answer their calls.
//!
//! httpmock keeps a pool of 25 servers and blocks for ever on the 26th, and looks through its mocks one by one under a
//! lock; so the mocks of a process share servers, of which there is one for each spare core, and each server has one mock.
//! A private header tells which call it is.
//!
//! What goes there is the request line, the ticket and the body, over connections that are kept; what comes back is the
//! status and the body. Headers go beside: httpmock would only copy them, and twice so.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use dryrun_contract::Breach;
use dryrun_record::Request;
use httpmock::{HttpMockRequest, HttpMockResponse};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use crate::answer::Answer;
use crate::engine::{Call, Engine};
use crate::error::MockError;
use crate::gauge;
use crate::wire::{TICKET, Told, Wire};
use crate::world::State;

/// The servers of this process: one for each core but those that service and harness need, each on a thread of its own.
static SERVERS: LazyLock<Vec<Server>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    (0..cores.saturating_sub(1).clamp(1, MOST_SERVERS)).map(|_| Server::default()).collect()
});
/// httpmock's pool has room for 25, and blocks for ever on the next.
const MOST_SERVERS: usize = 8;
/// Mocks take the servers in turn.
static TURN: AtomicUsize = AtomicUsize::new(0);
static JOBS: LazyLock<Mutex<HashMap<u64, Arc<Job>>>> = LazyLock::new(Mutex::default);
static TICKETS: AtomicU64 = AtomicU64::new(1);

/// A server of httpmock, started when first needed.
#[derive(Default)]
struct Server {
    server: OnceCell<httpmock::MockServer>,
    place: Arc<OnceLock<Place>>,
}

/// Where a server works.
#[derive(Debug)]
struct Place {
    runtime: Handle,
    /// As the system numbers it.
    thread: Option<u64>,
}

/// A call on its way to its engine.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) engine: Arc<Engine>,
    pub(crate) state: State,
    /// Its position in the engine's contract.
    pub(crate) operation: usize,
    /// The call as it will be recorded.
    pub(crate) request: Arc<Request>,
    pub(crate) parameters: Vec<(String, String)>,
    /// The whole body; what is recorded may be cut.
    pub(crate) body: Bytes,
    /// The body, if it was read as JSON.
    pub(crate) read: Option<Arc<Value>>,
    pub(crate) breaches: Vec<Breach>,
    /// What the engine said beside status and body.
    pub(crate) aside: Mutex<Option<Answer>>,
}

/// One mock's connection to the shared server.
#[derive(Debug)]
pub(crate) struct Relay {
    address: SocketAddr,
    place: Arc<OnceLock<Place>>,
    /// `None` until the first call.
    wire: Mutex<Option<Wire>>,
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
    /// Connects to one of the servers of this process, which is started when it is first connected to.
    pub(crate) async fn new() -> Result<Self, MockError> {
        let turn = TURN.fetch_add(1, Ordering::Relaxed);
        Self::at(&SERVERS[turn % SERVERS.len()]).await
    }

    async fn at(Server { server, place }: &Server) -> Result<Self, MockError> {
        let learnt = Arc::clone(place);
        let server = server
            .get_or_try_init(|| async {
                let server = httpmock::MockServer::start_async().await;
                let here = move |request: &HttpMockRequest| {
                    learnt.get_or_init(|| Place { runtime: Handle::current(), thread: gauge::this_thread() });
                    answer(request)
                };
                server.mock_async(|_any, then| drop(then.respond_with(here))).await;
                // A call without a ticket: the mock learns where it works.
                Wire::connect(*server.address()).await?.call("GET", "/", 0, Bytes::new()).await?;
                Ok(server)
            })
            .await
            .map_err(|error: io::Error| {
                MockError::Engine(format!("the server could not be started: {error}"))
            })?;
        Ok(Self { address: *server.address(), place: Arc::clone(place), wire: Mutex::default() })
    }

    /// Where the mocks are served: on the thread of the server, so that a call goes through all of its way without a
    /// change of threads, which would cost more than the work itself.
    pub(crate) fn runtime(&self) -> Result<&Handle, MockError> {
        let place = self.place.get();
        place
            .map(|place| &place.runtime)
            .ok_or_else(|| MockError::Engine("the server has no runtime".to_owned()))
    }

    /// The thread that the mock is served on, as the system numbers it. `None` where it does not tell.
    pub(crate) fn thread(&self) -> Option<u64> {
        self.place.get()?.thread
    }

    /// Sends a call through httpmock to its engine.
    pub(crate) async fn send(&self, method: &str, target: &str, job: Job) -> Result<Answer, MockError> {
        let fail = |what: String| MockError::Engine(what);
        let ticket = Ticket(TICKETS.fetch_add(1, Ordering::Relaxed));
        let job = Arc::new(job);
        jobs().insert(ticket.0, Arc::clone(&job));
        // HEAD would lose the body that the contract is asked about.
        let method = if method == "HEAD" { "GET" } else { method };
        let sent = self.exchange(method, target, ticket.0, &job).await;
        let (status, body) =
            sent.map_err(|error| fail(format!("the call could not be passed on: {error}")))?;
        let aside = job.aside.lock().unwrap_or_else(PoisonError::into_inner).take();
        let aside = aside.ok_or_else(|| fail("the engine did not see the call".to_owned()))?;
        Ok(Answer { status, body, ..aside })
    }

    async fn exchange(&self, method: &str, target: &str, ticket: u64, job: &Job) -> io::Result<Told> {
        let answer = self.wire().await?.call(method, target, ticket, job.body.clone()).await;
        if answer.is_err() && !job.done() {
            // A connection that was kept may have ended in the meantime; the engine has not seen the call.
            return self.wire().await?.call(method, target, ticket, job.body.clone()).await;
        }
        answer
    }

    /// The connection, made anew when it has ended.
    async fn wire(&self) -> io::Result<Wire> {
        if let Some(wire) = self.kept().as_ref().filter(|wire| !wire.is_closed()) {
            return Ok(wire.clone());
        }
        // Two who connect at once both get on; the later one's connection is kept.
        let wire = Wire::connect(self.address).await?;
        *self.kept() = Some(wire.clone());
        Ok(wire)
    }

    fn kept(&self) -> MutexGuard<'_, Option<Wire>> {
        self.wire.lock().unwrap_or_else(PoisonError::into_inner)
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
        path: &job.request.path,
        parameters: &job.parameters,
        query: &job.request.query,
        headers: &job.request.headers,
        body: &job.body,
        breaches: &job.breaches,
        request: Some(&job.request),
        read: job.read.as_ref(),
    };
    let mut answer = guarded(|| job.engine.answer(&job.state, &call));
    let body = std::mem::take(&mut answer.body);
    let response = HttpMockResponse::builder().status(answer.status).body(body).build();
    *job.aside.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    response
}

/// A panic must not end the connection: other calls are on it.
fn guarded(answer: impl FnOnce() -> Answer) -> Answer {
    catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        let what = format!("the engine of the mock has failed: {text}");
        Answer { trouble: Some(what.clone()), ..Answer::json(502, &json!({"detail": what})) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each server has a thread, and its mocks work there: with more cores there are more of them.
    #[tokio::test]
    async fn each_server_works_on_a_thread_of_its_own() {
        let servers = [Server::default(), Server::default()];
        let (one, two) = (Relay::at(&servers[0]).await.unwrap(), Relay::at(&servers[1]).await.unwrap());
        assert_ne!(one.address, two.address);
        let thread = |relay: &Relay| {
            let runtime = relay.runtime().unwrap().clone();
            async move { runtime.spawn(async { std::thread::current().id() }).await.unwrap() }
        };
        assert_ne!(thread(&one).await, thread(&two).await);
        if cfg!(target_os = "linux") {
            assert!(one.thread().is_some() && one.thread() != two.thread());
        }
        assert_eq!(Relay::at(&servers[0]).await.unwrap().address, one.address);
    }

    #[test]
    fn a_panic_becomes_an_answer_that_says_so() {
        let answer = guarded(|| panic!("lost {}", "it"));
        assert_eq!(answer.status, 502);
        assert_eq!(answer.trouble.as_deref(), Some("the engine of the mock has failed: lost it"));
        assert_eq!(guarded(|| Answer::json(200, &json!(1))).body, b"1");
    }
}
