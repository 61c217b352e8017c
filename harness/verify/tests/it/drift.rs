//! A faithful provider has no drift; one that drifts is found out, in each of the ways, at the right place.

use dryrun_record::{Allowed, AllowedMode, FailureKind};
use dryrun_verify::{DriftKind, Options, Place, Tolerated};
use serde_json::{Value, json};

use crate::provider::{Answer, Call, Provider};
use crate::support::{BEHAVIOUR, CONTRACT, Done, subject, subject_of, verified, verified_with, writes};

/// Verifies a provider whose answers to one call are changed.
async fn tweaked(line: &'static str, tweak: fn(Answer) -> Answer) -> Done {
    let change = move |call: &Call, answer: Answer| if call.line() == line { tweak(answer) } else { answer };
    let provider = Provider::tweaked(change).await;
    verified(&provider.url, &writes()).await
}

fn set(mut answer: Answer, at: &str, value: Value) -> Answer {
    *answer.body.pointer_mut(at).unwrap() = value;
    answer
}

#[tokio::test]
async fn a_faithful_provider_has_no_drift_whatever_its_ids_dates_and_numbers() {
    let provider = Provider::faithful().await;
    let done = verified(&provider.url, &writes()).await;
    assert_eq!(done.summary().drift, []);
    assert_eq!(done.summary().breaches, 0);
    assert!(done.failures().is_empty(), "{:#?}", done.failures());
    // Health, two lists, two notes, one read by its id, one deleted, a search.
    assert_eq!((done.summary().played, done.summary().compared), (8, 8));
    assert_eq!(done.record.scenarios.len(), 8);
}

#[tokio::test]
async fn another_status_is_drift_of_code_or_class() {
    let done = tweaked("POST /search", |answer| Answer { status: 202, ..answer }).await;
    let one = done.summary().drift.iter().find(|(_, drift)| drift.kind == DriftKind::Status).unwrap();
    assert_eq!(
        (one.0.as_str(), one.1.mock.as_str(), one.1.provider.as_str()),
        ("POST /search", "200", "202")
    );
    assert!(one.1.advice.contains("document 202 for POST /search in schemas/notes.yaml"), "{}", one.1.advice);
    // The contract does not have it either: a breach as well.
    assert!(done.failures().iter().any(|failure| failure.kind == FailureKind::Contract));

    let done = tweaked("GET /health", |_| Answer::json(503, json!({"detail": "down"}))).await;
    assert!(done.summary().drift.iter().any(|(_, drift)| drift.provider == "503"));
    assert!(
        done.steps("GET /health").contains("answers of different classes"),
        "{}",
        done.steps("GET /health")
    );
}

#[tokio::test]
async fn another_media_type_is_drift() {
    let done = tweaked("GET /health", |answer| answer.with("content-type", "application/hal+json")).await;
    let one = done.only(DriftKind::MediaType, "GET /health", "header/content-type");
    assert_eq!((one.mock.as_str(), one.provider.as_str()), ("application/json", "application/hal+json"));
}

#[tokio::test]
async fn a_charset_is_no_drift() {
    let done =
        tweaked("GET /health", |answer| answer.with("content-type", "application/json; charset=utf-8")).await;
    assert_eq!(done.summary().drift, []);
}

#[tokio::test]
async fn a_field_that_only_the_provider_has_is_drift() {
    let done = tweaked("GET /health", |mut answer| {
        answer.body["region"] = json!("eu");
        answer
    })
    .await;
    let one = done.only(DriftKind::Presence, "GET /health", "body/region");
    assert_eq!((one.mock.as_str(), one.provider.as_str()), ("missing", "there"));
    assert!(one.advice.starts_with("document body/region in schemas/notes.yaml"), "{}", one.advice);

    // A documented one is only missing in the behaviour, and is named once for a whole list.
    let done = tweaked("GET /notes", |mut answer| {
        for note in answer.body["notes"].as_array_mut().unwrap() {
            note["color"] = json!("red");
        }
        answer
    })
    .await;
    let one = done.summary().drift.iter().find(|(_, drift)| drift.at == "body/notes/*/color").unwrap();
    assert_eq!(
        one.1.advice,
        "let `GET /notes` in mocks/notes.yaml answer body/notes/*/color: the contract has it"
    );
    assert_eq!(done.summary().drift.len(), 2, "one for each of the two calls");
}

#[tokio::test]
async fn a_field_that_only_our_mock_has_is_drift() {
    let done = tweaked("GET /notes", |mut answer| {
        answer.body["notes"][0].as_object_mut().unwrap().remove("made_at");
        answer
    })
    .await;
    let (_, one) = &done.summary().drift[0];
    assert_eq!((one.kind, one.at.as_str()), (DriftKind::Presence, "body/notes/*/made_at"));
    assert_eq!((one.mock.as_str(), one.provider.as_str()), ("there", "there in 1 of 2"));
    assert!(one.advice.contains("leave body/notes/*/made_at out as well"), "{}", one.advice);
}

