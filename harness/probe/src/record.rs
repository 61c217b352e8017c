//! What was probed as events of a run: [`record`].

use dryrun_contract::generate::CaseRequest;
use dryrun_record::{
    Attribution, Body, Direction, Event, EventStream, Exchange, Failure, FailureKind, NoticeLevel, Outcome,
    Request, Response, ScenarioRef, StepFinished, StepOutcome,
};

use crate::curl::curl;
use crate::finding::{Finding, Probed};
use crate::options::ProbeOptions;

/// How much of a body the record keeps.
const KEPT: usize = 4_096;

/// Appends one operation: a scenario, with a failure for each finding. What is weak becomes a warning, unless `strict`.
pub fn record(
    events: &EventStream,
    contract: &str,
    service: &str,
    options: &ProbeOptions,
    strict: bool,
    probed: &Probed,
) {
    let id = probed.operation.clone();
    let now = events.now_us();
    let scenario = ScenarioRef {
        id: id.clone(),
        file: contract.to_owned(),
        line: 0,
        feature: format!("Probe of {service}"),
        rule: None,
        name: id.clone(),
        tags: Vec::new(),
    };
    events.append(Event::ScenarioStarted { scenario, attempt: 1 });
    let mut failures = Vec::new();
    for (number, finding) in probed.findings.iter().enumerate() {
        let exchange = exchange(finding, &id, service, number, now);
        let hint = format!("repeat it: {}", curl(&options.url, &options.headers, &finding.request));
        let failure = Failure {
            kind: FailureKind::Finding,
            message: format!("{}: {}", finding.kind, finding.text),
            at: Some(finding.at.clone()),
            hint: Some(hint.clone()),
            exchanges: vec![exchange.id.clone()],
            ..Failure::default()
        };
        events.append(Event::Exchange(Box::new(exchange)));
        if finding.kind.is_weak() && !strict {
            let text = format!("{}: {}: {}; {hint}", finding.kind, id, finding.text);
            events.append(Event::Notice {
                level: NoticeLevel::Warning,
                code: finding.kind.code().to_owned(),
                text,
            });
        } else {
            failures.push(failure);
        }
    }
    if probed.more > 0 {
        let text =
            format!("{id}: {} more findings of kinds that are shown already were counted only", probed.more);
        events.append(Event::Notice { level: NoticeLevel::Warning, code: "more-findings".to_owned(), text });
    }
    for note in &probed.notes {
        let text = format!("{id}: {note}");
        // A check that was asked for and could not be made is no pass.
        events.append(Event::Notice { level: NoticeLevel::Error, code: "not-probed".to_owned(), text });
    }
    let sent = probed.positive + probed.negative;
    let failed = !failures.is_empty();
    events.append(Event::StepFinished(Box::new(StepFinished {
        scenario: id.clone(),
        attempt: 1,
        index: 0,
        keyword: "When".to_owned(),
        text: format!(
            "{sent} requests are sent, {} that honour the contract and {} that don't, and {} to shrink what was found",
            probed.positive, probed.negative, probed.shrinking
        ),
        line: 0,
        background: false,
        doc_string: None,
        table: None,
        outcome: if failed { StepOutcome::Failed } else { StepOutcome::Passed },
        started_us: now.saturating_sub(probed.took_us),
        duration_us: probed.took_us,
        failures,
    })));
    events.append(Event::ScenarioFinished {
        id,
        attempt: 1,
        outcome: if failed { Outcome::Failed } else { Outcome::Passed },
        duration_us: probed.took_us,
        failures: Vec::new(),
    });
}

fn exchange(finding: &Finding, scenario: &str, service: &str, number: usize, at_us: u64) -> Exchange {
    let CaseRequest { method, path, query, headers, body, .. } = finding.request.clone();
    let lower = |headers: Vec<(String, String)>| {
        headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
    };
    let took = u64::try_from(finding.answer.took.as_micros()).unwrap_or(u64::MAX);
    Exchange {
        id: format!("{scenario} #{}", number + 1),
        direction: Direction::ToService,
        service: service.to_owned(),
        scenario: Some(scenario.to_owned()),
        attempt: 1,
        attribution: Attribution::Own,
        operation: Some(scenario.to_owned()),
        at_us: at_us.saturating_sub(took),
        duration_us: took,
        request: Request { method, path, query, headers: lower(headers), body: Body::keep(&body, KEPT) },
        response: finding.answer.reply.as_ref().ok().map(|reply| Response {
            status: reply.status,
            headers: reply.headers.clone(),
            body: Body::keep(&reply.body, KEPT),
        }),
        error: finding.answer.reply.as_ref().err().cloned(),
        fault: None,
        unexpected: None,
        breaches: Vec::new(),
    }
}
