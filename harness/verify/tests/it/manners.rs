//! How the provider is treated: writes only when allowed, a gentle pace, 429 obeyed, credentials kept on its host.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dryrun_record::{FailureKind, NoticeLevel, RunKind};
use dryrun_verify::{Auth, Credential, Options, Permissions, VerifyError};
use serde_json::json;

use crate::provider::{Answer, Call, Provider};
use crate::support::{rate, subject, verified, verified_with, writes};

#[tokio::test]
async fn without_leave_nothing_is_written_and_everything_left_out_is_told() {
    let provider = Provider::faithful().await;
    let done = verified(&provider.url, &Permissions::default()).await;
    assert!(provider.lines().iter().all(|line| line.starts_with("GET ")), "{:?}", provider.lines());
    let left = done.notices("not-played").join("\n");
    for operation in ["POST /notes", "DELETE /notes", "DELETE /notes/{id}", "POST /search"] {
        assert!(left.contains(&format!("not played: {operation}: ")), "{operation}:\n{left}");
    }
    assert!(
        left.contains("it writes: --allow-writes plays it (the documented example \"short\", the documented example \"long\")"),
        "{left}"
    );
    assert_eq!(done.record.run.as_ref().unwrap().kind, RunKind::Verify);
    assert_eq!(done.record.totals().not_run, 0);
}

#[tokio::test]
async fn a_post_that_only_reads_is_played_when_it_is_named() {
    let provider = Provider::faithful().await;
    let permissions = Permissions { reads: vec!["post /search".to_owned()], ..Permissions::default() };
    verified(&provider.url, &permissions).await;
    assert!(provider.lines().contains(&"POST /search".to_owned()));
    assert!(!provider.lines().contains(&"POST /notes".to_owned()));
}

#[tokio::test]
async fn calls_are_spaced_and_keep_their_order() {
    let provider = Provider::faithful().await;
    let mut options = Options::new(&provider.url);
    options.rate = rate("2/s");
    let done = verified_with(&subject(), None, &writes(), options).await;
    assert_eq!(done.slept, [500; 7], "eight calls, seven spaces");
    let order = provider.lines();
    let wanted = [
        "POST /notes",
        "POST /notes",
        "POST /search",
        "GET /health",
        "GET /notes",
        "GET /notes",
        "GET /notes/real-500",
        "DELETE /notes/real-500",
    ];
    assert_eq!(order, wanted);
}

#[tokio::test]
async fn a_429_is_obeyed_and_told() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let provider = Provider::tweaked(move |call, answer| {
        if call.line() == "POST /notes" && counted.fetch_add(1, Ordering::SeqCst) == 0 {
            return Answer::json(429, json!({"detail": "slowly"})).with("retry-after", "7");
        }
        answer
    })
    .await;
    let done = verified(&provider.url, &writes()).await;
    assert_eq!(done.summary().drift, []);
    assert!(done.failures().is_empty(), "{:#?}", done.failures());
    assert_eq!(done.slept[0], 7_000);
    assert_eq!(
        provider.lines().iter().filter(|line| *line == "POST /notes").count(),
        3,
        "one was asked twice"
    );
    let told = done.notices("rate-limited");
    assert_eq!(
        told,
        ["the provider limits the rate: it answered 429 to POST /notes, and was given 7 s of rest"]
    );
}

#[tokio::test]
async fn a_429_without_end_is_a_failure_and_not_a_wait_without_end() {
    let provider = Provider::tweaked(|call, answer| {
        if call.line() == "GET /health" {
            return Answer::json(429, json!({"detail": "slowly"})).with("retry-after", "40");
        }
        answer
    })
    .await;
    let mut options = Options::new(&provider.url);
    options.patience = Duration::from_secs(60);
    let permissions = Permissions { operations: vec!["GET /health".to_owned()], ..Permissions::default() };
    let done = verified_with(&subject(), None, &permissions, options).await;
    assert_eq!(provider.lines().len(), 2, "40 s are patience enough, 80 s are not");
    let failures = done.failures();
    // The contract has no 429 for it, and the call was not verified.
    assert!(
        failures.iter().any(|one| one.kind == FailureKind::Contract && one.at.as_deref() == Some("status"))
    );
    let limited = failures.iter().find(|one| one.kind == FailureKind::Environment).unwrap();
    assert!(limited.message.contains("could not be verified"), "{}", limited.message);
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_an_error_and_no_drift() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let done = verified(&url, &Permissions::default()).await;
    let error = done.result.as_ref().unwrap_err();
    assert!(matches!(error, VerifyError::Unreachable { .. }) && !error.is_usage(), "{error}");
    assert!(
        error.to_string().starts_with(&format!("the provider at {url} could not be reached: ")),
        "{error}"
    );
    assert_eq!(done.notices("unreachable").len(), 1);
    assert_eq!(done.record.scenarios.len(), 1, "the first silence is enough");
}

#[tokio::test]
async fn nothing_played_is_a_failure() {
    let permissions = Permissions { operations: vec!["POST /notes".to_owned()], ..Permissions::default() };
    let done = verified("http://127.0.0.1:1", &permissions).await;
    assert_eq!(done.summary().played, 0);
    let notice = done.record.notices.iter().find(|notice| notice.code == "nothing-played").unwrap();
    assert_eq!(notice.level, NoticeLevel::Error);
    assert_eq!(done.record.totals().selected, 0);
}

