//! Which scenarios run: [`Selection`], [`select`].

use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::features::error::FeatureError;
use crate::features::expression::TagExpression;
use crate::features::load::{Loaded, split_lines, tidy};
use crate::features::model::Scenario;

/// Which of the loaded scenarios run, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// A tag expression: `@smoke and not @slow`.
    pub tags: Option<String>,
    /// A regular expression that a scenario's name must match somewhere.
    pub name: Option<String>,
    /// Only this part of all: (2, 3) is the second of three.
    pub shard: Option<(usize, usize)>,
    /// Only what stands in the text of a rerun file: `file:line`, one a line.
    pub rerun: Option<String>,
    /// The profile in force, for `@only-profile:NAME`.
    pub profile: Option<String>,
    /// The order of the run.
    pub order: Order,
}

/// The order of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By file and line.
    #[default]
    Defined,
    /// Shuffled; the same number gives the same order.
    Random(u64),
}

/// Selects. Scenarios with `@wip` are left out unless the tag expression names the tag or a line was asked for; those
/// with `@only-profile:x` run under the profile `x` only.
///
/// # Errors
/// A selection that can't be read, or that leaves nothing: see [`FeatureError`].
pub fn select(loaded: &Loaded, selection: &Selection) -> Result<Vec<Arc<Scenario>>, FeatureError> {
    let mut chosen = loaded.scenarios.clone();
    let mut last = format!("the files hold {} scenarios", chosen.len());
    let mut narrow = |chosen: &mut Vec<Arc<Scenario>>, what: &str, keep: &dyn Fn(&Scenario) -> bool| {
        let before = chosen.len();
        chosen.retain(|scenario| keep(scenario));
        if chosen.is_empty() && before > 0 {
            last = format!("none of the {before} scenarios before it {what}");
        }
    };

    let lines = asked_lines(loaded)?;
    narrow(&mut chosen, "stands at a line that was asked for", &|scenario| {
        let mut own = lines.iter().filter(|(path, _)| *path == scenario.reference.file).peekable();
        own.peek().is_none() || own.any(|(_, lines)| lines.ids.contains(&scenario.reference.id))
    });
    let by_line =
        |scenario: &Scenario| lines.iter().any(|(_, lines)| lines.direct.contains(&scenario.reference.id));
    if let Some(rerun) = &selection.rerun {
        let ids = rerun_ids(loaded, rerun)?;
        narrow(&mut chosen, "stands in the rerun list", &|scenario| ids.contains(&scenario.reference.id));
    }
    let mut names_wip = false;
    if let Some(expression) = selection.tags.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let tags = TagExpression::parse(expression)?;
        names_wip = tags.mentions("wip");
        let hint = tags.hint(loaded.scenarios.iter().map(AsRef::as_ref));
        narrow(&mut chosen, &format!("has tags that match `{expression}`{hint}"), &|scenario| {
            tags.matches(scenario)
        });
    }
    narrow(&mut chosen, "is free of @wip (name the tag in `--tags` to run them)", &|scenario| {
        names_wip || by_line(scenario) || !scenario.has_tag("wip")
    });
    if let Some(pattern) = &selection.name {
        let regex = regex::Regex::new(pattern)
            .map_err(|error| FeatureError::Name { pattern: pattern.clone(), reason: error.to_string() })?;
        narrow(&mut chosen, &format!("has a name that matches `{pattern}`"), &|scenario| {
            regex.is_match(&scenario.reference.name)
        });
    }
    narrow(&mut chosen, "is for this profile (@only-profile)", &|scenario| {
        let mut wanted =
            scenario.reference.tags.iter().filter_map(|tag| tag.strip_prefix("only-profile:")).peekable();
        wanted.peek().is_none() || wanted.any(|profile| Some(profile) == selection.profile.as_deref())
    });
    if let Some((index, count)) = selection.shard {
        if count == 0 || index == 0 || index > count {
            return Err(FeatureError::Shard { index, count });
        }
        // Dealt out in turn: shards differ by one scenario at most, and a file's slow ones are spread.
        let mut turn = 0;
        chosen.retain(|_| {
            turn += 1;
            (turn - 1) % count == index - 1
        });
        if chosen.is_empty() {
            last = format!("shard {index} of {count} got no scenario: there are fewer scenarios than shards");
        }
    }
    if chosen.is_empty() {
        return Err(FeatureError::NothingSelected { why: last });
    }
    if let Order::Random(seed) = selection.order {
        chosen.shuffle(&mut StdRng::seed_from_u64(seed));
    }
    Ok(chosen)
}

