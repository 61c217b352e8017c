//! Each exit code is reached for its documented reason, and the worst of several wins.

use crate::support::{Project, Service, assert, nowhere, passing, root};

const FAILING: &str = "Feature: f\n  Scenario: s\n    When I GET \"/gone\"\n    Then the status is 200\n";
const UNDEFINED: &str = "Feature: f\n  Scenario: s\n    When I dance\n";

#[test]
fn zero_when_everything_held() {
    let service = Service::start();
    let project = Project::attached(&service).with("features/a.feature", &passing(&["one"]));
    let done = project.dryrun(&["run"]).code(0).printed(" GO ").told("PASS features/a.feature:3");
    assert!(!done.out.contains("PASS"), "results on stdout, progress on stderr:\n{}", done.out);
    assert!(!done.err.contains(" GO "), "{}", done.err);
    for name in ["record.jsonl", "junit.xml", "report.html", "summary.json", "summary.md"] {
        assert!(!project.read(&format!("reports/out/{name}")).is_empty(), "{name}");
    }
    assert_eq!(project.read("reports/out/failed.txt"), "");
}

#[test]
fn one_when_a_check_failed() {
    let service = Service::start();
    let project = Project::attached(&service).with("features/a.feature", FAILING);
    project.dryrun(&["run"]).code(1).printed("NO-GO").printed("answered 404, not 200");
    assert_eq!(project.read("reports/out/failed.txt"), "features/a.feature:2\n");
    project.dryrun(&["report"]).code(1).printed("NO-GO");
}

#[test]
fn two_for_usage_and_configuration() {
    let service = Service::start();
    let project = Project::attached(&service).with("features/a.feature", &passing(&["one"]));
    assert(project.command(&["run", "--shard", "0"])).code(2);
    assert(project.command(&["run", "--nonsense"])).code(2);
    assert(project.and("[run]\nsede = 1\n").command(&["run"])).code(2);
    assert_eq!(service.seen().len(), 0, "nothing was called");
}

#[test]
fn three_for_features() {
    let service = Service::start();
    let project = Project::attached(&service).with("features/a.feature", UNDEFINED);
    for command in ["run", "check"] {
        assert(project.command(&[command])).code(3);
    }
    assert_eq!(service.seen().len(), 0, "nothing was called");
}

#[test]
fn four_when_the_service_is_not_there() {
    let project = Project::new().with("features/a.feature", &passing(&["one"]));
    let toml =
        format!("[target]\nurl = \"{}\"\nready = {{ path = \"/health\", within = \"200 ms\" }}\n", nowhere());
    let project = project.with("dryrun.toml", &toml);
    project
        .dryrun(&["run"])
        .code(4)
        .told("the target is not ready after 0.2 s: GET http://127.0.0.1:")
        .told("nobody listens there")
        .printed("NO-GO");
    assert!(project.read("reports/out/junit.xml").contains("<testsuite"), "CI has something to show");
}

#[test]
fn the_worst_wins() {
    // A wrong configuration and an undefined step: 2. A missing service and a failing check: 4.
    let project = Project::new().with("features/a.feature", UNDEFINED).with("dryrun.toml", "[rnu]\n");
    project.dryrun(&["run"]).code(2).told("did you mean `run`?");
    let toml = "[target]\ncommand = [\"false\"]\n[run]\nworkers = 2\n";
    let project = project.with("dryrun.toml", toml).with("features/a.feature", FAILING);
    project.dryrun(&["run"]).code(4);
}

#[test]
fn the_codes_are_those_of_the_help() {
    let help = Project::new().dryrun(&["--help"]).code(0).out;
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for code in [
        "0 passed",
        "1 a check failed",
        "2 usage or configuration",
        "3 features",
        "4 environment or internal",
        "5 a threshold of a load run was missed",
        "6 a load run is inconclusive",
    ] {
        assert!(words.contains(code), "{code}");
    }
    assert!(std::fs::read_to_string(root().join("docs/configuration.md")).unwrap().contains("## Exit codes"));
}
