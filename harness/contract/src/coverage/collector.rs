//! Is shown exchanges and remembers what they met: [`Collector`].

use std::collections::BTreeSet;

use serde_json::Value;

use crate::breach::{Location, Side};
use crate::call::{Found, RequestView, header};
use crate::contract::Contract;
use crate::coverage::body;
use crate::coverage::grow::Grower;
use crate::coverage::matrix::{Matrix, NAMED, Place, Row, Step, What};
use crate::coverage::sample::sample;
use crate::coverage::tree::Node;
use crate::operation::Operation;
use crate::parameters::{Parameter, cookies, raw_pairs};
use crate::plan::{Plan, StatusKey};
use crate::request::capture;

/// An answer as it stood on the wire.
#[derive(Debug, Clone, Copy)]
pub struct AnswerView<'a> {
    /// Its status.
    pub status: u16,
    /// Name and value, in order; names in any case.
    pub headers: &'a [(String, String)],
    /// The body, decoded from any transfer or content encoding.
    pub body: &'a [u8],
}

/// Remembers which of the things that a contract documents were met, and by which scenarios.
#[derive(Debug)]
pub struct Collector {
    contract: Contract,
    /// One for each operation, in their order.
    rows: Vec<Row>,
    finders: Vec<Finder>,
}

/// How the items of one operation are found in an exchange: the numbers are places in [`Row::items`].
#[derive(Debug, Default)]
struct Finder {
    operation: usize,
    statuses: Vec<(StatusKey, usize)>,
    /// One for each parameter of the plan, in its order.
    parameters: Vec<Node>,
    body: Node,
    examples: Vec<Example>,
}

#[derive(Debug)]
struct Example {
    item: usize,
    /// `None` for one of the request.
    status: Option<StatusKey>,
    name: Option<String>,
    value: Value,
}

impl Collector {
    /// Lists everything that the contract documents.
    #[must_use]
    pub fn new(contract: &Contract) -> Self {
        let (rows, finders) = contract.operations().iter().map(|operation| list(contract, operation)).unzip();
        Self { contract: contract.clone(), rows, finders }
    }

    /// Looks at one exchange: what went out, and what came back if anything did. `false` if the contract does not know
    /// the call.
    pub fn observe(
        &mut self,
        request: &RequestView<'_>,
        answer: Option<&AnswerView<'_>>,
        scenario: &str,
    ) -> bool {
        let Found::Operation { operation, .. } = self.contract.find(request.method, request.path) else {
            return false;
        };
        let index = operation.index;
        let met = self.finders[index].met(self.contract.plan(operation), request, answer);
        let row = &mut self.rows[index];
        row.calls += 1;
        for item in met {
            let item = &mut row.items[item];
            item.hits += 1;
            if item.scenarios.len() < NAMED && !item.scenarios.iter().any(|known| known == scenario) {
                item.scenarios.push(scenario.to_owned());
            }
        }
        true
    }

    /// What was met, and what was not.
    #[must_use]
    pub fn finish(self) -> Matrix {
        Matrix { operations: self.rows, unusable: self.contract.unusable().to_vec() }
    }
}

