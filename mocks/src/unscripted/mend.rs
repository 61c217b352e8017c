//! Makes a body honour its contract with the help of another one that does: only what is wrong is exchanged.

use dryrun_contract::generate::Generator;
use dryrun_contract::{Breach, Contract, Location, SchemaRef, Segment, Side};
use serde_json::Value;

use crate::chance;
use crate::unscripted::exampled::{apart, example, exampled};

/// So many rounds are tried; each third one exchanges a larger part.
const ROUNDS: usize = 12;

/// The value, mended; `None` when that did not come to a good end. `donor` gives what may stand at a place.
pub(crate) fn mend(
    mut value: Value,
    donor: impl Fn(&[Segment], &Breach) -> Option<Value>,
    check: impl Fn(&Value) -> Vec<Breach>,
) -> Option<Value> {
    for round in 0..ROUNDS {
        let breaches = check(&value);
        if breaches.is_empty() {
            return Some(value);
        }
        for breach in &breaches {
            if breach.location != Location::Body {
                return None;
            }
            let deep = breach.segments.len().saturating_sub(round / 3);
            repair(&mut value, &breach.segments[..deep], breach, &donor);
        }
    }
    None
}

fn repair(
    value: &mut Value,
    place: &[Segment],
    breach: &Breach,
    donor: &impl Fn(&[Segment], &Breach) -> Option<Value>,
) {
    if let (Some(property), true) = (&breach.property, place.len() == breach.segments.len()) {
        let inner = [place, &[Segment::Key(property.clone())]].concat();
        if breach.keyword != "required" {
            remove(value, &inner);
            return;
        }
        if let (Some(given), Some(Value::Object(map))) = (donor(&inner, breach), at_mut(value, place)) {
            map.insert(property.clone(), given);
            return;
        }
    }
    match (donor(place, breach), place) {
        (Some(given), _) => {
            if let Some(wrong) = at_mut(value, place) {
                *wrong = given;
            }
        }
        (None, [_, ..]) => remove(value, place),
        (None, []) => {}
    }
}

/// A property that is missing, made by its own schema: that which stands beside the rule that wants it.
pub(crate) fn beside(contract: &Contract, breach: &Breach, place: &[Segment], seed: u64) -> Option<Value> {
    let property = breach.property.as_ref().filter(|_| breach.keyword == "required")?;
    let (last, way) = place.split_last()?;
    (way == breach.segments && *last == Segment::Key(property.clone())).then_some(())?;
    let schema = breach.schema_path.strip_suffix("/required")?;
    let name = property.replace('~', "~0").replace('/', "~1");
    let at = SchemaRef::new(format!("{schema}/properties/{name}"));
    contract.schema(&SchemaRef::new(schema), Side::Response).get("properties")?.get(property)?;
    let seed = chance::hash(seed, &["beside", &breach.instance_path, property]);
    let made =
        || Some(exampled(contract, &at, Generator::new(seed).instance(contract, &at, Side::Response)?));
    example(contract, &at).filter(|_| !apart(property)).or_else(made)
}

/// The value at a place.
pub(crate) fn at<'a>(value: &'a Value, place: &[Segment]) -> Option<&'a Value> {
    place.iter().try_fold(value, |value, segment| match segment {
        Segment::Key(key) => value.get(key),
        Segment::Index(index) => value.get(index),
    })
}

fn at_mut<'a>(value: &'a mut Value, place: &[Segment]) -> Option<&'a mut Value> {
    place.iter().try_fold(value, |value, segment| match segment {
        Segment::Key(key) => value.get_mut(key),
        Segment::Index(index) => value.get_mut(index),
    })
}

fn remove(value: &mut Value, place: &[Segment]) {
    let Some((last, way)) = place.split_last() else { return };
    match (at_mut(value, way), last) {
        (Some(Value::Object(map)), Segment::Key(key)) => drop(map.shift_remove(key)),
        (Some(Value::Array(items)), Segment::Index(index)) if *index < items.len() => {
            drop(items.remove(*index))
        }
        _ => {}
    }
}
