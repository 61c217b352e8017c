//! A call to a mock, for the tests of this folder.

use dryrun_record::{Attribution, Body, Direction, Exchange, Request, Response};

/// `METHOD /path?query` of an operation (none when empty) with this body; it was answered 200 with `{"id": 1}`.
pub(crate) fn call(line: &str, operation: &str, body: &str) -> Exchange {
    let (method, rest) = line.split_once(' ').unwrap();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    Exchange {
        id: "crm-1".into(),
        direction: Direction::ToMock,
        service: "crm".into(),
        scenario: None,
        attempt: 1,
        attribution: Attribution::Alone,
        operation: Some(operation.to_owned()).filter(|line| !line.is_empty()),
        at_us: 0,
        duration_us: 0,
        request: Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: Vec::new(),
            body: Body::keep(body.as_bytes(), 1_000),
        },
        response: Some(Response {
            status: 200,
            headers: Vec::new(),
            body: Body::keep(b"{\"id\": 1}", 1_000),
        }),
        error: None,
        fault: None,
        unexpected: None,
        breaches: Vec::new(),
    }
}
