//! What a contract documents, and what exchanges meet of it.

use dryrun_contract::coverage::{AnswerView, Collector, Item, Matrix, Row};
use dryrun_contract::{Contract, RequestView};

const CONTRACT: &str = r##"
openapi: 3.1.0
info: { title: Mail, version: "1" }
paths:
  /mails/{kind}:
    parameters:
      - { name: kind, in: path, required: true, schema: { enum: [news, bill] } }
      - { name: fields, in: query, schema: { type: array, items: { enum: [id, text] } } }
      - { name: filter, in: query, style: deepObject, explode: true, schema: { type: object, properties: { to: { type: string } } } }
      - { name: X-Tenant, in: header, schema: { type: string } }
      - { name: theme, in: cookie, schema: { type: integer, enum: [1, 2] } }
    post:
      requestBody:
        content:
          application/json:
            schema: { $ref: "#/components/schemas/Mail" }
            examples: { spring: { value: { subject: Spring } } }
          application/x-www-form-urlencoded:
            schema: { type: object, properties: { subject: { type: string }, urgent: { type: boolean, enum: [true] } } }
      responses:
        "201": { description: sent, content: { application/json: { schema: {}, examples: { first: { value: { id: 1 } }, second: { value: { id: 2 } } } } } }
        4XX: { description: no }
        default: { description: else }
  /old:
    get: { deprecated: true, responses: { "200": { description: ok } } }
components:
  schemas:
    Mail:
      type: object
      properties:
        id: { type: string, readOnly: true }
        subject: { type: string }
        reply: { $ref: "#/components/schemas/Mail" }
        parts:
          type: array
          items:
            oneOf:
              - { type: object, properties: { as: { const: text }, text: { type: string } } }
              - { type: object, properties: { as: { const: file }, url: { type: string } } }
        labels: { type: object, additionalProperties: { enum: [red, blue, null] } }
        zone: { enum: [ZONES] }
      allOf:
        - { properties: { when: { type: [string, "null"], oneOf: [{ const: now }, { const: later }, { type: "null" }] } } }
"##;

fn collector() -> Collector {
    let zones: Vec<String> = (0..60).map(|zone| format!("zone{zone}")).collect();
    Collector::new(&Contract::parse("mail.yaml", &CONTRACT.replace("ZONES", &zones.join(", "))).unwrap())
}

struct Call<'a> {
    path: &'a str,
    query: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
    status: Option<u16>,
    answer: &'a str,
}

const PLAIN: Call<'_> =
    Call { path: "/mails/news", query: "", headers: &[], body: "", status: Some(201), answer: "" };

fn show(collector: &mut Collector, call: &Call<'_>, scenario: &str) -> bool {
    let own = |headers: &[(&str, &str)]| -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let (headers, answered) = (own(call.headers), own(&[("content-type", "application/json")]));
    let (body, answer) = (call.body.as_bytes(), call.answer.as_bytes());
    let request = RequestView { method: "POST", path: call.path, query: call.query, headers: &headers, body };
    let answer = call.status.map(|status| AnswerView { status, headers: &answered, body: answer });
    collector.observe(&request, answer.as_ref(), scenario)
}

fn met(matrix: &Matrix) -> Vec<&str> {
    matrix.operations[0].items.iter().filter(|item| item.hits > 0).map(|item| item.name.as_str()).collect()
}

