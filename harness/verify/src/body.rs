//! The bodies of two answers: presence and type of fields, values of enumerations.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::answer::{Answer, essence, is_json};
use crate::facts::Facts;
use crate::finding::{Compared, Context, Drift, DriftKind};
use crate::shape::{Kind, Seen, Shape, owner};

/// Compares two bodies of the same media type.
pub(crate) fn compare(context: &mut Context<'_>, mock: &Answer, provider: &Answer, found: &mut Compared) {
    let media = provider.header("content-type").map(essence);
    if !media.as_deref().is_some_and(is_json) {
        found.notes.push("body: only JSON has a structure to compare".to_owned());
        return;
    }
    let (ours, theirs) = match (mock.json(), provider.json()) {
        (Some(ours), Some(theirs)) => (ours, theirs),
        (ours, theirs) => {
            let say = |json: Option<Value>| if json.is_some() { "JSON" } else { "no JSON" }.to_owned();
            let advice = "the one that is no JSON can't be read by any client: mend it".to_owned();
            if ours.is_some() != theirs.is_some() {
                let drift = Drift {
                    kind: DriftKind::Type,
                    at: "body".into(),
                    mock: say(ours),
                    provider: say(theirs),
                    advice,
                };
                found.drift.push(drift);
            }
            return;
        }
    };
    let facts = Facts::of_answer(context.contract, context.operation, provider.status, media.as_deref());
    let is_map = |place: &str| facts.is_map(place);
    let (ours, theirs) = (Shape::of(&ours, &is_map), Shape::of(&theirs, &is_map));
    structure(context, facts, &ours, &theirs, found);
    enumerations(context, facts, &ours, &theirs, found);
    let line = context.operation.line();
    let asked = |place: &&String| context.same.iter().any(|same| same.covers(&line, place));
    let places: BTreeSet<&String> = ours.places.keys().chain(theirs.places.keys()).collect();
    for place in places.into_iter().filter(asked) {
        let values =
            |shape: &Shape| shape.places.get(place).map(|seen| &seen.values).cloned().unwrap_or_default();
        let (ours, theirs) = (values(&ours), values(&theirs));
        if ours != theirs {
            found.drift.push(context.value(place, &joined(&ours), &joined(&theirs)));
        }
    }
}

/// Presence and type, place by place.
fn structure(context: &Context<'_>, facts: Facts<'_>, ours: &Shape, theirs: &Shape, found: &mut Compared) {
    let places: BTreeSet<&String> = ours.places.keys().chain(theirs.places.keys()).collect();
    for place in places {
        if let (Some(own), Some(their)) = (ours.places.get(place), theirs.places.get(place))
            && let Some(new) = unlike(own, their)
            && (context.scripted || broken(context, place))
        {
            let advice = type_advice(context, place, new);
            found.drift.push(Drift {
                kind: DriftKind::Type,
                at: place.clone(),
                mock: kinds(own),
                provider: kinds(their),
                advice,
            });
        }
        if let Some(holder) = owner(place) {
            presence(context, facts, (place, holder), ours, theirs, found);
        }
    }
    for (place, count) in &ours.elements {
        let other = theirs.elements.get(place).copied().unwrap_or_default();
        if theirs.elements.contains_key(place) && (*count == 0) != (other == 0) {
            let whose = if *count == 0 { "our mock's" } else { "the provider's" };
            found.notes.push(format!("{place}/*: {whose} list is empty"));
        }
    }
}

/// A kind that the provider answers and our mock does not.
fn unlike(ours: &Seen, theirs: &Seen) -> Option<Kind> {
    theirs.kinds.difference(&ours.kinds).next().copied()
}

fn presence(
    context: &Context<'_>,
    facts: Facts<'_>,
    (place, holder): (&str, &str),
    ours: &Shape,
    theirs: &Shape,
    found: &mut Compared,
) {
    let (Some(own_objects), Some(their_objects)) = (ours.objects.get(holder), theirs.objects.get(holder))
    else {
        return;
    };
    let count = |shape: &Shape| shape.places.get(place).map_or(0, |seen| seen.count);
    let (own, their) = (count(ours), count(theirs));
    let new = own == 0 && their > 0;
    let gone = own == *own_objects && their < *their_objects;
    let open = if new { facts.knows(place) } else { !broken(context, holder) };
    if !new && !gone || open && !context.scripted {
        return;
    }
    let say = |count: usize, objects: usize| match (count, objects) {
        (0, _) => "missing".to_owned(),
        (count, objects) if count == objects => "there".to_owned(),
        (count, objects) => format!("there in {count} of {objects}"),
    };
    let advice = if new && facts.knows(place) {
        format!("let {} answer {place}: the contract has it", context.behaviour())
    } else if new {
        format!(
            "document {place} in {}, then let {} answer it; or leave it alone if no client reads it",
            context.contract_path,
            context.behaviour()
        )
    } else if broken(context, holder) {
        format!(
            "the provider breaks the contract here: have it mended, or take {place} out of `required` in {} and out of {}",
            context.contract_path,
            context.behaviour()
        )
    } else {
        format!("let {} leave {place} out as well: the contract allows both", context.behaviour())
    };
    found.drift.push(Drift {
        kind: DriftKind::Presence,
        at: place.to_owned(),
        mock: say(own, *own_objects),
        provider: say(their, *their_objects),
        advice,
    });
}

