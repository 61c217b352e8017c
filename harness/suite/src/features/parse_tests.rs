use super::*;
use crate::features::diagnostic::Severity;

fn parsed(text: &str) -> (Vec<Scenario>, Vec<(&'static str, usize)>) {
    let (scenarios, found) = parse(&SourceFile::new("a.feature", text));
    (scenarios, found.iter().map(|one| (one.code, one.line)).collect())
}

const WHOLE: &str = r#"@top
Feature: Publishing
  As a publisher: words.

  Background:
    Given the service is ready

  @own @retry(2)
  Scenario: Plain
    When I POST to "/x" with:
      """json
      { "a": "<b>" }
      """
    Then the status is 200

  Rule: Rows
    Background:
      Given a rule
    @rows
    Scenario Outline: Row <who>
      When "<who>" sends <count>:
        | name  | <who>  |
        | other | <uuid> |
      # a comment
      @some
      Examples: few
        | who | count |
        | ana | 1     |

        # between
        | ben | 2     |
      Examples:
        | who | count |
        | eva | 3     |
"#;

#[test]
fn a_whole_file_is_read() {
    let (scenarios, found) = parsed(WHOLE);
    assert_eq!(found, []);
    let ids: Vec<&str> = scenarios.iter().map(|one| one.reference.id.as_str()).collect();
    assert_eq!(ids, ["a.feature:9", "a.feature:28", "a.feature:31", "a.feature:34"]);
    let plain = &scenarios[0];
    assert_eq!(plain.reference.tags, ["own", "retry(2)", "top"]);
    assert_eq!(plain.tag_lines, [8, 8, 1]);
    assert_eq!(plain.steps.len(), 3);
    assert!(plain.steps[0].background && !plain.steps[1].background);
    let doc = plain.steps[1].doc_string.as_ref().unwrap();
    assert_eq!((doc.media_type.as_deref(), doc.text.as_str()), (Some("json"), "{ \"a\": \"<b>\" }"));
    assert_eq!(plain.lines, (8, 15));
    let ben = &scenarios[2];
    assert_eq!((ben.reference.name.as_str(), ben.reference.rule.as_deref()), ("Row ben", Some("Rows")));
    assert_eq!(ben.reference.tags, ["some", "rows", "top"]);
    assert_eq!(ben.steps[2].text, "\"ben\" sends 2:");
    assert_eq!(ben.steps[2].table.as_ref().unwrap()[0], ["name", "ben"]);
    assert_eq!(ben.steps[2].table.as_ref().unwrap()[1], ["other", "<uuid>"], "a marker is no placeholder");
    assert_eq!(ben.steps[2].table_lines, [22, 23]);
    assert_eq!(scenarios[3].reference.tags, ["rows", "top"]);
}

#[test]
fn rows_that_the_name_does_not_tell_apart_get_their_cells() {
    let (scenarios, _) =
        parsed("Feature: A\n  Scenario: B\n    Given <x>\n    Examples:\n      | x | y |\n      | 1 | 2 |\n");
    assert_eq!(scenarios[0].reference.name, "B (1, 2)");
}

#[test]
fn what_a_cell_holds_is_not_filled_again() {
    let (scenarios, _) = parsed(
        "Feature: A\n  Scenario: B\n    Given <x>\n    Examples:\n      | x   | y |\n      | <y> | 2 |\n",
    );
    assert_eq!(scenarios[0].steps[0].text, "<y>");
}

#[test]
fn other_languages_are_read() {
    let text = "# a comment\n# language: de \nFunktionalität: A\n  Szenario: B\n    Angenommen ein Dienst\n    Dann ist es gut\n";
    let (scenarios, found) = parsed(text);
    assert_eq!(found, []);
    assert_eq!(
        (scenarios[0].steps[1].keyword.as_str(), scenarios[0].steps[1].text.as_str()),
        ("Dann", "ist es gut")
    );
    assert_eq!(scenarios[0].steps[0].kind, gherkin::StepType::Given);
}

#[test]
fn line_ends_and_byte_order_marks_do_not_matter() {
    let (scenarios, found) = parsed(
        "\u{feff}Feature: A\r\n  Scenario: B\r\n    Given x\r\n      \"\"\"\r\n      text\r\n      \"\"\"",
    );
    assert_eq!(found, []);
    assert_eq!(scenarios[0].steps[0].doc_string.as_ref().unwrap().text, "text");
    assert_eq!(scenarios[0].steps[0].text, "x");
}

#[test]
fn nothing_passes_in_silence() {
    for (text, code, line) in [
        ("", "no-feature", 1),
        ("# language: dee\nFeature: A\n", "unknown-language", 1),
        ("Feature: A\n", "no-scenarios", 1),
        ("Feature: A\n  Scenario: B\n", "empty-scenario", 2),
        ("Feature: A\n  Scenario: B\n    Givn x\n", "keyword-typo", 3),
        ("Feature: A\n  Scenario: B\n    Given x\n  Scenaro: C\n    Given y\n", "keyword-typo", 4),
        ("Feature: A\n  Scenario Outline: B\n    Given <x>\n", "no-examples", 2),
        ("Feature: A\n  Scenario Outline: B\n    Given <x>\n    Examples:\n      | x |\n", "no-examples", 4),
        (
            "Feature: A\n  Scenario Outline: B\n    Given <nmae>\n    Examples:\n      | name |\n      | a |\n",
            "unknown-placeholder",
            3,
        ),
        (
            "Feature: A\n  Scenario Outline: B\n    Given <elsewhere>\n    Examples:\n      | n |\n      | a |\n",
            "unknown-placeholder",
            3,
        ),
        ("Feature: A\n  Background:\n  Scenario: B\n    Given x\n", "empty-background", 2),
        ("Feature: A\n  Rule: R\n", "empty-rule", 2),
        ("Feature: A\n  Scenario: B\n    Given x\n  Background:\n    Given y\n", "order", 4),
        ("Feature: A\n  Scenario: B\n    Given x\nFeature: C\n  Scenario: D\n    Given x\n", "order", 4),
    ] {
        let (_, found) = parsed(text);
        assert!(found.contains(&(code, line)), "{text:?}: {found:?}");
    }
}

#[test]
fn scenarios_of_the_same_name_are_a_warning() {
    let (_, found) = parse(&SourceFile::new(
        "a.feature",
        "Feature: A\n  Scenario: B\n    Given x\n  Scenario: B\n    Given x\n",
    ));
    assert_eq!((found[0].code, found[0].line, found[0].severity), ("same-name", 4, Severity::Warning));
}

#[test]
fn a_scenario_swallowed_by_a_description_is_told() {
    // The parser takes a rule behind a scenario without steps for that scenario's description.
    let (_, found) =
        parsed("Feature: A\n  Scenario: B\n    words\n  Rule: R\n    Example: C\n      Given x\n");
    assert!(!found.is_empty());
}
