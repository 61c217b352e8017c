//! Each file in `must_fail` must be refused for the reason that its name says (`-` and what follows a second word of the
//! same reason apart), and nothing sound may be refused.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use dryrun_contract::Contract;
use dryrun_suite::Registry;
use dryrun_suite::check::{Known, KnownService, check};
use dryrun_suite::features::{Diagnostic, Loaded, Severity, SourceFile, load};

const STORE: &str = r#"
openapi: 3.1.0
info: { title: Store, version: "1" }
paths:
  /api/v1/documents:
    post:
      responses: { "200": { description: ok } }
  /api/v1/documents/{id}:
    get:
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { "200": { description: ok } }
"#;

fn known() -> Known {
    let service = |key: &str, title: &str| KnownService {
        key: key.to_owned(),
        title: title.to_owned(),
        contract: Contract::parse("store.yaml", STORE).unwrap(),
        calls: BTreeMap::from([("publication".to_owned(), "POST /api/v1/documents".to_owned())]),
        collections: vec!["documents".to_owned()],
    };
    Known {
        services: vec![service("store", "the Store"), service("crm", "the CRM")],
        aliases: BTreeMap::from([("the newsletter subject".to_owned(), "newsletter.subject".to_owned())]),
        profiles: vec!["staging".to_owned()],
        data: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/must_fail"),
        secrets: vec!["CRM_API_KEY".to_owned()],
        schemas: Some(vec!["content-response".to_owned()]),
        given: BTreeSet::new(),
        env: BTreeSet::from(["HOME".to_owned()]),
    }
}

fn all(loaded: &Loaded) -> Vec<Diagnostic> {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::new(&BTreeMap::new()).unwrap());
    let mut found = loaded.diagnostics.clone();
    found.extend(check(&loaded.scenarios, &REGISTRY, &known()));
    found
}

fn text(text: &str) -> Vec<Diagnostic> {
    let mut loaded = Loaded::default();
    loaded.add(SourceFile::new("a.feature", text));
    all(&loaded)
}

fn codes(found: &[Diagnostic]) -> Vec<(&'static str, usize)> {
    found.iter().map(|one| (one.code, one.line)).collect()
}

/// The reason that a file's name tells: `keyword-typo-scenario` is about `keyword-typo`.
fn reason(file: &Path) -> String {
    let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
    stem.strip_suffix("-scenario").filter(|stem| *stem == "keyword-typo").map_or(stem.clone(), str::to_owned)
}

#[test]
fn each_fixture_is_refused_for_its_own_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/must_fail");
    let files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let features: Vec<&PathBuf> =
        files.iter().filter(|file| file.extension().is_some_and(|end| end == "feature")).collect();
    assert!(features.len() >= 19);
    for file in features {
        let loaded = load(&[file.display().to_string()]).unwrap();
        let found = all(&loaded);
        let errors: Vec<_> = found.iter().filter(|one| one.severity == Severity::Error).collect();
        assert!(!errors.is_empty(), "{} is not refused", file.display());
        let wanted = reason(file);
        for error in errors {
            assert_eq!(error.code, wanted, "{}: {}", file.display(), error.render(false));
            assert!(error.help.is_some(), "{}: no help", error.render(false));
        }
    }
}

#[test]
fn a_sound_feature_is_not_refused() {
    let found = text(
        "@serial\nFeature: Sound\n  Background:\n    Given the service is ready\n    And I remember \"a\" as \"base\"\n\n  @retry(2).after(1s) @only-profile:staging @smoke\n  Scenario: One\n    Given the Store answers 503 to \"POST /api/v1/documents\"\n    When I POST to \"/publish\" with:\n      \"\"\"json\n      { \"title\": ${base}, \"at\": \"${now + 2 days}\" }\n      \"\"\"\n    Then the status is 200\n    And I remember id as \"doc\"\n    When I GET \"/documents/${doc}?n=${random 1..3}&h=${env:HOME}\"\n    Then the Store received nothing\n",
    );
    assert_eq!(codes(&found), [], "{}", found.iter().map(|one| one.render(false)).collect::<String>());
}

#[test]
fn everything_is_told_at_once_and_a_background_once() {
    let found = text(
        "Feature: F\n  Background:\n    Given nobody knows this\n  @Serial\n  Scenario: A\n    When I GET \"/x/${y}\"\n    Then the CMR received nothing\n  Scenario: B\n    Then the status is 200\n      | a |\n",
    );
    assert_eq!(
        codes(&found),
        [
            ("undefined-step", 3),
            ("tag", 4),
            ("unknown-variable", 6),
            ("unknown-service", 7),
            ("wrong-argument", 9)
        ]
    );
    let service = &found[3];
    assert!(service.help.as_deref().unwrap().contains("the CRM"), "{}", service.render(false));
    assert_eq!(service.column, 10);
}

