use super::*;
use crate::features::model::SourceFile;

const A: &str = "Feature: A\n\n  @smoke\n  Scenario: One\n    Given x\n\n  @slow\n  Scenario: Two\n    Given x\n\n  Scenario Outline: Row <n>\n    Given <n>\n    Examples:\n      | n |\n      | 3 |\n      | 4 |\n\n  @wip\n  Scenario: Later\n    Given x\n\n  @only-profile:staging\n  Scenario: Staged\n    Given x\n\n  Rule: R\n    @smoke\n    Scenario: Ruled\n      Given x\n";

fn loaded(lines: &[usize]) -> Loaded {
    let mut loaded = Loaded::default();
    loaded.add(SourceFile::new("a.feature", A));
    loaded.add(SourceFile::new("b.feature", "Feature: B\n  Scenario: Other\n    Given x\n"));
    if !lines.is_empty() {
        loaded.lines.push(("a.feature".to_owned(), lines.to_vec()));
    }
    loaded
}

fn names(loaded: &Loaded, selection: &Selection) -> Vec<String> {
    select(loaded, selection).unwrap().iter().map(|one| one.reference.name.clone()).collect()
}

#[test]
fn everything_but_wip_and_other_profiles() {
    assert_eq!(
        names(&loaded(&[]), &Selection::default()),
        ["One", "Two", "Row 3", "Row 4", "Ruled", "Other"]
    );
    let staging = Selection { profile: Some("staging".to_owned()), ..Selection::default() };
    assert!(names(&loaded(&[]), &staging).contains(&"Staged".to_owned()));
}

#[test]
fn tags_names_and_wip() {
    let by = |tags: &str| Selection { tags: Some(tags.to_owned()), ..Selection::default() };
    assert_eq!(names(&loaded(&[]), &by("@smoke")), ["One", "Ruled"]);
    assert_eq!(names(&loaded(&[]), &by("@smoke or (@slow and not @smoke)")), ["One", "Two", "Ruled"]);
    assert_eq!(names(&loaded(&[]), &by("@wip")), ["Later"]);
    let name = Selection { name: Some("^Row".to_owned()), ..Selection::default() };
    assert_eq!(names(&loaded(&[]), &name), ["Row 3", "Row 4"]);
}

#[test]
fn lines_mean_rows_scenarios_rules_and_features() {
    let at = |line: usize| {
        let all = names(&loaded(&[line]), &Selection::default());
        all.into_iter().filter(|name| name != "Other").collect::<Vec<_>>()
    };
    assert_eq!(at(15), ["Row 3"]);
    assert_eq!(at(13), ["Row 3", "Row 4"]);
    assert_eq!(at(12), ["Row 3", "Row 4"]);
    assert_eq!(at(3), ["One"], "its tag line");
    assert_eq!(at(5), ["One"], "its step");
    assert_eq!(at(26), ["Ruled"], "the rule");
    assert_eq!(at(1).len(), 5, "the feature");
    assert_eq!(at(20), ["Later"], "what was asked for by line runs, @wip or not");
    let missing = select(&loaded(&[99]), &Selection::default());
    assert!(matches!(missing, Err(FeatureError::NoScenarioAt { line: 99, .. })));
}

#[test]
fn rerun_lists_name_scenarios() {
    let rerun = |text: &str| Selection { rerun: Some(text.to_owned()), ..Selection::default() };
    assert_eq!(names(&loaded(&[]), &rerun("# failed\n./a.feature:16\nb.feature:2\n")), ["Row 4", "Other"]);
    assert!(matches!(
        select(&loaded(&[]), &rerun("a.feature\n")),
        Err(FeatureError::Rerun { number: 1, .. })
    ));
    assert!(matches!(select(&loaded(&[]), &rerun("c.feature:2\n")), Err(FeatureError::NoScenarioAt { .. })));
    assert!(matches!(select(&loaded(&[]), &rerun("\n")), Err(FeatureError::NothingSelected { .. })));
}

#[test]
fn shards_share_everything_and_nothing_twice() {
    let mut all = Vec::new();
    for index in 1..=3 {
        let part = names(&loaded(&[]), &Selection { shard: Some((index, 3)), ..Selection::default() });
        assert_eq!(part.len(), 2);
        all.extend(part);
    }
    all.sort();
    let mut whole = names(&loaded(&[]), &Selection::default());
    whole.sort();
    assert_eq!(all, whole);
    let wrong = Selection { shard: Some((4, 3)), ..Selection::default() };
    assert!(select(&loaded(&[]), &wrong).unwrap_err().is_usage());
    let empty = Selection { shard: Some((7, 9)), ..Selection::default() };
    assert!(matches!(select(&loaded(&[]), &empty), Err(FeatureError::NothingSelected { .. })));
}

#[test]
fn a_random_order_is_the_same_for_the_same_number() {
    let order = |seed| names(&loaded(&[]), &Selection { order: Order::Random(seed), ..Selection::default() });
    assert_eq!(order(1), order(1));
    assert!((2..9).any(|seed| order(seed) != order(1)));
}

#[test]
fn a_selection_that_matches_nothing_is_an_error_that_says_why() {
    let why = |selection: Selection| match select(&loaded(&[]), &selection) {
        Err(FeatureError::NothingSelected { why }) => why,
        other => panic!("{other:?}"),
    };
    let tags = why(Selection { tags: Some("@smok".to_owned()), ..Selection::default() });
    assert!(tags.contains("did you mean @smoke?"), "{tags}");
    let name = why(Selection { name: Some("nothing".to_owned()), ..Selection::default() });
    assert!(name.contains("`nothing`"), "{name}");
    let broken = select(&loaded(&[]), &Selection { tags: Some("@a and".to_owned()), ..Selection::default() });
    assert!(broken.unwrap_err().is_usage());
    let broken = select(&loaded(&[]), &Selection { name: Some("(".to_owned()), ..Selection::default() });
    assert!(broken.unwrap_err().is_usage());
}
