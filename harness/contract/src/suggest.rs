//! What somebody may have meant: [`nearest`] among known names, and lists of names for messages. Here because every room
//! that reads what people write needs it, and this is the lowest of them.

/// The candidate nearest to `word`, when one is near enough to be meant: at most a third of its letters differ, or one
/// holds the other. Case does not count.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let mut cost = distance(&wanted, &lower);
        let longest = wanted.chars().count().max(lower.chars().count());
        let inside =
            wanted.len() >= 3 && lower.len() >= 3 && (lower.contains(&wanted) || wanted.contains(&lower));
        if inside {
            cost = cost.min(longest / 3);
        }
        let near = cost <= (longest / 3).max(1) && cost < longest;
        if near && best.is_none_or(|(known, _)| cost < known) {
            best = Some((cost, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `a, b and c`; with more than `limit` names the rest is counted.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>, limit: usize) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.len() > limit {
        return format!("{} and {} more", names[..limit].join(", "), names.len() - limit);
    }
    match names.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// Edits between two texts, in characters; two neighbours that changed places count as one.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = Vec::with_capacity(above.len());
        row.push(i + 1);
        for j in 0..b.len() {
            let mut cost = (above[j] + usize::from(a[i] != b[j])).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_edits() {
        for (a, b, edits) in [
            ("", "", 0),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("same", "same", 0),
            ("é", "e", 1),
            ("titel", "title", 1),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_is_near_or_nothing() {
        let names = ["content_id", "published_to", "newsletter"];
        assert_eq!(nearest("contentid", names), Some("content_id"));
        assert_eq!(nearest("Newsletter", names), Some("newsletter"));
        assert_eq!(nearest("publish", names), Some("published_to"));
        assert_eq!(nearest("zebra", names), None);
        assert_eq!(nearest("x", ["y"]), None);
    }

    #[test]
    fn lists_read_well() {
        assert_eq!(listed(["a"], 5), "a");
        assert_eq!(listed(["a", "b", "c"], 5), "a, b and c");
        assert_eq!(listed(["a", "b", "c"], 2), "a, b and 1 more");
    }
}
