//! The shipped contracts honour themselves: every documented example is valid, and one that is spoilt is refused.

use std::path::PathBuf;

use dryrun_contract::{Contract, Found, RequestView};

pub(crate) fn shipped() -> Vec<Contract> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("openapi.yaml"))
        .filter(|file| file.is_file())
        .collect();
    files.sort();
    files.iter().map(|file| Contract::load(file).unwrap_or_else(|error| panic!("{error}"))).collect()
}

#[test]
fn every_documented_example_honours_its_own_contract() {
    let contracts = shipped();
    assert!(!contracts.is_empty(), "the schemas folder has no contract");
    for contract in &contracts {
        assert!(!contract.operations().is_empty(), "{} has no calls", contract.name());
        assert!(contract.notes().is_empty(), "{}: {:?}", contract.name(), contract.notes());
        for operation in contract.operations() {
            let line = operation.line();
            for example in contract.request_examples(operation) {
                if !example.media_type.ends_with("json") {
                    continue;
                }
                let headers = [("content-type".to_owned(), example.media_type.clone())];
                let body = example.value.to_string();
                let view = RequestView {
                    method: &operation.method,
                    path: &operation.path,
                    query: "",
                    headers: &headers,
                    body: body.as_bytes(),
                };
                let breaches = contract.check_request(operation, &view);
                let of_body: Vec<_> =
                    breaches.iter().filter(|b| b.instance_path.starts_with("body")).collect();
                assert!(of_body.is_empty(), "{}: {line} {:?}: {of_body:#?}", contract.name(), example.name);
            }
            for status in &operation.statuses {
                for example in contract.response_examples(operation, status) {
                    if !example.media_type.ends_with("json") {
                        continue;
                    }
                    let headers = [("content-type".to_owned(), example.media_type.clone())];
                    let code = status.parse().unwrap_or(499);
                    let breaches = contract.check_response(
                        operation,
                        code,
                        &headers,
                        example.value.to_string().as_bytes(),
                    );
                    let of_body: Vec<_> =
                        breaches.iter().filter(|b| b.instance_path.starts_with("body")).collect();
                    assert!(
                        of_body.is_empty(),
                        "{}: {line} {status} {:?}: {of_body:#?}",
                        contract.name(),
                        example.name
                    );
                }
            }
        }
    }
}

#[test]
fn every_call_finds_itself() {
    for contract in shipped() {
        for operation in contract.operations() {
            let path = operation.path.replace('{', "x-").replace('}', "");
            match contract.find(&operation.method, &path) {
                Found::Operation { operation: found, .. } => assert_eq!(found.line(), operation.line()),
                other => panic!("{}: {other:?}", operation.line()),
            }
        }
    }
}

#[test]
fn an_example_without_a_required_field_is_refused() {
    let mut spoilt = 0;
    for contract in shipped() {
        for operation in contract.operations() {
            let Some(serde_json::Value::Object(example)) = contract.response_example(operation, 200) else {
                continue;
            };
            let headers = [("content-type".to_owned(), "application/json".to_owned())];
            for name in example.keys() {
                let mut copy = example.clone();
                copy.remove(name);
                let body = serde_json::Value::Object(copy).to_string();
                let breaches = contract.check_response(operation, 200, &headers, body.as_bytes());
                spoilt += usize::from(
                    breaches.iter().any(|b| b.keyword == "required" && b.property.as_deref() == Some(name)),
                );
            }
        }
    }
    assert!(spoilt > 20, "only {spoilt} removals were noticed");
}
