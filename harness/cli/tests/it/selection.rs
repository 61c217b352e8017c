//! Which scenarios run, and in which order.

use std::collections::BTreeSet;

use crate::support::{Project, Service, passing};

const NAMES: [&str; 6] = ["one", "two", "three", "four", "five", "six"];

fn project(service: &Service) -> Project {
    let tagged = "Feature: Tagged\n\n  @smoke\n  Scenario: tagged\n    When I GET \"/health\"\n    Then the status is 200\n";
    Project::attached(service)
        .with("features/a.feature", &passing(&NAMES))
        .with("features/tagged.feature", tagged)
}

/// The names of the scenarios that these words select, in the order in which they ran.
#[track_caller]
fn ran(project: &Project, words: &[&str]) -> Vec<String> {
    project.dryrun(&[&["run", "--jobs", "1"], words].concat()).code(0);
    let record = project.record();
    let began = record.began();
    assert_eq!(record.event("run_started")["selected"], began.len());
    began.into_iter().map(str::to_owned).collect()
}

#[test]
fn files_lines_names_and_tags() {
    let service = Service::start();
    let project = project(&service);
    assert_eq!(ran(&project, &["features"]).len(), 7);
    assert_eq!(ran(&project, &["features/a.feature"]), NAMES);
    assert_eq!(ran(&project, &["features/a.feature:7"]), ["two"]);
    assert_eq!(ran(&project, &["features/a.feature:3:11"]), ["one", "three"]);
    assert_eq!(ran(&project, &["--name", "^t(wo|hree)$"]), ["two", "three"]);
    assert_eq!(ran(&project, &["--tags", "@smoke"]), ["tagged"]);
    assert_eq!(ran(&project, &["--tags", "not @smoke", "--name", "f"]), ["four", "five"]);
}

#[test]
fn shards_are_a_partition() {
    let service = Service::start();
    let project = project(&service);
    let parts: Vec<Vec<String>> =
        ["1/3", "2/3", "3/3"].map(|shard| ran(&project, &["features/a.feature", "--shard", shard])).into();
    assert!(parts.iter().all(|part| part.len() == 2), "{parts:?}");
    let all: BTreeSet<&str> = parts.iter().flatten().map(String::as_str).collect();
    assert_eq!(all, BTreeSet::from(NAMES));
}

#[test]
fn what_failed_runs_again() {
    let service = Service::start();
    let bad = "Feature: Bad\n\n  Scenario: bad\n    When I GET \"/gone\"\n    Then the status is 200\n";
    let project = project(&service).with("features/bad.feature", bad);
    project.dryrun(&["run"]).code(1);
    assert_eq!(project.read("reports/out/failed.txt"), "features/bad.feature:3\n");
    // Mended, it is the only one that runs.
    let project = project.with("features/bad.feature", &bad.replace("/gone", "/health"));
    assert_eq!(ran(&project, &["--rerun", "reports/out/failed.txt"]), ["bad"]);
}

#[test]
fn the_first_failure_ends_a_run_that_is_to_fail_fast() {
    let service = Service::start();
    let bad = "Feature: Bad\n\n  Scenario: bad\n    When I GET \"/gone\"\n    Then the status is 200\n";
    let project = project(&service).with("features/0.feature", bad);
    project.dryrun(&["run", "--jobs", "1"]).code(1).printed("8 selected: 7 passed · 1 failed");
    project.dryrun(&["run", "--jobs", "1", "--fail-fast"]).code(1).printed("8 selected: 0 passed · 1 failed");
    assert_eq!(project.record().began(), ["bad"]);
    // What was never begun is still to be run.
    assert_eq!(project.read("reports/out/failed.txt").lines().count(), 8);
}

#[test]
fn one_number_gives_one_order() {
    let service = Service::start();
    let project = project(&service);
    let order = |order: &str| ran(&project, &["features/a.feature", "--order", order]);
    assert_eq!(order("defined"), NAMES);
    assert_eq!(order("random:3"), order("random:3"));
    let orders: BTreeSet<Vec<String>> = ["random:3", "random:4", "random:5"].map(order).into();
    assert!(orders.len() > 1, "other numbers, other orders: {orders:?}");
    let mut sorted = order("random:3");
    sorted.sort();
    let mut all = NAMES.map(str::to_owned);
    all.sort();
    assert_eq!(sorted, all, "nothing is lost");
}

#[test]
fn one_seed_gives_one_set_of_values() {
    let feature =
        "Feature: f\n  Scenario: s\n    When I GET \"/echo/${unique word}\"\n    Then the status is 200\n";
    let asked = |seed: &str| {
        let service = Service::start();
        let project = Project::attached(&service).with("features/a.feature", feature);
        project.dryrun(&["run", "--seed", seed]).code(0);
        service.seen().into_iter().find(|call| call.contains("/echo/")).unwrap()
    };
    assert_eq!(asked("7"), asked("7"));
    assert_ne!(asked("7"), asked("8"));
}

#[test]
fn users_of_a_load_play_scenarios_of_files_that_are_not_run() {
    let busy = "Feature: b\n  @serial\n  Scenario: busy\n    Given each user plays the scenario \"calm\"\n    When 2 users work for 100 ms\n    Then fewer than 1% fail\n";
    let project = Project::new()
        .with(
            "features/calm.feature",
            "Feature: a\n  Scenario: calm\n    When I GET \"/x\"\n    Then the status is 200\n",
        )
        .with("features/busy.feature", busy)
        .with("features/lost.feature", &busy.replace("calm", "clam"));
    project.dryrun(&["check", "features/busy.feature"]).code(0);
    project.dryrun(&["check", "features/lost.feature"]).code(3).told("did you mean \"calm\"?");
}
