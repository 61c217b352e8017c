//! What is said of a request that did not work: [`Failures`].

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dryrun_contract::{Breach, Segment};
use dryrun_record::Masker;
use dryrun_record::load::LoadFailure;

use super::prepared::Prepared;
use crate::transport::{Fault, Reply};

/// So many different failures have an example.
const EXAMPLES: usize = 100;

/// So much of an answer's body is shown in an example, in characters.
const SHOWN: usize = 600;

/// So much of it is looked through for secrets, in bytes: what is cut first and masked then may show half a secret.
const READ: usize = 64 << 10;

/// Writes failures down. Examples are written for the first of each kind only: a service that fails all the time must
/// not make the load slow.
#[derive(Debug)]
pub(super) struct Failures {
    masker: Masker,
    seen: RefCell<BTreeSet<String>>,
    /// `status 503` by number.
    words: RefCell<BTreeMap<u16, Rc<str>>>,
}

impl Failures {
    pub(super) fn new(masker: Masker) -> Self {
        Self { masker, seen: RefCell::default(), words: RefCell::default() }
    }

    pub(super) fn masker(&self) -> &Masker {
        &self.masker
    }

    /// `status 503`, written once.
    pub(super) fn word(&self, status: u16) -> Rc<str> {
        Rc::clone(self.words.borrow_mut().entry(status).or_insert_with(|| format!("status {status}").into()))
    }

    pub(super) fn transport(&self, workflow: &str, prepared: &Prepared, fault: &Fault) -> LoadFailure {
        let cause = if fault.cause == "timeout" { "timeout" } else { "transport" };
        let message = format!("{}: {}", prepared.line(), fault.cause);
        self.failure(cause, workflow, message, || {
            self.masker.quoting(&format!("{}: {fault}", prepared.line()), &prepared.private)
        })
    }

    pub(super) fn status(
        &self,
        workflow: &str,
        prepared: &Prepared,
        wanted: &[u16],
        reply: &Reply,
    ) -> LoadFailure {
        let wanted = match wanted {
            [] => "a status below 400".to_owned(),
            wanted => wanted.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "),
        };
        let message = format!("{}: answered {}, wanted {wanted}", prepared.line(), reply.status.as_u16());
        self.failure("status", workflow, message, || self.shown(prepared, reply, ""))
    }

    pub(super) fn breach(
        &self,
        workflow: &str,
        prepared: &Prepared,
        breach: &Breach,
        reply: &Reply,
    ) -> LoadFailure {
        let message = format!(
            "{}: answer {}: {}: wanted {}",
            prepared.line(),
            reply.status.as_u16(),
            place(breach),
            breach.wanted
        );
        self.failure("contract", workflow, message, || {
            let breach = self.masker.at(&place(breach), &breach.to_string());
            self.shown(prepared, reply, &format!("{breach}; "))
        })
    }

    fn failure(
        &self,
        cause: &str,
        workflow: &str,
        message: String,
        example: impl FnOnce() -> String,
    ) -> LoadFailure {
        let mut seen = self.seen.borrow_mut();
        let fresh = seen.len() < EXAMPLES && !seen.contains(&message) && seen.insert(message.clone());
        LoadFailure {
            cause: cause.to_owned(),
            workflow: workflow.to_owned(),
            step: workflow.to_owned(),
            message,
            count: 1,
            example: if fresh { example() } else { String::new() },
        }
    }

    /// The answer, as far as it fits, behind what is `said` of it; without what stood at a secret place of it or of its
    /// request.
    fn shown(&self, prepared: &Prepared, reply: &Reply, said: &str) -> String {
        let body = &reply.body[..reply.body.len().min(READ)];
        let headers =
            reply.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let mut private = self.masker.private(headers, "", body);
        private.extend(prepared.private.iter().cloned());
        let head = format!("{said}the answer was {}: ", reply.status.as_u16());
        let text = self.masker.quoting(&format!("{head}{}", String::from_utf8_lossy(body)), &private);
        match text.char_indices().nth(head.chars().count() + SHOWN) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text,
        }
    }
}

/// Where a breach is, without the positions in lists, which differ from answer to answer.
fn place(breach: &Breach) -> String {
    let mut place = breach.location.word().to_owned();
    for segment in &breach.segments {
        match segment {
            Segment::Index(_) => place.push_str("/*"),
            Segment::Key(name) => {
                place.push('/');
                place.push_str(name);
            }
        }
    }
    place
}
