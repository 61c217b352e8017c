//! Tests of `vocabulary/dryrun.rs`: a claim against the calls that took effect.

use dryrun_record::Body;
use serde_json::json;

use super::*;
use crate::conventions::Same;
use crate::vocabulary::exchange_tests;

fn call(sent: &Value, answered: &Value) -> Arc<Exchange> {
    let mut call = exchange_tests::call("POST /send", "POST /send", &sent.to_string());
    let answer = call.response.as_mut().unwrap();
    answer.body = Body::keep(answered.to_string().as_bytes(), 10_000);
    Arc::new(call)
}

fn claim() -> Claim {
    let same = |answer: &str, sent: Option<&str>, answered: Option<&str>| Same {
        answer: answer.into(),
        sent: sent.map(str::to_owned),
        answered: answered.map(str::to_owned),
    };
    Claim {
        request: None,
        says: "published_to contains \"email\"".into(),
        service: "crm".into(),
        call: "POST /send".into(),
        count: None,
        same: vec![same("subject", Some("subject"), None), same("id", None, Some("message_id"))],
    }
}

#[test]
fn a_claim_holds_when_said_and_done_or_neither() {
    let done = call(&json!({"subject": "S"}), &json!({"message_id": "m1"}));
    assert_eq!(judge(&claim(), true, &json!({"subject": "S", "id": "m1"}), &[done]).unwrap(), []);
    assert_eq!(judge(&claim(), false, &json!({}), &[]).unwrap(), []);
}

#[test]
fn each_way_of_lying_is_told() {
    let done = call(&json!({"subject": "S"}), &json!({"message_id": "m1"}));
    let good = json!({"subject": "S", "id": "m1"});
    for (claimed, body, calls, told) in [
        (true, &good, vec![], "0 of POST /send took effect"),
        (true, &good, vec![Arc::clone(&done), Arc::clone(&done)], "2 of POST /send took effect"),
        (false, &good, vec![Arc::clone(&done)], "somebody will send it again"),
        (
            true,
            &json!({"subject": "S", "id": "made up"}),
            vec![Arc::clone(&done)],
            "`id` of the answer is not `message_id`",
        ),
        (true, &json!({"id": "m1"}), vec![Arc::clone(&done)], "`subject` of the answer is not `subject`"),
    ] {
        let failures = judge(&claim(), claimed, body, &calls).unwrap();
        assert_eq!(failures.len(), 1, "{told}");
        assert!(failures[0].message.contains(told), "{}", failures[0].message);
    }
}

#[test]
fn a_claim_may_be_of_many() {
    let claim = Claim { count: Some("posts".into()), same: Vec::new(), ..claim() };
    let done = call(&json!({}), &json!({}));
    let body = json!({"posts": [1, 2]});
    assert_eq!(judge(&claim, true, &body, &[Arc::clone(&done), Arc::clone(&done)]).unwrap(), []);
    assert_eq!(judge(&claim, true, &body, &[done]).unwrap().len(), 1);
}

#[test]
fn lists_are_alike_in_any_order_but_not_in_number() {
    assert!(alike(&[json!(1), json!("a"), json!(1)], &[json!("a"), json!(1.0), json!(1)]));
    assert!(!alike(&[json!(1), json!(1)], &[json!(1), json!(2)]));
    assert!(!alike(&[json!(1)], &[json!(1), json!(1)]));
}