#[tokio::test]
async fn a_late_answer_is_a_timeout_of_that_call_only() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Takes connections and never answers.
    let held = tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
        }
    });
    let mut options = Options::new(&url);
    options.timeout = Duration::from_millis(50);
    let done = verified_with(&subject(), None, &Permissions::default(), options).await;
    assert!(done.result.is_ok());
    assert!(done.failures().iter().all(|one| one.kind == FailureKind::Timeout));
    assert_eq!(done.failures().len(), done.summary().played);
    held.abort();
}

#[tokio::test]
async fn redirects_are_followed_on_the_same_host_only() {
    let other = Provider::faithful().await;
    let away = other.url.clone();
    let provider = Provider::tweaked(move |call: &Call, answer| match call.path.as_str() {
        "/notes" => Answer::json(307, json!({})).with("location", &format!("{away}/notes")),
        "/health" => Answer::json(307, json!({})).with("location", "/healthy"),
        "/healthy" => Answer::json(200, json!({"status": "well"})),
        _ => answer,
    })
    .await;
    let mut options = Options::new(&provider.url);
    let bearer = Credential::Bearer { variable: "TOKEN".to_owned() };
    options.auth = Auth::from_env(vec![bearer], |_| Some("a-token-of-ours".to_owned())).unwrap();
    let done = verified_with(&subject(), None, &Permissions::default(), options).await;
    assert_eq!(other.lines(), [] as [&str; 0], "the credential never left");
    assert!(done.summary().drift.iter().any(|(line, one)| line == "GET /notes" && one.provider == "307"));
    assert!(!done.summary().drift.iter().any(|(line, _)| line == "GET /health"));
    assert!(done.steps("GET /health").contains("redirected: 307 to /healthy"));
    let healthy = provider.seen().into_iter().find(|call| call.path == "/healthy").unwrap();
    assert_eq!(healthy.header("authorization").as_deref(), Some("Bearer a-token-of-ours"));
}

#[tokio::test]
async fn what_an_earlier_verification_left_there_is_no_drift() {
    let provider = Provider::tweaked(|call, answer| {
        if call.line() == "POST /notes" {
            Answer::json(409, json!({"detail": "there is one"}))
        } else {
            answer
        }
    })
    .await;
    let contract = crate::support::CONTRACT.replace(
        "        \"429\":\n",
        "        \"409\": { $ref: \"#/components/responses/Wrong\" }\n        \"429\":\n",
    );
    let permissions = Permissions { operations: vec!["POST /notes".to_owned()], ..writes() };
    let documented = crate::support::subject_of(&contract, crate::support::BEHAVIOUR);
    let done = verified_with(&documented, None, &permissions, Options::new(&provider.url)).await;
    assert!(done.failures().is_empty(), "{:#?}", done.failures());
    assert!(done.steps("POST /notes").contains("the provider has such a thing already (409)"));

    // Where the contract has no 409, it is one, and a breach.
    let done = verified_with(&subject(), None, &permissions, Options::new(&provider.url)).await;
    assert!(done.summary().drift.iter().all(|(_, one)| one.provider == "409"));
    assert_eq!((done.summary().drift.len(), done.summary().breaches), (2, 2));
}

#[tokio::test]
async fn an_answer_that_asks_to_wait_is_checked_like_any_other() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let provider = Provider::tweaked(move |call, answer| {
        if call.line() == "POST /notes" && counted.fetch_add(1, Ordering::SeqCst) == 0 {
            // Without the header that the contract promises.
            return Answer::json(429, json!({"detail": "slowly"}));
        }
        answer
    })
    .await;
    let done = verified(&provider.url, &writes()).await;
    let broken: Vec<_> = done.failures().iter().map(|one| (one.kind, one.at.clone().unwrap())).collect();
    assert_eq!(broken, [(FailureKind::Contract, "header/retry-after".to_owned())]);
    assert_eq!(done.slept[0], 1_000, "a guess");
}

#[tokio::test]
async fn a_mock_that_wants_a_key_is_given_one_of_its_own() {
    let behaviour = format!("auth: {{ keys: [ours-only-1] }}\n{}", crate::support::BEHAVIOUR);
    let subject = crate::support::subject_of(crate::support::CONTRACT, &behaviour);
    let provider = Provider::faithful().await;
    let done = verified_with(&subject, None, &writes(), Options::new(&provider.url)).await;
    assert_eq!((done.summary().played, done.summary().compared), (8, 8));
    assert!(done.failures().is_empty(), "{:#?}", done.failures());
    assert!(provider.seen().iter().all(|call| call.header("authorization").is_none()));
}

#[tokio::test]
async fn a_provider_that_wants_credentials_says_so_once_for_each_call() {
    let provider = Provider::tweaked(|_, _| Answer::json(401, json!({"detail": "who are you?"}))).await;
    let done = verified(&provider.url, &Permissions::default()).await;
    let statuses: Vec<_> = done.summary().drift.iter().filter(|(_, one)| one.provider == "401").collect();
    assert_eq!(statuses.len(), done.summary().played);
    assert!(statuses[0].1.advice.contains("--bearer-env"), "{}", statuses[0].1.advice);
}
