//! Plays workflows of one request: [`Requests`].

use std::cell::Cell;
use std::collections::BTreeMap;

use dryrun_contract::Contract;
use dryrun_record::Masker;

use crate::correlation::Correlation;
use crate::meter::Meter;
use crate::plan::Slice;
use crate::profile::{Contracts, Request, Workflow};
use crate::transport::{Call, Reply, Transport};
use crate::turn::{Part, Turn};

use super::answers::{Answers, Tolerates};
use super::failures::Failures;
use super::prepared::{Prepared, mistakes};

/// Rows of test data: values by the names of their columns.
pub type Rows = [BTreeMap<String, String>];

/// What all requests of a load share.
pub struct Setup {
    /// Sends them.
    pub transport: Transport,
    /// The load run's number, for correlation; not 0.
    pub run: u64,
    /// The contract of the service under test, when one is known.
    pub contract: Option<Contract>,
    /// How many answers are held against it.
    pub contracts: Contracts,
    /// Which breaches are let pass, when some are.
    pub tolerates: Option<Tolerates>,
    /// Knows the secrets that may stand in no example of a failure.
    pub masker: Masker,
    /// Which rows of test data are this process's.
    pub slice: Slice,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("transport", &self.transport).finish_non_exhaustive()
    }
}

/// The workflows of a load that are one request each.
#[derive(Debug)]
pub struct Requests {
    transport: Transport,
    run: u64,
    slice: Slice,
    contract: Option<Contract>,
    answers: Answers,
    failures: Failures,
    /// By the number of their part.
    parts: Vec<Option<One>>,
}

#[derive(Debug)]
struct One {
    /// The workflow's name, which is its step's as well.
    name: String,
    /// One for each row of its data; at least one.
    prepared: Vec<Prepared>,
    /// Which comes next.
    next: Cell<usize>,
    status: Vec<u16>,
}

impl One {
    /// The next row's request. Of N shards each takes every N-th row, so that together they take them in order.
    fn prepared(&self, slice: Slice) -> &Prepared {
        let now = self.next.get();
        self.next.set(now.wrapping_add(slice.count as usize) % self.prepared.len());
        &self.prepared[now]
    }

    fn right(&self, status: u16) -> bool {
        if self.status.is_empty() { status < 400 } else { self.status.contains(&status) }
    }
}

impl Requests {
    /// No workflow yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let Setup { transport, run, contract, contracts, tolerates, masker, slice } = setup;
        Self {
            transport,
            run,
            slice,
            answers: Answers::new(contract.clone(), contracts, tolerates),
            contract,
            failures: Failures::new(masker),
            parts: Vec::new(),
        }
    }

    /// What a workflow of one request is called: by its own name, or by method and path.
    #[must_use]
    pub fn name(workflow: &Workflow, request: &Request) -> String {
        match workflow.name.is_empty() {
            // A credential in the query names nothing.
            true => Masker::new().text(&format!("{} {}", request.method, request.path)),
            false => workflow.name.clone(),
        }
    }

    /// Everything that is wrong with a request whatever the service is, one sentence each: to be asked before anything
    /// is started.
    #[must_use]
    pub fn mistakes(request: &Request, rows: &Rows) -> Vec<String> {
        mistakes(request, rows)
    }

    /// The workflow as the load sees it.
    #[must_use]
    pub fn part(workflow: &Workflow, request: &Request) -> Part {
        let name = Self::name(workflow, request);
        Part { steps: vec![name.clone()], name, weight: workflow.weight, think: workflow.think }
    }

    /// Takes in the workflow that is part `part` of the load. `${name}` in its path, headers and body stands for the
    /// value of that column of `rows`.
    ///
    /// # Errors
    /// What of it makes no request, in a sentence.
    pub fn add(
        &mut self,
        part: usize,
        workflow: &Workflow,
        request: &Request,
        rows: &Rows,
    ) -> Result<(), String> {
        let name = Self::name(workflow, request);
        let prepared =
            Prepared::all(request, rows, &self.transport, self.contract.as_ref(), self.failures.masker())
                .map_err(|message| format!("the request `{name}`: {message}"))?;
        let next = Cell::new(self.slice.index as usize % prepared.len());
        if self.parts.len() <= part {
            self.parts.resize_with(part + 1, || None);
        }
        self.parts[part] = Some(One { name, prepared, next, status: request.status.clone() });
        Ok(())
    }

    /// What stands at secret places of the requests of a part, its rows' one after another.
    pub fn private(&self, part: usize) -> impl Iterator<Item = &str> {
        let one = self.parts.get(part).and_then(Option::as_ref);
        one.into_iter().flat_map(|one| &one.prepared).flat_map(|one| &one.private).map(String::as_str)
    }

    /// Plays one iteration, and tells the meter of it. Gives the answer, if there was one, to whoever keeps accounts of what
    /// it says.
    ///
    /// # Panics
    /// If the turn's part is none of these workflows.
    pub async fn play(&self, turn: Turn, meter: &Meter) -> Option<Reply> {
        let one = self.parts.get(turn.part).and_then(Option::as_ref).expect("a part that was added");
        let prepared = one.prepared(self.slice);
        let mut headers = prepared.headers.clone();
        Correlation::new(self.run, turn.number).add_to(&mut headers, 0);
        let call = Call {
            method: prepared.method.clone(),
            target: prepared.target.clone(),
            headers,
            body: prepared.body.clone(),
        };
        let lease = self.transport.lease();
        let sent = lease.send(call, turn.intended).await;
        drop(lease);
        let ended = sent.timing.ended;
        let failed = |cause: &str| {
            meter.request(&turn, 0, &sent.timing, Some(cause), sent.bytes);
            meter.iteration(&turn, ended, Some(cause));
        };
        let reply = match &sent.outcome {
            Ok(reply) => reply,
            Err(fault) => {
                meter.failure(self.failures.transport(&one.name, prepared, fault));
                failed(fault.cause);
                return None;
            }
        };
        let breaches = self.answers.check(prepared, reply, meter);
        for breach in &breaches {
            meter.failure(self.failures.breach(&one.name, prepared, breach, reply));
        }
        let status = reply.status.as_u16();
        if !one.right(status) {
            meter.failure(self.failures.status(&one.name, prepared, &one.status, reply));
            failed(&self.failures.word(status));
        } else if breaches.is_empty() {
            meter.request(&turn, 0, &sent.timing, None, sent.bytes);
            meter.iteration(&turn, ended, None);
        } else {
            failed("contract");
        }
        sent.outcome.ok()
    }
}
