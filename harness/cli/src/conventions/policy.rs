//! `[[contracts]]` and `[gate]`: whose contract is meant must be known, and be there.

use std::collections::BTreeSet;

use dryrun_contract::Contract;
use dryrun_suite::policy::TARGET;
use dryrun_suite::values::nearest::{listed, nearest};

use crate::config::Step::{Index, Key};
use crate::config::{ExceptionMode, ExceptionSettings, Step};
use crate::conventions::judge::Judge;

/// Looks at every exception and every gate.
pub(super) fn check(judge: &mut Judge<'_>) {
    exceptions(judge);
    gates(judge);
}

fn exceptions(judge: &mut Judge<'_>) {
    let config = judge.config;
    let mut seen = BTreeSet::new();
    for (index, exception) in config.file.contracts.iter().enumerate() {
        let at = |key| [Key("contracts"), Index(index), Key(key)];
        let contract = whose(judge, &at("service"), &exception.service);
        if let (Some(contract), Some(operation)) = (contract, &exception.operation) {
            judge.operation(&at("operation"), operation, contract);
        }
        if exception.mode != ExceptionMode::Strict {
            excused(judge, index, exception);
        }
        if !seen.insert((&exception.service, &exception.operation)) {
            let whose = exception.operation.as_ref().map(|call| format!(", `{call}`")).unwrap_or_default();
            let message = format!("there are two exceptions for `{}`{whose}", exception.service);
            judge.tell(&at("service"), &message, Some("only one of them can hold: keep that one"));
        }
    }
}

/// What tolerates a breach says why, and until when.
fn excused(judge: &mut Judge<'_>, index: usize, exception: &ExceptionSettings) {
    let at = |key| [Key("contracts"), Index(index), Key(key)];
    if exception.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        let place = if exception.reason.is_some() { at("reason") } else { at("mode") };
        let help = "say why the breach is tolerated, and where that is tracked: reason = \"CRM-123: the provider sends null there\"";
        judge.tell(&place, "an exception needs a reason", Some(help));
    }
    if exception.until.is_none() {
        let help = "say until when the breach is tolerated: until = \"2026-12-31\"; from the day after it fails again";
        judge.tell(&at("mode"), "an exception needs a last day", Some(help));
    }
}

fn gates(judge: &mut Judge<'_>) {
    let config = judge.config;
    for (key, percent) in &config.file.gate.coverage {
        let at = [Key("gate"), Key("coverage"), Key(key)];
        whose(judge, &at, key);
        if !(0.0..=100.0).contains(percent) {
            let help = "write how much of the contract a run must meet, in percent: 90";
            judge.tell(&at, &format!("{percent} is no percentage"), Some(help));
        }
    }
}

/// The contract of a service, or of the service under test.
fn whose<'a>(judge: &mut Judge<'a>, at: &[Step<'_>], key: &str) -> Option<&'a Contract> {
    if key != TARGET {
        if judge.services.iter().any(|(spec, _)| spec.key == key) {
            return judge.service(at, key);
        }
        let keys = || judge.services.iter().map(|(spec, _)| spec.key.as_str()).chain([TARGET]);
        let help = match nearest(key, keys()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}; `{TARGET}` is the service under test", listed(keys(), 8)),
        };
        judge.tell(at, &format!("no service has the key `{key}`"), Some(&help));
        return None;
    }
    if judge.services.iter().any(|(spec, _)| spec.key == TARGET) {
        let help =
            format!("here `{TARGET}` means the service under test: give [services.{TARGET}] another key");
        judge.tell(at, &format!("`{TARGET}` could be either of two services"), Some(&help));
        return None;
    }
    if judge.target.is_none() {
        let help = "name it: [target] contract = \"schemas/service/openapi.yaml\"";
        judge.tell(at, "the service under test has no contract", Some(help));
    }
    judge.target
}
