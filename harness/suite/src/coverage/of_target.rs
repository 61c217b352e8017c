//! Scenarios that would meet more of the contract of the service under test: [`suggest`].

use dryrun_contract::coverage::{Item, Place, Row, Step, What};
use dryrun_contract::{Contract, Location, Operation, ParameterInfo};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::form_urlencoded;

use crate::coverage::base::base;
use crate::coverage::gherkin::{Content, Sent, bare, place, scenario, value_cell};
use crate::coverage::known::Known;
use crate::coverage::of_mock::code;

/// Stands for a file that the author of a scenario has to bring.
const FILE: &str = "file.txt";

/// `known` has the requests that scenarios have sent; `helper` is a mocked service whose failure the service under test
/// may pass on.
pub(crate) fn suggest(
    contract: &Contract,
    row: &Row,
    item: &Item,
    known: &Known,
    helper: Option<&str>,
) -> Option<String> {
    let operation = contract.operations().iter().find(|operation| operation.line() == row.operation)?;
    let mut request = Request::of(contract, operation, row, known);
    let mut steps = Vec::new();
    if operation.method == "GET" && operation.statuses.iter().any(|status| status == "101") {
        return live(request, row, item);
    }
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
    if matches!(&request.body, Content::Upload { file, .. } if file == FILE) {
        steps.push(format!("# Put a file `{FILE}` into the folder of test data, or name one that is there."));
    }
    steps.extend(request.steps()?);
    for (index, check) in checks.into_iter().enumerate() {
        steps.push(if index > 0 { check.replacen("Then ", "And ", 1) } else { check });
    }
    Some(scenario(&name(row, item), &steps))
}

fn name(row: &Row, item: &Item) -> String {
    match &item.what {
        What::Operation => row.operation.clone(),
        What::Status(status) => format!("{} is answered with {}", row.operation, code(status, row)),
        _ => format!("{} with {}", row.operation, item.name),
    }
}

/// The same for an operation that opens a WebSocket: a client joins, or is refused.
fn live(mut request: Request<'_>, row: &Row, item: &Item) -> Option<String> {
    let mut steps = Vec::new();
    let code = match &item.what {
        What::Operation => "101".to_owned(),
        What::Status(status) => code(status, row),
        What::Parameter(at) | What::Property(at) => {
            request.put(at, item.sample.clone().unwrap_or(Value::from("text")));
            "101".to_owned()
        }
        What::Value(at, value) => {
            request.put(at, value.clone());
            "101".to_owned()
        }
        What::Example { .. } => return None,
    };
    let leads = match code.as_str() {
        "101" | "426" => true,
        "404" => request.with_path(&Value::from("not-there")),
        _ => false,
    };
    if !leads {
        steps.push(format!("# Change this path so that the handshake is answered with {code}."));
    }
    steps.extend(request.before());
    let path = request.whole_path().replace('"', "%22");
    match code.as_str() {
        "101" => {
            steps.push(format!("When \"ana\" connects to \"{path}\""));
            steps.push("Then the connection of \"ana\" is open".to_owned());
        }
        // What a request that asks for no WebSocket is told.
        "426" => {
            steps.push(format!("When I GET \"{path}\""));
            steps.push("Then the status is 426".to_owned());
        }
        _ => steps.push(format!("Then the connection of \"ana\" to \"{path}\" is refused with {code}")),
    }
    Some(scenario(&name(row, item), &steps))
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
    /// The path of a request that a scenario has sent.
    known: Option<String>,
    /// What goes before the operation's own path.
    base: String,
    parameters: Vec<(ParameterInfo, Value)>,
    /// The name of each parameter, and the pair as it stands in the query.
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
    body: Content,
    kind: Kind,
}

/// How an operation wants its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Form,
    Multipart,
    Other,
}

