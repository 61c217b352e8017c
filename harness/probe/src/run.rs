//! [`probe`]: every operation, case by case.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use dryrun_contract::generate::{Case, CaseKind, cases_with};
use dryrun_contract::suggest::nearest;
use dryrun_contract::{Contract, Operation};

use crate::answer::Answer;
use crate::error::ProbeError;
use crate::finding::{Finding, FindingKind, Findings, Probed};
use crate::ids::Ids;
use crate::judge::{Symptom, symptoms};
use crate::options::ProbeOptions;
use crate::send::Sender;
use crate::shrink::shrink;

/// So many findings of one kind are shrunk and shown for one operation; the others are counted.
const OF_A_KIND: usize = 12;
/// The same for weak ones.
const OF_A_WEAK_KIND: usize = 4;
/// Methods that change nothing (RFC 9110, 9.2.1).
const SAFE: [&str; 4] = ["GET", "HEAD", "OPTIONS", "TRACE"];

/// Probes a service and returns what was found; `on_operation` hears of each operation when it is done.
///
/// # Errors
/// The service can't be reached, or nothing is selected. A service that goes away while it is probed is no error: it is
/// a finding, and [`Findings::ended_early`] says so.
pub async fn probe(
    contract: &Contract,
    options: &ProbeOptions,
    on_operation: &mut dyn FnMut(&Probed),
) -> Result<Findings, ProbeError> {
    let (selected, left_out) = selected(contract, options)?;
    let mut sender = Sender::new(options)?;
    sender.reachable().await?;
    let mut findings = Findings { left_out, ..Findings::default() };
    let mut ids = Ids::default();
    let mut common = Common::default();
    for op in selected {
        let mut run = OperationRun::new(contract, op, options, std::mem::take(&mut common));
        let gone = run.play(&mut sender, &mut ids).await;
        common = std::mem::take(&mut run.common);
        on_operation(&run.probed);
        findings.operations.push(run.probed);
        if let Some(reason) = gone {
            findings.ended_early = Some(reason);
            break;
        }
    }
    findings.repeated = common.repeated;
    Ok(findings)
}

/// The operations in the order in which they are probed: collections before their members, what makes something before
/// what takes it away; and those that are left out, with the reason.
///
/// # Errors
/// An operation was named that the contract does not have, or none is left.
#[allow(clippy::type_complexity, reason = "two lists, each used at once")]
pub fn selected<'c>(
    contract: &'c Contract,
    options: &ProbeOptions,
) -> Result<(Vec<&'c Operation>, Vec<(String, String)>), ProbeError> {
    let mut left_out = Vec::new();
    let known = contract.operations();
    for wanted in &options.operations {
        if !known.iter().any(|op| names(op, wanted)) {
            let lines: Vec<String> = known.iter().map(Operation::line).collect();
            let near = nearest(wanted, lines.iter().map(String::as_str));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(ProbeError::Nothing(format!(
                "the contract {} has no operation `{wanted}`{hint}",
                contract.name()
            )));
        }
    }
    let mut selected: Vec<&Operation> = Vec::new();
    for op in known {
        if !options.operations.is_empty() && !options.operations.iter().any(|wanted| names(op, wanted)) {
            continue;
        }
        if !options.writes && !SAFE.contains(&op.method.as_str()) {
            left_out.push((op.line(), "it changes something: --allow-writes probes it, too".to_owned()));
        } else {
            selected.push(op);
        }
    }
    for unusable in contract.unusable() {
        left_out.push((
            unusable.operation.clone(),
            format!("the contract can't be used there: {}", unusable.reason),
        ));
    }
    if selected.is_empty() {
        let why = match left_out.len() {
            0 => "it has none".to_owned(),
            n => format!("all {n} are left out: {}", left_out[0].1),
        };
        return Err(ProbeError::Nothing(format!(
            "no operation of the contract {} can be probed: {why}",
            contract.name()
        )));
    }
    let rank = |op: &Operation| match op.method.as_str() {
        "POST" => 0,
        "GET" | "HEAD" | "OPTIONS" => 1,
        "DELETE" => 3,
        _ => 2,
    };
    selected.sort_by_key(|op| (op.method == "DELETE", op.path.matches('{').count(), rank(op)));
    Ok((selected, left_out))
}

fn names(op: &Operation, wanted: &str) -> bool {
    op.line().eq_ignore_ascii_case(wanted) || op.id.as_deref() == Some(wanted)
}

/// What was found at headers: they mostly belong to the service as a whole, so each is told at one operation only.
#[derive(Default)]
struct Common {
    seen: HashSet<(FindingKind, String, String)>,
    repeated: Vec<(String, Vec<String>)>,
}

/// What is known while one operation is probed.
struct OperationRun<'r> {
    contract: &'r Contract,
    op: &'r Operation,
    options: &'r ProbeOptions,
    probed: Probed,
    seen: HashSet<(FindingKind, String, String)>,
    of_kind: HashMap<FindingKind, usize>,
    /// What is wrong with a usual request: then it is wrong with all, and told once.
    always: Vec<FindingKind>,
    refused: usize,
    common: Common,
}

impl<'r> OperationRun<'r> {
    fn new(contract: &'r Contract, op: &'r Operation, options: &'r ProbeOptions, common: Common) -> Self {
        let probed = Probed {
            operation: op.line(),
            positive: 0,
            negative: 0,
            shrinking: 0,
            findings: Vec::new(),
            more: 0,
            notes: Vec::new(),
            took_us: 0,
        };
        Self {
            contract,
            op,
            options,
            probed,
            seen: HashSet::new(),
            of_kind: HashMap::new(),
            always: Vec::new(),
            refused: 0,
            common,
        }
    }

