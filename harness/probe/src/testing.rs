//! Requests and findings for the tests of this crate.

use std::time::Duration;

use dryrun_contract::Contract;
use dryrun_contract::generate::{CaseKind, CaseRequest, Generator};

use crate::answer::{Answer, Reply};
use crate::finding::{Finding, FindingKind};

pub(crate) fn request(method: &str, path: &str, query: &str, body: &str) -> CaseRequest {
    let text = "openapi: 3.1.0\npaths: {/a: {get: {responses: {'200': {description: ok}}}}}\n";
    let contract = Contract::parse("t", text).unwrap();
    let mut request = Generator::new(1).request(&contract, &contract.operations()[0]).unwrap();
    request.method = method.to_owned();
    request.path = path.to_owned();
    request.query = query.to_owned();
    request.body = body.as_bytes().to_vec();
    request
}

pub(crate) fn finding(kind: FindingKind, request_kind: CaseKind, request: CaseRequest) -> Finding {
    let reply = Reply { status: 200, headers: Vec::new(), body: Vec::new(), cut: false };
    Finding {
        operation: format!("{} /items", request.method),
        kind,
        rule: "minLength".to_owned(),
        at: "body/title".to_owned(),
        tried: "the empty text".to_owned(),
        request_kind,
        extreme: false,
        text: "the empty text: the answer is 200".to_owned(),
        request,
        answer: Answer { reply: Ok(reply), took: Duration::from_millis(3) },
        documented: vec![201, 422],
    }
}
