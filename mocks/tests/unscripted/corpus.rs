//! Whatever the contract: every answer to a valid request honours it.

use std::path::{Path, PathBuf};

use dryrun_contract::Contract;
use dryrun_contract::generate::{CaseKind, cases};
use dryrun_mocks::{Behaviour, ServiceSpec};

use crate::common::{root, shipped, start};

/// The corpus and the contracts of these tests.
fn contracts() -> Vec<PathBuf> {
    let mine = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts");
    let corpus = root().join("harness/contract/tests/corpus");
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in [mine, corpus] {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        found.extend(entries.map(|entry| entry.path()));
    }
    found.sort();
    found.retain(|path| path.is_file() && path.extension().is_some_and(|end| end == "yaml" || end == "json"));
    found
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
            let mut request = client.request(method, url).body(case.request.body.clone());
            for (name, value) in &case.request.headers {
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
        let spec = ServiceSpec {
            key: "corpus".into(),
            title: "corpus".into(),
            contract,
            contract_path: path.display().to_string(),
            behaviour: Behaviour::empty(),
        };
        let (calls, _, wrong) = played(spec).await;
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
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
