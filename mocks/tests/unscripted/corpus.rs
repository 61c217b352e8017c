//! Whatever the contract: every answer to a valid request honours it.

use std::path::{Path, PathBuf};

use dryrun_contract::generate::{CaseKind, cases};
use dryrun_contract::{Contract, Found, Location, Operation, SecurityKind};
use dryrun_mocks::{Behaviour, ServiceSpec};

use crate::common::{root, shipped, start};

/// The corpus and the contracts of these tests.
fn contracts() -> Vec<PathBuf> {
    let mut found = documents(&corpus());
    assert!(found.len() >= 30, "the corpus of the contract crate is there: {}", found.len());
    found.extend(documents(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts")));
    found
}

pub(crate) fn corpus() -> PathBuf {
    root().join("harness/contract/tests/corpus")
}

/// The documents of a folder: its files, and `openapi.yaml` or `openapi.json` of the folders in it.
pub(crate) fn documents(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .filter_map(|path| match path.is_dir() {
            true => ["openapi.yaml", "openapi.json"]
                .map(|name| path.join(name))
                .into_iter()
                .find(|path| path.is_file()),
            // What is said about a document is none.
            false if path.to_string_lossy().ends_with(".calls.yaml") => None,
            false => Some(path),
        })
        .collect();
    found.retain(|path| path.extension().is_some_and(|end| end == "yaml" || end == "json"));
    found.sort();
    found
}

/// A mock by a contract alone.
fn spec(path: &Path, contract: Contract) -> ServiceSpec {
    ServiceSpec {
        key: "corpus".into(),
        title: "corpus".into(),
        contract,
        contract_path: path.display().to_string(),
        behaviour: Behaviour::empty(),
    }
}

/// What a call must carry to prove who is calling: headers, and the address with a key in its query.
fn with_keys(contract: &Contract, operation: &Operation, mut url: String) -> (Vec<(String, String)>, String) {
    let mut headers = Vec::new();
    for need in contract.security(operation).into_iter().next().into_iter().flatten() {
        match need.kind {
            SecurityKind::ApiKey { location: Location::Header, name } => {
                headers.push((name, "key".to_owned()))
            }
            SecurityKind::ApiKey { location: Location::Query, name } => {
                url = format!("{url}{}{name}=key", if url.contains('?') { "&" } else { "?" });
            }
            SecurityKind::ApiKey { name, .. } => headers.push(("Cookie".to_owned(), format!("{name}=key"))),
            SecurityKind::Http { scheme } if scheme == "basic" => {
                headers.push(("Authorization".to_owned(), "Basic dTpw".to_owned()));
            }
            _ => headers.push(("Authorization".to_owned(), "Bearer key".to_owned())),
        }
    }
    (headers, url)
}

/// Sends valid requests to every operation; gives how many calls there were, how many of them 501, and what was wrong.
async fn played(spec: ServiceSpec) -> (usize, Vec<String>, Vec<String>) {
    let contract = spec.contract.clone();
    let server = start(spec).await;
    let stay = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().no_proxy().redirect(stay).build().unwrap();
    let mut unknown = Vec::new();
    // Removing comes last, so that there is something to find.
    let mut operations: Vec<_> = contract.operations().iter().collect();
    operations.sort_by_key(|operation| (operation.method == "DELETE", operation.method != "POST"));
    for operation in operations {
        let positive = cases(&contract, operation, 7)
            .into_iter()
            .filter(|case| case.kind == CaseKind::Positive && !case.extreme);
        for case in positive.take(4) {
            let url = match case.request.query.as_str() {
                "" => format!("{}{}", server.url(), case.request.path),
                query => format!("{}{}?{query}", server.url(), case.request.path),
            };
            let Ok(method) = case.request.method.parse() else { continue };
            let (keys, url) = with_keys(&contract, operation, url);
            let mut request = client.request(method, url).body(case.request.body.clone());
            for (name, value) in case.request.headers.iter().chain(&keys) {
                request = request.header(name, value);
            }
            if let Some(kind) = &case.request.media_type
                && !case.request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            {
                request = request.header("content-type", kind);
            }
            let answer = request.send().await.unwrap();
            if answer.status().as_u16() == 501 {
                unknown.push(format!("{}: {}", operation.line(), answer.text().await.unwrap()));
            }
        }
    }
    let calls = server.default_view().calls();
    let wrong = calls.iter().flat_map(|call| {
        let said = call.breaches.iter().map(move |breach| {
            format!(
                "{} {}: {} {} found {}, wanted {}",
                breach.side,
                call.request.line(),
                breach.operation,
                breach.instance_path,
                breach.found,
                breach.wanted
            )
        });
        said.collect::<Vec<_>>()
    });
    (calls.len(), unknown, wrong.collect())
}

#[tokio::test]
async fn every_answer_to_a_valid_request_honours_its_contract() {
    let mut all = 0;
    for path in contracts() {
        let Ok(contract) = Contract::load(&path) else {
            // What can't be loaded at all is the business of the contract's own tests.
            continue;
        };
        // What the contract has and can't be used answers 501, never something that looks like an answer.
        let broken: Vec<String> = contract.unusable().iter().map(|one| one.operation.clone()).collect();
        let server = start(spec(&path, contract.clone())).await;
        for line in broken {
            let (method, template) = line.split_once(' ').unwrap();
            let target = template.split('{').next().unwrap().to_owned()
                + if template.contains('{') { "1" } else { "" };
            let method = if method == "*" { "GET" } else { method };
            if matches!(contract.find(method, &target), Found::Unusable { .. }) {
                let url = format!("{}{target}", server.url());
                let client = reqwest::Client::builder().no_proxy().build().unwrap();
                let answer = client.request(method.parse().unwrap(), url).send().await.unwrap();
                assert_eq!(answer.status().as_u16(), 501, "{}: {line}", path.display());
            }
        }
        let (calls, unknown, wrong) = played(spec(&path, contract)).await;
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
        let mine = path.starts_with(corpus());
        assert!(!mine || unknown.is_empty(), "{}: {unknown:#?}", path.display());
        all += calls;
    }
    assert!(all > 50, "{all} calls");
}

#[tokio::test]
async fn the_shipped_mocks_honour_their_contracts_with_and_without_their_behaviour() {
    for key in ["crm", "platform"] {
        for scripted in [true, false] {
            let mut spec = shipped(key);
            if !scripted {
                spec.behaviour = Behaviour::empty();
            }
            let (calls, unknown, wrong) = played(spec).await;
            assert!(wrong.is_empty() && unknown.is_empty(), "{key}, {scripted}: {wrong:#?} {unknown:#?}");
            assert!(calls > 5);
        }
    }
}