impl Kind {
    fn of(contract: &Contract, operation: &Operation) -> Self {
        let media = contract.request_media(operation);
        let any = |wanted: fn(&str) -> bool| media.iter().any(|media| wanted(&media.media_type));
        match () {
            () if any(|media| media.contains("json")) => Self::Json,
            () if any(|media| media.starts_with("application/x-www-form-urlencoded")) => Self::Form,
            () if any(|media| media.starts_with("multipart/form-data")) => Self::Multipart,
            () => Self::Other,
        }
    }
}

/// The fields of a form: those that a request must have, or else all that the contract knows.
fn fields(row: &Row) -> Vec<(String, String)> {
    if let Some(Value::Object(fields)) = &row.sample
        && !fields.is_empty()
    {
        return fields.iter().map(|(name, value)| (name.clone(), bare(value))).collect();
    }
    let documented = row.items.iter().filter_map(|item| match &item.what {
        What::Property(Place { location: Location::Body, steps }) => match steps.as_slice() {
            [Step::Key(name)] => {
                Some((name.clone(), item.sample.as_ref().map_or_else(|| "text".to_owned(), bare)))
            }
            _ => None,
        },
        _ => None,
    });
    documented.collect()
}

impl<'c> Request<'c> {
    fn of(contract: &'c Contract, operation: &'c Operation, row: &Row, all: &Known) -> Self {
        let known = all.own(&row.operation);
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
        let kind = Kind::of(contract, operation);
        let sent = known.map(|known| known.body.clone());
        let body = match (sent, kind) {
            (Some(body), _) if body != Content::Nothing => body,
            (Some(_), Kind::Json) => Content::Nothing,
            (None, Kind::Json) => row.sample.clone().map_or(Content::Nothing, Content::Json),
            (_, Kind::Form) => Content::Form(fields(row)),
            (_, Kind::Multipart) => {
                let first = fields(row).into_iter().next().map(|(name, _)| name);
                let (file, field) = (all.file().unwrap_or(FILE).to_owned(), first);
                Content::Upload { file, field: field.unwrap_or_else(|| "file".to_owned()) }
            }
            _ => Content::Nothing,
        };
        let (path, query) = match known {
            Some(known) => known.path.split_once('?').unwrap_or((&known.path, "")),
            None => ("", ""),
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let mut request = Self {
            operation,
            known: known.map(|_| path.to_owned()),
            base: base(contract, operation, all.paths()),
            parameters: parameters.collect(),
            query: pairs.map(|pair| (parameter_name(pair), pair.to_owned())).collect(),
            headers: Vec::new(),
            cookies: Vec::new(),
            body,
            kind,
        };
        for (parameter, value) in request.parameters.clone() {
            // What a scenario has sent has its query already.
            let there = parameter.location == Location::Query && known.is_some();
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
                let name = name + &inner.collect::<String>();
                self.query.retain(|(known, _)| *known != name);
                let pair = format!("{}={}", encoded(&name), encoded(&bare(&value)));
                self.query.push((name, pair));
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
                // A part of a form is sent as a file is.
                Content::Upload { field, .. } => *field = name,
                Content::Nothing if self.kind == Kind::Form => {
                    self.body = Content::Form(vec![(name, bare(&value))]);
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

    /// Path and query.
    fn whole_path(&self) -> String {
        let mut path = self.known.clone().unwrap_or_else(|| {
            let mut path = format!("{}{}", self.base, self.operation.path);
            for (parameter, value) in &self.parameters {
                let filled = encoded(&bare(value));
                path = path.replace(&format!("{{{}}}", parameter.name), &filled);
            }
            path
        });
        for (_, pair) in &self.query {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(pair);
        }
        path
    }

    /// The steps that give the request its cookies and headers.
    fn before(&self) -> Vec<String> {
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
        steps
    }

    fn steps(self) -> Option<Vec<String>> {
        let mut steps = self.before();
        let path = self.whole_path();
        steps.push(Sent { method: self.operation.method.clone(), path, body: self.body }.step()?);
        Some(steps)
    }
}

/// The name of the parameter in `name=value`.
fn parameter_name(pair: &str) -> String {
    form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
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
