//! Which keys are let in.

use dryrun_contract::Contract;
use dryrun_mocks::{Behaviour, MockOptions, MockServer, ServiceSpec};

use crate::common::Caller;

async fn with_keys(keys: &[&str]) -> (MockServer, Caller) {
    let contract = include_str!("../contracts/kinds.yaml");
    let spec = ServiceSpec {
        key: "kinds".into(),
        title: "kinds".into(),
        contract: Contract::parse("kinds.yaml", contract).unwrap(),
        contract_path: "kinds.yaml".into(),
        behaviour: Behaviour::parse("behaviour.yaml", "").unwrap(),
    };
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let server = MockServer::start(spec, MockOptions { keys, ..MockOptions::default() }).await.unwrap();
    let caller = Caller::new(&server);
    (server, caller)
}

#[tokio::test]
async fn only_the_named_keys_are_let_in() {
    let (server, api) = with_keys(&["right", "ana:pass word"]).await;
    let basic = |text: &str| ("authorization", format!("Basic {text}"));
    let bearer = |text: &str| ("authorization", format!("Bearer {text}"));
    let header = |name: &'static str, text: &str| (name, text.to_owned());
    for (path, headers, wanted) in [
        ("/secret", vec![], 401),
        ("/secret", vec![bearer("right")], 200),
        ("/secret", vec![bearer("wrong")], 401),
        ("/secret", vec![bearer("Right")], 401),
        ("/secret", vec![header("x-key", "right"), header("x-user", "right")], 200),
        ("/secret", vec![header("x-key", "right"), header("x-user", "wrong")], 401),
        ("/secret", vec![header("x-key", "wrong"), header("x-key", "right"), header("x-user", "right")], 401),
        ("/secret/query?api_key=right", vec![], 200),
        ("/secret/query?api_key=wrong", vec![], 401),
        ("/secret/query", vec![header("cookie", "a=b; session=right")], 200),
        ("/secret/query", vec![header("cookie", "session=wrong")], 401),
        ("/secret/silent", vec![basic("YW5hOnBhc3Mgd29yZA==")], 200),
        ("/secret/silent", vec![basic("YW5hOndyb25n")], 401),
        ("/secret/optional", vec![], 200),
        ("/letters", vec![], 200),
    ] {
        let mut request = api.http.get(format!("{}{path}", api.base));
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), wanted, "{path} {headers:?}");
        assert_eq!(response.headers().contains_key("www-authenticate"), wanted == 401, "{path} {headers:?}");
    }
    let calls = server.default_view().calls();
    let told: Vec<_> = calls.iter().filter_map(|call| call.unexpected.as_deref()).collect();
    assert!(
        told.iter().all(|what| what.contains("/secret/silent") && what.contains("no answer 401")),
        "{told:?}"
    );
    assert_eq!(told.len(), 1, "the contract has no 401 for a wrong key there");
}
