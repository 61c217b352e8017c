//! The [`Engine`]: from one known call and the state of its view to the answer. It knows no network and no clock but
//! the view's.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use dryrun_contract::{Breach, Contract, Operation};
use dryrun_record::Request;
use minijinja::value::Value as Mini;
use serde_json::{Map, Value};

use crate::answer::{Answer, bodiless, reason};
use crate::effects::{self, Stop};
use crate::error::MockError;
use crate::forms;
use crate::json::{into_mini, lend};
use crate::media::Accept;
use crate::nearest;
use crate::params;
use crate::plan::{Action, Compiled};
use crate::prefer::Prefer;
use crate::scope::{Headers, Name, Scope};
use crate::security;
use crate::unscripted::reply::Asked;
use crate::unscripted::sheet::Sheets;
use crate::unscripted::unanswered::unanswered;
use crate::world::State;

/// One service: its contract and its behaviour.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) contract: Contract,
    pub(crate) sheets: Sheets,
    plan: Arc<Compiled>,
    /// Whether calls must carry what the contract's security requirements ask for.
    secure: bool,
    /// The keys that are let in; none: any is.
    keys: Vec<String>,
}

/// A call that the contract knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) path: &'a str,
    pub(crate) parameters: &'a [(String, String)],
    pub(crate) query: &'a str,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
    pub(crate) breaches: &'a [Breach],
    /// The same call as it will be recorded; expressions look at its headers there.
    pub(crate) request: Option<&'a Arc<Request>>,
    /// The body, if it was read as JSON before.
    pub(crate) read: Option<&'a Arc<Value>>,
}

impl Engine {
    /// Joins a contract and a behaviour. With `secure`, or where the behaviour says so, calls must carry what the
    /// contract's security requirements ask for; if `keys` are named, one of these.
    ///
    /// Fails when the behaviour describes a call that the contract does not know.
    pub(crate) fn new(
        contract: Contract,
        plan: Arc<Compiled>,
        secure: bool,
        keys: Vec<String>,
    ) -> Result<Self, MockError> {
        check(&contract, &plan)?;
        let sheets = Sheets::new(&contract, |line| plan.operations.contains_key(line));
        let secure = secure || plan.security || !keys.is_empty();
        Ok(Self { contract, sheets, plan, secure, keys })
    }

    /// Answers a call and applies it to the state.
    pub(crate) fn answer(&self, state: &State, call: &Call<'_>) -> Answer {
        let _turn = state.turn.lock().unwrap_or_else(PoisonError::into_inner);
        state.store().requests += 1;
        let Some(asked) = self.asked(state, call) else {
            return self.broken("the contract has lost this operation");
        };
        if self.refuses_key(&asked) {
            let detail = self.key_detail();
            return self.worked(self.refuse(&asked, 401, &detail));
        }
        if self.secure
            && let Some(missing) =
                security::missing(&asked.sheet.security, call.headers, call.query, &self.keys)
        {
            return self.worked(self.unproved(&asked, &missing));
        }
        if asked.prefer.any() {
            return asked.wished();
        }
        if !call.breaches.is_empty() {
            return self.worked(self.refuse_shape(&asked, call.breaches));
        }
        match self.plan.operations.get(&asked.sheet.line) {
            Some(action) => self.worked(self.act(&asked, call, action)),
            None => asked.reply(),
        }
    }

    /// The answer to a fault that was asked for, in the contract's form.
    pub(crate) fn error(
        &self,
        state: &State,
        operation: Option<&Operation>,
        status: u16,
        detail: &str,
    ) -> Answer {
        let none: &[(String, String)] = &[];
        let asked = operation.and_then(|operation| {
            let path = &operation.path;
            let breaches = &[];
            self.asked(
                state,
                &Call {
                    operation,
                    path,
                    parameters: none,
                    query: "",
                    headers: none,
                    body: b"",
                    breaches,
                    request: None,
                    read: None,
                },
            )
        });
        match asked {
            Some(asked) => self.worked(self.refuse(&asked, status, detail)),
            None => {
                let scope = || state.scope(empty_call());
                self.worked(
                    forms::plain(&self.plan, scope, status, detail)
                        .map(|body| with_usual(Answer::json(status, &body))),
                )
            }
        }
    }

