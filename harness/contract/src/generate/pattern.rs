//! Texts that match a regular expression.

use rand::RngExt;
use rand::rngs::StdRng;
use regex_syntax::hir::{Class, Hir, HirKind};

/// How much a repetition without an end is repeated beyond its least, when nothing asks for length.
const MORE: usize = 4;

/// Makes a text that matches a pattern, about so many characters long. What the Rust syntax does not know (looking
/// around, back references) is left out, so the text still has to be checked.
pub(super) fn matching(pattern: &str, least: usize, most: usize, rng: &mut StdRng) -> Option<String> {
    let hir = parse(pattern)?;
    let mut text = String::new();
    let shortest = hir.properties().minimum_len().unwrap_or(0);
    let mut spare = least.saturating_sub(shortest);
    if spare == 0 {
        spare = rng.random_range(0..=MORE.min(most.saturating_sub(shortest)));
    }
    write(&hir, &mut text, &mut spare, rng)?;
    // A pattern without anchors also matches inside a longer text.
    let missing = least.saturating_sub(text.chars().count());
    // Whatever may follow makes several different texts of a pattern such as `^x_`.
    let open = hir.properties().look_set_suffix_any().is_empty() && !pattern.contains("(?");
    let room = most.saturating_sub(text.chars().count()).min(MORE);
    let more = if open && missing == 0 { rng.random_range(0..=room) } else { 0 };
    for _ in 0..missing + more {
        text.push(char::from(rng.random_range(b'a'..=b'z')));
    }
    Some(text)
}

fn parse(pattern: &str) -> Option<Hir> {
    let parser = |pattern: &str| regex_syntax::ParserBuilder::new().utf8(true).build().parse(pattern).ok();
    parser(pattern).or_else(|| parser(&without_looking(pattern)))
}

/// The pattern without `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`.
fn without_looking(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(start) = ["(?=", "(?!", "(?<=", "(?<!"].iter().filter_map(|mark| rest.find(mark)).min() {
        out.push_str(&rest[..start]);
        let mut depth = 0_usize;
        let mut escaped = false;
        let mut in_class = false;
        let end = rest[start..].char_indices().find_map(|(i, c)| {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => in_class = true,
                ']' => in_class = false,
                '(' if !in_class => depth += 1,
                ')' if !in_class => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(start + i + 1)
        });
        rest = end.map_or("", |end| &rest[end..]);
    }
    out + rest
}

fn write(hir: &Hir, text: &mut String, spare: &mut usize, rng: &mut StdRng) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(one_of(class, rng)?),
        HirKind::Repetition(repetition) => {
            let unit = repetition.sub.properties().minimum_len().unwrap_or(1).max(1);
            let least = usize::try_from(repetition.min).ok()?;
            let room =
                repetition.max.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX) - least);
            let extra = (*spare / unit).min(room);
            *spare -= extra * unit;
            for _ in 0..least + extra {
                write(&repetition.sub, text, spare, rng)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, text, spare, rng)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, text, spare, rng))?,
        HirKind::Alternation(parts) => write(&parts[rng.random_range(0..parts.len())], text, spare, rng)?,
    }
    Some(())
}

fn one_of(class: &Class, rng: &mut StdRng) -> Option<char> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => class.iter().map(|r| (u32::from(r.start()), u32::from(r.end()))).collect(),
        Class::Bytes(class) => class.iter().map(|r| (u32::from(r.start()), u32::from(r.end()))).collect(),
    };
    // Letters and digits read best, then what is printable, then whatever there is.
    let preferred = [
        (u32::from('a'), u32::from('z')),
        (u32::from('0'), u32::from('9')),
        (u32::from('A'), u32::from('Z')),
    ];
    let within = |limits: &[(u32, u32)]| -> Vec<(u32, u32)> {
        let pairs = limits.iter().flat_map(|limit| ranges.iter().map(move |range| (limit, range)));
        let cut = pairs.map(|(limit, range)| (limit.0.max(range.0), limit.1.min(range.1)));
        cut.filter(|(from, to)| from <= to).collect()
    };
    let candidates = [within(&preferred), within(&[(0x21, 0x7e)]), within(&[(0x20, 0x20)]), ranges.clone()];
    let ranges = candidates.into_iter().find(|ranges| !ranges.is_empty())?;
    let (from, to) = ranges[rng.random_range(0..ranges.len())];
    (0..16).find_map(|_| char::from_u32(rng.random_range(from..=to)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use regex::Regex;

    #[test]
    fn what_is_made_matches() {
        let mut rng = StdRng::seed_from_u64(3);
        for pattern in [
            "^m[0-9]+$",
            "^[a-z]{3,5}-\\d{2}$",
            "^(GET|POST) /\\w*$",
            "abc",
            "^\\S+@\\S+\\.[a-z]{2,}$",
            "^$",
            "^[^a-z]$",
            "^(a|b)(c(d|e)?){2}$",
            "^\\p{Lu}.*$",
            "[\\u00e9]",
            "^v?\\d+(\\.\\d+)*$",
        ] {
            let regex = Regex::new(pattern).unwrap();
            for _ in 0..50 {
                let text = matching(pattern, 0, 100, &mut rng).unwrap();
                assert!(regex.is_match(&text), "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn length_is_filled_where_the_pattern_leaves_room() {
        let mut rng = StdRng::seed_from_u64(3);
        assert_eq!(matching("^[a-z]+$", 40, 40, &mut rng).unwrap().len(), 40);
        assert_eq!(matching("^x[a-z]{2,9}$", 8, 8, &mut rng).unwrap().len(), 8);
        assert!(matching("x", 5, 9, &mut rng).unwrap().len() >= 5);
    }

    #[test]
    fn looking_around_is_left_out() {
        assert_eq!(without_looking("^(?=.*[)\\)(])(?!a(b))[a-z]+$"), "^[a-z]+$");
        let mut rng = StdRng::seed_from_u64(3);
        assert!(matching("^(?!admin)[a-z]{4}$", 0, 9, &mut rng).is_some_and(|text| text.len() == 4));
        assert_eq!(matching("(", 0, 9, &mut rng), None);
    }
}
