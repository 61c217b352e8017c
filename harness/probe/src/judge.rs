//! What is wrong with an answer, if anything: [`symptoms`].

use std::time::Duration;

use dryrun_contract::generate::{Case, CaseKind};
use dryrun_contract::{Contract, Operation};

use crate::answer::Answer;
use crate::finding::FindingKind;

/// Refusals that say nothing about the request itself.
const NEUTRAL: [u16; 7] = [401, 403, 404, 408, 409, 426, 429];
/// How an HTTP server refuses what is too large for it, whatever the contract says.
const TOO_LARGE: [u16; 3] = [413, 414, 431];

/// Half of a surrogate pair, as JSON writes it.
pub(crate) const LONE: &[u8] = b"\\ud800";

/// Whether a body has these bytes, in upper or lower case.
pub(crate) fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// One thing that is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Symptom {
    pub(crate) kind: FindingKind,
    pub(crate) rule: String,
    pub(crate) at: String,
    pub(crate) text: String,
}

/// Everything that is wrong with the answer to a case.
pub(crate) fn symptoms(
    contract: &Contract,
    op: &Operation,
    case: &Case,
    answer: &Answer,
    slow: Duration,
) -> Vec<Symptom> {
    let symptom = |kind: FindingKind, text: String| Symptom {
        kind,
        rule: case.rule.clone(),
        at: case.at.clone(),
        text,
    };
    let reply = match &answer.reply {
        Ok(reply) => reply,
        Err(reason) => return vec![symptom(FindingKind::Dropped, format!("no answer: {reason}"))],
    };
    let status = reply.status;
    let mut all = Vec::new();
    let documented = op.statuses.iter().any(|known| *known == status.to_string());
    // Half of an answer proves nothing.
    let mut breaches = match reply.cut {
        true => Vec::new(),
        false => contract.check_response(op, status, &reply.headers, &reply.body),
    };
    // Who takes half of a surrogate pair may give it back.
    if case.is_lone_surrogate() && holds(&reply.body, LONE) {
        breaches.retain(|breach| breach.keyword != "syntax");
    }
    let wrong_method = case.rule == "method";
    // A method that nobody knows may be answered by 501 (RFC 9110, 15.6.2); a valid request by a documented 503.
    let meant = wrong_method && status == 501
        || status != 500 && documented && case.kind == CaseKind::Positive && breaches.is_empty();
    if status >= 500 && !meant {
        all.push(symptom(FindingKind::ServerError, format!("the answer is {status}")));
        return all;
    }
    match case.kind {
        CaseKind::Negative if (200..300).contains(&status) && !case.extreme => {
            let why = case.why.as_deref().unwrap_or("the contract forbids it");
            all.push(symptom(FindingKind::AcceptedRubbish, format!("the answer is {status}, though {why}")));
        }
        // An undocumented refusal is told as that.
        CaseKind::Positive
            if (400..500).contains(&status)
                && !case.extreme
                && !NEUTRAL.contains(&status)
                && breaches.is_empty() =>
        {
            all.push(symptom(
                FindingKind::RefusedValid,
                format!("the answer is {status}, though the contract allows it"),
            ));
        }
        _ => {}
    }
    let beyond = TOO_LARGE.contains(&status) && !documented;
    if !wrong_method && !beyond {
        // One breach tells the place; the others come to light when it is mended.
        all.extend(breaches.first().map(|breach| Symptom {
            kind: FindingKind::UndocumentedAnswer,
            rule: breach.keyword.clone(),
            at: format!("{status} {}", breach.instance_path),
            text: format!(
                "the answer {status} breaks the contract at {}: found {}, wanted {}",
                breach.instance_path, breach.found, breach.wanted
            ),
        }));
    }
    if answer.took >= slow {
        all.push(symptom(FindingKind::SlowAnswer, format!("the answer took {} ms", answer.took.as_millis())));
    }
    all
}
