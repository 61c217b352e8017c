//! Requests are judged in all their parts.

use dryrun_contract::{Location, RequestView, Segment, Side};
use serde_json::json;

use crate::shop::{operation, post, send, send_raw, shop, told, users};

#[test]
fn a_good_request_has_no_breach() {
    let body = json!({"subject": "Hello", "to": [{"email": "a@example.com", "age": 7}], "at": null, "1": true,
        "reply": {"subject": "Again", "to": [{"email": "b@example.com"}]},
        "attachment": {"kind": "link", "url": "https://example.com/"}});
    assert_eq!(send(&body), []);
    assert_eq!(send_raw(Some("application/json; charset=utf-8"), body.to_string().as_bytes()), []);
}

#[test]
fn every_breach_of_a_body_is_told_with_its_place() {
    let body = json!({"subject": "x", "to": [{"email": "a@example.com"}, {"age": 3_000_000_000_u64}],
        "kind": "spam", "at": "noon", "1": "yes", "extra": 1, "attachment": {"kind": "file", "data": "%"}});
    let breaches = send(&body);
    assert_eq!(
        told(&breaches),
        [
            "body additionalProperties: the field \"extra\" / no other fields than the documented ones",
            "body/1 type: the string \"yes\" (3 characters) / true or false",
            "body/at format: the string \"noon\" (4 characters) / a date-time as in RFC 3339, such as 2026-01-24T10:00:00Z",
            "body/attachment/data format: the string \"%\" (1 character) / text in base64",
            "body/kind enum: the string \"spam\" (4 characters) / one of \"news\" or \"alert\"",
            "body/subject minLength: the string \"x\" (1 character) / at least 3 characters",
            "body/to/1 required: an object with \"age\" / the field \"email\"",
            "body/to/1/age format: the number 3000000000 / a number from -2147483648 to 2147483647 (format int32)",
        ]
    );
    let extra = &breaches[0];
    assert_eq!((extra.side, extra.status, extra.property.as_deref()), (Side::Request, None, Some("extra")));
    assert_eq!(extra.operation, "POST /api/v1/email/send");
    assert_eq!(extra.schema_path, "/components/schemas/Email/additionalProperties");
    assert_eq!(breaches[1].segments, [Segment::Key("1".to_owned())]);
    let missing = &breaches[6];
    assert_eq!(missing.segments, [Segment::Key("to".to_owned()), Segment::Index(1)]);
    assert_eq!(missing.property.as_deref(), Some("email"));
    assert_eq!(missing.schema_path, "/components/schemas/Person/required");
    assert_eq!(breaches[7].schema_path, "/components/schemas/Person/properties/age/format");
    assert_eq!(send(&body), breaches, "the order does not depend on chance");
}

#[test]
fn a_choice_that_is_not_clear_names_all_forms() {
    let breaches = send(&json!({"subject": "Hello", "to": [{"email": "a@example.com"}], "at": 5}));
    assert_eq!(told(&breaches), ["body/at anyOf: the number 5 / a string or null"],);
}

#[test]
fn bodies_that_cannot_be_read() {
    assert_eq!(
        told(&send_raw(Some("application/json"), b"{\n \"subject\": oops}")),
        ["body syntax: text that is no JSON from line 2, column 13 on: expected value / JSON"]
    );
    assert_eq!(told(&send_raw(None, b"")), ["body required: no body / a body"]);
    assert_eq!(
        told(&send_raw(Some("text/html"), b"<p>")),
        ["media type mediaType: the media type \"text/html\" / application/json"]
    );
    let without = send_raw(None, b"{\"subject\": \"Hello\"}");
    assert_eq!(
        told(&without),
        [
            "media type mediaType: no Content-Type / application/json",
            "body required: an object with \"subject\" / the field \"to\"",
        ]
    );
}