#[test]
fn unfinished_scenarios_are_warned_about_only() {
    let found = text("Feature: F\n  @wip\n  Scenario: A\n    Given nobody knows this\n");
    assert_eq!((found[0].code, found[0].severity), ("undefined-step", Severity::Warning));
}

#[test]
fn the_nearest_phrases_are_named() {
    let found = text("Feature: F\n  Scenario: A\n    Then the status code is 200\n");
    assert!(found[0].help.as_deref().unwrap().contains("status is"), "{}", found[0].render(false));
}

#[test]
fn a_body_may_hold_bare_placeholders() {
    let step = |body: &str| {
        format!(
            "Feature: F\n  Scenario: A\n    Given I remember:\n      | n | 3 |\n    When I POST to \"/x\" with:\n      \"\"\"json\n      {body}\n      \"\"\"\n"
        )
    };
    assert_eq!(codes(&text(&step("{ \"a\": ${n} }"))), []);
    assert_eq!(codes(&text(&step("{ \"a\": ${n }"))).first().map(|one| one.0), Some("doc-string"));
}

#[test]
fn a_raw_body_is_not_read_whatever_it_claims_to_be() {
    let step = |phrase: &str, media: &str, body: &str| {
        format!(
            "Feature: F\n  Scenario: A\n    When I POST to \"/x\" {phrase}:\n      \"\"\"{media}\n      {body}\n      \"\"\"\n"
        )
    };
    for body in [r#"{"title":"a\ud800b"}"#, "a", r"\ud800", r#"{"title":"#, "a: [1"] {
        for media in ["", "json", "application/json", "application/problem+json", "application/yaml"] {
            let found = text(&step("with the raw body", media, body));
            assert_eq!(codes(&found), [], "{media} {body}");
        }
    }
    let found = text(&step("with", "application/json", r#"{"title":"#));
    assert_eq!(codes(&found), [("doc-string", 4)], "what must be JSON is read");
}

#[test]
fn a_misspelt_alias_is_told() {
    let found = text("Feature: F\n  Scenario: A\n    Then the newsleter subject is \"x\"\n");
    let help = found[0].help.as_deref().unwrap();
    assert!(
        found[0].code == "undefined-step" && help.contains("did you mean `the newsletter subject`?"),
        "{}",
        found[0].render(false)
    );
}

#[test]
fn operations_are_looked_up_in_the_contract_that_the_step_is_about() {
    let step = |step: &str| codes(&text(&format!("Feature: F\n  Scenario: A\n    Given {step}\n")));
    assert_eq!(
        step("the Store takes 2 seconds to answer \"GET /api/v1/documents/{id}\" twice, then recovers"),
        []
    );
    assert_eq!(step("the Store takes 2 seconds to answer everything"), []);
    assert_eq!(step("the Store never answers \"DELETE /api/v1/documents/1\""), [("unknown-operation", 3)]);
    assert_eq!(step("the attempts at \"POST /api/v1/documents\" were at least 1 second apart"), []);
    assert_eq!(
        step("the attempts at \"POST /api/v2/documents\" were at least 1 second apart"),
        [("unknown-operation", 3)]
    );
    assert_eq!(step("the Store received a call that no contract knows: \"POST /nowhere\""), []);
}

#[test]
fn a_line_that_is_no_call_is_told() {
    let step = |step: &str| {
        codes(&text(&format!(
            "Feature: F\n  Scenario: A\n    Given I remember \"1\" as \"id\"\n    Then {step}\n"
        )))
    };
    assert_eq!(step("the Store received exactly 1 call to \"documents\""), [("unknown-operation", 4)]);
    assert_eq!(step("the Store received exactly 1 call to \"GET /api/v1/documents/{doc}\""), []);
    assert_eq!(step("the Store received exactly 1 call to \"GET /api/v1/documents/${id}\""), []);
    assert_eq!(
        step("the Store received exactly 0 calls to \"GET /api/v1/{kind}/all\""),
        [("unknown-operation", 4)]
    );
    assert_eq!(
        step("in every call to \"POST /api/v1/document\" header \"X\" is \"y\""),
        [("unknown-operation", 4)]
    );
}

#[test]
fn nouns_and_collections_are_looked_up_as_the_run_does_it() {
    let step = |step: &str| text(&format!("Feature: F\n  Scenario: A\n    Given {step}\n"));
    for sound in [
        "the Store received 1 publication",
        "the Store received 0 calls",
        "the Store received 2 documents",
        "3 documents in the Store",
        "the Store holds 1 document",
    ] {
        assert_eq!(codes(&step(sound)), [], "{sound}");
    }
    for (wrong, code, near) in [
        ("the Store received 1 publicatoin", "unknown-noun", "publication"),
        ("the Store received 1 documnet", "unknown-noun", "documents"),
        ("3 documnets in the Store", "unknown-collection", "documents"),
        ("the Store holds 0 publications", "unknown-collection", "it keeps documents"),
    ] {
        let found = step(wrong);
        assert_eq!(codes(&found), [(code, 3)], "{wrong}");
        assert!(found[0].help.as_deref().unwrap().contains(near), "{}", found[0].render(false));
    }
    let table = |step: &str, row: &str| {
        codes(&text(&format!("Feature: F\n  Scenario: A\n    Given {step}\n      | {row} |\n")))
    };
    assert_eq!(table("the Store received 1 publicatoin like:", "a | b"), [("unknown-noun", 3)]);
    assert_eq!(table("the Store holds the documnets:", "a | b"), [("unknown-collection", 3)]);
    assert_eq!(table("the Store holds 1 documnet like:", "a | b"), [("unknown-collection", 3)]);
}

#[test]
fn the_order_of_calls_names_services_and_calls() {
    let row = |row: &str| {
        codes(&text(&format!(
            "Feature: F\n  Scenario: A\n    Then the mocks received, in this order:\n      | service | call |\n      | {row} |\n"
        )))
    };
    assert_eq!(row("the Store | POST /api/v1/documents"), []);
    assert_eq!(row("the Stoer | POST /api/v1/documents"), [("unknown-service", 5)]);
    assert_eq!(row("the Store | POST /api/v1/document"), [("unknown-operation", 5)]);
    let wide = "Feature: F\n  Scenario: A\n    Then the mocks received, in this order:\n      | the Store | POST /api/v1/documents | twice |\n";
    assert_eq!(codes(&text(wide)), [("wrong-argument", 4)]);
}

#[test]
fn the_environment_is_looked_up() {
    let get = |tag: &str, name: &str| {
        text(&format!("Feature: F\n  {tag}\n  Scenario: A\n    When I GET \"/${{env:{name}}}\"\n"))
    };
    assert_eq!(codes(&get("@smoke", "HOME")), []);
    let found = get("@smoke", "HOMES");
    assert_eq!((codes(&found), found[0].severity), (vec![("unset-environment", 4)], Severity::Error));
    assert!(found[0].help.as_deref().unwrap().contains("${env:HOME}"));
    assert_eq!(get("@only-profile:staging", "HOMES")[0].severity, Severity::Warning);
}

#[test]
fn names_outside_of_the_feature_are_looked_up() {
    let step = |step: &str| codes(&text(&format!("Feature: F\n  Scenario: A\n    Given {step}\n")));
    assert_eq!(step("secret \"CRM_API_KEI\""), [("unknown-secret", 3)]);
    assert_eq!(step("the profile \"stagging\""), [("unknown-profile", 3)]);
    assert_eq!(step("the test data \"table.feature\" as \"x\""), []);
    assert_eq!(step("the test data \"tabel.feature\" as \"x\""), [("missing-file", 3)]);
}

#[test]
fn tags_of_ours_are_read() {
    let tag = |tag: &str| {
        codes(&text(&format!("Feature: F\n  {tag}\n  Scenario: A\n    Given the service is ready\n")))
    };
    for sound in [
        "@retry",
        "@retry(2)",
        "@retry.after(1s)",
        "@retry(3).after(200ms)",
        "@serial",
        "@wip",
        "@only-profile:staging",
        "@web",
        "@zip",
        "@smoke",
    ] {
        assert_eq!(tag(sound), [], "{sound}");
    }
    for wrong in [
        "@retry(x)",
        "@retry(0)",
        "@retry(2",
        "@retrying",
        "@Serial",
        "@seriel",
        "@WIP",
        "@only-profile",
        "@only-profile:stagin",
        "@only-profil:staging",
        "@serial(2)",
    ] {
        assert_eq!(tag(wrong), [("tag", 2)], "{wrong}");
    }
}

#[test]
fn a_load_that_can_not_be_made_is_told_before_the_run() {
    let one = |steps: &str| {
        text(&format!(
            "Feature: f\n  Scenario: calm\n    When I GET \"/ready\"\n    Then the status is 200\n  Scenario: busy\n{steps}"
        ))
    };
    let plays = "    Given each user plays the scenario \"calm\"\n";
    let sound = "    When 20 users a second arrive for 10 s\n    Then 95% of requests finish within 500 ms\n";
    assert_eq!(codes(&one(&format!("{plays}{sound}"))), []);
    let wrong = [
        ("load-of-nothing", sound.to_owned(), 6),
        ("load-of-nobody", format!("{plays}    When 0 users a second arrive for 10 s\n"), 7),
        ("load-of-nobody", format!("{plays}    When 3 users work for 0 s\n"), 7),
        ("no-load", format!("{plays}    Then fewer than 1% fail\n"), 7),
        ("no-share", format!("{plays}{}", sound.replace("95%", "195%")), 8),
        ("load-of-loads", format!("    Given each user plays the scenario \"busy\"\n{sound}"), 6),
        ("unknown-scenario", format!("    Given each user plays the scenario \"clam\"\n{sound}"), 6),
    ];
    for (code, steps, line) in wrong {
        assert_eq!(codes(&one(&steps)), [(code, line)], "{steps}");
    }
}
