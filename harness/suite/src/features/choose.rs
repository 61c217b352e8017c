//! Which scenarios a workflow of a load means: [`choose`].

use std::sync::Arc;

use dryrun_load::profile::Selector;

use crate::features::expression::TagExpression;
use crate::features::load::{split_lines, tidy};
use crate::features::model::Scenario;
use crate::values::nearest::{listed, nearest};

/// What a text of a step means: a scenario's name, or the place of one, `features/publishing.feature:12`.
pub(crate) fn selector(text: &str) -> Selector {
    let (path, lines) = split_lines(text);
    let is_place = !lines.is_empty() && path.ends_with(".feature");
    let text = Some(text.to_owned());
    if is_place {
        Selector { file: text, ..Selector::default() }
    } else {
        Selector { scenario: text, ..Selector::default() }
    }
}

/// The scenarios that fulfil everything that is given, in the order of the files. Those tagged `@wip` are left out unless
/// their line, their name or the tag is given.
///
/// # Errors
/// Nothing fulfils it: why, and the nearest that would.
pub(crate) fn choose(selector: &Selector, all: &[Arc<Scenario>]) -> Result<Vec<Arc<Scenario>>, String> {
    let mut chosen = all.to_vec();
    let mut named = selector.scenario.is_some();
    if let Some(file) = &selector.file {
        let (path, lines) = split_lines(file);
        let path = tidy(path);
        chosen.retain(|one| is_at(&one.reference.file, &path));
        if chosen.is_empty() {
            return Err(no_file(&path, all));
        }
        if !lines.is_empty() {
            named = true;
            let here = chosen;
            chosen = lines.iter().flat_map(|line| at_line(&here, *line)).collect();
            if chosen.is_empty() {
                let near = here.iter().map(|one| one.reference.line).min_by_key(|own| own.abs_diff(lines[0]));
                let near =
                    near.map(|line| format!("; the nearest begins in line {line}")).unwrap_or_default();
                return Err(format!("no scenario stands at {file}{near}"));
            }
        }
    }
    if let Some(name) = &selector.scenario {
        let before = chosen.clone();
        chosen.retain(|one| one.reference.name == *name);
        if chosen.is_empty() {
            return Err(no_name(name, &before));
        }
    }
    if let Some(written) = &selector.tags {
        let tags = TagExpression::parse(written).map_err(|error| error.to_string())?;
        named |= tags.mentions("wip");
        let before = chosen.len();
        chosen.retain(|one| tags.matches(one));
        if chosen.is_empty() {
            let hint = tags.hint(all.iter().map(AsRef::as_ref));
            return Err(format!("none of {before} scenarios has tags that match `{written}`{hint}"));
        }
    }
    let before = chosen.len();
    chosen.retain(|one| named || !one.has_tag("wip"));
    if chosen.is_empty() {
        return Err(match before {
            0 => "there is no scenario at all: no feature was loaded".to_owned(),
            count => {
                format!("all {count} scenarios that it means are tagged @wip; name the tag to play them")
            }
        });
    }
    Ok(chosen)
}

/// A path of a profile means a file if it is its end: `publishing.feature` is `features/publishing.feature`.
fn is_at(file: &str, path: &str) -> bool {
    file == path || file.strip_suffix(path).is_some_and(|before| before.ends_with('/'))
}

/// What a line means: an example's row, a scenario, or all rows of an outline.
fn at_line(here: &[Arc<Scenario>], line: usize) -> Vec<Arc<Scenario>> {
    let within = |range: (usize, usize)| range.0 <= line && line <= range.1;
    let take = |keep: &dyn Fn(&Scenario) -> bool| -> Vec<Arc<Scenario>> {
        here.iter().filter(|one| keep(one)).cloned().collect()
    };
    let mut found = take(&|one| one.reference.line == line);
    if found.is_empty() {
        found = take(&|one| one.examples.is_some_and(within));
    }
    if found.is_empty() {
        found = take(&|one| within(one.lines));
    }
    found
}

