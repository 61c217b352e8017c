//! Ids: each side is asked by its own, and an id of ours that the provider does not know is no drift.

use dryrun_verify::{DriftKind, Options, Permissions};

use crate::provider::Provider;
use crate::support::{BEHAVIOUR, CONTRACT, subject_of, verified, verified_with, writes};

#[tokio::test]
async fn what_a_post_made_is_read_and_deleted_by_the_providers_id() {
    let provider = Provider::faithful().await;
    let done = verified(&provider.url, &writes()).await;
    let lines = provider.lines();
    // The documented note_000001 is what the documented answer to the first POST calls the thing.
    assert!(lines.contains(&"GET /notes/real-500".to_owned()), "{lines:?}");
    assert!(lines.contains(&"DELETE /notes/real-500".to_owned()), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("note_000001")), "{lines:?}");
    assert!(done.steps("GET /notes/{id}").contains("{id} is real-500 (our mock's: note_"));
}

#[tokio::test]
async fn what_others_made_is_never_touched() {
    let provider = Provider::faithful().await;
    let done = verified(&provider.url, &writes()).await;
    assert!(!provider.lines().contains(&"DELETE /notes".to_owned()));
    let left = done.notices("not-played");
    assert!(
        left.iter().any(|text| text.contains("DELETE /notes: ") && text.contains("--write 'DELETE /notes'")),
        "{left:?}"
    );

    let excepted = Permissions { writes: vec!["DELETE /notes".to_owned()], ..writes() };
    let done = verified(&provider.url, &excepted).await;
    assert_eq!(provider.lines().last().unwrap(), "DELETE /notes", "after everything else");
    assert!(done.notices("not-played").is_empty());
}

#[tokio::test]
async fn a_change_is_not_sent_when_its_thing_was_not_made() {
    let provider = Provider::tweaked(|call, answer| {
        if call.line() == "POST /notes" {
            crate::provider::Answer::json(400, serde_json::json!({"detail": "no"}))
        } else {
            answer
        }
    })
    .await;
    let done = verified(&provider.url, &writes()).await;
    assert!(!provider.lines().iter().any(|line| line.starts_with("DELETE")), "{:?}", provider.lines());
    let failure =
        done.failures().into_iter().find(|one| one.message.contains("no earlier answer gave an id for {id}"));
    assert!(failure.is_some(), "{:#?}", done.failures());
}

#[tokio::test]
async fn an_id_that_is_ours_can_not_be_compared() {
    // Our mock has the note, the provider does not.
    let behaviour = BEHAVIOUR.replace(
        "get: { in: notes, missing: \"No note ${path.id}\" }\n    answer: ${item}",
        "answer: { id: \"${path.id}\", title: A, status: open }",
    );
    assert_ne!(behaviour, BEHAVIOUR);
    let provider = Provider::faithful().await;
    let subject = subject_of(CONTRACT, &behaviour);
    let done = verified_with(&subject, None, &Permissions::default(), Options::new(&provider.url)).await;
    assert_eq!(done.summary().drift, []);
    assert!(done.failures().is_empty(), "{:#?}", done.failures());
    assert!(
        done.steps("GET /notes/{id}").contains("the id is ours, and the provider does not know it (404)")
    );
    assert_eq!(done.notices("not-compared").len(), 1);

    // A contract without 404 does not excuse it.
    let contract = CONTRACT.replace(
        "content: { application/json: { schema: { $ref: \"#/components/schemas/Note\" } } }\n        \"404\": { $ref: \"#/components/responses/Wrong\" }",
        "content: { application/json: { schema: { $ref: \"#/components/schemas/Note\" } } }",
    );
    assert_ne!(contract, CONTRACT);
    let subject = subject_of(&contract, &behaviour);
    let done = verified_with(&subject, None, &Permissions::default(), Options::new(&provider.url)).await;
    assert_eq!(done.only(DriftKind::Status, "GET /notes/{id}", "status").provider, "404");
}

#[tokio::test]
async fn what_only_the_provider_has_is_read_there_and_held_against_the_contract() {
    let note =
        |title: serde_json::Value| serde_json::json!({"id": "theirs-9", "title": title, "status": "open"});
    let provider = Provider::tweaked(move |call, answer| match call.line().as_str() {
        "GET /notes" => crate::provider::Answer::json(
            200,
            serde_json::json!({"notes": [note("A".into())], "total": 1, "limit": 20}),
        ),
        "GET /notes/theirs-9" => crate::provider::Answer::json(200, note(serde_json::Value::Null)),
        _ => answer,
    })
    .await;
    let done = verified(&provider.url, &Permissions::default()).await;
    assert_eq!(done.summary().drift, []);
    assert_eq!(provider.lines().last().unwrap(), "GET /notes/theirs-9");
    let steps = done.steps("GET /notes/{id}");
    assert!(steps.contains("the provider knows this id and answers 200, our mock does not"), "{steps}");
    let broken: Vec<_> = done.failures().iter().map(|one| one.at.clone().unwrap()).collect();
    assert_eq!(broken, ["body/title"], "the contract wants a text there");
}