fn after(calls: &[Call<'_>]) -> Matrix {
    let mut collector = collector();
    for call in calls {
        assert!(show(&mut collector, call, "a.feature:3"));
    }
    collector.finish()
}

fn names(row: &Row, which: impl Fn(&Item) -> bool) -> Vec<&str> {
    row.items.iter().filter(|item| which(item)).map(|item| item.name.as_str()).collect()
}

#[test]
fn everything_documented_is_listed_once() {
    let matrix = after(&[]);
    let [row, old] = matrix.operations.as_slice() else { panic!("{matrix:?}") };
    assert_eq!(
        names(row, |_| true),
        [
            "called",
            "201",
            "4XX",
            "default",
            "path/kind",
            "path/kind = \"news\"",
            "path/kind = \"bill\"",
            "query/fields",
            "query/fields/* = \"id\"",
            "query/fields/* = \"text\"",
            "query/filter",
            "query/filter/to",
            "header/X-Tenant",
            "cookie/theme",
            "body/subject",
            "body/reply",
            "body/parts",
            "body/parts/*/as",
            "body/parts/*/text",
            "body/parts/*/url",
            "body/labels",
            "body/labels/* = \"red\"",
            "body/labels/* = \"blue\"",
            "body/zone",
            "body/when",
            "body/when = \"now\"",
            "body/when = \"later\"",
            "body/urgent",
            "body/urgent = true",
            "example spring",
            "201 example first",
            "201 example second",
        ],
        "neither what is read only, nor the circle, nor the values of a long list"
    );
    assert_eq!(
        names(row, |item| !item.counts),
        ["example spring", "201 example first", "201 example second"]
    );
    assert!(
        old.deprecated && names(old, |item| item.counts).is_empty(),
        "what is on its way out does not count"
    );
    assert_eq!((names(old, |_| true), matrix.counts()), (vec!["called", "200"], (0, 29)));
    assert!(!row.cut);
}

#[test]
fn an_exchange_meets_what_it_carries() {
    let call = Call {
        query: "fields=text&filter%5Bto%5D=x",
        headers: &[("x-tenant", "a"), ("Cookie", "theme=2"), ("content-type", "application/json")],
        body: r#"{"id": "1", "parts": [{"as": "file", "url": "/"}], "labels": {"x": "blue"}, "when": "now", "reply": {"subject": "no"}}"#,
        status: Some(422),
        ..PLAIN
    };
    assert_eq!(
        met(&after(&[call])),
        [
            "called",
            "4XX",
            "path/kind",
            "path/kind = \"news\"",
            "query/fields",
            "query/fields/* = \"text\"",
            "query/filter",
            "query/filter/to",
            "header/X-Tenant",
            "cookie/theme",
            "body/reply",
            "body/parts",
            "body/parts/*/as",
            "body/parts/*/url",
            "body/labels",
            "body/labels/* = \"blue\"",
            "body/when",
            "body/when = \"now\"",
        ],
        "a property within the circle is another place"
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let call = Call { headers: &form, body: "urgent=true&subject=x", status: None, ..PLAIN };
    assert_eq!(
        met(&after(&[call])),
        ["called", "path/kind", "path/kind = \"news\"", "body/subject", "body/urgent", "body/urgent = true"],
        "without an answer there is no status"
    );
}

#[test]
fn statuses_are_met_by_the_nearest_that_documents_them() {
    let statuses = |status| {
        let matrix = after(&[Call { status: Some(status), ..PLAIN }]);
        met(&matrix)
            .into_iter()
            .filter(|name| ["201", "4XX", "default"].contains(name))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (statuses(201), statuses(404), statuses(500)),
        (vec!["201".to_owned()], vec!["4XX".to_owned()], vec!["default".to_owned()])
    );
}

#[test]
fn examples_are_met_by_the_same_values_or_by_name() {
    let examples = |call: Call<'_>| {
        let matrix = after(&[call]);
        met(&matrix)
            .into_iter()
            .filter(|name| name.contains("example"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let json = [("content-type", "application/json")];
    assert_eq!(
        examples(Call { headers: &json, body: r#"{ "subject": "Spring" }"#, ..PLAIN }),
        ["example spring"]
    );
    assert!(examples(Call { headers: &json, body: r#"{ "subject": "Summer" }"#, ..PLAIN }).is_empty());
    assert_eq!(examples(Call { answer: r#"{"id": 2}"#, ..PLAIN }), ["201 example second"]);
    let named = [("Prefer", "code=201, example=first")];
    assert_eq!(examples(Call { headers: &named, answer: r#"{"id": 7}"#, ..PLAIN }), ["201 example first"]);
    assert!(
        examples(Call { headers: &named, status: Some(404), ..PLAIN }).is_empty(),
        "another status is not it"
    );
}

#[test]
fn scenarios_are_named_once_and_calls_counted() {
    let mut collector = collector();
    for number in 0..50 {
        assert!(show(&mut collector, &PLAIN, &format!("a.feature:{}", number / 2)));
    }
    assert!(!show(&mut collector, &Call { path: "/nowhere", ..PLAIN }, "a.feature:1"));
    let matrix = collector.finish();
    let called = &matrix.operations[0].items[0];
    assert_eq!((matrix.operations[0].calls, called.hits, called.scenarios.len()), (50, 50, 20));
    assert_eq!(
        (called.scenarios[0].as_str(), called.scenarios[19].as_str()),
        ("a.feature:0", "a.feature:19")
    );
    assert_eq!(matrix.counts().0, 4, "the call, its status, and the parameter with its value");
}

#[test]
fn a_schema_without_end_is_cut_and_told() {
    let fields: Vec<String> = (0..1_200).map(|field| format!("f{field}: {{}}")).collect();
    let text = format!(
        "openapi: 3.1.0\ninfo: {{ title: t, version: '1' }}\npaths: {{ /x: {{ post: {{ requestBody: {{ content: {{ application/json: \
         {{ schema: {{ properties: {{ {} }} }} }} }} }}, responses: {{ '200': {{ description: d }} }} }} }} }}\n",
        fields.join(", ")
    );
    let matrix = Collector::new(&Contract::parse("t.yaml", &text).unwrap()).finish();
    assert!(matrix.operations[0].cut && matrix.operations[0].items.len() == 1_000);
}
