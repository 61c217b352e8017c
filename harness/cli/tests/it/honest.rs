//! An honest harness: for each way in which a rehearsal could pass in silence, a test in which it must fail, for the
//! named reason.

use std::collections::BTreeMap;

use dryrun_suite::check::{Known, check};
use dryrun_suite::features::{Loaded, Severity, SourceFile};
use dryrun_suite::{Registry, vocabulary};

use crate::support::{Done, Project, READY, Service, assert, dryrun, files, passing, root};

#[test]
fn an_undefined_step() {
    let service = Service::start();
    let project = Project::attached(&service)
        .with("features/a.feature", &passing(&["good"]))
        .with("features/b.feature", "Feature: f\n  Scenario: s\n    Then the answer is lovely and warm\n");
    project
        .dryrun(&["run"])
        .code(3)
        .told("error[undefined-step]")
        .told("features/b.feature:3:10")
        .told("1 mistake in the features; nothing was run");
    assert_eq!(service.seen().len(), 0, "not even the good file was run");
}

#[test]
fn an_ambiguous_step() {
    // No two phrases that ship match one text (a test of the vocabulary); two that do are an error, not a choice.
    let mut phrases = vocabulary::phrases();
    let twin = *phrases.iter().find(|phrase| phrase.pattern == "the status is {int}").unwrap();
    phrases.push(twin);
    let registry = Registry::with_phrases(phrases, &BTreeMap::new()).unwrap();
    let mut loaded = Loaded::default();
    loaded.add(SourceFile::new(
        "a.feature".to_owned(),
        "Feature: f\n  Scenario: s\n    When I GET \"/health\"\n    Then the status is 200\n".to_owned(),
    ));
    let found = check(&loaded.scenarios, &registry, &Known::default());
    let told: Vec<_> = found.iter().map(|one| (one.code, one.line, one.severity)).collect();
    assert_eq!(told, [("ambiguous-step", 4, Severity::Error)]);
}

#[test]
fn a_step_that_was_skipped() {
    let service = Service::start();
    let project = Project::attached(&service).with(
        "features/a.feature",
        "Feature: f\n  Scenario: s\n    When I GET \"/gone\"\n    Then the status is 200\n    And detail is \"x\"\n",
    );
    project.dryrun(&["run"]).code(1).printed("1 failed · 1 not run").printed("- And detail is");
    assert!(project.read("reports/out/junit.xml").contains("<failure"));
}

#[test]
fn a_selection_that_matches_nothing() {
    let service = Service::start();
    let project = Project::attached(&service)
        .with("features/a.feature", &passing(&["one", "two"]))
        .with("empty/readme.txt", "no feature")
        .with("none.txt", "");
    for (words, told) in [
        (&["--tags", "@nobody"][..], "none of the 2 scenarios"),
        (&["--name", "three"][..], "none of the 2 scenarios"),
        (&["--shard", "3/3"][..], "shard 3 of 3 got no scenario"),
        (&["--rerun", "none.txt"][..], "the rerun list is empty"),
        (&["empty"][..], "there is no `.feature` file in empty"),
        (&["features/a.feature:77"][..], "is no scenario"),
    ] {
        project.dryrun(&[&["run"], words].concat()).code(3).told(told);
    }
    assert!(!project.path("reports").exists(), "no report of a run that was none");
}

#[test]
fn a_call_that_no_contract_knows() {
    // The stand-in is sent to a path of the mock that is none, and asked how the CRM is.
    let project = Project::new().with(
        "a.feature",
        "Feature: f\n  Scenario: s\n    When I GET \"/health\"\n    Then the status is one of 200, 503\n",
    );
    let mut command = dryrun();
    command.current_dir(root()).arg("run").arg(project.path("a.feature"));
    command.args(["--env", "CRM_BASE_URL=${mocks.crm.url}/v9"]).arg("--out").arg(project.path("reports/out"));
    assert(command).code(1);
    let reasons = project.record().event("run_finished")["reasons"].to_string();
    assert!(reasons.contains("/v9/health"), "{reasons}");
}

