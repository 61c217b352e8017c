//! Texts: by format, by pattern, or in words that suit the name of the field.

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::Value;

use super::merge::Flat;
use super::pattern::matching;

/// How often a text is made anew until it honours length and patterns.
const TRIES: usize = 40;
/// How many characters a text has at most when nothing bounds it.
const ROOM: usize = 80;

const WORDS: [&str; 24] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour", "island", "juniper", "kelp",
    "lantern", "meadow", "north", "orchard", "pebble", "quartz", "river", "saffron", "timber", "umber",
    "valley", "willow", "zephyr",
];
const PEOPLE: [&str; 8] = ["Ada", "Blaise", "Chidi", "Devi", "Emmy", "Farah", "Grace", "Hedy"];

/// The bounds of a text's length, in characters.
pub(super) fn lengths(flat: &Flat) -> (usize, Option<usize>) {
    let bound = |key: &str| flat.get(key).and_then(Value::as_f64).map(|n| n as usize);
    (bound("minLength").unwrap_or(0), bound("maxLength"))
}

/// A text that honours what the schema says, as far as that can be told here.
pub(super) fn text(flat: &Flat, hint: &str, rng: &mut StdRng) -> Option<String> {
    let (least, most) = lengths(flat);
    let room = most.unwrap_or_else(|| least.max(ROOM));
    if least > room {
        return None;
    }
    let patterns: Vec<&str> = flat
        .get("pattern")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let format = flat.get("format").and_then(Value::as_str);
    let others: Vec<regex::Regex> =
        patterns.iter().filter_map(|pattern| regex::Regex::new(pattern).ok()).collect();
    let check = format.filter(|_| !patterns.is_empty()).and_then(validator);
    let mut last = None;
    for round in 0..TRIES {
        let made = match (patterns.is_empty(), format.and_then(|format| formatted(format, rng))) {
            (false, Some(made)) if round % 2 == 1 => match round % 8 {
                1 => Some(made),
                _ => spliced(&made, patterns[round / 8 % patterns.len()], round % 8 == 3, rng),
            },
            (false, _) if patterns.len() > 1 && round % 2 == 1 => {
                chained(&patterns, round % 4 == 1, least, rng)
            }
            (false, _) => matching(patterns[round / 2 % patterns.len()], least, room, rng),
            (true, Some(made)) => Some(made),
            (true, None) => Some(words(hint, least, room, rng)),
        };
        let Some(made) = made else {
            continue;
        };
        let length = made.chars().count();
        let formed = check.as_ref().is_none_or(|check| check.is_valid(&Value::from(made.as_str())));
        if formed && (least..=room).contains(&length) {
            if others.iter().all(|regex| regex.is_match(&made)) {
                return Some(made);
            }
            last = Some(made);
        }
    }
    // What Rust's expressions can't tell is left to the validator.
    last.filter(|_| others.len() < patterns.len())
}

/// What judges a format, if anything does.
fn validator(format: &str) -> Option<jsonschema::Validator> {
    let options = crate::schema::options(jsonschema::Draft::Draft202012, std::iter::empty());
    options.build(&serde_json::json!({ "format": format })).ok()
}

/// A text of a format whose beginning or end is one that matches a pattern.
fn spliced(made: &str, pattern: &str, front: bool, rng: &mut StdRng) -> Option<String> {
    let part = matching(pattern, 0, 0, rng)?;
    if front {
        let rest: String = made.chars().skip(part.chars().count()).collect();
        return Some(part + &rest);
    }
    // From the sign on with which the end begins: `ada` of an address before `@example.com`.
    let first = part.chars().next()?;
    let cut = match made.find(first) {
        Some(cut) => cut,
        None => made.char_indices().rev().nth(part.chars().count() - 1)?.0,
    };
    Some(format!("{}{part}", &made[..cut]))
}