/// What lines mean: ids of scenarios.
#[derive(Default)]
struct AtLines {
    ids: Vec<String>,
    /// Those whose own lines were asked for, not their rule's or feature's.
    direct: Vec<String>,
}

fn asked_lines(loaded: &Loaded) -> Result<Vec<(String, AtLines)>, FeatureError> {
    let mut out = Vec::new();
    for (path, lines) in &loaded.lines {
        let mut asked = AtLines::default();
        for line in lines {
            let ids = at_line(loaded, path, *line)?;
            let own = |id: &String| {
                loaded
                    .scenarios
                    .iter()
                    .any(|one| one.reference.id == *id && one.lines.0 <= *line && *line <= one.lines.1)
            };
            asked.direct.extend(ids.iter().filter(|id| own(id)).cloned());
            asked.ids.extend(ids);
        }
        out.push((path.clone(), asked));
    }
    Ok(out)
}

fn rerun_ids(loaded: &Loaded, text: &str) -> Result<Vec<String>, FeatureError> {
    let mut ids = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (path, lines) = split_lines(line);
        if lines.is_empty() {
            return Err(FeatureError::Rerun { number: index + 1, line: line.to_owned() });
        }
        for number in lines {
            ids.extend(at_line(loaded, &tidy(path), number)?);
        }
    }
    if ids.is_empty() {
        return Err(FeatureError::NothingSelected {
            why: "the rerun list is empty: nothing had failed".to_owned(),
        });
    }
    Ok(ids)
}

/// The scenarios that a line means: a row of examples means one, a scenario's line it (or all its rows), a rule's line
/// all in the rule, a line above the first scenario the whole feature.
fn at_line(loaded: &Loaded, path: &str, line: usize) -> Result<Vec<String>, FeatureError> {
    let own: Vec<&Arc<Scenario>> =
        loaded.scenarios.iter().filter(|scenario| scenario.reference.file == path).collect();
    let within = |range: (usize, usize)| range.0 <= line && line <= range.1;
    let ids = |keep: &dyn Fn(&Scenario) -> bool| -> Vec<String> {
        own.iter().filter(|scenario| keep(scenario)).map(|scenario| scenario.reference.id.clone()).collect()
    };
    let first = own
        .iter()
        .map(|scenario| scenario.rule.map_or(scenario.lines.0, |rule| rule.0.min(scenario.lines.0)))
        .min();
    let mut found = ids(&|scenario| scenario.reference.line == line);
    if found.is_empty() {
        found = ids(&|scenario| scenario.examples.is_some_and(within));
    }
    if found.is_empty() {
        found = ids(&|scenario| within(scenario.lines));
    }
    if found.is_empty() {
        found = ids(&|scenario| scenario.rule.is_some_and(within));
    }
    if found.is_empty() && line > 0 && first.is_some_and(|first| line < first) {
        found = ids(&|_| true);
    }
    if found.is_empty() {
        let hint =
            match own.iter().map(|scenario| scenario.reference.line).min_by_key(|known| known.abs_diff(line))
            {
                Some(near) => format!("the nearest begins in line {near}"),
                None => "no scenario of this file was loaded; name the file or its folder as well".to_owned(),
            };
        return Err(FeatureError::NoScenarioAt { path: path.to_owned(), line, hint });
    }
    Ok(found)
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
