//! Faults that a scenario asks for: [`Fault`], and the book that decides which one shapes a call.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A fault that a scenario asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Which call: method (or `*`) and path or path template; `None` for every call.
    pub on: Option<(String, String)>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many calls it shapes before it is over; `None` for ever.
    pub times: Option<u32>,
    /// How many matching calls are let through first.
    pub after: u32,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// Answers this status; the call is not applied. Without a body, the contract's form for this status.
    Status {
        /// HTTP status.
        status: u16,
        /// Headers of the answer.
        headers: Vec<(String, String)>,
        /// Body of the answer.
        body: Option<Value>,
    },
    /// The call is applied at once and answered so much later. Other faults of the same call still apply.
    Delay(Duration),
    /// Cuts the connection; the call is not applied.
    DropConnection,
    /// Applies the call, then cuts the connection in place of the answer.
    LoseAnswer,
    /// Answers 429 with `Retry-After: 1` to what exceeds this rate within any second.
    RateLimit {
        /// Calls let through within a second.
        per_second: u32,
    },
    /// Answers 401 to calls that carry this key.
    RejectKey(String),
    /// Never answers; over when the client gives up. The call is not applied.
    Hang,
    /// A 200 whose body is no JSON; the call is not applied.
    Garbage,
}

impl FaultKind {
    /// A sentence for reports.
    pub fn describe(&self) -> String {
        match self {
            Self::Status { status, .. } => format!("answers {status}"),
            Self::Delay(delay) => format!("answers {} ms late", delay.as_millis()),
            Self::DropConnection => "drops the connection".to_owned(),
            Self::LoseAnswer => "applies the call and loses the answer".to_owned(),
            Self::RateLimit { per_second } => format!("allows {per_second} calls a second"),
            Self::RejectKey(_) => "rejects the key".to_owned(),
            Self::Hang => "never answers".to_owned(),
            Self::Garbage => "answers garbage".to_owned(),
        }
    }
}

/// What the book needs to know of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) template: Option<&'a str>,
    pub(crate) keys: &'a [&'a str],
    pub(crate) now: Instant,
}

/// What is to happen to a call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Decision {
    pub(crate) delay: Duration,
    pub(crate) kind: Option<FaultKind>,
    pub(crate) described: Option<String>,
}

/// The faults of a view, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(crate) struct FaultBook(Vec<Active>);

#[derive(Debug)]
struct Active {
    fault: Fault,
    seen: u32,
    used: u32,
    // Invariant: only a rate limit fills this, with at most `per_second` moments of the last second.
    window: VecDeque<Instant>,
}

impl FaultBook {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(Active { fault, seen: 0, used: 0, window: VecDeque::new() });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Delays add up; of the others the first that applies decides.
    pub(crate) fn decide(&mut self, call: Call<'_>) -> Decision {
        let mut decision = Decision::default();
        let mut words = Vec::new();
        for active in &mut self.0 {
            if decision.kind.is_some() && !matches!(active.fault.kind, FaultKind::Delay(_)) {
                continue;
            }
            if !active.applies(call) {
                continue;
            }
            active.used += 1;
            words.push(active.fault.kind.describe());
            match &active.fault.kind {
                FaultKind::Delay(delay) => decision.delay += *delay,
                other => decision.kind = Some(other.clone()),
            }
        }
        decision.described = (!words.is_empty()).then(|| words.join(", "));
        decision
    }
}

impl Active {
    fn applies(&mut self, call: Call<'_>) -> bool {
        if self.fault.times.is_some_and(|times| self.used >= times) || !matches(self.fault.on.as_ref(), call)
        {
            return false;
        }
        if let FaultKind::RejectKey(key) = &self.fault.kind
            && !call.keys.contains(&key.as_str())
        {
            return false;
        }
        self.seen = self.seen.saturating_add(1);
        if self.seen <= self.fault.after {
            return false;
        }
        let FaultKind::RateLimit { per_second } = self.fault.kind else { return true };
        while self.window.front().is_some_and(|at| call.now.duration_since(*at) >= Duration::from_secs(1)) {
            self.window.pop_front();
        }
        if self.window.len() >= per_second as usize {
            return true;
        }
        self.window.push_back(call.now);
        false
    }
}

fn matches(on: Option<&(String, String)>, call: Call<'_>) -> bool {
    on.is_none_or(|(method, path)| {
        (method == "*" || method.eq_ignore_ascii_case(call.method))
            && (path == call.path || Some(path.as_str()) == call.template)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(now: Instant) -> Call<'static> {
        Call { method: "POST", path: "/a/1", template: Some("/a/{id}"), keys: &["old"], now }
    }

    fn fault(kind: FaultKind) -> Fault {
        Fault { on: Some(("post".into(), "/a/{id}".into())), kind, times: None, after: 0 }
    }

    #[test]
    fn a_fault_is_let_pass_then_counted_then_over() {
        let mut book = FaultBook::default();
        book.add(Fault { times: Some(2), after: 1, ..fault(FaultKind::DropConnection) });
        let now = Instant::now();
        let kinds: Vec<bool> = (0..5).map(|_| book.decide(call(now)).kind.is_some()).collect();
        assert_eq!(kinds, [false, true, true, false, false]);
        assert_eq!(book.decide(Call { path: "/b", template: None, ..call(now) }), Decision::default());
    }

    #[test]
    fn delays_add_up_and_the_first_other_fault_decides() {
        let mut book = FaultBook::default();
        book.add(fault(FaultKind::Delay(Duration::from_secs(1))));
        book.add(fault(FaultKind::Garbage));
        book.add(fault(FaultKind::Hang));
        book.add(fault(FaultKind::Delay(Duration::from_secs(2))));
        let decision = book.decide(call(Instant::now()));
        assert_eq!((decision.delay, decision.kind), (Duration::from_secs(3), Some(FaultKind::Garbage)));
        assert_eq!(
            decision.described.as_deref(),
            Some("answers 1000 ms late, answers garbage, answers 2000 ms late")
        );
    }

    #[test]
    fn a_rate_is_allowed_within_any_second() {
        let mut book = FaultBook::default();
        book.add(fault(FaultKind::RateLimit { per_second: 2 }));
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let refused: Vec<bool> =
            [0, 10, 20, 999, 1000, 1010, 1020].map(|ms| book.decide(call(at(ms))).kind.is_some()).to_vec();
        assert_eq!(refused, [false, false, true, true, false, false, true]);
    }

    #[test]
    fn only_the_named_key_is_rejected() {
        let mut book = FaultBook::default();
        book.add(fault(FaultKind::RejectKey("old".into())));
        assert!(book.decide(call(Instant::now())).kind.is_some());
        assert!(book.decide(Call { keys: &["new"], ..call(Instant::now()) }).kind.is_none());
    }
}
