//! Makes a body honour its contract with the help of another one that does: only what is wrong is exchanged.

use dryrun_contract::{Breach, Location, Segment};
use serde_json::Value;

/// So many rounds are tried; each third one exchanges a larger part.
const ROUNDS: usize = 12;

/// The value, mended; `None` when that did not come to a good end. `donor` gives what may stand at a place.
pub(crate) fn mend(
    mut value: Value,
    donor: impl Fn(&[Segment]) -> Option<Value>,
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
    donor: &impl Fn(&[Segment]) -> Option<Value>,
) {
    if let (Some(property), true) = (&breach.property, place.len() == breach.segments.len()) {
        let inner = [place, &[Segment::Key(property.clone())]].concat();
        if breach.keyword != "required" {
            remove(value, &inner);
            return;
        }
        if let (Some(given), Some(Value::Object(map))) = (donor(&inner), at_mut(value, place)) {
            map.insert(property.clone(), given);
            return;
        }
    }
    match (donor(place), place) {
        (Some(given), _) => {
            if let Some(wrong) = at_mut(value, place) {
                *wrong = given;
            }
        }
        (None, [_, ..]) => remove(value, place),
        (None, []) => {}
    }
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
