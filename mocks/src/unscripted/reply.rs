//! What is answered where no behaviour file says it, and what a `Prefer` header wishes: [`Asked`].

use dryrun_contract::{Breach, Contract, Location, Operation};
use serde_json::Value;

use crate::answer::{Answer, reason};
use crate::chance;
use crate::media::Accept;
use crate::nearest::listed;
use crate::prefer::Prefer;
use crate::unscripted::asks::Query;
use crate::unscripted::documented::{Unable, Wish, answer, names, response};
use crate::unscripted::facts::Fact;
use crate::unscripted::refusal::{Refused, refusal};
use crate::unscripted::request::sent;
use crate::unscripted::roles::{Deed, param_at};
use crate::unscripted::sheet::{Sheet, Sheets};
use crate::unscripted::things::{Outcome, Visit};
use crate::world::State;

/// A call, with what the contract says about its operation.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) sheets: &'a Sheets,
    pub(crate) sheet: &'a Sheet,
    pub(crate) operation: &'a Operation,
    pub(crate) state: &'a State,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) parameters: &'a [(String, String)],
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
    pub(crate) accept: Accept,
    pub(crate) prefer: Prefer,
}

impl<'a> Asked<'a> {
    /// A wish whose seed depends on the view's and on what was called, so that a repetition gives the same; what is
    /// wished to be dynamic depends on how many calls there were before, too.
    fn wish(&self) -> Wish<'_> {
        let store = self.state.store();
        let body = String::from_utf8_lossy(self.body);
        let mut seed = chance::hash(store.seed, &["call", &self.sheet.line, self.path, self.query, &body]);
        if self.prefer.dynamic {
            seed = chance::hash(seed, &["again", &store.requests.to_string()]);
        }
        let example = self.prefer.example.as_deref();
        Wish { example, dynamic: self.prefer.dynamic, accept: &self.accept, seed, facts: &[] }
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What the call says: values of the path and of the documented query, and the fields that were sent.
    fn facts(&self) -> Vec<Fact> {
        let places = self.operation.path.trim_matches('/').split('/').count();
        let named = (0..places).filter_map(|place| {
            let name = param_at(&self.operation.path, place)?;
            let value = self.parameters.iter().find(|(known, _)| known == name)?.1.clone();
            let before = self.operation.path.trim_matches('/').split('/').nth(place.checked_sub(1)?);
            let last = place + 1 == places;
            let of = before.filter(|_| last).map(str::to_owned);
            Some(Fact { name: name.to_owned(), value: Value::String(value), of })
        });
        let mut facts: Vec<Fact> = named.collect();
        let query = Query::read(&self.sheet.asks, &self.sheet.params, self.query);
        let plain = |(name, value)| Fact { name, value, of: None };
        facts.extend(query.filters.into_iter().map(plain));
        let fields = sent(self.contract, &self.sheet.request, self.header("content-type"), self.body);
        facts.extend(fields.into_iter().flatten().map(plain));
        facts
    }

    /// A refusal in the documented shape of its status.
    pub(crate) fn refuse(&self, status: u16, detail: &str, usual: &[Value]) -> Answer {
        let (contract, operation) = (self.contract, self.operation);
        let wish = Wish { example: None, dynamic: false, ..self.wish() };
        refusal(
            Refused { contract, operation, responses: &self.sheet.responses, status, detail, wish },
            usual,
        )
    }

    /// What is answered by the paths, or by the documented answer alone.
    pub(crate) fn reply(&self) -> Answer {
        let Some(role) = self.sheet.role else { return self.plain() };
        let query = Query::read(&self.sheet.asks, &self.sheet.params, self.query);
        let seed = self.state.store().seed;
        let visit = Visit {
            contract: self.contract,
            sheets: self.sheets,
            state: self.state,
            operation: self.operation,
            sheet: self.sheet,
            role,
            parameters: self.parameters,
            path: self.path,
            search: self.query,
            host: self.header("host"),
            query: &query,
            content_type: self.header("content-type"),
            body: self.body,
            wish: Wish { example: None, dynamic: false, accept: &self.accept, seed, facts: &[] },
        };
        let documents = |status: u16| response(&self.sheet.responses, status).is_some();
        match visit.go() {
            Outcome::Answered(answer) => answer,
            Outcome::Missing(what) | Outcome::Removed(what) if documents(404) => self.refuse(404, &what, &[]),
            Outcome::Removed(what) => self.undocumented(404, &what),
            Outcome::Conflict(what) => {
                let wanted = if role.deed == Deed::Create { [409, 422, 400] } else { [422, 409, 400] };
                match wanted.into_iter().find(|status| documents(*status)) {
                    Some(status) => self.refuse(status, &what, &[]),
                    None => self.undocumented(409, &what),
                }
            }
            Outcome::Missing(_) | Outcome::Plain => self.plain(),
        }
    }

    /// A refusal that the contract does not know: success would be a lie, and so a run says that there is a hole in it.
    fn undocumented(&self, status: u16, what: &str) -> Answer {
        let line = self.sheet.line.as_str();
        let unexpected = format!("{line}: {what}; the contract documents no answer {status} of it");
        Answer { unexpected: Some(unexpected), ..Answer::problem(status, what) }
    }

