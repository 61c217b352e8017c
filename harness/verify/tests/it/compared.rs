//! How much was compared: a mock that wants credentials is given some, and a GO stands on a comparison.

use dryrun_record::NoticeLevel;
use dryrun_verify::{Auth, Credential, DriftKind, Options, Permissions};

use crate::provider::Provider;
use crate::support::{BEHAVIOUR, CONTRACT, Done, subject_of, verified, verified_with, writes};

fn secured(scheme: &str) -> String {
    CONTRACT
        .replace("paths:\n", "security: [{ it: [] }]\npaths:\n")
        .replace("components:\n", &format!("components:\n  securitySchemes: {{ it: {scheme} }}\n"))
}

fn errors(done: &Done) -> Vec<&str> {
    let of = done.record.notices.iter().filter(|notice| notice.level == NoticeLevel::Error);
    of.map(|notice| notice.text.as_str()).collect()
}

#[tokio::test]
async fn a_mock_that_asks_for_credentials_is_given_some_and_compared() {
    for scheme in [
        "{ type: apiKey, in: header, name: X-Api-Key }",
        "{ type: apiKey, in: query, name: api_key }",
        "{ type: apiKey, in: cookie, name: sid }",
        "{ type: http, scheme: basic }",
        "{ type: http, scheme: bearer }",
    ] {
        for more in
            ["security: true\n", "auth: { keys: [a-key-1] }\n", "security: true\nauth: { keys: [a-key-1] }\n"]
        {
            let provider = Provider::faithful().await;
            let subject = subject_of(&secured(scheme), &format!("{more}{BEHAVIOUR}"));
            let mut options = Options::new(&provider.url);
            let key = Credential::Header { name: "X-Api-Key".to_owned(), variable: "KEY".to_owned() };
            options.auth = Auth::from_env(vec![key], |_| Some("of-the-provider".to_owned())).unwrap();
            let done = verified_with(&subject, None, &writes(), options).await;
            let summary = done.summary();
            assert_eq!(
                summary.compared,
                summary.played,
                "{scheme} {more}: {:?}",
                done.notices("not-compared")
            );
            assert!(
                summary.played > 5 && done.failures().is_empty(),
                "{scheme} {more}: {:#?}",
                done.failures()
            );
        }
    }
}

#[tokio::test]
async fn a_provider_that_refuses_us_is_drift_now_that_the_mock_lets_us_in() {
    let provider = Provider::tweaked(|_, answer| crate::provider::Answer { status: 401, ..answer }).await;
    let contract = secured("{ type: http, scheme: bearer }");
    let subject = subject_of(&contract, &format!("security: true\n{BEHAVIOUR}"));
    let only = Permissions { operations: vec!["GET /health".to_owned()], ..Permissions::default() };
    let done = verified_with(&subject, None, &only, Options::new(&provider.url)).await;
    let drift = done.only(DriftKind::Status, "GET /health", "status");
    assert_eq!((drift.mock.as_str(), drift.provider.as_str()), ("200", "401"));
}

#[tokio::test]
async fn a_run_in_which_nothing_could_be_compared_says_nothing() {
    // The note is one that our mock has made up, so the provider can't know it.
    let behaviour = BEHAVIOUR.replace(
        "get: { in: notes, missing: \"No note ${path.id}\" }\n    answer: ${item}",
        "answer: { id: \"${path.id}\", title: A, status: open }",
    );
    let only = Permissions { operations: vec!["GET /notes/{id}".to_owned()], ..Permissions::default() };
    let provider = Provider::faithful().await;
    let mut subject = subject_of(CONTRACT, &behaviour);
    let done = verified_with(&subject, None, &only, Options::new(&provider.url)).await;
    assert!(done.failures().is_empty(), "{:#?}", done.failures());
    let errors_now = errors(&done);
    let [error] = errors_now.as_slice() else { panic!("one error wanted: {errors_now:?}") };
    assert!(
        error.contains("no answer could be compared with our mock, so nothing is known of drift"),
        "{error}"
    );
    assert!(error.contains("the id is ours, and the provider does not know it (404)"), "{error}");

    // One call that could be is enough.
    let done = verified_with(&subject, None, &Permissions::default(), Options::new(&provider.url)).await;
    assert!(done.summary().compared > 0 && errors(&done).is_empty(), "{:?}", errors(&done));
    assert_eq!(done.notices("not-compared").len(), 1);

    // And where there is no behaviour to compare with, the contract alone is what was asked for.
    subject.behaviour = None;
    let done = verified_with(&subject, None, &only, Options::new(&provider.url)).await;
    assert_eq!(errors(&done), [""; 0]);
}

#[tokio::test]
async fn the_verdict_says_how_much_of_the_plan_it_stands_on() {
    let provider = Provider::faithful().await;
    let done = verified(&provider.url, &Permissions::default()).await;
    assert_eq!(
        done.notices("verified"),
        [
            "4 of 9 planned calls were played, and 4 of them compared with our mock; 5 not played, each with its reason"
        ]
    );
    let all = Permissions { writes: vec!["DELETE /notes".to_owned()], ..writes() };
    let done = verified(&provider.url, &all).await;
    let [text] = done.notices("verified")[..] else { panic!("one wanted") };
    assert_eq!(text, "9 of 9 planned calls were played, and 9 of them compared with our mock");
}

#[tokio::test]
async fn a_read_of_a_thing_that_nobody_has_is_not_played_and_no_failure() {
    let contract =
        CONTRACT.replace("schema: { type: string }, example: note_000001 }", "schema: { type: string } }");
    assert_ne!(contract, CONTRACT);
    let provider = Provider::faithful().await;
    let subject = subject_of(&contract, BEHAVIOUR);
    let reads = Permissions::default();
    let done = verified_with(&subject, None, &reads, Options::new(&provider.url)).await;
    assert!(done.failures().is_empty() && errors(&done).is_empty(), "{:#?}", done.failures());
    let told = done.notices("not-played");
    let wanted = "not played: GET /notes/{id}: no earlier answer gave an id for {id} (with what is required)";
    assert!(told.contains(&wanted), "{told:#?}");
    let text = done.notices("verified")[0];
    assert!(text.starts_with("3 of 9 planned calls were played, and 3 of them compared"), "{text}");
    assert!(text.ends_with("; 6 not played, each with its reason"), "{text}");

    // Where nothing was played at all, nothing is known.
    let only = Permissions { operations: vec!["GET /notes/{id}".to_owned()], ..reads };
    let done = verified_with(&subject, None, &only, Options::new(&provider.url)).await;
    assert_eq!(errors(&done), ["nothing was played, so nothing is known of the provider"]);
}