#[test]
fn forms_are_read_by_their_schema() {
    let form =
        |body: &str| told(&post("/api/v1/form", Some("application/x-www-form-urlencoded"), body.as_bytes()));
    assert_eq!(form("name=a+b&n=5"), [""; 0]);
    assert_eq!(
        form("name=a&n=five"),
        [
            "body/n type: the string \"five\" (4 characters) / an integer",
            "body/name minLength: the string \"a\" (1 character) / at least 2 characters",
        ]
    );
    let multipart = |part: &str| {
        let body = format!(
            "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nabc\r\n--B\r\n{part}--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n\u{0}\u{1}\r\n--B--\r\n"
        );
        told(&post("/api/v1/form", Some("multipart/form-data; boundary=B"), body.as_bytes()))
    };
    assert_eq!(multipart("Content-Disposition: form-data; name=\"n\"\r\n\r\n5\r\n"), [""; 0]);
    assert_eq!(
        multipart("Content-Disposition: form-data; name=\"m\"\r\n\r\n5\r\n"),
        ["body required: an object with \"name\", \"m\" and \"file\" / the field \"n\""]
    );
    assert!(post("/api/v1/form", Some("multipart/form-data"), b"x")[0].found.contains("without `boundary`"));
    assert_eq!(post("/api/v1/form", Some("text/csv"), b"anything"), []);
    assert_eq!(post("/api/v1/form", None, b""), []);
}

#[test]
fn parameters_are_read_by_their_schema() {
    let trace = ("x-trace", "123e4567-e89b-12d3-a456-426614174000");
    assert_eq!(
        users(
            "limit=5&active=true&tags=a&tags=b&ids=1,2&filter[age]=3&where=%7B%22q%22:1%7D",
            &[trace, ("Cookie", "session=5; x=y")]
        ),
        []
    );
    assert_eq!(
        told(&users(
            "limit=500&active=maybe&tags=a&tags=z&ids=1,x&filter%5Bage%5D=old&where=%7B%7D",
            &[("X-Trace", "me"), ("Cookie", "session=abc")]
        )),
        [
            "query/active type: the string \"maybe\" (5 characters) / true or false",
            "query/filter/age type: the string \"old\" (3 characters) / an integer",
            "query/ids/1 type: the string \"x\" (1 character) / an integer",
            "query/limit maximum: the number 500 / at most 100",
            "query/tags/1 enum: the string \"z\" (1 character) / one of \"a\", \"b\" or \"c\"",
            "query/where required: an empty object / the field \"q\"",
            "header/X-Trace format: the string \"me\" (2 characters) / a UUID such as 123e4567-e89b-12d3-a456-426614174000",
            "cookie/session type: the string \"abc\" (3 characters) / an integer",
        ]
    );
    let missing = users("", &[]);
    assert_eq!(
        told(&missing),
        [
            "query required: no query parameter \"limit\" / the query parameter \"limit\"",
            "header required: no header \"X-Trace\" / the header \"X-Trace\"",
        ]
    );
    assert_eq!((missing[0].location, missing[0].property.as_deref()), (Location::Query, Some("limit")));
}

#[test]
fn path_parameters_are_judged_and_unknown_query_is_only_listed() {
    let contract = shop();
    let operation = operation(&contract, "GET /api/v1/email/{id}/status");
    let check = |path: &str| {
        let view = RequestView { method: "GET", path, query: "x=1&y[z]=2&x=3", headers: &[], body: b"" };
        told(&contract.check_request(operation, &view))
    };
    assert_eq!(check("/api/v1/email/m12/status"), [""; 0]);
    assert_eq!(check("/v9/api/v1/email/%6D12/status"), [""; 0]);
    assert_eq!(
        check("/api/v1/email/12/status"),
        ["path/id pattern: the string \"12\" (2 characters) / a string that matches ^m[0-9]+$"]
    );
    assert_eq!(check("/elsewhere"), ["path path: the path \"/elsewhere\" / /api/v1/email/{id}/status"]);
    assert_eq!(contract.unknown_query(operation, "x=1&y[z]=2&x=3"), ["x", "y[z]"]);
    let users = &contract.operations().iter().find(|o| o.line() == "GET /api/v1/users").unwrap();
    assert_eq!(contract.unknown_query(users, "limit=1&filter[age]=2&odd=3"), ["odd"]);
}
