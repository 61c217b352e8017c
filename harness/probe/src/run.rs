//! [`probe`]: every operation, case by case.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use dryrun_contract::generate::{Case, CaseKind, CaseRequest, Hints, Usual, cases_with};
use dryrun_contract::suggest::nearest;
use dryrun_contract::{Contract, Operation};

use crate::answer::Answer;
use crate::error::ProbeError;
use crate::finding::{Finding, FindingKind, Findings, Probed};
use crate::ids::Ids;
use crate::judge::{Symptom, symptoms};
use crate::options::ProbeOptions;
use crate::place::{alike, folded, made_whole};
use crate::send::Sender;
use crate::shrink::shrink;

/// So many findings of one kind are shrunk and shown for one operation; the others are counted.
const OF_A_KIND: usize = 12;
/// The same for weak ones.
const OF_A_WEAK_KIND: usize = 4;
/// Methods that change nothing (RFC 9110, 9.2.1).
const SAFE: [&str; 4] = ["GET", "HEAD", "OPTIONS", "TRACE"];

/// What is tried as the usual request, one after another, and what is added to the seed for it.
const USUAL: [(Usual, u64); 4] =
    [(Usual::Documented, 0), (Usual::Generated, 1), (Usual::Generated, 2), (Usual::Smallest, 0)];

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
    let (mut done, mut waiting) = (Vec::new(), Vec::new());
    for (place, op) in selected.into_iter().enumerate() {
        let mut run = OperationRun::new(contract, op, options, std::mem::take(&mut common));
        findings.ended_early = run.play(&mut sender, &mut ids).await.err();
        common = std::mem::take(&mut run.common);
        if run.last.is_empty() {
            on_operation(&run.probed);
            done.push((place, run.probed));
        } else {
            waiting.push((place, run));
        }
        if findings.ended_early.is_some() {
            break;
        }
    }
    // What a service may take and keep, and what others may then stumble over, comes after everything else.
    for (place, mut run) in waiting {
        if findings.ended_early.is_none() {
            run.common = std::mem::take(&mut common);
            findings.ended_early = run.play_last(&mut sender, &mut ids).await.err();
            common = std::mem::take(&mut run.common);
        }
        on_operation(&run.probed);
        done.push((place, run.probed));
    }
    done.sort_by_key(|(place, _)| *place);
    findings.operations = done.into_iter().map(|(_, probed)| probed).collect();
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
    /// Cases that are sent when all operations are done.
    last: Vec<Case>,
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
            last: Vec::new(),
        }
    }

    /// Plays every case but those that are kept for the end; `Err` says why it can't go on if the service is gone.
    async fn play(&mut self, sender: &mut Sender, ids: &mut Ids) -> Result<(), String> {
        let started = Instant::now();
        let played = self.cases(sender, ids).await;
        self.probed.took_us = micros(started);
        let sent = self.probed.positive + self.probed.negative;
        if sent > 0 && self.refused == sent {
            self.probed.notes.push(
                "every request was refused with 401 or 403, so nothing behind that was probed: give a key with --header"
                    .to_owned(),
            );
        }
        played
    }

    /// Plays the cases that were kept for the end.
    async fn play_last(&mut self, sender: &mut Sender, ids: &mut Ids) -> Result<(), String> {
        let started = Instant::now();
        for case in std::mem::take(&mut self.last) {
            self.one(case, sender, ids).await?;
        }
        self.probed.took_us += micros(started);
        Ok(())
    }

    async fn cases(&mut self, sender: &mut Sender, ids: &mut Ids) -> Result<(), String> {
        let mut left = self.options.max_cases;
        let mut tried: Vec<CaseRequest> = Vec::new();
        let mut chosen: Option<Vec<Case>> = None;
        // Behind a usual request that fails nothing else can be seen: then others are tried in its place.
        for (usual, further) in USUAL {
            let hints = Hints { usual, ..ids.hints(self.op) };
            let seed = self.options.seed.wrapping_add(further);
            let mut cases = cases_with(self.contract, self.op, seed, &hints);
            if cases.first().is_none_or(|case| case.rule != "usual" || tried.contains(&case.request)) {
                continue;
            }
            if left == 0 {
                break;
            }
            left -= 1;
            let first = cases.remove(0);
            tried.push(first.request.clone());
            let works = !self.one(first, sender, ids).await?;
            if works {
                self.always.retain(|kind| !hides(*kind));
                chosen = Some(cases);
                break;
            }
            chosen.get_or_insert(cases);
        }
        let Some(mut cases) = chosen else {
            self.probed.notes.push("no valid request could be made, so it was not probed".to_owned());
            return Ok(());
        };
        cases.retain(|case| self.options.writes || case.rule != "method");
        cases.truncate(left);
        let (last, now) = cases.into_iter().partition(Case::is_lone_surrogate);
        self.last = last;
        for case in now {
            self.one(case, sender, ids).await?;
        }
        Ok(())
    }

    /// Sends one case and takes up what is wrong; whether the answer was none or a failure of the service.
    async fn one(&mut self, case: Case, sender: &mut Sender, ids: &mut Ids) -> Result<bool, String> {
        let answer = sender.send(&case.request).await;
        match case.kind {
            CaseKind::Positive => self.probed.positive += 1,
            CaseKind::Negative => self.probed.negative += 1,
        }
        self.refused += usize::from(matches!(answer.status(), Some(401 | 403)));
        if let (CaseKind::Positive, Ok(reply)) = (case.kind, &answer.reply) {
            ids.learn(self.op, reply, self.contract.operations().iter().map(|op| op.path.as_str()));
        }
        let all = symptoms(self.contract, self.op, &case, &answer, self.options.slow);
        if answer.reply.is_err()
            && let Err(error) = sender.reachable().await
        {
            for symptom in all {
                self.keep(&case, answer.clone(), &symptom);
            }
            return Err(format!("the service went away at {} ({}): {error}", self.op.line(), case.name));
        }
        let failed = all.iter().any(|symptom| hides(symptom.kind));
        self.look(&case, &answer, all, sender).await;
        Ok(failed)
    }

    /// Takes up what is wrong with an answer, unless it is known already.
    async fn look(&mut self, case: &Case, answer: &Answer, all: Vec<Symptom>, sender: &mut Sender) {
        for symptom in all {
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
                shrink(self.contract, self.op, case, &symptom, answer.clone(), self.options.slow, sender)
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
        let documented = self.op.statuses.iter().filter_map(|status| status.parse().ok());
        let finding = Finding {
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
        };
        match self.probed.findings.iter_mut().find(|known| alike(known, &finding)) {
            // What was made at random came first; what was meant says more.
            Some(known) if made_whole(&known.rule) => *known = finding,
            Some(_) => {}
            None => {
                *self.of_kind.entry(symptom.kind).or_default() += 1;
                self.probed.findings.push(finding);
            }
        }
    }
}

/// Whether an answer of this kind says nothing about anything but itself.
fn hides(kind: FindingKind) -> bool {
    matches!(kind, FindingKind::ServerError | FindingKind::Dropped)
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
