//! Shrinks a finding: the smallest request that is still what it claimed to be and is still answered so.

use std::time::Duration;

use dryrun_contract::generate::{Case, CaseKind};
use dryrun_contract::{Breach, Contract, Operation};

use crate::answer::Answer;
use crate::finding::FindingKind;
use crate::judge::{LONE, Symptom, holds, symptoms};
use crate::place::folded;
use crate::send::Sender;
use crate::smaller::smaller;

/// How many requests the shrinking of one finding may take.
const BUDGET: usize = 120;
/// How many requests may be looked at for it, most of which are never sent.
const CHECKS: usize = 2_000;
/// So long may shrinking wait for slow answers, more or less.
const WAIT: Duration = Duration::from_secs(12);

/// The smallest case that still shows the symptom, what came back for it, and the symptom as it is told there.
pub(crate) async fn shrink(
    contract: &Contract,
    op: &Operation,
    case: &Case,
    symptom: &Symptom,
    answer: Answer,
    slow: Duration,
    sender: &mut Sender,
) -> (Case, Answer, Symptom) {
    let mut best = (case.clone(), answer, symptom.clone());
    // What an answer costs is told by the options, not by a clock: the same seed shrinks to the same request.
    let dear = |each: Duration| {
        usize::try_from(WAIT.as_millis() / each.as_millis().max(1)).unwrap_or(BUDGET).clamp(2, BUDGET)
    };
    let mut budget = match symptom.kind {
        FindingKind::SlowAnswer => dear(slow),
        FindingKind::Dropped if best.1.timed_out() => dear(sender.timeout()),
        _ => BUDGET,
    };
    let known = breached(contract, op, case);
    let same = |one: &Symptom| one.kind == symptom.kind && one.rule == symptom.rule && one.at == symptom.at;
    let keyed = |name: &str| name.eq_ignore_ascii_case("idempotency-key");
    if case.request.headers.iter().any(|(name, _)| keyed(name)) {
        // Another request with a key that was used is refused for that alone: go on without it, or not at all.
        let mut bare = best.0.clone();
        bare.request.headers.retain(|(name, _)| !keyed(name));
        if !claims(contract, op, case, &known, &mut bare) {
            return best;
        }
        let answer = sender.send(&bare.request).await;
        match symptoms(contract, op, &bare, &answer, slow).into_iter().find(same) {
            Some(told) => best = (bare, answer, told),
            None => return best,
        }
    }
    let mut checks = CHECKS;
    let mut from = 0;
    'smaller: loop {
        let now = best.0.request.clone();
        for (step, request) in smaller(&now).enumerate().skip(from) {
            let mut candidate = best.0.clone();
            candidate.request = request;
            checks = checks.saturating_sub(1);
            if !claims(contract, op, case, &known, &mut candidate) && checks > 0 {
                continue;
            }
            if budget == 0 || checks == 0 {
                return best;
            }
            budget -= 1;
            let answer = sender.send(&candidate.request).await;
            if let Some(told) = symptoms(contract, op, &candidate, &answer, slow).into_iter().find(same) {
                best = (candidate, answer, told);
                // On from here: what came before has just been tried.
                from = step;
                continue 'smaller;
            }
        }
        if from == 0 {
            return best;
        }
        from = 0;
    }
}

/// Keyword and place of each breach of a case.
fn breached(contract: &Contract, op: &Operation, case: &Case) -> Vec<(String, String)> {
    let breaches = case.request.breaches(contract, op).unwrap_or_default();
    breaches.into_iter().map(|breach| (breach.keyword, folded(&breach.instance_path))).collect()
}

/// Whether a smaller request is still what the case claims: valid, or invalid for the same reason and for none beside
/// those of the case itself. The reason is told anew, as the values in it have changed.
fn claims(
    contract: &Contract,
    op: &Operation,
    case: &Case,
    known: &[(String, String)],
    candidate: &mut Case,
) -> bool {
    if case.rule == "method" {
        return true;
    }
    let Some(breaches) = candidate.request.breaches(contract, op) else {
        return false;
    };
    if case.kind == CaseKind::Positive {
        return breaches.is_empty();
    }
    // Without its point it would be broken JSON like any other.
    if case.is_lone_surrogate() && !holds(&candidate.request.body, LONE) {
        return false;
    }
    // One more reason to refuse it, and the finding would seem mended as soon as that one is.
    let more = |breach: &Breach| {
        !known.iter().any(|(keyword, at)| *keyword == breach.keyword && *at == folded(&breach.instance_path))
    };
    if breaches.iter().any(more) {
        return false;
    }
    let place = case.why.as_deref().and_then(|why| why.split_once(": found ")).map(|(place, _)| place);
    let same = breaches.iter().find(|breach| {
        Some(&breach.keyword) == case.keyword.as_ref() && Some(breach.instance_path.as_str()) == place
    });
    if let Some(breach) = same {
        candidate.why =
            Some(format!("{}: found {}, wanted {}", breach.instance_path, breach.found, breach.wanted));
    }
    same.is_some()
}