fn enumerations(
    context: &mut Context<'_>,
    facts: Facts<'_>,
    ours: &Shape,
    theirs: &Shape,
    found: &mut Compared,
) {
    let line = context.operation.line();
    for (place, seen) in &ours.places {
        let texts = seen.values.iter().filter_map(Value::as_str).map(str::to_owned);
        context.said.by_place.entry((line.clone(), place.clone())).or_default().extend(texts);
    }
    for (place, seen) in &theirs.places {
        let Some(allowed) = facts.enumeration(place) else { continue };
        // Without a value of ours to hold it against, there is nothing to say.
        let Some(said) = context.said.by_place.get(&(line.clone(), place.clone())) else { continue };
        let new: BTreeSet<&str> = seen
            .values
            .iter()
            .filter_map(Value::as_str)
            .filter(|value| !said.contains(*value) && !context.said.words.contains(*value))
            .collect();
        if new.is_empty() {
            continue;
        }
        let outside = new.iter().any(|value| !allowed.contains(*value));
        if !outside && !context.scripted {
            continue;
        }
        let list =
            |values: Vec<&str>| values.iter().map(|v| format!("\"{v}\"")).collect::<Vec<_>>().join(", ");
        let provider = list(new.into_iter().collect());
        let advice = if outside {
            format!(
                "add {provider} to the `enum` of {place} in {}, then let {} answer it",
                context.contract_path,
                context.behaviour()
            )
        } else {
            format!("let {} answer {provider} as well, and write a scenario for it", context.behaviour())
        };
        let mock = format!("never; it says {}", list(said.iter().map(String::as_str).collect()));
        found.drift.push(Drift { kind: DriftKind::Enumeration, at: place.clone(), mock, provider, advice });
    }
}

fn type_advice(context: &Context<'_>, place: &str, new: Kind) -> String {
    if broken(context, place) {
        format!(
            "the contract does not allow {} there: have the provider mended, or allow it in {} and let {} answer it",
            new.word(),
            context.contract_path,
            context.behaviour()
        )
    } else {
        format!("the contract allows {}: let {} answer it at times", new.word(), context.behaviour())
    }
}

/// Whether the provider's answer breaks the contract at this place, whatever the index.
fn broken(context: &Context<'_>, place: &str) -> bool {
    context.breaches.iter().any(|breach| folded(&breach.instance_path) == place)
}

/// `body/items/3/id` is `body/items/*/id`.
fn folded(path: &str) -> String {
    let steps = path.split('/').map(|step| {
        if !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()) { "*" } else { step }
    });
    steps.collect::<Vec<_>>().join("/")
}

fn kinds(seen: &Seen) -> String {
    seen.kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" or ")
}

fn joined(values: &[Value]) -> String {
    match values {
        [] => "nothing".to_owned(),
        values => values.iter().take(5).map(Value::to_string).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use dryrun_contract::Contract;
    use proptest::prelude::*;

    use super::*;
    use crate::finding::Said;

    /// Compares two bodies where the contract says nothing about them.
    fn drift(mock: &Value, provider: &Value) -> Vec<Drift> {
        let text = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths: { /a: { get: { responses: { '200': { description: y } } } } }";
        let contract = Contract::parse("a.yaml", text).unwrap();
        let answer = |body: &Value| Answer {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
            ..Answer::default()
        };
        let mut context = Context {
            contract: &contract,
            operation: &contract.operations()[0],
            breaches: &[],
            contract_path: "a.yaml",
            behaviour_path: Some("b.yaml"),
            scripted: true,
            same: &[],
            said: &mut Said::default(),
        };
        let mut found = Compared::default();
        compare(&mut context, &answer(mock), &answer(provider), &mut found);
        found.drift
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z/*]{1,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_body_does_not_drift_from_itself(body in json()) {
            prop_assert_eq!(drift(&body, &body), []);
        }

        #[test]
        fn one_field_more_or_less_is_one_drift(body in prop::collection::btree_map("[a-z]{1,4}", json(), 0..4)) {
            let less = Value::Object(body.clone().into_iter().collect());
            let mut more = less.clone();
            more["added"] = Value::Bool(true);
            for (mock, provider) in [(&less, &more), (&more, &less)] {
                let found = drift(mock, provider);
                prop_assert_eq!(found.len(), 1);
                prop_assert_eq!((found[0].kind, found[0].at.as_str()), (DriftKind::Presence, "body/added"));
            }
        }
    }
}
