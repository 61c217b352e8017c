//! Requests at and beyond every bound: each is what it claims to be.

use std::collections::BTreeSet;

use dryrun_contract::generate::{Case, CaseKind, Hints, Usual, cases, cases_with};
use dryrun_contract::{Contract, Found};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::generate::{contract_of, schemas};
use crate::shop::{operation, shop};

/// Judged anew, from the wire on.
pub(crate) fn prove(contract: &Contract, line: &str, cases: &[Case]) {
    let op = operation(contract, line);
    for case in cases {
        let told = format!("{line}: {:?} {} at {}: {}", case.kind, case.rule, case.at, case.name);
        if case.rule == "method" {
            let found = contract.find(&case.request.method, &case.request.path);
            assert!(matches!(found, Found::WrongMethod { .. }), "{told}");
            continue;
        }
        let breaches = contract.check_request(op, &case.request.view());
        match case.kind {
            CaseKind::Positive => assert!(breaches.is_empty(), "{told}: {breaches:#?}"),
            CaseKind::Negative => {
                assert!(!breaches.is_empty(), "{told} {:?}", case.request);
                assert!(
                    breaches.iter().any(|breach| Some(&breach.keyword) == case.keyword.as_ref()),
                    "{told}"
                );
                assert!(case.why.is_some(), "{told}");
                assert!(
                    !case.extreme
                        || case.is_lone_surrogate()
                        || case.rule == "text" && case.keyword.as_deref() == Some("type"),
                    "{told}"
                );
            }
        }
    }
}

fn rules(cases: &[Case], kind: CaseKind) -> BTreeSet<&str> {
    cases.iter().filter(|case| case.kind == kind).map(|case| case.rule.as_str()).collect()
}

#[test]
fn the_shop_is_tried_from_all_sides() {
    let contract = shop();
    let mut bad = BTreeSet::new();
    let mut good = BTreeSet::new();
    for op in contract.operations() {
        let cases = cases(&contract, op, 1);
        prove(&contract, &op.line(), &cases);
        bad.extend(rules(&cases, CaseKind::Negative).into_iter().map(str::to_owned));
        good.extend(rules(&cases, CaseKind::Positive).into_iter().map(str::to_owned));
    }
    for rule in [
        "additionalProperties",
        "duplicate",
        "enum",
        "format",
        "maximum",
        "mediaType",
        "method",
        "minItems",
        "minLength",
        "minimum",
        "pattern",
        "required",
        "syntax",
        "text",
        "type",
        "loneSurrogate",
    ] {
        assert!(bad.contains(rule), "no negative case for {rule}: {bad:?}");
    }
    for rule in
        ["enum", "generated", "huge", "maximum", "minLength", "minimum", "unicode", "unknownId", "usual"]
    {
        assert!(good.contains(rule), "no positive case for {rule}: {good:?}");
    }
}

#[test]
fn each_bound_is_met_and_passed() {
    let contract = contract_of(&json!({"A": {
        "type": "object", "required": ["title", "tags"], "additionalProperties": false, "properties": {
            "title": {"type": "string", "minLength": 2, "maxLength": 12},
            "age": {"type": "integer", "minimum": 18, "maximum": 99},
            "rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "multipleOf": 0.25},
            "tags": {"type": "array", "minItems": 1, "maxItems": 3, "uniqueItems": true, "items": {"enum": ["a", "b", "c", "d"]}},
            "pay": {"oneOf": [
                {"type": "object", "required": ["iban"], "properties": {"iban": {"type": "string", "pattern": "^DE\\d{4}$"}}, "additionalProperties": false},
                {"type": "object", "required": ["card"], "properties": {"card": {"type": "integer", "maximum": 9}}, "additionalProperties": false}]},
            "child": {"$ref": "#/components/schemas/A"}
        }, "dependentRequired": {"age": ["rate"]}}}));
    let cases = cases(&contract, &contract.operations()[0], 7);
    prove(&contract, "POST /a", &cases);
    let has = |kind: CaseKind, rule: &str, at: &str| {
        cases.iter().any(|case| case.kind == kind && case.rule == rule && case.at == at)
    };
    for (rule, at) in [
        ("minLength", "body/title"),
        ("maxLength", "body/title"),
        ("minimum", "body/age"),
        ("maximum", "body/age"),
        ("maximum", "body/rate"),
        ("maxItems", "body/tags"),
        ("enum", "body/tags/0"),
        ("maximum", "body/pay/card"),
    ] {
        assert!(has(CaseKind::Positive, rule, at), "no positive {rule} at {at}");
        assert!(has(CaseKind::Negative, rule, at), "no negative {rule} at {at}");
    }
    for (rule, at) in [
        ("exclusiveMinimum", "body/rate"),
        ("multipleOf", "body/rate"),
        ("uniqueItems", "body/tags"),
        ("minItems", "body/tags"),
        ("required", "body"),
        ("additionalProperties", "body"),
        ("dependentRequired", "body"),
        ("pattern", "body/pay/iban"),
        ("type", "body/pay"),
        ("required", "body/child"),
        ("syntax", "body"),
        ("mediaType", "header/Content-Type"),
    ] {
        assert!(has(CaseKind::Negative, rule, at), "no negative {rule} at {at}");
    }
}