#[tokio::test]
async fn another_type_is_drift_and_null_is_one() {
    let done = tweaked("POST /search", |answer| set(answer, "/hits", json!("12"))).await;
    let one = done.only(DriftKind::Type, "POST /search", "body/hits");
    assert_eq!((one.mock.as_str(), one.provider.as_str()), ("a number", "a string"));
    assert!(one.advice.contains("does not allow a string"), "{}", one.advice);
    assert_eq!(done.summary().breaches, 1);

    let done = tweaked("POST /search", |answer| set(answer, "/hits", Value::Null)).await;
    assert_eq!(done.only(DriftKind::Type, "POST /search", "body/hits").provider, "null");

    // Allowed by the contract, and our mock has never said it.
    let done = tweaked("POST /notes", |answer| set(answer, "/author", json!({"name": "Ana"}))).await;
    assert_eq!(done.summary().breaches, 0);
    let (_, one) = &done.summary().drift[0];
    assert_eq!(
        (one.at.as_str(), one.mock.as_str(), one.provider.as_str()),
        ("body/author", "null", "an object")
    );
    assert!(one.advice.starts_with("the contract allows an object"), "{}", one.advice);
}

#[tokio::test]
async fn a_value_of_an_enumeration_that_our_mock_never_says_is_drift() {
    let done = tweaked("POST /notes", |answer| set(answer, "/status", json!("archived"))).await;
    let (line, one) = &done.summary().drift[0];
    assert_eq!(
        (one.kind, line.as_str(), one.at.as_str()),
        (DriftKind::Enumeration, "POST /notes", "body/status")
    );
    assert_eq!((one.mock.as_str(), one.provider.as_str()), ("never; it says \"open\"", "\"archived\""));
    assert!(one.advice.contains("answer \"archived\" as well"), "{}", one.advice);
    assert_eq!(done.summary().breaches, 0, "the contract allows it");
}

#[tokio::test]
async fn a_value_that_the_behaviour_file_can_say_is_none() {
    let behaviour =
        BEHAVIOUR.replace("status: open", "status: \"${'open' if request.title else 'archived'}\"");
    let change = |call: &Call, answer: Answer| {
        if call.line() == "POST /notes" { set(answer, "/status", json!("archived")) } else { answer }
    };
    let provider = Provider::tweaked(change).await;
    let subject = subject_of(CONTRACT, &behaviour);
    let done = verified_with(&subject, None, &writes(), Options::new(&provider.url)).await;
    assert_eq!(done.summary().drift, []);
}

#[tokio::test]
async fn a_header_in_one_and_not_in_the_other_is_drift() {
    let done = tweaked("GET /health", |mut answer| {
        answer.headers.remove("x-request-id");
        answer
    })
    .await;
    let one = done.only(DriftKind::Header, "GET /health", "header/x-request-id");
    assert_eq!((one.mock.as_str(), one.provider.as_str()), ("there", "missing"));

    // One that clients act upon, documented or not.
    let done =
        tweaked("GET /health", |answer| answer.with("retry-after", "3").with("x-powered-by", "php")).await;
    let drift: Vec<&str> = done.summary().drift.iter().map(|(_, drift)| drift.at.as_str()).collect();
    assert_eq!(drift, ["header/retry-after"]);
}

#[tokio::test]
async fn another_shape_of_errors_is_drift() {
    // Without writes there is no note: both answer 404, each in its own form.
    let change = |call: &Call, answer: Answer| {
        if call.path.starts_with("/notes/") {
            Answer::json(404, json!({"detail": "gone", "code": "E-404"}))
        } else {
            answer
        }
    };
    let provider = Provider::tweaked(change).await;
    let done = verified(&provider.url, &Default::default()).await;
    let one = done.only(DriftKind::Presence, "GET /notes/{id}", "body/code");
    assert_eq!((one.mock.as_str(), one.provider.as_str()), ("missing", "there"));
}

#[tokio::test]
async fn keys_of_a_map_are_data() {
    let done = tweaked("POST /notes", |mut answer| {
        answer.body["labels"] = json!({"anything": "goes"});
        answer
    })
    .await;
    assert_eq!(done.summary().drift, []);
}

#[tokio::test]
async fn values_are_compared_where_it_is_asked_for_and_only_there() {
    let provider = Provider::faithful().await;
    let mut options = Options::new(&provider.url);
    options.same = ["GET /health body/status", "GET /health header/x-request-id", "POST /notes body/title"]
        .map(|text| Place::parse(text).unwrap())
        .into();
    let done = verified_with(&subject(), None, &writes(), options).await;
    let drift: Vec<_> = done.summary().drift.iter().map(|(_, one)| (one.kind, one.at.as_str())).collect();
    let wanted = [(DriftKind::Value, "body/status"), (DriftKind::Value, "header/x-request-id")];
    let mut sorted = drift.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, wanted);
}