#[test]
fn a_contract_or_behaviour_that_could_not_be_loaded() {
    let service = Service::start();
    let project = Project::attached(&service).with("features/a.feature", &passing(&["one"]));
    let project = project.and("[services.crm]\ncontract = \"gone.yaml\"\n");
    project.dryrun(&["run"]).code(2).told("gone.yaml: the contract can't be read");
    let project =
        project.with("gone.yaml", "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {$ref: x}}\n");
    project.dryrun(&["run"]).code(2).told("gone.yaml");
    let project = project.with("gone.yaml", "swagger: '2.0'\n");
    project.dryrun(&["run"]).code(2).told("gone.yaml");
    assert_eq!(service.seen().len(), 0, "nothing was called");
    // The same for the contract of the service itself.
    let toml = format!("[target]\nurl = \"{}\"\n{READY}contract = \"own.yaml\"\n", service.url);
    project.with("dryrun.toml", &toml).dryrun(&["run"]).code(2).told("own.yaml");
}

#[test]
fn reports_that_could_not_be_written() {
    let service = Service::start();
    let project = Project::attached(&service)
        .with("features/a.feature", &passing(&["one"]))
        .with("taken", "a file where the folder should be")
        .with("out/report.html/inside", "a folder where the file should be");
    project.dryrun(&["run", "--out", "taken"]).code(4).told("the folder taken could not be made");
    project
        .dryrun(&["run", "--out", "out"])
        .code(4)
        .told("error: the report out/report.html could not be written")
        .printed(" GO ");
    let written = files(&project.path("out"));
    for name in ["record.jsonl", "junit.xml", "summary.json", "summary.md"] {
        assert!(written[name] > 0, "{name} was written all the same");
    }
    project
        .dryrun(&["report", "out/record.jsonl", "--junit", "gone/junit.xml"])
        .code(4)
        .told("the report gone/junit.xml could not be written");
}

#[cfg(target_os = "linux")]
#[test]
fn a_record_that_could_not_be_written() {
    let service = Service::start();
    let project = Project::attached(&service).with("features/a.feature", &passing(&["one"]));
    // A disk that is full after a few lines: files may grow to one block, and no signal is made of it.
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" run"]).arg(dryrun().get_program());
    let done = Done::of(command.current_dir(project.path(".")));
    done.code(4).told("error: the record reports/out/record.jsonl could not be written: File too large");
}

#[test]
fn a_service_that_does_not_start() {
    let project = Project::new()
        .with("features/a.feature", &passing(&["one"]))
        .with("dryrun.toml", "[target]\ncommand = [\"sh\", \"-c\", \"echo no licence >&2; exit 3\"]\n");
    project
        .dryrun(&["run"])
        .code(4)
        .told("ended before it was ready with exit status 3")
        .told("no licence")
        .printed("NO-GO");
    project.dryrun(&["report"]).code(1).printed("1 of 1 scenario did not run to an end");
    let project = project.with("dryrun.toml", "[target]\ncommand = [\"no-such-program\"]\n");
    project.dryrun(&["run"]).code(4).told("no-such-program");
    let project = project
        .with("dryrun.toml", "[target]\ncommand = [\"sleep\", \"60\"]\nready = { within = \"300 ms\" }\n");
    project.dryrun(&["run"]).code(4).told("is not ready after 0.3 s");
}

#[test]
fn a_threshold_on_what_a_load_never_sent() {
    let service = Service::start();
    let request = |name: &str| {
        format!("[[request]]\nname = \"{name}\"\npath = \"/health\"\nthresholds = {{ p95_ms = 60000 }}\n")
    };
    // One iteration plays one of the two.
    let profile = format!("[closed]\nusers = 1\niterations = 1\n{}{}", request("a"), request("b"));
    let project = Project::attached(&service).with("load/profiles/short.toml", &profile);
    project.dryrun(&["load", "short"]).code(5).printed("NO-GO").printed("nothing was measured");
}

#[test]
fn a_variable_that_nothing_reads() {
    let service = Service::start();
    let project = Project::attached(&service).with("features/a.feature", &passing(&["one"]));
    for command in ["run", "check", "steps", "report", "mock", "load", "init"] {
        let mut command = project.command(&[command]);
        command.env("DRYRUN_SEDE", "7");
        assert(command).code(2).stderr(
            "error: the environment variable `DRYRUN_SEDE` means nothing to dryrun: did you mean `DRYRUN_SEED`?\n",
        );
    }
}
