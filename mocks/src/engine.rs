//! The [`Engine`]: from one known call and the state of its view to the answer. It knows no network and no clock but
//! the view's.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use dryrun_contract::{Breach, Contract, Operation};
use minijinja::value::Value as Mini;
use serde_json::{Map, Value};

use crate::effects::{self, Stop};
use crate::error::MockError;
use crate::forms;
use crate::json::{Json, to_mini};
use crate::nearest;
use crate::params::{self, Param};
use crate::plan::{Action, Compiled};
use crate::scope::Scope;
use crate::world::State;

/// One service: its contract and its behaviour.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) contract: Contract,
    plan: Arc<Compiled>,
    params: HashMap<String, Vec<Param>>,
}

/// A call that the contract knows.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) parameters: &'a [(String, String)],
    pub(crate) query: &'a str,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
    pub(crate) breaches: &'a [Breach],
}

/// What is to be answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// How long the answer is held back; its effects are not.
    pub(crate) delay: Duration,
    /// The behaviour could not be worked out: a fault of the mock, never silent.
    pub(crate) trouble: Option<String>,
    /// The mock does not know what to answer to this call.
    pub(crate) unexpected: Option<String>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
            ..Self::default()
        }
    }
}

impl Engine {
    /// Joins a contract and a behaviour.
    ///
    /// Fails when the behaviour describes a call that the contract does not know.
    pub(crate) fn new(contract: Contract, plan: Arc<Compiled>) -> Result<Self, MockError> {
        let known: Vec<String> = contract.operations().iter().map(Operation::line).collect();
        let excepted = plan.auth.iter().flat_map(|auth| auth.except.iter()).map(|line| (line, None));
        let described = plan.operations.iter().map(|(line, action)| (line, action.line)).chain(excepted);
        for (line, number) in described {
            if !known.contains(line) {
                return Err(MockError::Behaviour {
                    file: plan.file.clone(),
                    line: number,
                    at: format!("operations.{line}"),
                    what: format!(
                        "the contract {} has no operation {line:?}; {}",
                        contract.name(),
                        nearest::hint(line, known.iter().map(String::as_str))
                    ),
                });
            }
        }
        let params = params::parameters(&contract);
        Ok(Self { contract, plan, params })
    }

    /// Answers a call and applies it to the state.
    pub(crate) fn answer(&self, state: &State, call: &Call<'_>) -> Answer {
        let _turn = state.turn.lock().unwrap_or_else(PoisonError::into_inner);
        state.store().requests += 1;
        let scope = self.scope(state, call);
        let worked = match self.plan.operations.get(&call.operation.line()) {
            _ if self.refuses_key(call) => self.refuse(&scope, Some(call.operation), 401, &self.key_detail()),
            _ if !call.breaches.is_empty() => self.refuse_shape(&scope, call),
            Some(action) => self.act(state, &scope, call, action),
            None => Ok(self.example(call.operation)),
        };
        worked.unwrap_or_else(|what| self.broken(&what))
    }

    /// The answer to a fault that was asked for, in the contract's form.
    pub(crate) fn error(
        &self,
        state: &State,
        operation: Option<&Operation>,
        status: u16,
        detail: &str,
    ) -> Answer {
        self.refuse(&state.scope(empty_call()), operation, status, detail)
            .unwrap_or_else(|what| self.broken(&what))
    }

    fn scope(&self, state: &State, call: &Call<'_>) -> Scope {
        let request = serde_json::from_slice(call.body).unwrap_or(Value::Object(Map::new()));
        let params = self.params.get(&call.operation.line()).map_or(&[][..], Vec::as_slice);
        let texts = |pairs: &[(String, String)]| {
            let pairs = pairs.iter().map(|(name, value)| (name.clone(), Value::String(value.clone())));
            Mini::from_object(Json(Value::Object(pairs.collect())))
        };
        let request = if request.is_array() || request.is_object() {
            Mini::from_object(Json(request))
        } else {
            to_mini(&request)
        };
        state.scope(vec![
            ("request".to_owned(), request),
            ("query".to_owned(), to_mini(&params::query(params, call.query))),
            ("path".to_owned(), texts(call.parameters)),
            ("headers".to_owned(), texts(call.headers)),
        ])
    }