    /// The operations whose security can't be seen, one sentence each, where security is to be checked.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let all = self.contract.operations().iter().filter(|_| self.secure);
        all.filter_map(|operation| self.sheets.of(operation))
            .filter(|sheet| security::unseen(&sheet.security))
            .map(|sheet| {
                format!("{} asks for a certificate of the client, which nobody looks at here", sheet.line)
            })
            .collect()
    }

    /// The operations that nothing but 501 can be answered to, one sentence each.
    pub(crate) fn unanswered(&self, seed: u64) -> Vec<String> {
        unanswered(&self.contract, &self.sheets, seed, |line| self.plan.operations.contains_key(line))
    }

    fn asked<'a>(&'a self, state: &'a State, call: &Call<'a>) -> Option<Asked<'a>> {
        Some(Asked {
            contract: &self.contract,
            sheets: &self.sheets,
            sheet: self.sheets.of(call.operation)?,
            operation: call.operation,
            state,
            path: call.path,
            query: call.query,
            parameters: call.parameters,
            headers: call.headers,
            body: call.body,
            accept: Accept::of(call.headers),
            prefer: Prefer::of(call.headers),
        })
    }

    fn worked(&self, worked: Result<Answer, String>) -> Answer {
        worked.unwrap_or_else(|what| self.broken(&what))
    }

    fn scope(&self, asked: &Asked<'_>, call: Option<&Call<'_>>) -> Scope {
        let body = match call.and_then(|call| call.read) {
            Some(read) => lend(Arc::clone(read)),
            None => into_mini(serde_json::from_slice(asked.body).unwrap_or(Value::Object(Map::new()))),
        };
        let texts = |pairs: &[(String, String)]| {
            let pairs = pairs.iter().map(|(name, value)| (name.clone(), Value::String(value.clone())));
            into_mini(Value::Object(pairs.collect()))
        };
        let headers = match call.and_then(|call| call.request) {
            Some(request) => Mini::from_object(Headers(Arc::clone(request))),
            None => texts(asked.headers),
        };
        asked.state.scope(vec![
            ("request".into(), body),
            ("query".into(), into_mini(params::query(&asked.sheet.params, asked.query))),
            ("path".into(), texts(asked.parameters)),
            ("headers".into(), headers),
        ])
    }

    fn act(&self, asked: &Asked<'_>, call: &Call<'_>, action: &Action) -> Result<Answer, String> {
        let scope = &self.scope(asked, Some(call));
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
                None => self.refuse(asked, refusal.status, &detail)?,
            };
            answer.checked = answer.checked && refusal.headers.is_empty();
            for (name, value) in &refusal.headers {
                answer.header(name, crate::json::text(&value.eval(scope)?));
            }
            return Ok(Answer { delay, ..answer });
        }
        let mut done = match effects::apply(asked.state, scope, &action.effects, call.parameters) {
            Ok(done) => done,
            Err(Stop::Broken(what)) => return Err(what),
            Err(Stop::Refused { status, detail }) => {
                let answer = self.refuse(asked, status, &detail)?;
                return Ok(Answer { delay, ..answer });
            }
        };
        for (name, template) in &action.names {
            let value = template.eval(&done.scope)?;
            done.scope = done.scope.with(vec![(name.clone().into(), into_mini(value))]);
        }
        let status = action.status.or(asked.sheet.success).unwrap_or(200);
        let mut answer = match (&action.answer, done.item) {
            _ if bodiless(status) => Answer { status, ..Answer::default() },
            (Some(template), _) => Answer::json(status, &template.eval(&done.scope)?),
            (None, Some(item)) => Answer::json(status, &item),
            (None, None) => asked.plain(),
        };
        answer.checked = answer.checked && action.headers.is_empty();
        for (name, value) in &action.headers {
            answer.header(name, crate::json::text(&value.eval(&done.scope)?));
        }
        Ok(Answer { delay, ..answer })
    }

    fn refuse(&self, asked: &Asked<'_>, status: u16, detail: &str) -> Result<Answer, String> {
        forms::error(&self.plan, asked, || self.scope(asked, None), status, detail).map(with_usual)
    }

    fn refuse_shape(&self, asked: &Asked<'_>, breaches: &[Breach]) -> Result<Answer, String> {
        let status = asked.shape_status(breaches);
        forms::shape(&self.plan, asked, || self.scope(asked, None), status, breaches)
    }

    fn refuses_key(&self, asked: &Asked<'_>) -> bool {
        self.plan.auth.as_ref().is_some_and(|auth| {
            !auth.except.contains(&asked.sheet.line)
                && !keys(asked.headers).any(|key| auth.keys.iter().any(|known| known == key))
        })
    }

    fn key_detail(&self) -> String {
        self.plan.auth.as_ref().map(|auth| auth.detail.clone()).unwrap_or_default()
    }

    /// 401 for what does not prove who is calling.
    fn unproved(&self, asked: &Asked<'_>, missing: &security::Missing) -> Result<Answer, String> {
        let mut answer = forms::error(&self.plan, asked, || self.scope(asked, None), 401, &missing.detail)?;
        answer.header("www-authenticate", missing.challenge.clone());
        // Who gives nothing breaks the contract, and that is told already. A wrong key does not: then a 401 that is not
        // documented is a hole in it.
        if answer.own && missing.wrong {
            answer.unexpected = Some(format!(
                "{}: {}; the contract documents no answer 401 of it",
                asked.sheet.line, missing.detail
            ));
        }
        Ok(answer)
    }

    fn broken(&self, what: &str) -> Answer {
        let detail =
            format!("the behaviour of this mock could not be worked out: {}: {what}", self.plan.file);
        Answer { trouble: Some(detail.clone()), ..Answer::json(500, &serde_json::json!({"detail": detail})) }
    }
}

/// Whether the contract knows every call that the behaviour describes.
pub(crate) fn check(contract: &Contract, plan: &Compiled) -> Result<(), MockError> {
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
    Ok(())
}

/// The headers that always go with a status.
fn with_usual(mut answer: Answer) -> Answer {
    let (name, value) = match answer.status {
        401 => ("www-authenticate", "Bearer"),
        429 => ("retry-after", "1"),
        _ => return answer,
    };
    answer.header(name, value.to_owned());
    answer.checked = false;
    answer
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

fn empty_call() -> Vec<(Name, Mini)> {
    let empty = || into_mini(Value::Object(Map::new()));
    ["request", "query", "path", "headers"].map(|name| (name.into(), empty())).to_vec()
}
