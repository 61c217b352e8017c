//! What a whole run must come up to, and exceptions that have ended: the exit code and the reason.

use crate::support::{Project, Service, passing};

const CONTRACT: &str = "openapi: 3.1.0\ninfo: { title: t, version: '1' }\npaths:\n  /health:\n    get:\n      responses:\n        '200':\n          \
                        description: d\n          content: { application/json: { schema: { type: object } } }\n        '503': { description: d }\n";

/// A project whose scenarios meet two of the three things that its contract documents.
fn project(service: &Service, toml: &str) -> Project {
    let text = format!(
        "[target]\nurl = \"{}\"\ncontract = \"openapi.yaml\"\n{}{toml}",
        service.url,
        crate::support::READY
    );
    let project = Project::new().with("dryrun.toml", &text).with("openapi.yaml", CONTRACT);
    project.with("features/a.feature", &passing(&["one", "two"]))
}

#[test]
fn a_contract_that_is_not_met_far_enough() {
    let service = Service::start();
    let wanted = |percent: &str| project(&service, &format!("[gate]\ncoverage = {{ target = {percent} }}\n"));
    let missed = wanted("67");
    let done = missed.dryrun(&["run"]).code(1);
    let said = done.out.lines().find(|line| line.contains("66.") && line.contains("67")).unwrap_or_default();
    assert!(said.contains("the service"), "{}", done.out);
    let record = missed.record();
    let coverage = record.event("coverage");
    assert_eq!((coverage["covered"].as_u64(), coverage["total"].as_u64()), (Some(2), Some(3)));
    let items = coverage["operations"][0]["items"].as_array().unwrap();
    assert!(items[2]["suggestion"].as_str().unwrap().contains("Then the status is 503"), "{items:?}");
    wanted("66.6").dryrun(&["run"]).code(0);
}

#[test]
fn a_part_is_not_held_against_the_gate_and_says_so() {
    let service = Service::start();
    let project =
        project(&service, "[gate]\ncoverage = { target = 100 }\n").with("list.txt", "features/a.feature:3\n");
    for part in [
        &["run", "--name", "one"][..],
        &["run", "--shard", "1/2"],
        &["run", "--rerun", "list.txt"],
        &["run", "features/a.feature"],
    ] {
        let done = project.dryrun(part).code(0);
        assert!(done.out.contains("was not judged"), "{part:?}\n{}", done.out);
    }
    // All of it under another name is no part.
    for whole in [&["run"][..], &["run", "features"], &["run", "--shard", "1/1"], &["run", "--name", "o"]] {
        project.dryrun(whole).code(1);
    }
}

#[test]
fn an_exception_that_has_ended() {
    let service = Service::start();
    let exception = |until: &str| {
        let toml = format!(
            "[[contracts]]\nservice = \"target\"\nmode = \"warn\"\nreason = \"T-7: it is late\"\nuntil = \"{until}\"\n"
        );
        project(&service, &toml)
    };
    let done = exception("2020-01-31").dryrun(&["run"]).code(1);
    assert!(
        done.out.contains("target ended on 2020-01-31") && done.out.contains("T-7: it is late"),
        "{}",
        done.out
    );
    exception("2999-01-31").dryrun(&["run"]).code(0);
}

#[test]
fn what_tolerates_needs_a_reason_and_a_last_day_and_what_does_not_needs_neither() {
    let service = Service::start();
    let checked = |more: &str| {
        let project = project(&service, &format!("[[contracts]]\nservice = \"target\"\n{more}"));
        project.dryrun(&["check"])
    };
    checked("mode = \"strict\"\n").code(0);
    let done = checked("mode = \"warn\"\n").code(2);
    let told = format!("{}{}", done.out, done.err);
    assert!(told.contains("an exception needs a reason") && told.contains("needs a last day"), "{told}");
    assert!(told.contains("dryrun.toml:"), "{told}");
}
