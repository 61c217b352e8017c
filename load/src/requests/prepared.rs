//! A request, made ready before the load begins: [`Prepared`].

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use dryrun_contract::{Contract, Found, Operation};
use dryrun_record::{MASK, Masker, sounds_secret};
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::profile::Request;
use crate::transport::{Target, Transport};

/// A request whose parts are only copied from now on.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// What stands at its secret places: no failure may show that.
    pub(super) private: Vec<String>,
    /// What the contract knows of it.
    pub(super) operation: Option<Operation>,
    /// Why the contract knows nothing of it.
    pub(super) unknown: Option<String>,
    /// How many answers came that could be checked: the sample goes by it.
    pub(super) answers: Cell<u64>,
    /// What the last measured check cost.
    pub(super) cost: Cell<Duration>,
}

impl Prepared {
    /// One for each row of data, or a single one.
    pub(super) fn all(
        request: &Request,
        rows: &[BTreeMap<String, String>],
        transport: &Transport,
        contract: Option<&Contract>,
        masker: &Masker,
    ) -> Result<Vec<Self>, String> {
        let none = BTreeMap::new();
        match rows {
            [] => Ok(vec![Self::new(request, &none, transport, contract, masker)?]),
            rows => rows
                .iter()
                .enumerate()
                .map(|(index, row)| {
                    Self::new(request, row, transport, contract, masker)
                        .map_err(|message| format!("{message} (row {} of its data)", index + 1))
                })
                .collect(),
        }
    }

    fn new(
        request: &Request,
        row: &BTreeMap<String, String>,
        transport: &Transport,
        contract: Option<&Contract>,
        masker: &Masker,
    ) -> Result<Self, String> {
        let name = request.method.to_ascii_uppercase();
        let method = Method::from_bytes(name.as_bytes())
            .map_err(|_| format!("`{}` is no HTTP method", request.method))?;
        if method == Method::CONNECT {
            return Err("CONNECT asks for a tunnel, and a load has none".to_owned());
        }
        let target = transport.target(&filled(&request.path, row, &escaped)?)?;
        let mut headers = HeaderMap::with_capacity(request.headers.len() + 6);
        for (name, value) in &request.headers {
            let key = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| format!("`{name}` is no name of a header"))?;
            let value =
                HeaderValue::from_bytes(filled(value, row, &str::to_owned)?.as_bytes()).map_err(|_| {
                    format!("the value of header `{name}` has characters that no header may have")
                })?;
            headers.append(key, value);
        }
        let body = match &request.body {
            None => Bytes::new(),
            Some(Value::String(text)) => filled(text, row, &str::to_owned)?.into(),
            Some(value) => json(value, row)?.to_string().into(),
        };
        if request.body.is_some() && !headers.contains_key(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let (operation, unknown) = match contract.map(|contract| contract.find(&name, target.path())) {
            None => (None, None),
            Some(Found::Operation { operation, .. }) => (Some(operation.clone()), None),
            Some(Found::WrongMethod { diagnosis, .. } | Found::Unknown { diagnosis }) => {
                (None, Some(diagnosis))
            }
            Some(Found::Unusable { operation, reason }) => {
                (None, Some(format!("the contract's {operation} can't be used: {reason}")))
            }
        };
        let (answers, cost) = (Cell::new(0), Cell::new(Duration::ZERO));
        let texts = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let mut private = masker.private(texts, target.query(), &body);
        for (_, value) in row.iter().filter(|(name, _)| sounds_secret(name)) {
            private.extend([value.clone(), escaped(value)]);
        }
        Ok(Self { method, target, headers, body, private, operation, unknown, answers, cost })
    }

    /// `POST /api/v2/jobs`, for messages; without the query, which may hold anything.
    pub(super) fn line(&self) -> String {
        match &self.operation {
            Some(operation) => operation.line(),
            None => {
                let path = self.target.path().to_owned();
                let path = self.private.iter().fold(path, |path, value| {
                    if value.len() > 3 { path.replace(value.as_str(), MASK) } else { path }
                });
                format!("{} {path}", self.method)
            }
        }
    }
}

/// What of a request makes none, as far as its service need not be known: one sentence each.
pub(super) fn mistakes(request: &Request, rows: &[BTreeMap<String, String>]) -> Vec<String> {
    let none = [BTreeMap::new()];
    let rows = if rows.is_empty() { &none } else { rows };
    let mut found = Vec::new();
    let mut texts = vec![request.path.as_str()];
    for (name, value) in &request.headers {
        texts.push(value);
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            found.push(format!("`{name}` is no name of a header"));
        }
    }
    request.body.iter().for_each(|body| strings(body, &mut texts));
    for text in texts {
        // A row that lacks what the first one has is told by its number.
        let wrong = rows.iter().enumerate().find_map(|(index, row)| {
            let message = filled(text, row, &str::to_owned).err()?;
            Some(if index == 0 { message } else { format!("{message} (row {} of its data)", index + 1) })
        });
        found.extend(wrong.filter(|wrong| !found.contains(wrong)));
    }
    found
}

/// Every string of a JSON value, but for the names of fields: these are sent as they are.
fn strings<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| strings(field, texts)),
        _ => {}
    }
}

/// JSON with its strings filled in.
fn json(value: &Value, row: &BTreeMap<String, String>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(filled(text, row, &str::to_owned)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| json(item, row)).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, field)| Ok((name.clone(), json(field, row)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

/// A text with each `${name}` replaced by the row's value of that name.
fn filled(
    text: &str,
    row: &BTreeMap<String, String>,
    write: &dyn Fn(&str) -> String,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, after)) = behind.split_once('}') else {
            return Err(format!("`${{{behind}` has no end; write `}}` behind the column's name"));
        };
        let value = row.get(name).ok_or_else(|| {
            let known: Vec<_> = row.keys().map(|name| format!("`{name}`")).collect();
            match known.is_empty() {
                true => format!(
                    "`${{{name}}}` stands for a column of its data, and it has no data; add `data = \"FILE\"`"
                ),
                false => format!("its data has no column `{name}`; it has {}", known.join(", ")),
            }
        })?;
        out.push_str(&write(value));
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// A value in a path or query: whatever would mean something there is percent-encoded.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
