//! A call under way: [`Flight`] makes sure that it ends in the journal, however it ends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use dryrun_contract::Contract;
use dryrun_record::{Attribution, Body, Breach, Direction, Exchange, Request, Response};

use crate::answer::Answer;
use crate::convert::record_breach;
use crate::shared::Shared;
use crate::viewstate::{Told, ViewState};

/// What stands in the place of a request that is elsewhere.
fn nobody() -> Request {
    Request {
        method: String::new(),
        path: String::new(),
        query: String::new(),
        headers: Vec::new(),
        body: Body::default(),
    }
}

/// What stands in the place of an exchange that went into the journal.
fn hollow() -> Exchange {
    Exchange {
        id: String::new(),
        direction: Direction::ToMock,
        service: String::new(),
        scenario: None,
        attempt: 0,
        attribution: Attribution::None,
        operation: None,
        at_us: 0,
        duration_us: 0,
        request: nobody(),
        response: None,
        error: None,
        fault: None,
        unexpected: None,
        breaches: Vec::new(),
    }
}

/// For calls that are over.
static NOBODY: LazyLock<Arc<Request>> = LazyLock::new(|| Arc::new(nobody()));

/// Numbers exchanges over all mocks of the process, so that ids stay unique when workers have mocks of their own.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A call from its arrival to its end.
pub(crate) struct Flight {
    shared: Arc<Shared>,
    pub(crate) view: Arc<ViewState>,
    arrival: u64,
    began: Instant,
    /// Without its request, which is back when it ends.
    pub(crate) exchange: Exchange,
    request: Arc<Request>,
    /// What is written when the client hangs up before the end.
    pub(crate) if_given_up: &'static str,
    over: bool,
}

impl Flight {
    pub(crate) fn new(shared: Arc<Shared>, request: Request) -> Self {
        let began = Instant::now();
        let arrival = shared.arrivals.fetch_add(1, Ordering::SeqCst);
        let (view, attribution) = shared.hub.attribute(&request.headers);
        view.arrive();
        let at = began.saturating_duration_since(shared.options.started);
        let owner = view.owner.as_ref().filter(|_| attribution != Attribution::None);
        let exchange = Exchange {
            id: format!("{}-{}", shared.key, NEXT.fetch_add(1, Ordering::Relaxed)),
            direction: Direction::ToMock,
            service: shared.key.clone(),
            scenario: owner.map(|owner| owner.scenario.clone()),
            attempt: owner.map_or(0, |owner| owner.attempt),
            attribution,
            operation: None,
            at_us: u64::try_from(at.as_micros()).unwrap_or(u64::MAX),
            duration_us: 0,
            request: nobody(),
            response: None,
            error: None,
            fault: None,
            unexpected: None,
            breaches: Vec::new(),
        };
        let if_given_up = "the client hung up before its request was complete";
        Self { shared, view, arrival, began, exchange, request: Arc::new(request), if_given_up, over: false }
    }

    /// The request as it will be recorded.
    pub(crate) fn request(&self) -> &Arc<Request> {
        &self.request
    }

    /// The body has come; before anybody else holds the request.
    pub(crate) fn received(&mut self, body: &[u8]) {
        let limit = self.shared.options.body_limit;
        Arc::make_mut(&mut self.request).body = Body::keep(body, limit);
    }

    pub(crate) fn breaches(&mut self, breaches: &[dryrun_contract::Breach]) {
        let key = &self.shared.key;
        self.exchange.breaches.extend(breaches.iter().map(|breach| record_breach(key, breach)));
    }

    /// Checks the answer against the contract, unless a fault that was asked for made it.
    pub(crate) fn check(
        &mut self,
        contract: &Contract,
        operation: &dryrun_contract::Operation,
        answer: &Answer,
    ) {
        if let Some(trouble) = &answer.trouble {
            self.exchange.breaches.push(Breach {
                side: "response".to_owned(),
                service: self.shared.key.clone(),
                operation: operation.line(),
                status: Some(answer.status),
                instance_path: "behaviour".to_owned(),
                schema_path: String::new(),
                found: trouble.clone(),
                wanted: "a behaviour that can be worked out".to_owned(),
                keyword: "behaviour".to_owned(),
                allowed: None,
            });
        }
        // The contract has been asked already, or knows nothing of such an answer.
        if !answer.checked && !answer.own {
            let breaches = contract.check_response(operation, answer.status, &answer.headers, &answer.body);
            self.breaches(&breaches);
        }
    }

    /// The answer is ready to go out.
    pub(crate) fn answered(mut self, status: u16, headers: Vec<(String, String)>, body: &[u8]) {
        // The body of an answer to HEAD is made, and checked, but never sent.
        let sent: &[u8] = if self.request.method == "HEAD" { b"" } else { body };
        let body = Body::keep(sent, self.shared.options.body_limit);
        self.exchange.response = Some(Response { status, headers, body });
        self.end();
    }

    /// There will be no answer.
    pub(crate) fn failed(mut self, why: &str) {
        self.exchange.error = Some(why.to_owned());
        self.end();
    }

    fn end(&mut self) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.exchange.duration_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        // Taken, not copied, unless an engine is still at it: bodies can be large.
        let request = std::mem::replace(&mut self.request, Arc::clone(&NOBODY));
        self.exchange.request = Arc::unwrap_or_clone(request);
        self.shared.gauge.record(self.exchange.duration_us);
        let exchange = std::mem::replace(&mut self.exchange, hollow());
        // A listener that is gone hears nothing: what comes then is told to everybody.
        let over = self.view.closed.load(Ordering::SeqCst);
        match (&self.view.told, &self.shared.options.on_exchange) {
            (Told::Listener(listener), _) if !over => listener(&exchange),
            (Told::Everybody | Told::Listener(_), Some(on_exchange)) => {
                on_exchange(&exchange);
                self.shared.hub.file(&self.view, self.arrival, Arc::new(exchange));
            }
            (Told::Journal | Told::Everybody | Told::Listener(_), _) => {
                self.shared.hub.file(&self.view, self.arrival, Arc::new(exchange));
            }
        }
        self.view.leave();
    }
}

impl Drop for Flight {
    /// Hyper drops a call whose client has hung up.
    fn drop(&mut self) {
        if !self.over {
            self.exchange.error = Some(self.if_given_up.to_owned());
            self.end();
        }
    }
}
