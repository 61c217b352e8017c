//! One [`Call`] of a sheet: a request or an answer, and what must be said about it.

use std::path::Path;

use dryrun_contract::{Breach, Contract, Found, RequestView};
use serde_json::Value;

const KEYS: [&str; 8] = ["call", "operation", "answer", "headers", "json", "body", "type", "breach"];

pub(super) struct Call {
    /// As the sheet has it: method and path, perhaps with a query.
    pub(super) line: String,
    /// The operation that is meant; any, if none.
    operation: Option<String>,
    /// The status, if it is the answer that is judged.
    answer: Option<u16>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Place and keyword of each breach.
    pub(super) wanted: Vec<String>,
}

impl Call {
    pub(super) fn read(value: &Value, good: bool, path: &Path) -> Self {
        for key in value.as_object().unwrap().keys() {
            assert!(KEYS.contains(&key.as_str()), "{}: nobody reads {key:?} of {value}", path.display());
        }
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, text) in value["headers"].as_object().into_iter().flatten() {
            headers.push((
                name.clone(),
                text.as_str().unwrap_or_else(|| panic!("{name} is no text: {value}")).to_owned(),
            ));
        }
        let json = value.get("json");
        let kind = text("type").or_else(|| json.map(|_| "application/json".to_owned()));
        headers.extend(kind.map(|kind| ("Content-Type".to_owned(), kind)));
        let body = json.map(Value::to_string).or_else(|| text("body")).unwrap_or_default();
        let mut wanted: Vec<String> = match &value["breach"] {
            Value::String(one) => vec![one.clone()],
            Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
            _ => Vec::new(),
        };
        assert_eq!(wanted.is_empty(), good, "{}: {value}", path.display());
        wanted.sort();
        let answer = value["answer"].as_u64().map(|status| u16::try_from(status).unwrap());
        let line = text("call").unwrap_or_else(|| panic!("{}: no `call` in {value}", path.display()));
        let line = format!("{line}{}", answer.map(|status| format!(" -> {status}")).unwrap_or_default());
        Self { line, operation: text("operation"), answer, headers, body: body.into_bytes(), wanted }
    }

    /// What the contract says: place and keyword of each breach, or why it does not know the call.
    pub(super) fn said(&self, contract: &Contract) -> Vec<String> {
        let line = self.line.split(" -> ").next().unwrap();
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let operation = match contract.find(method, path) {
            Found::Operation { operation, .. } => operation,
            Found::WrongMethod { .. } => return vec!["method".to_owned()],
            Found::Unusable { .. } => return vec!["unusable".to_owned()],
            Found::Unknown { .. } => return vec!["unknown".to_owned()],
        };
        if let Some(meant) = self.operation.as_ref().filter(|meant| **meant != operation.line()) {
            return vec![format!("{} in place of {meant}", operation.line())];
        }
        let breaches = match self.answer {
            Some(status) => contract.check_response(operation, status, &self.headers, &self.body),
            None => {
                let view = RequestView { method, path, query, headers: &self.headers, body: &self.body };
                let unproved = contract.check_credentials(operation, &view);
                contract.check_request(operation, &view).into_iter().chain(unproved).collect()
            }
        };
        let mut said: Vec<String> = breaches.iter().map(short).collect();
        said.sort();
        said
    }
}

/// Place and keyword; of what is missing or too much the name as well.
fn short(breach: &Breach) -> String {
    let name = breach.property.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    format!("{} {}{name}", breach.instance_path, breach.keyword)
}
