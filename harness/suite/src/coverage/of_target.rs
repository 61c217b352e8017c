//! Scenarios that would meet more of the contract of the service under test: [`suggest`].

use dryrun_contract::coverage::{Item, Place, Row, Step, What};
use dryrun_contract::{Contract, Location, Operation, ParameterInfo};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::coverage::gherkin::{Content, Sent, bare, place, scenario, value_cell};
use crate::coverage::of_mock::code;

/// `known` is a request that a scenario has sent; `helper` is a mocked service whose failure the service under test may
/// pass on.
pub(crate) fn suggest(
    contract: &Contract,
    row: &Row,
    item: &Item,
    known: Option<&Sent>,
    helper: Option<&str>,
) -> Option<String> {
    let operation = contract.operations().iter().find(|operation| operation.line() == row.operation)?;
    let mut request = Request::of(contract, operation, row, known);
    let mut steps = Vec::new();
    let mut checks = vec!["Then the answer honours its contract".to_owned()];
    match &item.what {
        What::Operation => checks.insert(0, format!("Then the status is {}", success(operation))),
        What::Status(status) => {
            let code = code(status, row);
            checks.insert(0, format!("Then the status is {code}"));
            match (code.as_str(), helper) {
                ("404", _) if request.with_path(&Value::from("not-there")) => {}
                ("500" | "502" | "503" | "504", Some(helper)) => {
                    steps.push(format!("Given {helper} is down"));
                }
                ("400" | "422", _) if required(contract, operation).is_some() => {
                    let field = required(contract, operation)?;
                    checks = vec![format!("Then a body without \"{field}\" is refused with {code}")];
                }
                _ => steps.push(format!("# Change this request so that it is answered with {code}.")),
            }
        }
        What::Parameter(at) | What::Property(at) => {
            request.put(at, item.sample.clone().unwrap_or(Value::from("text")));
        }
        What::Value(at, value) => request.put(at, value.clone()),
        What::Example { .. } => return None,
    }
    steps.extend(request.steps()?);
    for (index, check) in checks.into_iter().enumerate() {
        steps.push(if index > 0 { check.replacen("Then ", "And ", 1) } else { check });
    }
    let name = match &item.what {
        What::Operation => row.operation.clone(),
        What::Status(status) => format!("{} is answered with {}", row.operation, code(status, row)),
        _ => format!("{} with {}", row.operation, item.name),
    };
    Some(scenario(&name, &steps))
}

/// The first documented success, else the first status of all.
fn success(operation: &Operation) -> String {
    let statuses = &operation.statuses;
    let first = statuses.iter().find(|status| status.starts_with('2')).or(statuses.first());
    match first.map(String::as_str) {
        Some("2XX" | "default") | None => "200".to_owned(),
        Some(status) => status.replace("XX", "00"),
    }
}

/// The name of a property that a JSON body must have.
fn required(contract: &Contract, operation: &Operation) -> Option<String> {
    use dryrun_contract::Side::Request;
    let media =
        contract.request_media(operation).into_iter().find(|media| media.media_type.contains("json"))?;
    let schema = contract.resolve(contract.schema(&media.schema?, Request), Request);
    schema["required"].get(0)?.as_str().map(str::to_owned)
}

/// A request in the making.
struct Request<'c> {
    operation: &'c Operation,
    /// The path with its query, if a scenario has sent one.
    known: Option<String>,
    parameters: Vec<(ParameterInfo, Value)>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
    body: Content,
}

