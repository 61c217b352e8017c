//! `dryrun load --shard`, `dryrun load merge` and `dryrun load --find-capacity` as a user sees them.

use std::process::Stdio;

use serde_json::Value;

use crate::support::{Done, Project, Service};

/// 30 arrivals a second for a second.
fn profile(thresholds: &str) -> String {
    format!(
        "[open]\nrate = 30\nduration = \"1 s\"\n[thresholds]\n{thresholds}\n[[request]]\nname = \"health\"\npath = \"/health\"\n"
    )
}

/// Both parts of a load, one after the other: the second is late by whole seconds.
fn two_parts(service: &Service, thresholds: &str) -> Project {
    let project = Project::attached(service).with("load/profiles/part.toml", &profile(thresholds));
    for (shard, file) in [("0/2", "0.txt"), ("1/2", "1.txt")] {
        let done =
            project.dryrun(&["load", "part", "--shard", shard, "--result", file, "--out", "part"]).code(0);
        let text = project.read(file);
        assert!(text.starts_with("DRYRUN-SHARD v1 "), "{text}");
        assert!(done.out.contains(&text), "the same text is in the log:\n{}", done.out);
    }
    project
}

fn result(project: &Project) -> Value {
    project.record().event("load_finished").clone()
}

/// Both parts, however late the second one began.
const BOTH: [&str; 6] = ["load", "merge", "0.txt", "1.txt", "--max-late", "10 min"];

#[test]
fn the_parts_of_a_load_are_judged_as_one() {
    let service = Service::start();
    let project = two_parts(&service, "p99_ms = 60000");
    let done = project.dryrun(&BOTH).code(0).printed(" GO ");
    assert!(done.out.contains("shard 0 of 2 on ") && done.out.contains("shard 1 of 2 on "), "{}", done.out);
    let merged = result(&project);
    assert_eq!(
        (&merged["account"]["asked"], &merged["requests"]["count"]),
        (&30.into(), &30.into()),
        "{merged}"
    );
    assert_eq!(merged["shards"].as_array().map(Vec::len), Some(2));
    assert!(project.read("reports/out/report.html").contains("30"));
    assert!(!project.read("reports/out/load.csv").is_empty());
    project.dryrun(&["report"]).code(0).printed(" GO ");
}

#[test]
fn a_threshold_is_missed_by_the_merge_and_by_no_part() {
    let service = Service::start();
    // Both parts ended with 0, though no request takes a microsecond at most.
    let project = two_parts(&service, "p99_ms = 0.001");
    project.dryrun(&BOTH).code(5).printed("NO-GO");
    assert_eq!(result(&project)["verdict"], "threshold_missed");
}

#[test]
fn what_is_not_a_whole_is_inconclusive_with_code_six() {
    let service = Service::start();
    let project = two_parts(&service, "p99_ms = 60000");
    let six = |words: &[&str], reason: &str| {
        let done = project.dryrun(words).code(6);
        let said = format!("{}{}", done.out, done.err);
        assert!(said.contains(reason), "`{reason}` is not said:\n{said}");
        assert!(!said.contains(" GO "), "{said}");
    };
    six(&["load", "merge", "0.txt"], "shard 1 of 2 is missing");
    six(&["load", "merge", "0.txt", "1.txt"], "later than the first shard; the limit is 500 ms");
    six(&[&BOTH[..], &["--expect", "3"]].concat(), "3 shards are expected");
    let cut = project.read("1.txt");
    let project = project.with("cut.txt", &cut[..cut.len() - 40]).with("none.log", "it was killed\n");
    let six = |words: &[&str], reason: &str| {
        let done = project.dryrun(words).code(6);
        let said = format!("{}{}", done.out, done.err);
        assert!(said.contains(reason), "`{reason}` is not said:\n{said}");
    };
    six(&["load", "merge", "0.txt", "cut.txt"], "is cut, or its checksum is not right");
    six(&["load", "merge", "none.log"], "none.log holds no result");
    assert!(project.path("reports/out/record.jsonl").exists(), "the reports of the merge before stay");
}