    /// The documented answer of success.
    pub(crate) fn plain(&self) -> Answer {
        match self.sheet.success {
            Some(status) => self.documented(status).unwrap_or_else(|unable| self.unable(status, unable)),
            None => match self.upgrade_required() {
                Some(answer) => answer,
                None => self.unknown("documents no success of it"),
            },
        }
    }

    /// The documented 426 of an operation that only switches protocols, for a call that does not ask for that. The
    /// switch itself a mock can't do.
    fn upgrade_required(&self) -> Option<Answer> {
        let switches = self.sheet.responses.iter().any(|response| response.status == "101");
        let asks = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("upgrade"));
        if switches && !asks { self.documented(426).ok() } else { None }
    }

    fn documented(&self, status: u16) -> Result<Answer, Unable> {
        let Some(response) = response(&self.sheet.responses, status) else {
            return Err(Unable::Impossible(format!("it documents no answer {status}")));
        };
        let facts = if status < 300 { self.facts() } else { Vec::new() };
        answer(self.contract, self.operation, response, status, Wish { facts: &facts, ..self.wish() })
    }

    fn unable(&self, status: u16, unable: Unable) -> Answer {
        match unable {
            Unable::Impossible(what) => self.unknown(&what),
            Unable::NoExample(known) => {
                let name = self.prefer.example.as_deref().unwrap_or_default();
                let known = listed(&known);
                self.misuse(&format!(
                    "the answer {status} of {} has no example {name:?}; it has {known}",
                    self.sheet.line
                ))
            }
            Unable::Unacceptable(offered) => {
                let what =
                    format!("nothing that is documented is acceptable: {} is offered", listed(&offered));
                let answer = self.refuse(406, &what, &[]);
                let unexpected = answer.own.then(|| format!("{}: {what}", self.sheet.line));
                Answer { unexpected: answer.unexpected.clone().or(unexpected), ..answer }
            }
        }
    }

    fn unknown(&self, what: &str) -> Answer {
        let line = self.sheet.line.as_str();
        let what = format!(
            "the contract knows {line}, but {what}; add an example to the contract or `operations: \"{line}\"` to a behaviour file"
        );
        Answer::unknown(&what, Some(line))
    }

    /// A wish that can't be fulfilled is a mistake of whoever wrote it, and a run says so.
    fn misuse(&self, what: &str) -> Answer {
        Answer {
            unexpected: Some(format!("Prefer: {}: {what}", self.prefer.applied())),
            ..Answer::problem(400, what)
        }
    }

    /// The answer that a `Prefer` header wishes.
    pub(crate) fn wished(&self) -> Answer {
        let status = match (&self.prefer.code, &self.prefer.example) {
            (Some(code), _) => code.parse().ok().filter(|code| (200..600).contains(code)),
            (None, Some(name)) => self.status_of(name).or(self.sheet.success),
            (None, None) => self.sheet.success,
        };
        let known = || listed(&self.operation.statuses);
        let Some(status) = status else {
            return self.misuse(&format!(
                "there is no such answer; {} documents {}",
                self.sheet.line,
                known()
            ));
        };
        if response(&self.sheet.responses, status).is_none() {
            return self.misuse(&format!(
                "{} documents no answer {status}; it documents {}",
                self.sheet.line,
                known()
            ));
        }
        let bare = response(&self.sheet.responses, status)
            .is_some_and(|response| response.content.iter().all(|info| info.examples.is_empty()));
        let answer = if status >= 400 && bare && !self.prefer.dynamic && self.prefer.example.is_none() {
            // Made up, too, but in words that say where it comes from.
            let wished = format!("{}, as `Prefer: {}` wishes", reason(status), self.prefer.applied());
            Ok(self.refuse(status, &wished, &[]))
        } else {
            self.documented(status)
        };
        match answer {
            Ok(mut answer) => {
                answer.headers.push(("preference-applied".to_owned(), self.prefer.applied()));
                answer
            }
            Err(unable) => self.unable(status, unable),
        }
    }

    /// The status whose answer has an example of this name.
    fn status_of(&self, name: &str) -> Option<u16> {
        let has = |status: u16| {
            response(&self.sheet.responses, status)
                .is_some_and(|response| names(response).iter().any(|known| known == name))
        };
        let exact = self.sheet.responses.iter().filter_map(|response| response.status.parse().ok());
        let usual = [200, 201, 302, 400, 500];
        self.sheet.success.into_iter().chain(exact).chain(usual).find(|status| has(*status))
    }

    /// The status by which a request of the wrong shape is refused.
    pub(crate) fn shape_status(&self, breaches: &[Breach]) -> u16 {
        let exact = |status: &str| self.operation.statuses.iter().any(|known| known == status);
        let named = exact("422") || exact("400");
        let media = breaches
            .iter()
            .any(|breach| breach.location == Location::MediaType && breach.keyword == "mediaType");
        if media && (exact("415") || !named) {
            return 415;
        }
        if !named && exact("404") && breaches.iter().all(|breach| breach.location == Location::Path) {
            return 404;
        }
        if exact("422") || !self.operation.documents(400) { 422 } else { 400 }
    }
}