impl<'c> Request<'c> {
    fn of(contract: &'c Contract, operation: &'c Operation, row: &Row, known: Option<&Sent>) -> Self {
        let sample = |parameter: &ParameterInfo| {
            let item = row.items.iter().find(|item| match &item.what {
                What::Parameter(at) => {
                    at.location == parameter.location && at.steps == [Step::Key(parameter.name.clone())]
                }
                _ => false,
            });
            let value = parameter.example.clone().or_else(|| item?.sample.clone());
            value.unwrap_or_else(|| Value::from("1"))
        };
        let parameters = contract.parameters(operation).into_iter().map(|parameter| {
            let value = sample(&parameter);
            (parameter, value)
        });
        let media: Vec<String> =
            contract.request_media(operation).into_iter().map(|media| media.media_type).collect();
        let form = media.iter().any(|media| media.starts_with("application/x-www-form-urlencoded"));
        let body = match (known, &row.sample) {
            (Some(known), _) => known.body.clone(),
            (None, Some(sample)) if media.iter().any(|media| media.contains("json")) => {
                Content::Json(sample.clone())
            }
            (None, Some(Value::Object(fields))) if form => {
                Content::Form(fields.iter().map(|(name, value)| (name.clone(), bare(value))).collect())
            }
            _ => Content::Nothing,
        };
        let mut request = Self {
            operation,
            known: known.map(|known| known.path.clone()),
            parameters: parameters.collect(),
            query: Vec::new(),
            headers: Vec::new(),
            cookies: Vec::new(),
            body,
        };
        for (parameter, value) in request.parameters.clone() {
            // What a scenario has sent has its query already.
            let there = parameter.location == Location::Query && request.known.is_some();
            if parameter.required && !there && parameter.location != Location::Path {
                let steps = vec![Step::Key(parameter.name)];
                request.put(&Place { location: parameter.location, steps }, value);
            }
        }
        request
    }

    /// Puts a value where the contract has a place for it.
    fn put(&mut self, at: &Place, value: Value) {
        let (name, rest) = match at.steps.split_first() {
            Some((Step::Key(name), rest)) => (name.clone(), rest),
            _ => (String::new(), at.steps.as_slice()),
        };
        match at.location {
            Location::Query => {
                // Of an object each field is a parameter of its own: `filter[to]=x`.
                let inner = rest.iter().filter_map(|step| match step {
                    Step::Key(inner) => Some(format!("[{inner}]")),
                    Step::Item | Step::Any => None,
                });
                self.query.push((name + &inner.collect::<String>(), bare(&value)));
            }
            Location::Header => self.headers.push((name, bare(&value))),
            Location::Cookie => self.cookies.push((name, bare(&value))),
            Location::Path => {
                self.known = None;
                if let Some((_, known)) =
                    self.parameters.iter_mut().find(|(parameter, _)| parameter.name == name)
                {
                    *known = value;
                }
            }
            _ => match &mut self.body {
                Content::Json(body) => place(body, &at.steps, value),
                Content::Form(fields) => {
                    fields.retain(|(known, _)| *known != name);
                    fields.push((name, bare(&value)));
                }
                Content::Nothing => {
                    let mut body = Value::Null;
                    place(&mut body, &at.steps, value);
                    self.body = Content::Json(body);
                }
            },
        }
    }

    /// Gives each parameter of the path this value; `false` if it has none.
    fn with_path(&mut self, value: &Value) -> bool {
        let mut any = false;
        for (parameter, known) in &mut self.parameters {
            if parameter.location == Location::Path {
                *known = value.clone();
                any = true;
            }
        }
        if any {
            self.known = None;
        }
        any
    }

    fn steps(self) -> Option<Vec<String>> {
        let mut path = self.known.unwrap_or_else(|| {
            let mut path = self.operation.path.clone();
            for (parameter, value) in &self.parameters {
                let filled = encoded(&bare(value));
                path = path.replace(&format!("{{{}}}", parameter.name), &filled);
            }
            path
        });
        for (name, value) in &self.query {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(&format!("{}={}", encoded(name), encoded(value)));
        }
        let mut steps: Vec<String> = Vec::new();
        let quoted = |text: &str| Value::from(text).to_string();
        for (name, value) in &self.cookies {
            steps.push(format!("Given the cookie {} is {}", quoted(name), quoted(value)));
        }
        if !self.headers.is_empty() {
            let rows: Vec<String> = self
                .headers
                .iter()
                .map(|(name, value)| format!("  | {name} | {} |", value_cell(&Value::from(value.as_str()))))
                .collect();
            steps.push(format!("Given every request carries the headers:\n{}", rows.join("\n")));
        }
        steps.push(Sent { method: self.operation.method.clone(), path, body: self.body }.step()?);
        Some(steps)
    }
}

fn encoded(text: &str) -> String {
    const KEPT: percent_encoding::AsciiSet = NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~')
        .remove(b'[')
        .remove(b']')
        .remove(b',');
    utf8_percent_encode(text, &KEPT).to_string()
}
