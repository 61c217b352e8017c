//! Mutants of numbers: bounds, steps, and the edges of what computers hold.

use serde_json::{Number, Value, json};

use super::case::Mutants;
use super::merge::Flat;
use super::number::{Whole, number};

/// What is tried where a number stands; `whole` if only whole ones are allowed.
pub(super) fn numbers(flat: &Flat, here: &Value, whole: bool, out: &mut Mutants) {
    if whole {
        integers(flat, out)
    } else {
        floats(flat, out)
    }
    if let Some(step) = flat.get("multipleOf").and_then(Value::as_f64) {
        out.bad("multipleOf", "half a step further", float(here.as_f64().unwrap_or(0.0) + step / 2.0));
        out.bad("multipleOf", "one more", float(here.as_f64().unwrap_or(0.0) + 1.0));
    }
    out.bad("type", "the number as a text", here.to_string());
}

/// Which keyword bounds it: the first that is there.
fn keyword(flat: &Flat, keys: [&'static str; 2]) -> &'static str {
    keys.into_iter().find(|key| flat.contains_key(*key)).unwrap_or("format")
}

fn integers(flat: &Flat, out: &mut Mutants) {
    let bounds = Whole::of(flat);
    let (least, most) = bounds.ends();
    let step = bounds.step;
    let lower = keyword(flat, ["minimum", "exclusiveMinimum"]);
    let upper = keyword(flat, ["maximum", "exclusiveMaximum"]);
    let mut add = |good: bool, rule: &'static str, name: &str, value: i128| {
        if let Some(json) = number(value) {
            let name = format!("{value}, {name}");
            if good { out.good(rule, name, json) } else { out.bad(rule, name, json) }
        }
    };
    if let Some(least) = least {
        add(true, lower, "the least", least);
        add(true, lower, "the least but one", least + step);
        add(false, lower, "one below the least", least - step);
    }
    if let Some(most) = most {
        add(true, upper, "the most", most);
        add(true, upper, "the most but one", most - step);
        add(false, upper, "one above the most", most + step);
    }
    add(true, "type", "zero", 0);
    out.bad("type", "a fraction", json!(1.5));
    // The same number to JSON Schema, another one to many a parser.
    out.extreme("type", "a whole number written with a point", json!(f64_of(least.or(most).unwrap_or(0))));
    let edges = [
        (-1, "negative"),
        (i128::from(i32::MAX), "the most of 32 bits"),
        (i128::from(i32::MAX) + 1, "one beyond 32 bits"),
        (i128::from(i32::MIN) - 1, "one beyond 32 bits, negative"),
        ((1 << 53) + 1, "no double holds it"),
        (i128::from(i64::MAX), "the most of 64 bits"),
        (i128::from(i64::MIN), "the least of 64 bits"),
        (i128::from(u64::MAX), "beyond 64 bits with a sign"),
    ];
    for (value, name) in edges {
        edge(out, value, name, lower, upper, (least, most));
    }
    out.extreme("edge", "1e308", json!(1e308));
    out.bad(upper, "1e308", json!(1e308));
    out.extreme("edge", "-0.0", json!(-0.0));
}

/// A value that is valid or not, as the bounds have it.
fn edge(
    out: &mut Mutants,
    value: i128,
    name: &str,
    lower: &'static str,
    upper: &'static str,
    (least, most): (Option<i128>, Option<i128>),
) {
    let Some(json) = number(value) else {
        return;
    };
    let name = format!("{value}, {name}");
    if least.is_some_and(|least| value < least) {
        out.bad(lower, name, json);
    } else if most.is_some_and(|most| value > most) {
        out.bad(upper, name, json);
    } else {
        out.extreme("edge", name, json);
    }
}

fn f64_of(value: i128) -> f64 {
    value as f64
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn floats(flat: &Flat, out: &mut Mutants) {
    let bound = |key: &str| flat.get(key).and_then(Value::as_f64);
    let step = flat.get("multipleOf").and_then(Value::as_f64).unwrap_or(0.01);
    for (key, sign) in [("minimum", -1.0), ("maximum", 1.0)] {
        if let Some(edge) = bound(key) {
            out.good(key, format!("{edge}, the bound itself"), float(edge));
            out.good(key, format!("a little inside {edge}"), float(edge - sign * step));
            out.bad(key, format!("a little beyond {edge}"), float(edge + sign * step));
            out.bad(key, format!("far beyond {edge}"), float(edge + sign * 1e9));
        }
    }
    for (key, sign) in [("exclusiveMinimum", -1.0), ("exclusiveMaximum", 1.0)] {
        if let Some(edge) = bound(key) {
            out.bad(key, format!("{edge}, the bound itself"), float(edge));
            out.good(key, format!("a little inside {edge}"), float(edge - sign * step));
        }
    }
    out.good("type", "zero", json!(0));
    for (value, name) in [
        (1e308, "1e308"),
        (-1e308, "-1e308"),
        (5e-324, "5e-324"),
        (-0.0, "-0.0"),
        (9_007_199_254_740_993.0, "2^53 + 1"),
        (0.1 + 0.2, "0.30000000000000004"),
    ] {
        let beyond = bound("maximum").or(bound("exclusiveMaximum")).is_some_and(|most| value > most);
        let below = bound("minimum").or(bound("exclusiveMinimum")).is_some_and(|least| value < least);
        match (beyond, below) {
            (true, _) => out.bad(keyword(flat, ["maximum", "exclusiveMaximum"]), name, float(value)),
            (_, true) => out.bad(keyword(flat, ["minimum", "exclusiveMinimum"]), name, float(value)),
            _ => out.extreme("edge", name, float(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::generate::case::CaseKind;

    #[test]
    fn bounds_of_whole_numbers_are_tried_from_both_sides() {
        let schema = json!({"type": ["integer"], "minimum": 1, "maximum": 100});
        let mut out = Mutants::default();
        numbers(schema.as_object().unwrap(), &json!(5), true, &mut out);
        let values = |kind: CaseKind, rule: &str| -> Vec<Value> {
            let all = out.0.iter().filter(|mutant| mutant.kind == kind && mutant.rule == rule);
            all.map(|mutant| mutant.value.clone()).collect()
        };
        assert_eq!(values(CaseKind::Positive, "minimum"), [json!(1), json!(2)]);
        assert_eq!(values(CaseKind::Positive, "maximum"), [json!(100), json!(99)]);
        assert!(values(CaseKind::Negative, "minimum").contains(&json!(0)));
        assert!(values(CaseKind::Negative, "maximum").contains(&json!(101)));
        assert!(values(CaseKind::Negative, "type").contains(&json!("5")));
    }
}
