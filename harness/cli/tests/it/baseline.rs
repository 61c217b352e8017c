//! Baselines as a user meets them: kept, listed, compared with, promoted; and what a comparison says of a service that
//! became slower.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Done, Project, root};

/// A service that takes as long for `/work` as it is told to; `/gone` is 404.
struct Worker {
    address: String,
    takes_ms: Arc<AtomicU64>,
}

impl Worker {
    fn start(takes_ms: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let takes = Arc::new(AtomicU64::new(takes_ms));
        let shared = Arc::clone(&takes);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let takes = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream, &takes));
            }
        });
        Self { address, takes_ms: takes }
    }

    fn takes(&self, ms: u64) {
        self.takes_ms.store(ms, Ordering::SeqCst);
    }

    /// A project with a profile of `/work`, 60 a second: enough for p50, too few for p95.
    fn project(&self) -> Project {
        let config = format!(
            "[target]\nurl = \"http://{}\"\nready = {{ path = \"/health\", within = \"5 s\" }}\n",
            self.address
        );
        Project::new()
            .with("dryrun.toml", &config)
            .with("load/profiles/work.toml", &profile("/work", 60))
            .with("load/profiles/other.toml", &profile("/work", 50))
            .with("load/profiles/broken.toml", &profile("/gone", 60))
    }
}

fn serve(stream: &TcpStream, takes_ms: &AtomicU64) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut out = stream;
    loop {
        let mut first = String::new();
        reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        }
        let status = if first.contains(" /gone ") { "404 Not Found" } else { "200 OK" };
        if first.contains(" /work ") {
            std::thread::sleep(Duration::from_millis(takes_ms.load(Ordering::SeqCst)));
        }
        // In one piece: a second one would wait for the first to be acknowledged.
        out.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).ok()?;
    }
}

fn profile(path: &str, rate: u32) -> String {
    format!("[open]\nrate = {rate}\nduration = \"1 s\"\n[[request]]\nname = \"work\"\npath = \"{path}\"\n")
}

fn comparison(project: &Project) -> Value {
    let record = project.record();
    let ends = record.0.iter().filter(|entry| entry["event"] == "load_finished");
    ends.filter_map(|end| end.get("comparison")).next().unwrap_or(&Value::Null).clone()
}

fn kept(project: &Project) -> Done {
    project.dryrun(&["load", "work", "--save-baseline", "main", "--runs", "5"]).code(0)
}

