//! Mutants of texts: length, pattern, format, and what Unicode has in store.

use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::case::Mutants;
use super::formats::{unusual, wrong};
use super::merge::Flat;
use super::text::{lengths, text};

/// Beyond this many characters no bound is tried from inside.
const LONG: usize = 100_000;
/// A megabyte.
const HUGE: usize = 1 << 20;

/// What is tried where a text stands; `here` is one that the schema accepts.
pub(super) fn texts(flat: &Flat, here: &str, hint: &str, rng: &mut StdRng, out: &mut Mutants) {
    let (least, most) = lengths(flat);
    let bare = !flat.contains_key("pattern") && super::formats::wrong(format_of(flat)).is_empty();
    length(flat, (least, most), hint, rng, out);
    for one in flat.get("pattern").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        for (name, value) in [
            ("the empty text", String::new()),
            ("a line break at the end", format!("{here}\n")),
            ("a character more", format!("{here}!")),
            ("a letter with an accent", format!("é{here}")),
            ("other signs", "-?*".to_owned()),
        ] {
            out.bad("pattern", format!("{name}, against {one}"), value);
        }
    }
    let format = format_of(flat);
    for value in wrong(format) {
        out.bad("format", format!("no {format}: {value:?}"), *value);
    }
    for value in unusual(format) {
        out.good("format", format!("an unusual {format}: {value:?}"), *value);
    }
    if bare {
        unicode(least, most.unwrap_or(usize::MAX), out);
    }
}

fn format_of(flat: &Flat) -> &str {
    flat.get("format").and_then(Value::as_str).unwrap_or_default()
}

fn length(
    flat: &Flat,
    (least, most): (usize, Option<usize>),
    hint: &str,
    rng: &mut StdRng,
    out: &mut Mutants,
) {
    let mut exactly = |count: usize| {
        let mut sized = flat.clone();
        sized.insert("minLength".to_owned(), json!(count));
        sized.insert("maxLength".to_owned(), json!(count));
        text(&sized, hint, rng).or_else(|| {
            // No such text has the pattern or format: then it breaks both, and the check will say so.
            Some("a".repeat(count))
        })
    };
    let mut add = |out: &mut Mutants, good: bool, rule: &'static str, count: usize, name: &str| {
        let Some(value) = exactly(count) else {
            return;
        };
        let name = format!("{}, {name}", crate::words::count(count, "character"));
        if good { out.good(rule, name, value) } else { out.bad(rule, name, value) }
    };
    if least > 0 {
        add(out, true, "minLength", least, "the least");
        add(out, false, "minLength", least - 1, "one fewer than the least");
        out.bad("minLength", "the empty text", "");
    } else {
        out.good("minLength", "the empty text", "");
    }
    match most {
        Some(most) if most <= LONG => {
            add(out, true, "maxLength", most, "the most");
            if most > least {
                add(out, true, "maxLength", most - 1, "one fewer than the most");
            }
            add(out, false, "maxLength", most + 1, "one more than the most");
            out.bad("maxLength", "a megabyte, far more than the most", "a".repeat(HUGE));
        }
        Some(_) => {}
        None => out.extreme("huge", "a megabyte of text", "a".repeat(HUGE)),
    }
}

fn unicode(least: usize, most: usize, out: &mut Mutants) {
    for (name, seed) in [
        ("emoji", "👩‍👩‍👧‍👦🇪🇺🙂"),
        ("from right to left", "\u{202e}שלום مرحبا\u{202c}"),
        ("a combining sign alone", "\u{301}a\u{308}\u{20dd}"),
        ("beyond the basic plane", "𝔘𐍈𠜎"),
        ("quotes and angles", "'\"><script>alert(1)</script>;--"),
        ("placeholders", "${7*7}{{7*7}}%s%n"),
    ] {
        out.good("unicode", name, fitted(seed, least, most));
    }
    for (name, seed) in
        [("NUL", "a\u{0}b"), ("control characters", "\u{1}\u{7f}\u{85}\u{feff}"), ("spaces only", "   \t")]
    {
        out.extreme("unicode", name, fitted(seed, least, most));
    }
}

/// The text repeated or cut until its length fits.
fn fitted(seed: &str, least: usize, most: usize) -> String {
    let wanted = seed.chars().count().clamp(least, most.max(least));
    seed.chars().cycle().take(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    use crate::generate::case::CaseKind;

    #[test]
    fn every_bound_is_tried_from_both_sides() {
        let schema = json!({"type": ["string"], "minLength": 3, "maxLength": 10});
        let mut out = Mutants::default();
        texts(schema.as_object().unwrap(), "spring", "title", &mut StdRng::seed_from_u64(1), &mut out);
        let lengths = |kind: CaseKind, rule: &str| -> Vec<usize> {
            let all = out.0.iter().filter(|mutant| mutant.kind == kind && mutant.rule == rule);
            all.map(|mutant| mutant.value.as_str().unwrap().chars().count()).collect()
        };
        assert_eq!(lengths(CaseKind::Positive, "minLength"), [3]);
        assert_eq!(lengths(CaseKind::Negative, "minLength"), [2, 0]);
        assert_eq!(lengths(CaseKind::Positive, "maxLength"), [10, 9]);
        assert_eq!(lengths(CaseKind::Negative, "maxLength"), [11, HUGE]);
        assert!(lengths(CaseKind::Positive, "unicode").iter().all(|n| (3..=10).contains(n)));
    }
}
