//! HTTP/1.1 for the load's own thread: [`Transport`]. Cheaper than a client for everybody, and it tells connect, head
//! and body apart.
//!
//! A connection has no task of its own. Whoever waits for an answer drives it, so that a request wakes one task, not two,
//! and nothing is handed over between them. A kept connection is looked at before it is used again: one that the service
//! has closed meanwhile is not a failure.

mod address;
mod connection;
mod fault;
mod marks;
mod pool;
mod secure;
mod sent;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::Request;
use hyper::header::{AUTHORIZATION, CONNECTION, HOST, HeaderValue};

use crate::meter::Timing;
use crate::profile::Connections;

use address::Address;
use connection::{Broken, Connection};
use marks::Marks;
use pool::Pool;
use secure::Secure;

pub use address::{AddressError, Target};
pub use fault::Fault;
pub use sent::{Call, Reply, Sent};

/// The longest answer that is held in memory, in bytes. A longer one is the failure `body too long`.
const BODY_LIMIT: usize = 64 << 20;

/// A kept connection that lay idle for so long may have been closed by the service in this very moment.
const LIKELY_STALE: Duration = Duration::from_millis(500);

/// Sends requests to one service. A handle; its clones share the connections. Belongs to one thread, which must run a
/// tokio runtime.
#[derive(Debug, Clone)]
pub struct Transport {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    address: Address,
    connections: Connections,
    timeout: Duration,
    limit: usize,
    wire: Wire,
}

#[derive(Debug)]
enum Wire {
    Plain(Pool),
    Secure(Secure),
}

impl Transport {
    /// For the service at `base`: `http://host:8080/base`. Names are resolved now, once, and all their addresses are kept.
    /// A request without a whole answer after `timeout` has failed.
    ///
    /// # Errors
    /// No address, an unknown host, or no client for https.
    pub fn new(base: &str, connections: Connections, timeout: Duration) -> Result<Self, AddressError> {
        let address = Address::new(base)?;
        let wire = match address.secure {
            false => Wire::Plain(Pool::default()),
            true => Wire::Secure(Secure::new(&address, connections)?),
        };
        Ok(Self { inner: Rc::new(Inner { address, connections, timeout, limit: BODY_LIMIT, wire }) })
    }

    /// Holds answers of at most so many bytes.
    #[cfg(test)]
    fn body_limit(self, limit: usize) -> Self {
        let inner = Rc::try_unwrap(self.inner).expect("a transport that nobody uses yet");
        Self { inner: Rc::new(Inner { limit, ..inner }) }
    }

    /// Where a path with its query leads: to be made once and used many times. A whole address is taken as well, if it is
    /// one of this service.
    ///
    /// # Errors
    /// A path that does not begin with a slash, or an address of somebody else; in a sentence.
    pub fn target(&self, path: &str) -> Result<Target, String> {
        self.inner.address.target(path)
    }

    /// Whether an address is one of this service: scheme, host and port are the same.
    #[must_use]
    pub fn serves(&self, address: &str) -> bool {
        self.inner.address.serves(address)
    }

    /// What an iteration sends by. When it is dropped, connections of the iteration's own are closed.
    #[must_use]
    pub fn lease(&self) -> Lease {
        let own = match (self.inner.connections, &self.inner.wire) {
            (Connections::Iteration, Wire::Plain(_)) => Own::Plain(Pool::default()),
            (Connections::Iteration, Wire::Secure(secure)) => Own::Secure(Box::new(secure.apart())),
            _ => Own::None,
        };
        Lease { transport: self.clone(), own }
    }

    /// How many connections are kept at the moment for whoever comes next.
    #[must_use]
    pub fn idle(&self) -> usize {
        match &self.inner.wire {
            Wire::Plain(pool) => pool.len(),
            Wire::Secure(_) => 0,
        }
    }
}

/// What an iteration sends by.
#[derive(Debug)]
pub struct Lease {
    transport: Transport,
    own: Own,
}

#[derive(Debug)]
enum Own {
    None,
    Plain(Pool),
    Secure(Box<Secure>),
}

impl Lease {
    /// Sends a request and reads its answer to the end. `from` is when it is timed from. Dropped before its end, it
    /// closes its connection.
    pub async fn send(&self, call: Call, from: Instant) -> Sent {
        let inner = &*self.transport.inner;
        let began = Instant::now();
        let mut marks = Marks::new(began);
        let outcome = match &inner.wire {
            Wire::Plain(shared) => {
                let pool = match (&self.own, inner.connections) {
                    (Own::Plain(own), _) => Some(own),
                    (_, Connections::Request) => None,
                    _ => Some(shared),
                };
                within(inner.timeout, inner.plain(pool, call, &mut marks)).await
            }
            Wire::Secure(shared) => {
                let client = if let Own::Secure(own) = &self.own { own } else { shared };
                within(inner.timeout, client.send(call, inner.limit, &mut marks)).await
            }
        };
        let ended = Instant::now();
        let outcome = outcome.unwrap_or_else(|| Err(Fault::timeout(inner.timeout, &marks)));
        let bytes = outcome.as_ref().map_or(marks.bytes, |reply| reply.body.len()) as u64;
        let Marks { connect, sent, head, .. } = marks;
        Sent { timing: Timing { from, connect, sent, head, ended }, outcome, bytes }
    }
}

impl Inner {
    /// One request over a kept connection or a new one.
    async fn plain(&self, pool: Option<&Pool>, mut call: Call, marks: &mut Marks) -> Result<Reply, Fault> {
        call.headers.entry(HOST).or_insert_with(|| self.address.host.clone());
        if let Some(credentials) = &self.address.credentials {
            call.headers.entry(AUTHORIZATION).or_insert_with(|| credentials.clone());
        }
        if pool.is_none() {
            call.headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(kept) = pool {
            // At most one kept connection is tried: a second one that closes under our hands is told.
            if let Some((mut connection, idle)) = kept.take(marks.sent).await {
                let spare = (idle > LIKELY_STALE && call.method.is_safe()).then(|| call.clone());
                match connection.exchange(call.into_request(), self.limit, marks).await {
                    Ok(reply) => {
                        kept.put(connection, &reply);
                        return Ok(reply);
                    }
                    // It never left this process: it can be sent again, whatever it is.
                    Err(Broken { unsent: Some(request), .. }) => {
                        return self.anew(pool, *request, marks).await;
                    }
                    // Sent, and no byte came back: only a request that changes nothing may be sent again.
                    Err(Broken { fault, .. }) => match spare.filter(|_| marks.head.is_none() && fault.gone())
                    {
                        Some(call) => return self.anew(pool, call.into_request(), marks).await,
                        None => return Err(fault),
                    },
                }
            }
        }
        self.anew(pool, call.into_request(), marks).await
    }

    async fn anew(
        &self,
        pool: Option<&Pool>,
        request: Request<connection::Payload>,
        marks: &mut Marks,
    ) -> Result<Reply, Fault> {
        let begun = Instant::now();
        let mut connection = Connection::open(&self.address).await?;
        marks.sent = Instant::now();
        marks.connect = Some(marks.sent - begun);
        let reply = connection.exchange(request, self.limit, marks).await.map_err(|broken| broken.fault)?;
        if let Some(pool) = pool {
            pool.put(connection, &reply);
        }
        Ok(reply)
    }
}

/// `None` when time was up.
async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let future = pin!(future);
    tokio::time::timeout(limit, future).await.ok()
}