    fn act(&self, state: &State, scope: &Scope, call: &Call<'_>, action: &Action) -> Result<Answer, String> {
        let mut delay = Duration::ZERO;
        for rule in &action.rules {
            if !rule.condition.holds(scope)? {
                continue;
            }
            delay += rule.delay;
            let Some(refusal) = &rule.refusal else { continue };
            let mut detail = crate::json::text(&refusal.detail.eval(scope)?);
            if detail.is_empty() {
                detail = reason(refusal.status);
            }
            let mut answer = match &refusal.body {
                Some(body) => Answer::json(refusal.status, &body.eval(scope)?),
                None => self.refuse(scope, Some(call.operation), refusal.status, &detail)?,
            };
            for (name, value) in &refusal.headers {
                answer.headers.push((name.to_ascii_lowercase(), crate::json::text(&value.eval(scope)?)));
            }
            return Ok(Answer { delay, ..answer });
        }
        let mut done = match effects::apply(state, scope, &action.effects, call.parameters) {
            Ok(done) => done,
            Err(Stop::Broken(what)) => return Err(what),
            Err(Stop::Refused { status, detail }) => {
                let answer = self.refuse(scope, Some(call.operation), status, &detail)?;
                return Ok(Answer { delay, ..answer });
            }
        };
        for (name, template) in &action.names {
            let value = template.eval(&done.scope)?;
            done.scope = done.scope.with(vec![(name.clone(), to_mini(&value))]);
        }
        let status = action.status.unwrap_or_else(|| success(call.operation));
        let mut answer = match (&action.answer, done.item) {
            _ if matches!(status, 204 | 205 | 304) => Answer { status, ..Answer::default() },
            (Some(template), _) => Answer::json(status, &template.eval(&done.scope)?),
            (None, Some(item)) => Answer::json(status, &item),
            (None, None) => self.example(call.operation),
        };
        for (name, value) in &action.headers {
            answer.headers.push((name.to_ascii_lowercase(), crate::json::text(&value.eval(&done.scope)?)));
        }
        Ok(Answer { delay, ..answer })
    }

    /// The contract's own example of a success, for calls without behaviour.
    fn example(&self, operation: &Operation) -> Answer {
        let status = success(operation);
        if let Some(example) = self.contract.response_example(operation, status) {
            return Answer::json(status, &example);
        }
        let empty = Answer { status, ..Answer::default() };
        if operation.documents(status) && self.contract.check_response(operation, status, &[], b"").is_empty()
        {
            return empty;
        }
        let line = operation.line();
        let what = format!(
            "the contract knows {line}, but has no example of its answer {status}, and the behaviour file says nothing about it; add an example to the contract or `operations: \"{line}\"` to the behaviour file"
        );
        let body = serde_json::json!({"detail": what, "nearest": line});
        Answer { unexpected: Some(what), ..Answer::json(501, &body) }
    }

    fn refuse(
        &self,
        scope: &Scope,
        operation: Option<&Operation>,
        status: u16,
        detail: &str,
    ) -> Result<Answer, String> {
        let body = forms::error(&self.plan, &self.contract, operation, scope, status, detail)?;
        let mut answer = Answer::json(status, &body);
        match status {
            401 => answer.headers.push(("www-authenticate".to_owned(), "Bearer".to_owned())),
            429 => answer.headers.push(("retry-after".to_owned(), "1".to_owned())),
            _ => {}
        }
        Ok(answer)
    }

    fn refuse_shape(&self, scope: &Scope, call: &Call<'_>) -> Result<Answer, String> {
        let status = if call.operation.documents(422) || !call.operation.documents(400) { 422 } else { 400 };
        let body = forms::shape(&self.plan, &self.contract, call.operation, scope, status, call.breaches)?;
        Ok(Answer::json(status, &body))
    }

    fn refuses_key(&self, call: &Call<'_>) -> bool {
        self.plan.auth.as_ref().is_some_and(|auth| {
            !auth.except.contains(&call.operation.line())
                && !keys(call.headers).any(|key| auth.keys.iter().any(|known| known == key))
        })
    }

    fn key_detail(&self) -> String {
        self.plan.auth.as_ref().map(|auth| auth.detail.clone()).unwrap_or_default()
    }

    fn broken(&self, what: &str) -> Answer {
        let detail =
            format!("the behaviour of this mock could not be worked out: {}: {what}", self.plan.file);
        Answer { trouble: Some(detail.clone()), ..Answer::json(500, &serde_json::json!({"detail": detail})) }
    }
}

/// The keys that a call carries: a bearer token, `X-API-Key`.
pub(crate) fn keys(headers: &[(String, String)]) -> impl Iterator<Item = &str> {
    headers.iter().filter_map(|(name, value)| {
        if name.eq_ignore_ascii_case("x-api-key") {
            return Some(value.as_str());
        }
        let (scheme, key) = value.split_once(' ').filter(|_| name.eq_ignore_ascii_case("authorization"))?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    })
}

fn empty_call() -> Vec<(String, Mini)> {
    let empty = || Mini::from_object(Json(Value::Object(Map::new())));
    ["request", "query", "path", "headers"].map(|name| (name.to_owned(), empty())).to_vec()
}

/// The first documented status of success, else 200.
fn success(operation: &Operation) -> u16 {
    let codes = operation.statuses.iter().filter_map(|status| status.parse::<u16>().ok());
    codes.filter(|status| (200..300).contains(status)).min().unwrap_or(200)
}

/// The words that usually go with a status.
pub(crate) fn reason(status: u16) -> String {
    let code = http::StatusCode::from_u16(status).ok();
    code.and_then(|code| code.canonical_reason()).map_or_else(|| format!("Status {status}"), str::to_owned)
}
