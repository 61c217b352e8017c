//! Steps of loads: what the users play must be scenarios that were loaded and that a load can play; there must be users,
//! and something to say of their requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::steps::{Matched, told};
use crate::features::{Diagnostic, Scenario, choose, selector};
use crate::phrase::{Keyword, Subject};
use crate::registry::{Match, Registry};

pub(crate) fn check(
    scenario: &Scenario,
    matched: &[Matched<'_>],
    registry: &Registry,
    library: &[Arc<Scenario>],
    found: &mut Vec<Diagnostic>,
) {
    let (mut somebody, mut loaded) = (false, false);
    for one in matched.iter().filter(|one| one.phrase.subject == Subject::Load) {
        let mut tell = |line: usize, code: &'static str, part: &str, why: String, help: &str| {
            found.push(told(scenario, line, code, part, why, help.to_owned()));
        };
        let (line, text) = (one.step.line, one.step.text.as_str());
        shares(one, &mut tell);
        match one.phrase.keyword {
            Keyword::Given => somebody = true,
            Keyword::When => {
                if !somebody {
                    let help = "put a step such as `Given each user plays the scenario \"Publishing on all channels\"` before it";
                    tell(line, "load-of-nothing", text, "nothing says what the users do".to_owned(), help);
                }
                nobody(one, &mut tell);
                loaded = true;
            }
            _ if !loaded => {
                let help = "put a step such as `When 50 users a second arrive for 2 minutes` before it";
                tell(line, "no-load", text, "no load was made before this step".to_owned(), help);
            }
            _ => {}
        }
        let named = one.behind("the scenario ").map(|name| (line, name.text.as_str()));
        let rows = one.step.table.iter().flatten().zip(&one.step.table_lines);
        let listed = rows.filter_map(|(row, line)| Some((*line, row.first()?.trim())));
        for (line, text) in named.into_iter().chain(listed) {
            if text.contains("${") || text == "scenario" {
                continue;
            }
            match choose(&selector(text), library) {
                Err(why) => {
                    let help = "a load plays scenarios of the features that are loaded with it, by their whole names";
                    tell(line, "unknown-scenario", text, why, help);
                }
                Ok(chosen) => {
                    if let Some(one) = chosen.iter().find(|one| makes_load(one, registry)) {
                        let why = format!(
                            "{} makes a load itself, and a load can't be part of a load",
                            one.reference.id
                        );
                        tell(
                            line,
                            "load-of-loads",
                            text,
                            why,
                            "name a scenario that does what one user does",
                        );
                    }
                }
            }
        }
    }
}

type Tell<'t> = &'t mut dyn FnMut(usize, &'static str, &str, String, &str);

/// Shares above the whole.
fn shares(one: &Matched<'_>, tell: Tell<'_>) {
    let all: BTreeSet<&str> = one.of("percent").map(|share| share.text.as_str()).collect();
    for share in all {
        if share.trim_end_matches('%').parse::<f64>().is_ok_and(|share| share > 100.0) {
            let why = format!("`{share}` is no share between 0% and 100%");
            tell(one.step.line, "no-share", share, why, "write for example `95%`");
        }
    }
}

/// No user, or no time.
fn nobody(one: &Matched<'_>, tell: Tell<'_>) {
    let none =
        |text: &str| text.chars().any(|c| c.is_ascii_digit()) && !text.contains(|c| ('1'..='9').contains(&c));
    let captured = one.of("int").chain(one.of("duration"));
    let empty: Vec<&str> = captured.map(|one| one.text.as_str()).filter(|text| none(text)).collect();
    if let Some(text) = empty.first() {
        let why = "a load needs at least one user and some time".to_owned();
        tell(
            one.step.line,
            "load-of-nobody",
            text,
            why,
            "write for example `When 20 users work for 1 minute`",
        );
    }
}

/// Whether a step of this scenario makes a load.
pub fn makes_load(scenario: &Scenario, registry: &Registry) -> bool {
    scenario.steps.iter().any(|step| match registry.find(&step.text) {
        Match::One { phrase, .. } => phrase.subject == Subject::Load,
        _ => false,
    })
}
