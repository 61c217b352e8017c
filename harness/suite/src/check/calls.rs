//! Calls, nouns and collections: what a step says that a service received or holds, looked up as the run will do it.

use dryrun_contract::Contract;

use crate::check::known::{Known, KnownService};
use crate::check::steps::{Matched, told};
use crate::features::{Diagnostic, Scenario};
use crate::values::error::ValueError;
use crate::values::nearest::listed;
use crate::vocabulary::nouns::{CallRef, Service, collection, method_and_path};

/// The one phrase whose table names services and calls.
const IN_ORDER: &str = "the mocks received, in this order:";

pub(crate) fn check(
    scenario: &Scenario,
    matched: &[Matched<'_>],
    known: &Known,
    found: &mut Vec<Diagnostic>,
) {
    for one in matched {
        step(scenario, one, known, found);
    }
}

fn step(scenario: &Scenario, one: &Matched<'_>, known: &Known, found: &mut Vec<Diagnostic>) {
    let services: Vec<&KnownService> =
        one.of("service").filter_map(|service| known.service(&service.text)).collect();
    // A phrase that names no service means any of them.
    let named = one.of("service").next().is_some();
    let meant: Vec<&KnownService> = if named { services.clone() } else { known.services.iter().collect() };
    let quoted = one.of("calls").filter(|calls| calls.quoted);
    for call in one.of("call").chain(quoted) {
        if let Some((message, help)) = unknown_call(&call.text, &meant) {
            found.push(told(scenario, one.step.line, "unknown-operation", &call.text, message, help));
        }
    }
    for noun in one.of("noun") {
        let Some(service) = services.first() else { continue };
        let (code, error) = if one.phrase.pattern.contains("received") {
            ("unknown-noun", CallRef::noun(service.names(), &noun.text).err())
        } else {
            ("unknown-collection", collection(&service.collections, &service.title, &noun.text).err())
        };
        if let Some(ValueError { message, hint }) = error {
            let help = hint.unwrap_or_default();
            found.push(told(scenario, one.step.line, code, &noun.text, message, help));
        }
    }
    if one.phrase.pattern == IN_ORDER {
        in_order(scenario, one, known, found);
    }
}

impl KnownService {
    fn names(&self) -> Service<'_> {
        Service { key: &self.key, title: &self.title, contract: &self.contract, calls: Some(&self.calls) }
    }
}

/// Why none of the services knows the call that a text names: message and help.
fn unknown_call(text: &str, services: &[&KnownService]) -> Option<(String, String)> {
    let line = concrete(text);
    // What stands in a variable as a whole is known in the run only.
    if services.is_empty() || line.starts_with(HOLE) || line.contains(&format!(" {HOLE}")) {
        return None;
    }
    let look = |contract: &Contract, title: &str| CallRef::of(contract, title, &line).err();
    let mut errors = Vec::new();
    for service in services {
        errors.push(look(&service.contract, &service.title)?);
    }
    let first = errors.into_iter().next()?;
    let who = listed(services.iter().map(|service| service.title.as_str()), 3);
    // Without a method or path there is no call at all, whatever the contract.
    let message = match method_and_path(&line).is_ok() {
        true => format!("the contract of {who} knows no `{text}`"),
        false => first.message,
    };
    Some((message, first.hint.unwrap_or_default()))
}

/// Stands for the value of a placeholder.
const HOLE: &str = "1";

/// `${id}` stands for some value.
fn concrete(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        out.push_str(HOLE);
        rest = rest[at..].split_once('}').map_or("", |(_, behind)| behind);
    }
    out + rest
}

/// The rows of the table: service and call.
fn in_order(scenario: &Scenario, one: &Matched<'_>, known: &Known, found: &mut Vec<Diagnostic>) {
    for (index, row) in one.step.table.iter().flatten().enumerate() {
        let line = one.step.table_lines.get(index).copied().unwrap_or(one.step.line);
        let [title, call] = row.as_slice() else {
            let (message, help) = (
                "this table has two columns: the service and the call",
                "for example:\n| the CRM | POST /api/v1/email/send |",
            );
            found.push(told(scenario, line, "wrong-argument", "|", message.to_owned(), help.to_owned()));
            return;
        };
        if index == 0 && (title.trim(), call.trim()) == ("service", "call") {
            continue;
        }
        let Some(service) = known.service(title) else {
            let message = format!("no service is called `{title}`");
            found.push(told(scenario, line, "unknown-service", title, message, known.service_help(title)));
            continue;
        };
        if let Some((message, help)) = unknown_call(call, &[service]) {
            found.push(told(scenario, line, "unknown-operation", call, message, help));
        }
    }
}