/// The runs of the last record, by what they are called.
fn runs(project: &Project) -> Vec<String> {
    let csv = project.read("reports/out/load-runs.csv");
    csv.lines().skip(1).map(|line| line.split('"').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn a_baseline_is_kept_listed_shown_and_a_faster_service_passes() {
    let worker = Worker::start(60);
    let project = worker.project();
    kept(&project).printed("baseline: load/baselines/main.toml (5 runs)");
    let text = project.read("load/baselines/main.toml");
    assert!(text.matches("[[run]]").count() == 5 && text.contains("calibration_us"), "{text}");
    project.dryrun(&["baseline", "list"]).code(0).printed("main  work");
    project.dryrun(&["baseline", "show", "main"]).code(0).printed("main: profile work").printed("5 runs");

    worker.takes(6);
    let done = project.dryrun(&["load", "work", "--baseline", "main", "--save-baseline", "next"]).code(0);
    done.printed("no slower than tolerated").printed("history: load/baselines/history/work.jsonl");
    let found = comparison(&project);
    assert_eq!((found["verdict"].as_str(), found["design"].as_str()), (Some("passed"), Some("stored")));
    assert_eq!((found["old_runs"].as_u64(), found["new_runs"].as_u64()), (Some(5), Some(5)));
    let p50 = &found["ratios"][0];
    assert!(p50["high"].as_f64().unwrap() < 0.5 && p50["judged"] == true, "{found}");
    // 60 requests of a run tell nothing of the 3 that are slowest.
    assert_eq!(found["ratios"][1]["judged"], false, "{found}");
    assert!(found["differences"][0].as_str().unwrap().starts_with("p95 does not decide"), "{found}");
    assert_eq!(runs(&project), ["new, run 1", "new, run 2", "new, run 3", "new, run 4", "new, run 5"]);

    project.dryrun(&["baseline", "history"]).code(0).printed("passed").printed("no change found");
    // A profile of a load is none of the configuration.
    project.dryrun(&["baseline", "history", "work"]).code(0).printed("passed").printed("no change found");
    project.dryrun(&["baseline", "history", "work", "--last", "1"]).code(0).printed("passed");
    project.dryrun(&["baseline", "promote", "next", "main"]).code(0).printed("is now what next is: p50");
    assert_eq!(project.read("load/baselines/main.toml"), project.read("load/baselines/next.toml"));
    // From the record of the comparison the same runs are kept.
    project.dryrun(&["baseline", "save", "again"]).code(0).printed("keeps 5 runs");
    let figures = |name: &str| {
        let text = project.read(&format!("load/baselines/{name}.toml"));
        text.lines().filter(|line| line.starts_with('p')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(figures("again"), figures("next"));
}

#[test]
fn a_slower_service_is_found_when_the_repeat_confirms_it_and_exits_5() {
    let worker = Worker::start(5);
    let project = worker.project();
    kept(&project);
    worker.takes(80);
    let done = project.dryrun(&["load", "work", "--baseline", "main", "--no-history"]).code(5);
    done.printed("SLOWER").printed("slower than main: p50 is ").printed("confirmed it");
    let found = comparison(&project);
    assert_eq!((found["verdict"].as_str(), found["new_runs"].as_u64()), (Some("slower"), Some(10)));
    assert_eq!(runs(&project)[5..], ["1", "2", "3", "4", "5"].map(|n| format!("new, run {n} of the repeat")));
    assert!(!project.path("load/baselines/history").exists());
    project.dryrun(&["report"]).code(5);
}

#[test]
fn what_can_not_be_compared_is_inconclusive_and_exits_6() {
    let worker = Worker::start(5);
    let project = worker.project();
    kept(&project);
    let done = project.dryrun(&["load", "other", "--baseline", "main"]).code(6);
    done.printed("the baseline is of the profile `work`, this is `other`");
    assert_eq!((comparison(&project)["verdict"].as_str(), runs(&project).len()), (Some("inconclusive"), 1));
    let done = project.dryrun(&["load", "work", "--baseline", "main", "--rate", "70"]).code(6);
    done.printed("what the command line changes in it");
    assert!(!project.path("load/baselines/history").exists(), "nothing was compared");
}

#[test]
fn what_does_not_work_is_no_baseline_and_no_comparison() {
    let worker = Worker::start(5);
    let project = worker.project();
    project.dryrun(&["load", "broken", "--save-baseline", "main", "--runs", "5"]).code(1);
    assert!(!project.path("load/baselines/main.toml").exists());
    assert_eq!(runs(&project).len(), 1, "the first failure ends it");
    project.dryrun(&["baseline", "save", "main"]).code(2).told("failed (");
}

#[test]
fn old_and_new_take_turns_when_both_can_be_started() {
    let config = root().join("dryrun.toml");
    let project = Project::new().with("tiny.toml", &profile("/live", 100));
    let command = format!("{} generator", env!("CARGO_BIN_EXE_dryrun"));
    let done = project.dryrun(&[
        "load",
        "tiny.toml",
        "--config",
        config.to_str().unwrap(),
        "--out",
        "reports/out",
        "--no-history",
        "--against-command",
        &command,
        "--most-runs",
        "5",
        "--tolerance",
        "100",
    ]);
    // Whether a busy machine lets it be told is not the question here.
    let done = if done.out.contains("INCONCLUSIVE") { done.code(6) } else { done.code(0) };
    done.printed("interleaved");
    let turns: Vec<String> = runs(&project).iter().take(10).map(|run| run[..3].to_owned()).collect();
    assert_eq!(turns, ["old", "new", "new", "old", "old", "new", "new", "old", "old", "new"]);
    assert_eq!(comparison(&project)["design"], "interleaved");
}

#[test]
fn what_is_wrong_with_a_name_or_a_file_is_told_before_anything_is_sent() {
    let worker = Worker::start(1);
    let project = worker.project().with("load/baselines/main.toml", "format = 9\n");
    project.dryrun(&["load", "work", "--baseline", "mian"]).code(2).told("did you mean `main`?");
    project.dryrun(&["load", "work", "--baseline", "main"]).code(2).told("load/baselines/main.toml:1: ");
    project
        .dryrun(&["load", "work", "--baseline", "../main"])
        .code(2)
        .told("can't be the name of a baseline");
    project
        .dryrun(&["load", "work", "--save-baseline", "a/b"])
        .code(2)
        .told("can't be the name of a baseline");
    project.dryrun(&["baseline", "show", "other"]).code(2).told("there are main");
    project.dryrun(&["baseline", "list"]).code(0).printed("main  unreadable: ");
    project.dryrun(&["baseline", "history"]).code(2).told("there is no history");
    project.dryrun(&["baseline", "save", "x"]).code(2).told("could not be opened");
    assert!(!project.path("reports/out/record.jsonl").exists());
}

/// Whoever wants to compare with one run is told what is missing.
#[test]
fn one_run_makes_a_baseline_that_nothing_can_be_compared_with() {
    let worker = Worker::start(1);
    let project = worker.project();
    project.dryrun(&["load", "work"]).code(0);
    project.dryrun(&["baseline", "save", "one"]).code(0).printed("a comparison needs at least 5");
    project.dryrun(&["load", "work", "--baseline", "one"]).code(2).told("has 1 run and a comparison needs 5");
}