    /// Plays every case; returns why it can't go on if the service is gone.
    async fn play(&mut self, sender: &mut Sender, ids: &mut Ids) -> Option<String> {
        let started = Instant::now();
        let gone = self.cases(sender, ids).await;
        self.probed.took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let sent = self.probed.positive + self.probed.negative;
        if sent > 0 && self.refused == sent {
            self.probed.notes.push(
                "every request was refused with 401 or 403, so nothing behind that was probed: give a key with --header"
                    .to_owned(),
            );
        }
        gone
    }

    async fn cases(&mut self, sender: &mut Sender, ids: &mut Ids) -> Option<String> {
        let mut cases = cases_with(self.contract, self.op, self.options.seed, &ids.hints(self.op));
        if cases.is_empty() {
            self.probed.notes.push("no valid request could be made, so it was not probed".to_owned());
        }
        cases.retain(|case| self.options.writes || case.rule != "method");
        cases.truncate(self.options.max_cases);
        let paths: Vec<&str> = self.contract.operations().iter().map(|op| op.path.as_str()).collect();
        for case in cases {
            let answer = sender.send(&case.request).await;
            match case.kind {
                CaseKind::Positive => self.probed.positive += 1,
                CaseKind::Negative => self.probed.negative += 1,
            }
            self.refused += usize::from(matches!(answer.status(), Some(401 | 403)));
            if let (CaseKind::Positive, Ok(reply)) = (case.kind, &answer.reply) {
                ids.learn(self.op, reply, paths.iter().copied());
            }
            if answer.reply.is_err()
                && let Err(error) = sender.reachable().await
            {
                let all = symptoms(self.contract, self.op, &case, &answer, self.options.slow);
                for symptom in all {
                    self.keep(&case, answer.clone(), &symptom);
                }
                return Some(format!("the service went away at {} ({}): {error}", self.op.line(), case.name));
            }
            self.look(case, answer, sender).await;
        }
        None
    }

    /// Takes up what is wrong with an answer, unless it is known already.
    async fn look(&mut self, case: Case, answer: Answer, sender: &mut Sender) {
        for symptom in symptoms(self.contract, self.op, &case, &answer, self.options.slow) {
            if self.always.contains(&symptom.kind) {
                continue;
            }
            if case.rule == "usual" && symptom.kind != FindingKind::UndocumentedAnswer {
                self.always.push(symptom.kind);
            }
            let key = (symptom.kind, symptom.rule.clone(), folded(&symptom.at));
            if !self.seen.insert(key.clone()) || self.told_elsewhere(key) {
                continue;
            }
            let most = if symptom.kind.is_weak() { OF_A_WEAK_KIND } else { OF_A_KIND };
            if self.of_kind.get(&symptom.kind).copied().unwrap_or(0) >= most {
                self.probed.more += 1;
                continue;
            }
            let before = sender.sent;
            let (smallest, answer, told) =
                shrink(self.contract, self.op, &case, &symptom, answer.clone(), self.options.slow, sender)
                    .await;
            self.probed.shrinking += sender.sent - before;
            self.keep(&smallest, answer, &told);
        }
    }

    /// Whether another operation has shown this header already; if so, it is noted there.
    fn told_elsewhere(&mut self, key: (FindingKind, String, String)) -> bool {
        if !key.2.starts_with("header/") {
            return false;
        }
        let title = format!("{}: {} at {}", key.0, key.1, key.2);
        if self.common.seen.insert(key) {
            return false;
        }
        let repeated = &mut self.common.repeated;
        match repeated.iter_mut().find(|(known, _)| *known == title) {
            Some((_, all)) => all.push(self.op.line()),
            None => repeated.push((title, vec![self.op.line()])),
        }
        true
    }

    fn keep(&mut self, case: &Case, answer: Answer, symptom: &Symptom) {
        let known = |finding: &&mut Finding| finding.kind == symptom.kind && finding.request == case.request;
        if let Some(finding) = self.probed.findings.iter_mut().find(known) {
            // What was made at random came first; what was meant says more.
            if finding.rule == "generated" {
                finding.rule.clone_from(&symptom.rule);
                finding.at.clone_from(&symptom.at);
                finding.tried.clone_from(&case.name);
                finding.extreme |= case.extreme;
                finding.text = format!("{}: {}", case.name, symptom.text);
            }
            return;
        }
        *self.of_kind.entry(symptom.kind).or_default() += 1;
        let documented = self.op.statuses.iter().filter_map(|status| status.parse().ok());
        self.probed.findings.push(Finding {
            operation: self.op.line(),
            kind: symptom.kind,
            rule: symptom.rule.clone(),
            at: symptom.at.clone(),
            tried: case.name.clone(),
            request_kind: case.kind,
            extreme: case.extreme,
            text: format!("{}: {}", case.name, symptom.text),
            request: case.request.clone(),
            answer,
            documented: documented.filter(|status| *status < 500).collect(),
        });
    }
}

/// A place with its positions in lists as `*`.
fn folded(at: &str) -> String {
    let segments = at.split('/').enumerate();
    let folded = segments.map(|(i, segment)| match i > 0 && segment.bytes().all(|b| b.is_ascii_digit()) {
        true => "*",
        false => segment,
    });
    folded.collect::<Vec<_>>().join("/")
}
