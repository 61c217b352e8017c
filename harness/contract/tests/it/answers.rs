//! Answers are judged by status, headers and body.

use dryrun_contract::Location;

use crate::shop::{answer, told};

#[test]
fn answers_are_judged_by_status_headers_and_body() {
    let json = ("Content-Type", "application/json");
    let id = ("x-request-id", "abc");
    let sent = "POST /api/v1/email/send";
    assert_eq!(answer(sent, 200, &[json, id], "{\"id\": \"m1\"}"), []);
    assert_eq!(
        told(&answer(sent, 200, &[json], "{\"id\": 1}")),
        [
            "header required: no header \"X-Request-ID\" / the header \"X-Request-ID\"",
            "body/id type: the number 1 / a string",
        ]
    );
    assert_eq!(told(&answer(sent, 200, &[json, ("X-Request-ID", "a")], "{\"id\": \"\"}")).len(), 1);
    assert_eq!(
        told(&answer(sent, 422, &[json], "{}")),
        ["body required: an empty object / the field \"detail\""]
    );
    assert_eq!(answer(sent, 503, &[], "whatever"), [], "`default` says nothing about a body");
    let undocumented = answer("GET /api/v1/users", 404, &[], "");
    assert_eq!(told(&undocumented), ["status status: the status 404 / 200"]);
    assert_eq!((undocumented[0].location, undocumented[0].status), (Location::Status, Some(404)));
    assert_eq!(
        told(&answer("GET /api/v1/users", 200, &[("content-type", "text/html")], "<p>")),
        ["media type mediaType: the media type \"text/html\" / application/json"]
    );
    assert_eq!(
        told(&answer("GET /api/v1/users", 200, &[], "")),
        ["body content: an empty body / a body of the type application/json"]
    );
    assert_eq!(told(&answer("GET /api/v1/users", 200, &[json], "")), ["body syntax: an empty body / JSON"]);
    assert_eq!(answer("HEAD /api/v1/users", 200, &[json], ""), []);
    assert_eq!(answer("DELETE /api/v1/users", 204, &[], ""), []);
    assert_eq!(
        told(&answer("DELETE /api/v1/users", 204, &[], "x")),
        ["body content: a body of 1 byte / no body with the status 204"]
    );
    assert_eq!(
        answer("GET /api/v1/users/count", 200, &[("content-type", "text/plain; charset=utf-8")], "5"),
        []
    );
}