#[tokio::test]
async fn allowed_drift_is_told_and_fails_nothing() {
    let change = |call: &Call, mut answer: Answer| {
        if call.line() == "GET /health" {
            answer.body["region"] = json!("eu");
        }
        answer
    };
    let provider = Provider::tweaked(change).await;
    let mut options = Options::new(&provider.url);
    options.allowed = vec![Place::parse("GET /health body/region").unwrap()];
    let done = verified_with(&subject(), None, &writes(), options).await;
    assert!(done.failures().is_empty());
    assert_eq!(done.summary().allowed, 1);
    assert!(
        done.steps("GET /health")
            .contains("allowed drift: body/region: our mock missing, the provider there")
    );
    assert_eq!(done.notices("allowed-drift").len(), 1);
}

#[tokio::test]
async fn a_breach_is_found_without_any_drift() {
    // The mock says a string of the same kind there; only the contract knows that it is no date.
    let done = tweaked("POST /notes", |answer| set(answer, "/made_at", json!("yesterday"))).await;
    assert_eq!(done.summary().drift, []);
    let breaches: Vec<_> =
        done.failures().into_iter().filter(|one| one.kind == FailureKind::Contract).collect();
    assert!(breaches.iter().all(|one| one.at.as_deref() == Some("body/made_at")));
    assert_eq!(breaches.len(), 2, "one for each example");
    let exchange = done.record.exchanges().find(|exchange| !exchange.breaches.is_empty()).unwrap();
    assert_eq!(exchange.direction, dryrun_record::Direction::ToProvider);
}

#[tokio::test]
async fn each_drift_says_what_to_change_and_how_to_ask_again() {
    let done = tweaked("POST /search", |answer| set(answer, "/hits", json!("12"))).await;
    let failure = done.failures().into_iter().find(|one| one.kind == FailureKind::Drift).unwrap();
    assert_eq!(
        failure.message,
        "drift in POST /search at body/hits: our mock a number, the provider a string"
    );
    let hint = failure.hint.as_deref().unwrap();
    assert!(hint.contains("mocks/notes.yaml"), "{hint}");
    assert!(hint.contains("curl -sS -i -X POST 'http://127.0.0.1:"), "{hint}");
    assert!(hint.contains(r#"--data-raw '{"words":"milk"}'"#), "{hint}");
    assert_eq!(failure.exchanges.len(), 2, "the provider's and our mock's");
}

#[tokio::test]
async fn a_breach_that_is_borne_is_told_and_fails_nothing() {
    let change = |call: &Call, answer: Answer| {
        if call.line() == "POST /notes" { set(answer, "/made_at", json!("yesterday")) } else { answer }
    };
    let provider = Provider::tweaked(change).await;
    let allowed = Allowed {
        mode: AllowedMode::Warn,
        reason: "NOTES-7: their clock".to_owned(),
        until: Some("2099-12-31".to_owned()),
    };
    let of = |operation: &str| {
        let mut options = Options::new(&provider.url);
        options.tolerated =
            vec![Tolerated { operation: Some(operation.to_owned()), allowed: Some(allowed.clone()) }];
        options
    };
    let done = verified_with(&subject(), None, &writes(), of("POST /notes")).await;
    assert!(done.failures().is_empty(), "{:#?}", done.failures());
    assert!(
        done.steps("POST /notes")
            .contains("tolerated until 2099-12-31 (NOTES-7: their clock): POST /notes answer 201")
    );
    let breaches: Vec<_> = done.record.exchanges().flat_map(|exchange| &exchange.breaches).collect();
    assert_eq!(breaches.len(), 2);
    assert!(breaches.iter().all(|breach| breach.allowed.as_ref() == Some(&allowed)));

    let done = verified_with(&subject(), None, &writes(), of("GET /notes")).await;
    assert_eq!(done.failures().len(), 2, "another operation is not meant");
}

#[tokio::test]
async fn a_mock_without_a_behaviour_file_claims_no_more_than_the_contract() {
    let mut subject = subject();
    subject.spec.behaviour = dryrun_mocks::Behaviour::empty();
    subject.behaviour = None;
    // Everything that the contract leaves open, and our mock makes up in another way.
    let open = |call: &Call, mut answer: Answer| {
        if call.line() == "POST /notes" {
            answer.body["color"] = json!("red");
            answer.body["author"] = json!({"name": "Ana"});
            answer.body["status"] = json!("archived");
            answer.body.as_object_mut().unwrap().remove("made_at");
        }
        answer
    };
    let provider = Provider::tweaked(open).await;
    let done = verified_with(&subject, None, &writes(), Options::new(&provider.url)).await;
    assert_eq!(done.summary().drift, []);
    assert!(done.failures().is_empty(), "{:#?}", done.failures());
    assert_eq!((done.summary().played, done.summary().compared), (8, 8));
    assert_eq!(done.notices("no-behaviour").len(), 1);

    // What it does not leave open is drift all the same.
    let closed = |call: &Call, mut answer: Answer| {
        if call.line() == "GET /health" {
            answer.body["region"] = json!("eu");
            answer.headers.insert("retry-after".to_owned(), "3".to_owned());
        }
        answer
    };
    let provider = Provider::tweaked(closed).await;
    let done = verified_with(&subject, None, &writes(), Options::new(&provider.url)).await;
    let drift: Vec<&str> = done.summary().drift.iter().map(|(_, one)| one.at.as_str()).collect();
    assert_eq!(drift, ["header/retry-after", "body/region"]);
}