/// One text after another, each matching one of the patterns.
fn chained(patterns: &[&str], turned: bool, least: usize, rng: &mut StdRng) -> Option<String> {
    let mut parts: Vec<&str> = patterns.to_vec();
    if turned {
        parts.reverse();
    }
    let (first, others) = parts.split_first()?;
    let tail: String = others.iter().map(|pattern| matching(pattern, 0, 0, rng)).collect::<Option<_>>()?;
    let head = matching(first, least.saturating_sub(tail.chars().count()), 0, rng)?;
    Some(head + &tail)
}

fn pick<'a>(list: &[&'a str], rng: &mut StdRng) -> &'a str {
    list[rng.random_range(0..list.len())]
}

fn digits(count: usize, rng: &mut StdRng) -> String {
    (0..count).map(|_| char::from(rng.random_range(b'0'..=b'9'))).collect()
}

fn hex(count: usize, rng: &mut StdRng) -> String {
    (0..count).map(|_| char::from(b"0123456789abcdef"[rng.random_range(0..16)])).collect()
}

fn date(rng: &mut StdRng) -> String {
    let (year, month, day) =
        (rng.random_range(2020..2030), rng.random_range(1..=12), rng.random_range(1..=28));
    format!("{year}-{month:02}-{day:02}")
}

fn time(rng: &mut StdRng) -> String {
    format!("{:02}:{:02}:{:02}", rng.random_range(0..24), rng.random_range(0..60), rng.random_range(0..60))
}

/// A text in a format; `None` if the format says nothing about the text.
pub(super) fn formatted(format: &str, rng: &mut StdRng) -> Option<String> {
    let word = pick(&WORDS, rng);
    Some(match format {
        "date-time" => format!("{}T{}Z", date(rng), time(rng)),
        "date" => date(rng),
        "time" => format!("{}Z", time(rng)),
        "duration" => format!("PT{}M", rng.random_range(1..60)),
        "email" | "idn-email" => format!("{}@{word}.example", pick(&PEOPLE, rng).to_lowercase()),
        "hostname" | "idn-hostname" => format!("{word}.example"),
        "ipv4" => format!("192.0.2.{}", rng.random_range(1..255)),
        "ipv6" => format!("2001:db8::{}", hex(4, rng)),
        "uri" | "iri" | "url" => format!("https://{word}.example/{}", digits(3, rng)),
        "uri-reference" | "iri-reference" => format!("/{word}/{}", digits(3, rng)),
        "uri-template" => format!("/{word}/{{id}}"),
        "uuid" => {
            let variant = ["8", "9", "a", "b"][rng.random_range(0..4)];
            format!(
                "{}-{}-4{}-{variant}{}-{}",
                hex(8, rng),
                hex(4, rng),
                hex(3, rng),
                hex(3, rng),
                hex(12, rng)
            )
        }
        "json-pointer" => format!("/{word}/{}", rng.random_range(0..9)),
        "relative-json-pointer" => format!("{}/{word}", rng.random_range(0..3)),
        "regex" => format!("^{word}[0-9]+$"),
        // Four characters of the alphabet stand for three bytes, whichever they are.
        "byte" => (0..rng.random_range(1..5)).map(|_| hex(4, rng)).collect(),
        "base64url" => hex(8, rng),
        "char" => word[..1].to_owned(),
        "decimal" => format!("{}.{}", rng.random_range(0..1000), digits(2, rng)),
        "http-date" => {
            let at = ["Sat, 24 Jan 2026", "Tue, 03 Mar 2026", "Fri, 31 Jul 2026"];
            format!("{} {} GMT", pick(&at, rng), time(rng))
        }
        _ => return None,
    })
}

