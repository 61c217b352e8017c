//! Tags that look like ours and are not, and ours with something wrong in them.

use crate::check::known::Known;
use crate::features::{Diagnostic, Scenario, tags};
use crate::values::nearest::{distance, listed, nearest};

pub(crate) fn check(scenario: &Scenario, known: &Known, found: &mut Vec<Diagnostic>) {
    for (tag, line) in scenario.reference.tags.iter().zip(&scenario.tag_lines) {
        let told = |message: String, help: String| {
            Diagnostic::line(&scenario.source, "tag", *line, message).on(&format!("@{tag}")).help(help)
        };
        let word = tag.split(['(', ':', '.']).next().unwrap_or(tag);
        match word {
            // The engine takes every tag that begins so for a retry.
            word if word.starts_with("retry") && !sound_retry(tag) => {
                found.push(told(
                    format!("`@{tag}` can't be read"),
                    "write `@retry`, `@retry(2)` or `@retry(2).after(1s)`".to_owned(),
                ));
            }
            "only-profile" => match tag.strip_prefix("only-profile:") {
                None | Some("") => found.push(told(
                    format!("`@{tag}` names no profile"),
                    "write `@only-profile:staging`".to_owned(),
                )),
                Some(profile) if !known.profiles.iter().any(|name| name == profile) => {
                    let names = || known.profiles.iter().map(String::as_str);
                    let help = match nearest(profile, names()) {
                        Some(near) => format!("did you mean `@only-profile:{near}`?"),
                        None if known.profiles.is_empty() => {
                            "dryrun.toml has no profiles: add `[profiles.…]`, or take the tag away".to_owned()
                        }
                        None => format!("the profiles are {}", listed(names(), 8)),
                    };
                    found.push(told(format!("there is no profile `{profile}`"), help));
                }
                Some(_) => {}
            },
            word if tags::words().any(|ours| ours == word) => {
                if word != tag && word != "retry" {
                    found.push(told(format!("`@{tag}` can't be read"), format!("write `@{word}`")));
                }
            }
            word => {
                if let Some(near) = looks_like(word) {
                    found.push(told(
                        format!("`@{tag}` means nothing"),
                        format!("did you mean `@{near}`? a tag of your own needs a name less like it"),
                    ));
                }
            }
        }
    }
}

fn sound_retry(tag: &str) -> bool {
    let Some(rest) = tag.strip_prefix("retry") else { return false };
    let rest = match rest.strip_prefix('(') {
        Some(inside) => match inside.split_once(')') {
            Some((count, rest)) if count.parse::<u32>().is_ok_and(|count| count > 0) => rest,
            _ => return false,
        },
        None => rest,
    };
    if rest.is_empty() {
        return true;
    }
    let after = rest.strip_prefix(".after(").and_then(|after| after.strip_suffix(')'));
    after.is_some_and(|after| {
        let digits = after.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        !digits.is_empty()
            && digits.chars().all(|c| c.is_ascii_digit())
            && ["ms", "s", "sec", "m", "min"].contains(&&after[digits.len()..])
    })
}

/// Another case, a letter or two off, or two letters swapped.
fn looks_like(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    tags::words().find(|ours| {
        let swapped = letters(&lower) == letters(ours) && distance(&lower, ours) <= 2;
        let limit = match ours.len() {
            0..=3 => 0,
            4..=6 => 1,
            _ => 2,
        };
        swapped || distance(&lower, ours) <= limit
    })
}
