//! Names of things outside the feature: services, operations, data files, secrets, profiles.

use dryrun_contract::{Contract, Found};

use crate::check::known::Known;
use crate::check::steps::Matched;
use crate::features::{Diagnostic, Scenario};
use crate::phrase::Subject;
use crate::values::nearest::{listed, nearest};

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

pub(crate) fn check(
    scenario: &Scenario,
    matched: &[Matched<'_>],
    known: &Known,
    found: &mut Vec<Diagnostic>,
) {
    for one in matched {
        let told = |code: &'static str, part: &str, message: String, help: String| {
            Diagnostic::line(&scenario.source, code, one.step.line, message).on(part).help(help)
        };
        let mut contracts: Vec<(&str, &Contract)> = Vec::new();
        for service in one.of("service") {
            match known.service(&service.text) {
                Some(service) => contracts.push((&service.title, &service.contract)),
                None => found.push(told(
                    "unknown-service",
                    &service.text,
                    format!("no service is called `{}`", service.text),
                    service_help(&service.text, known),
                )),
            }
        }
        if matches!(one.phrase.subject, Subject::Mocks | Subject::DryRun) {
            // A phrase that names no service means any of them.
            if one.of("service").next().is_none() {
                contracts = known
                    .services
                    .iter()
                    .map(|service| (service.title.as_str(), &service.contract))
                    .collect();
            }
            // A phrase about calls that no contract knows names one on purpose.
            let on_purpose = one.phrase.pattern.contains("no contract knows");
            for text in one.of("string").chain(one.of("calls")).filter(|_| !on_purpose) {
                if let Some(diagnosis) = unknown_operation(&text.text, &contracts) {
                    let who = listed(contracts.iter().map(|(title, _)| *title), 3);
                    found.push(told(
                        "unknown-operation",
                        &text.text,
                        format!("the contract of {who} knows no `{}`", text.text),
                        diagnosis,
                    ));
                }
            }
        }
        for words in ["test data ", "the body ", "upload "] {
            if let Some(file) = one.behind(words).filter(|file| !file.text.contains("${"))
                && !known.data.join(&file.text).is_file()
            {
                found.push(told(
                    "missing-file",
                    &file.text,
                    format!("there is no file `{}` in {}", file.text, known.data.display()),
                    file_help(&file.text, known),
                ));
            }
        }
        if let Some(secret) = one.behind("secret ").filter(|secret| !known.secrets.contains(&secret.text)) {
            let names = || known.secrets.iter().map(String::as_str);
            let help = match nearest(&secret.text, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("name it under `secrets` in dryrun.toml{}", known_list(names())),
            };
            found.push(told(
                "unknown-secret",
                &secret.text,
                format!("no secret is called `{}`", secret.text),
                help,
            ));
        }
        if let Some(profile) =
            one.behind("profile ").filter(|profile| !known.profiles.contains(&profile.text))
        {
            let names = || known.profiles.iter().map(String::as_str);
            let help = match nearest(&profile.text, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("name it under `[profiles]` in dryrun.toml{}", known_list(names())),
            };
            found.push(told(
                "unknown-profile",
                &profile.text,
                format!("there is no profile `{}`", profile.text),
                help,
            ));
        }
    }
}

fn known_list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all = listed(names, 8);
    if all.is_empty() { String::new() } else { format!("; known are {all}") }
}

fn service_help(name: &str, known: &Known) -> String {
    let titles = || known.services.iter().map(|service| service.title.as_str());
    match nearest(name, titles()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.services.is_empty() => "dryrun.toml configures no `[services.…]`".to_owned(),
        None => format!("the configured services are {}", listed(titles(), 8)),
    }
}

/// Why no contract knows the operation that a text names; `None` when one does, or when it names none.
fn unknown_operation(text: &str, contracts: &[(&str, &Contract)]) -> Option<String> {
    let (method, path) = text.split_once(' ')?;
    if !METHODS.contains(&method) || !path.starts_with('/') || contracts.is_empty() {
        return None;
    }
    let path = concrete(path.split('?').next().unwrap_or(path));
    let mut reason = None;
    for (_, contract) in contracts {
        let template = contract.operations().iter().any(|operation| operation.line() == text);
        match contract.find(method, &path) {
            _ if template => return None,
            Found::Operation { .. } => return None,
            Found::WrongMethod { diagnosis, .. } | Found::Unknown { diagnosis } => {
                reason.get_or_insert(diagnosis);
            }
        }
    }
    reason
}

/// `${id}` and `{id}` stand for some value.
fn concrete(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some(at) = rest.find('{') {
        out.push_str(rest[..at].strip_suffix('$').unwrap_or(&rest[..at]));
        out.push('1');
        rest = rest[at..].split_once('}').map_or("", |(_, behind)| behind);
    }
    out + rest
}

fn file_help(name: &str, known: &Known) -> String {
    let files: Vec<String> = std::fs::read_dir(&known.data)
        .map(|entries| {
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    match nearest(name, files.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if files.is_empty() => "the folder of test data is empty, or is not there".to_owned(),
        None => format!("there are {}", listed(files.iter().map(String::as_str), 8)),
    }
}