#[test]
fn shards_that_were_each_told_a_start_of_their_own_are_told_how_to_have_one() {
    let service = Service::start();
    let project = Project::attached(&service).with("load/profiles/part.toml", &profile("p99_ms = 60000"));
    for (shard, file) in [("0/2", "0.txt"), ("1/2", "1.txt")] {
        let words =
            ["load", "part", "--shard", shard, "--start-at", "+1s", "--result", file, "--out", "part"];
        project.dryrun(&words).code(0);
    }
    let done = project.dryrun(&BOTH).code(6);
    done.printed("shard 0 of 2: its result is of another load: another start (shards need the same moment");
}

#[test]
fn results_come_from_standard_input_with_the_names_of_pods_before_them() {
    let service = Service::start();
    let project = two_parts(&service, "p99_ms = 60000");
    let log: String = ["0.txt", "1.txt"]
        .iter()
        .flat_map(|file| {
            project.read(file).lines().map(|line| format!("[pod/x] {line}\n")).collect::<Vec<_>>()
        })
        .collect();
    let project = project.with("all.log", &log);
    let mut command = project.command(&["load", "merge", "-", "--max-late", "10 min"]);
    command.stdin(Stdio::from(std::fs::File::open(project.path("all.log")).unwrap()));
    Done::of(&mut command).code(0).printed(" GO ");
}

#[test]
fn a_file_that_is_not_there_is_a_wrong_command_line() {
    let project = Project::new();
    project.dryrun(&["load", "merge", "gone.txt"]).code(2).told("the results gone.txt could not be read");
    project.dryrun(&["load", "merge"]).code(2).told("RESULTS");
    project.dryrun(&["load", "merge", "gone.txt", "--max-late", "soon"]).code(2).told("is no duration");
}

#[test]
fn a_search_for_the_capacity_draws_its_curve_and_promises_no_more_than_it_saw() {
    let service = Service::start();
    let project = Project::attached(&service).with("load/profiles/part.toml", &profile("p50_ms = 60000"));
    let words = ["load", "part", "--find-capacity", "--from-rate", "200", "--up-to-rate", "400"];
    let short = ["--step", "1 s", "--repeats", "1", "--precision", "100"];
    let done = project.dryrun(&[&words[..], &short].concat());
    let finished: Vec<Value> =
        project.record().0.into_iter().filter(|entry| entry["event"] == "load_finished").collect();
    let last = finished.last().unwrap();
    let capacity = &last["capacity"];
    assert_eq!(last["load"], "capacity", "{last}");
    // What never broke has no knee. On a machine that is too busy for the harness nothing is promised at all.
    assert_eq!((&capacity["knee"], &capacity["broke"]), (&Value::Null, &Value::Null), "{capacity}");
    match (done.code, capacity["kind"].as_str()) {
        (Some(0), Some("at_least")) => assert_eq!(capacity["held"], 400.0, "{capacity}"),
        (Some(6), Some("at_least" | "unknown")) => assert!(done.out.contains("INCONCLUSIVE"), "{}", done.out),
        other => panic!("{other:?}: {capacity}\n{}\n{}", done.out, done.err),
    }
    let csv = project.read("reports/out/capacity.csv");
    assert!(csv.starts_with("rate,achieved,") && csv.contains("\n200,"), "{csv}");
    assert!(finished.iter().any(|step| step["load"] == "capacity 200/s"), "every step is in the record");
}

#[test]
fn a_search_needs_a_threshold_and_a_whole_load() {
    let service = Service::start();
    let project = Project::attached(&service)
        .with("load/profiles/none.toml", &profile(""))
        .with("load/profiles/part.toml", &profile("p99_ms = 60000"));
    project.dryrun(&["load", "none", "--find-capacity"]).code(2).told("has none that could break");
    project.dryrun(&["load", "part", "--find-capacity", "--shard", "0/2"]).code(2).told("--shard");
    project.dryrun(&["load", "part", "--from-rate", "5"]).code(2).told("--find-capacity");
    project.dryrun(&["load", "part", "--find-capacity", "--repeats", "2"]).code(2).told("an odd number");
    assert_eq!(service.seen().len(), 0, "nothing was called");
}
