//! Secrets come from the environment, reach the provider, and stand nowhere else.

use dryrun_verify::{Auth, Credential, Options};
use serde_json::json;

use crate::provider::Provider;
use crate::support::{subject, verified_with, writes};

const TOKEN: &str = "tok-5f3a9c77e1";
const LOGIN: &str = "robot:pw-81ac44d0";

fn auth(wanted: Vec<Credential>) -> Auth {
    Auth::from_env(wanted, |name| match name {
        "TOKEN" => Some(TOKEN.to_owned()),
        "LOGIN" => Some(LOGIN.to_owned()),
        _ => None,
    })
    .unwrap()
}

#[tokio::test]
async fn secrets_reach_the_provider_and_no_record() {
    let sets = [
        vec![Credential::Bearer { variable: "TOKEN".to_owned() }],
        vec![Credential::Basic { variable: "LOGIN".to_owned() }],
        vec![Credential::header("X-Team=TOKEN").unwrap()],
        vec![Credential::query("token_of_ours=TOKEN").unwrap()],
    ];
    for wanted in sets {
        // A provider that repeats what it was told, in a body with drift, so that it would stand in every hint.
        let provider = Provider::tweaked(|call, mut answer| {
            let heard = |name: &str| call.header(name).unwrap_or_default();
            answer.body["echo"] =
                json!([heard("authorization"), heard("x-team"), call.query, "robot", "pw-81ac44d0"]);
            answer
        })
        .await;
        let mut options = Options::new(&provider.url);
        options.auth = auth(wanted.clone());
        let done = verified_with(&subject(), None, &writes(), options).await;
        assert!(!done.summary().drift.is_empty());
        let call = provider.seen().remove(0);
        let arrived = format!("{:?} {}", call.headers, call.query);
        let encoded = "cm9ib3Q6cHctODFhYzQ0ZDA=";
        assert!(arrived.contains(TOKEN) || arrived.contains(encoded), "{arrived}");

        let record = serde_json::to_string(&done.record).unwrap();
        let known: &[&str] = match wanted[0] {
            Credential::Basic { .. } => &["pw-81ac44d0", encoded],
            _ => &[TOKEN],
        };
        for secret in known {
            assert!(!record.contains(secret), "{secret} stands in the record");
        }
        let names = if matches!(wanted[0], Credential::Basic { .. }) { "$LOGIN" } else { "$TOKEN" };
        let hint = done.failures().into_iter().find_map(|one| one.hint.clone()).unwrap();
        assert!(hint.contains(names), "{hint}");
    }
}

#[tokio::test]
async fn an_error_holds_no_secret() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = Options::new(format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    options.auth = auth(vec![Credential::query("k=TOKEN").unwrap()]);
    let done = verified_with(&subject(), None, &writes(), options).await;
    assert!(!done.result.unwrap_err().to_string().contains(TOKEN));
    assert!(!serde_json::to_string(&done.record).unwrap().contains(TOKEN));
}