#[test]
fn the_same_seed_tries_the_same_in_the_same_order() {
    let contract = shop();
    let op = operation(&contract, "GET /api/v1/users");
    assert_eq!(cases(&contract, op, 3), cases(&contract, op, 3));
    assert_ne!(cases(&contract, op, 3), cases(&contract, op, 4));
    // The first of each rule come before the second of any.
    let all = cases(&contract, op, 3);
    let kinds: BTreeSet<_> = all.iter().map(|case| (case.kind, case.rule.clone())).collect();
    let first: BTreeSet<_> = all[..kinds.len()].iter().map(|case| (case.kind, case.rule.clone())).collect();
    assert_eq!(first, kinds);
}

#[test]
fn what_is_known_of_the_service_is_used() {
    let contract = shop();
    let op = operation(&contract, "GET /api/v1/email/{id}/status");
    let hints = Hints { parameters: [("id".to_owned(), json!("m4711"))].into(), ..Hints::default() };
    let usual = cases_with(&contract, op, 1, &hints).into_iter().find(|case| case.rule == "usual").unwrap();
    assert_eq!(usual.request.path, "/api/v1/email/m4711/status");
}

#[test]
fn half_of_a_surrogate_pair_may_be_taken_or_refused() {
    let contract = shop();
    let op = operation(&contract, "POST /api/v1/email/send");
    let all = cases(&contract, op, 1);
    let halves: Vec<_> = all.iter().filter(|case| case.is_lone_surrogate()).collect();
    assert_eq!(halves.len(), 1);
    assert!(halves[0].extreme && halves[0].rule == "loneSurrogate", "{:?}", halves[0]);
    assert!(String::from_utf8_lossy(&halves[0].request.body).contains("a\\ud800b"));
    let broken = all.iter().find(|case| case.rule == "syntax").unwrap();
    assert!(!broken.extreme && !broken.is_lone_surrogate(), "broken JSON must be refused");
}

#[test]
fn the_usual_request_may_be_another_one() {
    let contract = shop();
    let op = operation(&contract, "POST /api/v1/email/send");
    let usual = |usual: Usual| -> Value {
        let hints = Hints { usual, ..Hints::default() };
        let case =
            cases_with(&contract, op, 1, &hints).into_iter().find(|case| case.rule == "usual").unwrap();
        assert_eq!(case.request.breaches(&contract, op), Some(Vec::new()), "{:?}", case.request);
        serde_json::from_slice(&case.request.body).unwrap()
    };
    let (documented, generated, smallest) =
        (usual(Usual::Documented), usual(Usual::Generated), usual(Usual::Smallest));
    assert_ne!(documented, generated);
    let fields = |value: &Value| value.as_object().unwrap().len();
    assert!(fields(&smallest) < fields(&generated), "{smallest} {generated}");
}

#[test]
fn a_documented_example_is_what_everything_else_is_changed_from() {
    let contract = shop();
    let op = operation(&contract, "POST /api/v1/email/send");
    let usual = cases(&contract, op, 1).into_iter().find(|case| case.rule == "usual").unwrap();
    let body: Value = serde_json::from_slice(&usual.request.body).unwrap();
    assert_eq!(body, contract.request_example(op).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_negative_case_is_always_refused_and_a_positive_one_never(schema in schemas(), seed in 0_u64..1000) {
        let contract = contract_of(&json!({"A": schema}));
        let all = cases(&contract, &contract.operations()[0], seed);
        prove(&contract, "POST /a", &all);
    }
}