/// A service whose things are called by something else than an id, and by their address.
fn parcels(name: &str, answers: bool) -> (String, String) {
    let body = "content: { application/json: { schema: { $ref: '#/components/schemas/Parcel' } } }";
    let made =
        if answers { body } else { "headers: { Location: { required: true, schema: { type: string } } }" };
    let contract = format!(
        "openapi: 3.1.0
info: {{ title: Parcels, version: '1' }}
paths:
  /parcels:
    post:
      requestBody:
        required: true
        content: {{ application/json: {{ schema: {{ type: object, required: [to], properties: {{ to: {{ type: string }}, {name}: {{ type: string }} }} }}, example: {{ to: Ana, {name}: 'ab-1' }} }} }}
      responses: {{ '201': {{ description: y, {made} }} }}
  /parcels/{{{name}}}:
    parameters: [{{ name: {name}, in: path, required: true, schema: {{ type: string }} }}]
    get:
      responses: {{ '200': {{ description: y, {body} }}, '404': {{ description: n }} }}
    delete:
      responses: {{ '204': {{ description: y }}, '404': {{ description: n }} }}
components:
  schemas:
    Parcel: {{ type: object, required: [to, {name}], properties: {{ to: {{ type: string }}, {name}: {{ type: string }} }} }}
"
    );
    let behaviour = format!(
        "title: the Parcels
collections: {{ parcels: {{ id: {name}, prefix: p- }} }}
operations:
  POST /parcels:
    create: {{ in: parcels, item: {{ to: \"${{request.to}}\" }} }}
    status: 201
    answer: ${{item}}
  GET /parcels/{{{name}}}:
    get: {{ in: parcels, missing: none }}
    answer: ${{item}}
  DELETE /parcels/{{{name}}}:
    delete: {{ in: parcels, missing: none }}
    status: 204
"
    );
    (contract, behaviour)
}

async fn made_read_and_deleted(name: &str, answers: bool) {
    let (contract, behaviour) = parcels(name, answers);
    let field = name.to_owned();
    let provider = Provider::tweaked(move |call, mut answer| {
        let parcel = serde_json::json!({"to": "Ana", field.clone(): "theirs-7"});
        answer.headers.remove("x-request-id");
        match call.line().as_str() {
            "POST /parcels" if answers => crate::provider::Answer { status: 201, body: parcel, ..answer },
            "POST /parcels" => {
                answer.headers = [("location".to_owned(), "/parcels/theirs-7".to_owned())].into();
                crate::provider::Answer { status: 201, text: Some(String::new()), ..answer }
            }
            "GET /parcels/theirs-7" => crate::provider::Answer { status: 200, body: parcel, ..answer },
            "DELETE /parcels/theirs-7" => {
                answer.headers.clear();
                crate::provider::Answer { status: 204, text: Some(String::new()), ..answer }
            }
            _ => answer,
        }
    })
    .await;
    let mut subject = subject_of(&contract, &behaviour);
    if !answers {
        // A mock of the contract alone gives an address of its own accord.
        subject.spec.behaviour = dryrun_mocks::Behaviour::empty();
        subject.behaviour = None;
    }
    let done = verified_with(&subject, None, &writes(), Options::new(&provider.url)).await;
    assert!(done.failures().is_empty(), "{name}: {:#?}", done.failures());
    assert_eq!(done.notices("not-played"), [""; 0], "{name}");
    assert_eq!(
        provider.lines(),
        ["POST /parcels", "GET /parcels/theirs-7", "DELETE /parcels/theirs-7"],
        "{name} {answers}"
    );
    assert_eq!(
        (done.summary().played, done.summary().compared),
        (3, 3),
        "{name}: {:?}",
        done.notices("not-compared")
    );
}

#[tokio::test]
async fn a_thing_is_read_and_deleted_by_whatever_the_path_calls_it() {
    for name in ["ref", "sku", "code", "number", "email", "name", "handle"] {
        made_read_and_deleted(name, true).await;
    }
}

#[tokio::test]
async fn a_thing_that_is_only_named_by_its_address_is_read_and_deleted() {
    for name in ["ref", "id"] {
        made_read_and_deleted(name, false).await;
    }
}