/// Words that suit the name of the field, of a length within the bounds.
fn words(hint: &str, least: usize, room: usize, rng: &mut StdRng) -> String {
    let mut text = suggested(hint, rng);
    if text.chars().count() > room {
        text = pick(&WORDS, rng).to_owned();
    }
    while text.chars().count() < least {
        text.push(' ');
        text.push_str(pick(&WORDS, rng));
    }
    if text.chars().count() > room {
        text = text.chars().take(room).collect();
        // No space at the end: many a service trims it and then finds the text too short.
        if text.ends_with(' ') {
            text.pop();
            text.push('s');
        }
    }
    text
}

fn suggested(hint: &str, rng: &mut StdRng) -> String {
    let name = hint.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let ends = |parts: &[&str]| parts.iter().any(|part| name.ends_with(part));
    if has(&["email", "e-mail"]) {
        return formatted("email", rng).unwrap_or_default();
    }
    if ends(&["url", "uri", "link", "href"]) {
        return formatted("uri", rng).unwrap_or_default();
    }
    if ends(&["_at", "date", "time", "timestamp"]) || hint.ends_with("At") {
        return formatted("date-time", rng).unwrap_or_default();
    }
    if name == "id" || ends(&["_id", "-id"]) || hint.ends_with("Id") {
        return format!("{}-{}", pick(&WORDS, rng), hex(4, rng));
    }
    if has(&["phone", "mobile"]) {
        return format!("+4420{}", digits(8, rng));
    }
    if has(&["currency"]) {
        return pick(&["EUR", "GBP", "USD"], rng).to_owned();
    }
    if has(&["country"]) {
        return pick(&["DE", "FR", "GB"], rng).to_owned();
    }
    if has(&["lang", "locale"]) {
        return pick(&["de", "en", "fr"], rng).to_owned();
    }
    if has(&["first_name", "firstname", "author", "user"]) || name == "name" {
        return pick(&PEOPLE, rng).to_owned();
    }
    if has(&["description", "body", "content", "message", "summary", "text", "html"]) {
        let all: Vec<&str> = (0..6).map(|_| pick(&WORDS, rng)).collect();
        return format!("The {}.", all.join(" "));
    }
    format!("{} {}", pick(&WORDS, rng), pick(&WORDS, rng))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use serde_json::json;

    #[test]
    fn lengths_are_kept() {
        let mut rng = StdRng::seed_from_u64(5);
        for (least, most) in [(0, 0), (1, 1), (3, 4), (30, 31), (200, 200)] {
            let schema = json!({"minLength": least, "maxLength": most});
            for hint in ["email", "id", "subject", "description"] {
                let made = text(schema.as_object().unwrap(), hint, &mut rng).unwrap();
                assert!((least..=most).contains(&made.chars().count()), "{least} {most} {made:?}");
            }
        }
        assert_eq!(text(json!({"minLength": 3, "maxLength": 2}).as_object().unwrap(), "", &mut rng), None);
    }

    #[test]
    fn every_format_that_is_checked_is_made_as_it_should_be() {
        let mut rng = StdRng::seed_from_u64(5);
        for format in crate::formats::STANDARD {
            let options = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft202012)
                .should_validate_formats(true);
            let validator = options.build(&json!({"format": format})).unwrap();
            for _ in 0..20 {
                let made = formatted(format, &mut rng).unwrap_or_else(|| panic!("nothing for {format}"));
                assert!(validator.is_valid(&json!(made)), "{format}: {made}");
            }
        }
        for (format, check) in crate::formats::TEXTS {
            for _ in 0..20 {
                let made = formatted(format, &mut rng).unwrap_or_else(|| panic!("nothing for {format}"));
                assert!(check(&made), "{format}: {made}");
            }
        }
    }

    #[test]
    fn names_shape_values() {
        let mut rng = StdRng::seed_from_u64(5);
        let none = Flat::new();
        assert!(text(&none, "contact_email", &mut rng).unwrap().contains('@'));
        assert!(text(&none, "callbackUrl", &mut rng).unwrap().starts_with("https://"));
        assert!(text(&none, "created_at", &mut rng).unwrap().ends_with('Z'));
    }
}
