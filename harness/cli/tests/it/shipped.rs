//! What ships works as the README says: the example, the mocks, a first project, the load profile.

use crate::support::{Done, Project, Record, Service, dryrun, root};

/// The shipped example, with reports of its own.
fn orders(words: &[&str]) -> (Done, Project) {
    let python = std::process::Command::new("python3").arg("--version").output();
    assert!(
        python.is_ok_and(|output| output.status.success()),
        "the example service is written in Python: install python3 (no packages are needed)"
    );
    let project = Project::new();
    let mut command = dryrun();
    command.current_dir(root()).args(["run", "--config", "examples/orders/dryrun.toml"]).args(words);
    let done = Done::of(command.arg("--out").arg(project.path("reports/out")));
    (done, project)
}

#[test]
fn the_scenario_on_the_first_page_of_the_readme_passes() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let scenario = readme.split("```gherkin\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let project = Project::new().with("readme.feature", &format!("Feature: readme\n{scenario}"));
    let mut command = dryrun();
    command.current_dir(root()).arg("run").arg(project.path("readme.feature"));
    Done::of(command.arg("--out").arg(project.path("out"))).code(0).printed("1 selected: 1 passed");
}

#[test]
fn the_example_is_a_go() {
    let (done, project) = orders(&[]);
    done.code(0).printed(" GO ").printed("each worker with its own service");
    assert_eq!(project.record().event("run_finished")["totals"]["failed"], 0);
}

#[test]
fn the_example_runs_one_after_another_with_one_worker() {
    let (done, project) = orders(&["--workers", "1", "--name", "exactly once"]);
    done.code(0).printed("one after another");
    assert_eq!(project.record().event("run_started")["jobs"], 1);
}

#[test]
fn the_example_catches_a_reservation_that_is_made_twice() {
    let (done, _) = orders(&["--env", "ORDERS_BUG=double"]);
    done.code(1).printed("NO-GO").printed("An order reserves its quantity exactly once");
}

#[test]
fn the_example_catches_a_refusal_that_is_swallowed() {
    let (done, _) = orders(&["--env", "ORDERS_BUG=swallow", "--name", "sold out|closed|reach"]);
    done.code(1)
        .printed("NO-GO")
        .printed("3 failed")
        .printed("repeat just this one")
        .printed("--config examples/orders/dryrun.toml --env ORDERS_BUG=swallow");
}

#[test]
fn a_first_project_is_checked_and_runs() {
    let service = Service::start();
    let project = Project::new();
    project.dryrun(&["init", "--url", &service.url]).code(0).printed("wrote  ./dryrun.toml");
    project.dryrun(&["check"]).code(0).printed("ok: 2 scenarios in 1 file; 1 service with 3 operations");
    project.dryrun(&["run"]).code(0).printed(" GO ").printed("2 passed");
    assert!(service.seen().contains(&"GET /health".to_owned()));
    // A second time nothing is overwritten.
    let project = project.with("dryrun.toml", "# mine\n");
    project.dryrun(&["init"]).code(0).printed("kept   ./dryrun.toml");
    assert_eq!(project.read("dryrun.toml"), "# mine\n");
}

/// Each profile that ships, shortened: it is what it plays that is tried here, not this machine.
#[test]
fn the_load_profiles_fit_the_stand_in() {
    let project = Project::new();
    let mut profiles: Vec<_> = std::fs::read_dir(root().join("load/profiles")).unwrap().flatten().collect();
    profiles.sort_by_key(std::fs::DirEntry::path);
    assert!(profiles.len() >= 8, "{profiles:?}");
    for profile in profiles.iter().map(std::fs::DirEntry::path) {
        let name = profile.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&profile).unwrap();
        // Without what is left out of the figures, and without what only an idle machine could promise.
        let shortened =
            text.lines().filter(|line| !line.starts_with("warm_up")).collect::<Vec<_>>().join("\n");
        let (own, out) = (project.path(&format!("{name}.toml")), project.path(&name));
        std::fs::write(&own, shortened).unwrap();
        let mut command = dryrun();
        command
            .current_dir(root())
            .arg("load")
            .arg(&own)
            .args(["--duration", "2 s", "--rate", "10", "--out"])
            .arg(&out);
        let done = Done::of(&mut command);
        assert!(matches!(done.code, Some(0 | 5)), "{name} works:\n{}{}", done.out, done.err);
    }
}

#[test]
fn what_ships_is_free_of_mistakes() {
    let mut command = dryrun();
    Done::of(command.current_dir(root()).arg("check")).code(0).printed("ok: ");
    let mut command = dryrun();
    command.current_dir(root()).args(["check", "--config", "examples/orders/dryrun.toml"]);
    Done::of(&mut command).code(0).printed("ok: 10 scenarios in 1 file; 1 service with 2 operations");
}

#[test]
fn a_record_gives_the_same_reports_later() {
    let service = Service::start();
    let project = Project::attached(&service).with(
        "features/a.feature",
        "Feature: f\n  Scenario: s\n    When I GET \"/gone\"\n    Then the status is 200\n",
    );
    let first = project.dryrun(&["run"]).code(1);
    let words = [
        "report",
        "--html",
        "later.html",
        "--junit",
        "later.xml",
        "--json",
        "later.json",
        "--markdown",
        "later.md",
    ];
    let later = project.dryrun(&words).code(1);
    assert_eq!(later.out, first.out, "the terminal says the same");
    for (now, then) in [
        ("later.html", "report.html"),
        ("later.xml", "junit.xml"),
        ("later.json", "summary.json"),
        ("later.md", "summary.md"),
    ] {
        assert_eq!(project.read(now), project.read(&format!("reports/out/{then}")), "{then}");
    }
    assert!(Record::read(&project.path("reports/out/record.jsonl")).0.len() > 4);
}