fn list(contract: &Contract, operation: &Operation) -> (Row, Finder) {
    let mut grower = Grower::new(contract, !operation.deprecated);
    let mut finder =
        Finder { operation: grower.list(What::Operation).unwrap_or_default(), ..Finder::default() };
    for status in &operation.statuses {
        if let (Some(key), Some(item)) = (StatusKey::parse(status), grower.list(What::Status(status.clone())))
        {
            finder.statuses.push((key, item));
        }
    }
    // Invariant: `Contract::parameters` has the plan's, in the plan's order.
    for parameter in contract.parameters(operation) {
        let place = Place { location: parameter.location, steps: vec![Step::Key(parameter.name)] };
        let mut node = Node { item: grower.list(What::Parameter(place.clone())), ..Node::default() };
        grower.grow(&mut node, &parameter.schema, &place);
        finder.parameters.push(node);
    }
    let whole = Place { location: Location::Body, steps: Vec::new() };
    for schema in contract.request_media(operation).into_iter().filter_map(|media| media.schema) {
        grower.grow(&mut finder.body, &schema, &whole);
    }
    let of_answers = operation.statuses.iter().flat_map(|status| {
        contract.response_examples(operation, status).into_iter().map(move |example| (Some(status), example))
    });
    let of_request = contract.request_examples(operation).into_iter().map(|example| (None, example));
    for (status, example) in of_request.chain(of_answers) {
        let what = What::Example { status: status.cloned(), name: example.name.clone() };
        if let Some(item) = grower.list(what) {
            let status = status.and_then(|status| StatusKey::parse(status));
            finder.examples.push(Example { item, status, name: example.name, value: example.value });
        }
    }
    let row = Row {
        operation: operation.line(),
        calls: 0,
        deprecated: operation.deprecated,
        cut: grower.cut,
        sample: body_sample(contract, operation),
        items: grower.items,
    };
    (row, finder)
}

/// What a request may carry: what the contract shows, or else something like it.
fn body_sample(contract: &Contract, operation: &Operation) -> Option<Value> {
    contract.request_example(operation).or_else(|| {
        let schema = contract.request_media(operation).into_iter().find_map(|media| media.schema)?;
        Some(sample(contract, contract.schema(&schema, Side::Request)))
    })
}

impl Finder {
    fn met(
        &self,
        plan: &Plan,
        request: &RequestView<'_>,
        answer: Option<&AnswerView<'_>>,
    ) -> BTreeSet<usize> {
        let mut met = BTreeSet::from([self.operation]);
        for (parameter, node) in plan.parameters.iter().zip(&self.parameters) {
            if let Some(value) = sent(plan, parameter, request) {
                node.meet(&value, &mut met);
            }
        }
        let sent = body::value(header(request.headers, "content-type"), request.body);
        if let Some(body) = &sent {
            self.body.meet(body, &mut met);
        }
        let documented = answer.and_then(|answer| plan.answer(answer.status)).map(|answer| answer.key);
        if let Some(key) = documented {
            met.extend(self.statuses.iter().filter(|(known, _)| *known == key).map(|(_, item)| *item));
        }
        let answered =
            answer.and_then(|answer| body::value(header(answer.headers, "content-type"), answer.body));
        let asked = preferred(request);
        for example in &self.examples {
            let whole = if example.status.is_none() { &sent } else { &answered };
            let there = example.status.is_none() || example.status == documented;
            let named = example.status.is_some() && asked.is_some() && asked == example.name.as_deref();
            if there && (named || whole.as_ref() == Some(&example.value)) {
                met.insert(example.item);
            }
        }
        met
    }
}

/// The value of a parameter, if the request has it.
fn sent(plan: &Plan, parameter: &Parameter, request: &RequestView<'_>) -> Option<Value> {
    let name = parameter.name.as_str();
    match parameter.place {
        Location::Path => {
            let captured = capture(&plan.pieces, request.path)?;
            let (_, raw) = captured.iter().find(|(known, _)| *known == name)?;
            Some(parameter.in_path(raw))
        }
        Location::Header => header(request.headers, name).map(|raw| parameter.in_header(raw)),
        Location::Cookie => parameter.in_pairs(&cookies(header(request.headers, "cookie")?)),
        _ => parameter.in_pairs(&raw_pairs(request.query)),
    }
}

/// The example that a request asks for by name: `Prefer: code=200, example=spring`.
fn preferred<'r>(request: &RequestView<'r>) -> Option<&'r str> {
    let wishes = header(request.headers, "prefer")?.split([',', ';']);
    wishes.filter_map(|wish| wish.trim().strip_prefix("example=")).map(|name| name.trim_matches('"')).next()
}
