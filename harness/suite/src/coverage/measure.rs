//! The exchanges of a record, shown to a collector for each contract.

use dryrun_contract::coverage::{AnswerView, Collector, Item, Row, What};
use dryrun_contract::{Contract, RequestView};
use dryrun_record::{
    Coverage, CoverageItem, CoverageKind, Direction, Event, Exchange, NoticeLevel, OperationCoverage, Record,
};

use crate::coverage::known::Known;
use crate::coverage::{of_mock, of_target};
use crate::options::Gate;
use crate::policy::TARGET;

/// So many scenarios are suggested for a contract; who has written those will get the next.
const SUGGESTED: usize = 200;

/// A contract whose coverage is measured.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The key of the mocked service, or [`TARGET`].
    pub(crate) key: String,
    /// What reports call it.
    pub(crate) title: String,
    /// The contract's path.
    pub(crate) path: String,
    pub(crate) contract: Contract,
}

/// An event for each contract, and for each gate that can't be judged.
pub(crate) fn measure(record: &Record, subjects: &[Subject], gate: &Gate) -> Vec<Event> {
    let known = Known::of(record);
    let helper = subjects.iter().find(|subject| subject.key != TARGET).map(|subject| subject.title.as_str());
    let mut events = Vec::new();
    for subject in subjects {
        let coverage = one(record, subject, &known, helper, gate);
        for operation in coverage.1 {
            let text = format!(
                "{} documents more of {operation} than the coverage lists: the schemas of its request are too large",
                subject.path
            );
            events.push(notice(NoticeLevel::Info, "coverage-cut", text));
        }
        events.push(Event::Coverage(Box::new(coverage.0)));
    }
    let missing = |key: &&String| !subjects.iter().any(|subject| subject.key == **key);
    for key in gate.coverage.keys().filter(missing) {
        let text = format!("the coverage that [gate] wants of `{key}` was not judged: it has no contract");
        events.push(notice(NoticeLevel::Error, "gate-not-judged", text));
    }
    if let (Some(why), false) = (&gate.unjudged, gate.coverage.is_empty()) {
        let text =
            format!("the coverage that [gate] wants was not judged: {why}; a run of all scenarios judges it");
        events.push(notice(NoticeLevel::Warning, "gate-not-judged", text));
    }
    events
}

fn notice(level: NoticeLevel, code: &str, text: String) -> Event {
    Event::Notice { level, code: code.to_owned(), text }
}

/// The coverage of one contract, and the operations of which not everything is listed.
fn one(
    record: &Record,
    subject: &Subject,
    known: &Known,
    helper: Option<&str>,
    gate: &Gate,
) -> (Coverage, Vec<String>) {
    let mut collector = Collector::new(&subject.contract);
    for scenario in &record.scenarios {
        let exchanges = scenario.attempts.iter().flat_map(|attempt| &attempt.exchanges);
        for exchange in exchanges.filter(|exchange| belongs(exchange, subject)) {
            show(&mut collector, exchange, &scenario.scenario.id);
        }
    }
    let matrix = collector.finish();
    let (covered, total) = matrix.counts();
    let mut left = SUGGESTED;
    let mut operations = Vec::new();
    let mut cut = Vec::new();
    for row in &matrix.operations {
        if row.cut {
            cut.push(row.operation.clone());
        }
        let mut items = Vec::new();
        for item in &row.items {
            // What documents an operation that nobody calls is met once somebody does: one suggestion will do.
            let wanted = item.hits == 0 && item.counts && (row.calls > 0 || item.what == What::Operation);
            let suggestion =
                (wanted && left > 0).then(|| suggest(subject, row, item, known, helper)).flatten();
            left -= usize::from(suggestion.is_some());
            items.push(CoverageItem {
                kind: kind(&item.what),
                name: item.name.clone(),
                scenarios: item.scenarios.clone(),
                hits: item.hits,
                suggestion,
            });
        }
        operations.push(OperationCoverage {
            operation: row.operation.clone(),
            calls: row.calls,
            deprecated: row.deprecated,
            items,
        });
    }
    let coverage = Coverage {
        service: subject.key.clone(),
        title: subject.title.clone(),
        contract: subject.path.clone(),
        covered,
        total,
        required: gate.coverage.get(&subject.key).copied().filter(|_| gate.unjudged.is_none()),
        operations,
        unusable: matrix
            .unusable
            .into_iter()
            .map(|one| (one.operation, format!("{}: {}", one.at, one.reason)))
            .collect(),
    };
    (coverage, cut)
}

fn suggest(subject: &Subject, row: &Row, item: &Item, known: &Known, helper: Option<&str>) -> Option<String> {
    if subject.key == TARGET {
        of_target::suggest(&subject.contract, row, item, known, helper)
    } else {
        of_mock::suggest(&subject.title, row, item, known.cause(&subject.key, &row.operation))
    }
}

fn belongs(exchange: &Exchange, subject: &Subject) -> bool {
    match exchange.direction {
        Direction::ToService => subject.key == TARGET,
        Direction::ToMock => exchange.service == subject.key,
        Direction::ToProvider => false,
    }
}

fn show(collector: &mut Collector, exchange: &Exchange, scenario: &str) {
    let request = &exchange.request;
    let text = |body: &dryrun_record::Body| body.text.clone().unwrap_or_default();
    let (sent, answered) = (text(&request.body), exchange.response.as_ref().map(|answer| text(&answer.body)));
    let view = RequestView {
        method: &request.method,
        path: &request.path,
        query: &request.query,
        headers: &request.headers,
        body: sent.as_bytes(),
    };
    let answer = exchange.response.as_ref().map(|answer| AnswerView {
        status: answer.status,
        headers: &answer.headers,
        body: answered.as_deref().unwrap_or_default().as_bytes(),
    });
    collector.observe(&view, answer.as_ref(), scenario);
}

fn kind(what: &What) -> CoverageKind {
    match what {
        What::Operation => CoverageKind::Operation,
        What::Status(_) => CoverageKind::Status,
        What::Parameter(_) => CoverageKind::Parameter,
        What::Property(_) => CoverageKind::Property,
        What::Value(..) => CoverageKind::Enum,
        What::Example { .. } => CoverageKind::Example,
    }
}