fn no_file(path: &str, all: &[Arc<Scenario>]) -> String {
    let mut files: Vec<&str> = all.iter().map(|one| one.reference.file.as_str()).collect();
    files.dedup();
    // As much of each path as was written: the folder before it is no difference.
    let parts = path.split('/').count();
    let tails: Vec<&str> = files.iter().map(|file| tail(file, parts)).collect();
    let near = nearest(path, tails.iter().copied()).or_else(|| nearest(path, files.iter().copied()));
    let hint = match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None if files.is_empty() => "; no feature was loaded".to_owned(),
        None => format!("; there are {}", listed(files, 8)),
    };
    format!("no feature is called `{path}`{hint}")
}

/// The last so many parts of a path.
fn tail(path: &str, parts: usize) -> &str {
    match path.rmatch_indices('/').nth(parts.saturating_sub(1)) {
        Some((at, _)) => &path[at + 1..],
        None => path,
    }
}

fn no_name(name: &str, among: &[Arc<Scenario>]) -> String {
    let names = || among.iter().map(|one| one.reference.name.as_str());
    let hint = match nearest(name, names()) {
        Some(near) => format!("; did you mean \"{near}\"?"),
        None => format!("; there are {}", listed(names(), 5)),
    };
    format!("no scenario is called \"{name}\"{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::load::Loaded;
    use crate::features::model::SourceFile;

    fn library() -> Vec<Arc<Scenario>> {
        let mut loaded = Loaded::default();
        loaded.add(SourceFile::new(
            "features/a.feature",
            "@api\nFeature: A\n  Scenario: Reading\n    Given x\n  @wip\n  Scenario: Half\n    Given x\n  Scenario Outline: Writing <n>\n    Given x <n>\n    Examples:\n      | n |\n      | 1 |\n      | 2 |\n",
        ));
        loaded.add(SourceFile::new(
            "features/b.feature",
            "Feature: B\n  @slow\n  Scenario: Reading\n    Given x\n",
        ));
        loaded.scenarios
    }

    fn chosen(file: Option<&str>, scenario: Option<&str>, tags: Option<&str>) -> Result<Vec<String>, String> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let selector =
            Selector { file: own(file), scenario: own(scenario), tags: own(tags), at: String::new() };
        Ok(choose(&selector, &library())?.iter().map(|one| one.reference.id.clone()).collect())
    }

    #[test]
    fn file_line_name_and_tags_are_all_fulfilled() {
        let ids = |file, scenario, tags| chosen(file, scenario, tags).unwrap();
        assert_eq!(ids(Some("a.feature"), None, None).len(), 3, "@wip is left out");
        assert_eq!(ids(None, Some("Reading"), None), ["features/a.feature:3", "features/b.feature:3"]);
        assert_eq!(ids(Some("b.feature"), Some("Reading"), None), ["features/b.feature:3"]);
        assert_eq!(ids(None, None, Some("@slow or @wip")), ["features/a.feature:6", "features/b.feature:3"]);
        assert_eq!(ids(Some("features/a.feature:13"), None, None), ["features/a.feature:13"]);
        assert_eq!(ids(Some("a.feature:8"), None, None), ["features/a.feature:12", "features/a.feature:13"]);
        assert_eq!(ids(Some("a.feature:6"), None, None), ["features/a.feature:6"]);
    }

    #[test]
    fn what_means_nothing_says_what_is_nearest() {
        let why = |file, scenario, tags| chosen(file, scenario, tags).unwrap_err();
        assert!(why(Some("c.feature"), None, None).contains("no feature is called `c.feature`"));
        // The folder before it is no difference.
        let mut loaded = Loaded::default();
        let text = "Feature: P\n  Scenario: s\n    Given x\n";
        loaded.add(SourceFile::new("/somewhere/far/away/features/publishing.feature", text));
        let told = no_file("features/publishng.feature", &loaded.scenarios);
        assert!(told.ends_with("did you mean `features/publishing.feature`?"), "{told}");
        assert!(why(Some("features/aa.feature"), None, None).contains("did you mean `features/a.feature`?"));
        assert!(why(None, Some("Readin"), None).contains("did you mean \"Reading\"?"));
        assert!(why(None, None, Some("@slwo")).contains("did you mean @slow?"));
        assert!(why(None, None, Some("@slow and")).contains("tag"), "{}", why(None, None, Some("@slow and")));
        assert!(why(Some("b.feature:99"), None, None).contains("the nearest begins in line 3"));
        // `a` is a part of a name, not a file's whole one.
        assert!(why(Some("feature"), None, None).contains("no feature is called"));
    }
}
