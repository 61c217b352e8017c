//! `dryrun load` as a user sees it: what it prints, what it leaves, how it ends.

use std::io::{Read, Write};
use std::net::TcpStream;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Going, Project, Service, dryrun, root};

/// A profile of one request, open.
fn profile(rate: u32, duration: &str, more: &str) -> String {
    format!(
        "[open]\nrate = {rate}\nduration = \"{duration}\"\n{more}\n[[request]]\nname = \"health\"\npath = \"/health\"\n"
    )
}

/// The end of the load in the record.
fn result(project: &Project) -> Value {
    project.record().event("load_finished").clone()
}

fn verdict(project: &Project) -> String {
    result(project)["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn the_shipped_profile_runs_where_nothing_but_the_binary_is() {
    let project = Project::new();
    let done = project.dryrun(&["load", "--duration", "2 s"]).code(0).printed(" GO ");
    let done = done.told("the service and the mocks that ship with dryrun");
    for words in ["asked", "sent", "dropped", "late", "p99", "mocks"] {
        assert!(done.out.contains(words), "`{words}` is not told:\n{}", done.out);
    }
    for name in [
        "record.jsonl",
        "junit.xml",
        "report.html",
        "summary.json",
        "summary.md",
        "load.csv",
        "load-steps.csv",
        "load.prom",
    ] {
        assert!(!project.read(&format!("reports/out/{name}")).is_empty(), "{name}");
    }
    let account = &result(&project)["account"];
    let number = |key: &str| account[key].as_u64().unwrap();
    assert!(number("sent") > 0);
    assert_eq!(number("asked"), number("sent") + number("dropped"), "{account}");
    assert_eq!(number("sent"), number("ended") + number("abandoned"), "{account}");
    assert_eq!(project.record().event("run_started")["kind"], "load");
    project.dryrun(&["report"]).code(0).printed(" GO ");
}

#[test]
fn five_when_a_threshold_was_missed_and_everything_worked() {
    let service = Service::start();
    let echo = |threshold: &str| {
        profile(40, "1 s", &format!("[thresholds]\n{threshold}")).replace("/health", "/echo/a")
    };
    let project = Project::attached(&service)
        .with("load/profiles/easy.toml", &echo("p95_ms = 60000"))
        .with("load/profiles/hard.toml", &echo("p95_ms = 0.000001"));
    project.dryrun(&["load", "easy"]).code(0).printed(" GO ");
    assert_eq!(verdict(&project), "passed");
    assert_eq!(
        service.seen().iter().filter(|line| *line == "GET /echo/a").count(),
        40,
        "as many as were asked for"
    );
    project.dryrun(&["load", "hard"]).code(5).printed("NO-GO").printed("95%");
    assert_eq!(verdict(&project), "threshold_missed");
    project.dryrun(&["load", "load/profiles/hard.toml"]).code(5);
    project.dryrun(&["report"]).code(5).printed("NO-GO");
    let junit = project.read("reports/out/junit.xml");
    assert!(junit.contains("<failure"), "a threshold is a test case:\n{junit}");
}

#[test]
fn one_when_something_did_not_work_whatever_the_thresholds_say() {
    let service = Service::start();
    let text = profile(40, "1 s", "[thresholds]\np95_ms = 0.000001").replace("/health", "/gone");
    let project = Project::attached(&service).with("load/profiles/gone.toml", &text);
    project.dryrun(&["load", "gone"]).code(1).printed("NO-GO").printed("answered 404");
    assert_eq!(verdict(&project), "failed");
    let thresholds = &result(&project)["thresholds"];
    assert_eq!(thresholds[0]["held"], false, "both are told: {thresholds}");
}

#[test]
fn two_for_a_profile_that_is_wrong_and_nothing_was_sent() {
    let service = Service::start();
    let project = Project::attached(&service)
        .with("load/profiles/wrong.toml", &profile(40, "1 s", "").replace("rate", "rat"))
        .with("load/profiles/right.toml", &profile(40, "1 s", "[thresholds]\np95_ms = 500"));
    project
        .dryrun(&["load", "wrong"])
        .code(2)
        .told("load/profiles/wrong.toml:2:1")
        .told("did you mean `rate`?");
    project.dryrun(&["load", "rihgt"]).code(2).told("did you mean `right`?");
    project.dryrun(&["load", "right", "--abort-on", "p59_ms"]).code(2).told("did you mean `p95_ms`?");
    project.dryrun(&["load", "right", "--contracts", "some"]).code(2).told("sample:10");
    project.dryrun(&["load", "right", "--shard", "2/2"]).code(2).told("counted from 0 to 1");
    project.dryrun(&["load", "right", "--shard", "auto/2"]).code(2).told("JOB_COMPLETION_INDEX is not set");
    project.dryrun(&["load", "right", "--start-at", "soon"]).code(2).told("2026-12-01T12:00:00Z");
    assert_eq!(service.seen().len(), 0, "nothing was called");
    assert!(!project.path("reports").exists(), "and nothing was written");
}

#[test]
fn two_for_a_request_or_an_address_that_is_none_and_all_mistakes_are_told() {
    let service = Service::start();
    let more = "[[request]]\nname = \"b\"\npath = \"/b\"\ndata = \"nowhere.csv\"\n";
    let text = profile(40, "1 s", "").replace("/health", "/items/${id}") + more;
    let project = Project::attached(&service)
        .with("load/profiles/wrong.toml", &text)
        .with("load/profiles/right.toml", &profile(40, "1 s", ""));
    let done = project.dryrun(&["load", "wrong"]).code(2).told("`${id}` stands for a column of its data");
    done.told("nowhere.csv").told("2 mistakes; nothing was sent");
    let done = project.dryrun(&["load", "right", "--target-url", "http://ana:hidden@127.0.0.1:9"]).code(2);
    let done = done.told("it holds credentials");
    assert!(!done.err.contains("hidden") && !done.out.contains("hidden"), "{}", done.err);
    assert_eq!(service.seen().len(), 0, "nothing was called");
    assert!(!project.path("reports").exists(), "and nothing was written");
}

#[test]
fn the_profile_in_the_guide_can_be_played_as_it_stands() {
    let guide = std::fs::read_to_string(root().join("docs/load.md")).unwrap();
    let (_, behind) = guide.split_once("```toml\n").unwrap();
    let (text, _) = behind.split_once("```").unwrap();
    let project = Project::new().with("evening.toml", text);
    let done = project.dryrun(&["load", "evening.toml", "--rate", "4", "--duration", "1 s"]);
    // How fast it is here is another question.
    assert!(matches!(done.code, Some(0 | 5)), "{}\n{}", done.out, done.err);
    assert_eq!(result(&project)["workflows"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_refused_scenario_is_told_with_what_to_do_about_it() {
    let text = "[open]\nrate = 5\nduration = \"1 s\"\n[[workflow]]\nfile = \"features/preview.feature\"\n";
    let project = Project::new().with("mine.toml", text);
    project.dryrun(&["load", "mine.toml"]).code(2).told("name the scenarios to be played with `scenario = ");
}

#[test]
fn what_ships_with_dryrun_is_named_as_it_is_written() {
    let text = "[open]\nrate = 5\nduration = \"1 s\"\n[[workflow]]\nfile = \"features/publishng.feature\"\n";
    let project = Project::new().with("mine.toml", text);
    let done = project.dryrun(&["load", "mine.toml"]).code(2);
    let done = done.told("did you mean `features/publishing.feature`?");
    assert!(!done.err.contains("dryrun-shipped"), "{}", done.err);
    let done = project.dryrun(&["load", "smok"]).code(2).told("did you mean `smoke`?");
    assert!(!done.err.contains("dryrun-shipped"), "{}", done.err);
}

#[test]
fn a_service_that_is_not_there_is_waited_for_in_words_and_told_of_once() {
    // Bound and closed again: nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config =
        format!("[target]\nurl = \"http://{free}\"\nready = {{ path = \"/health\", within = \"4 s\" }}\n");
    let project =
        Project::new().with("dryrun.toml", &config).with("load/profiles/right.toml", &profile(40, "1 s", ""));
    let done = project.dryrun(&["load", "right"]).code(4);
    let done =
        done.told(&format!("waiting for the service: GET http://{free}/health must answer 2xx within 4 s"));
    let (_, reasons) = done.out.split_once("NO-GO").unwrap();
    assert_eq!(reasons.matches("nobody listens there").count(), 1, "{}", done.out);
}

#[test]
fn three_for_features_of_the_profile_and_nothing_was_sent() {
    let service = Service::start();
    let text = "[open]\nrate = 5\nduration = \"1 s\"\n[[workflow]]\nfile = \"features/a.feature\"\n";
    let project = Project::attached(&service)
        .with("load/profiles/flow.toml", text)
        .with("features/a.feature", "Feature: f\n  Scenario: s\n    When I dance\n");
    project.dryrun(&["load", "flow"]).code(3).told("features/a.feature:3");
    assert_eq!(service.seen().len(), 0, "nothing was called");
}

#[test]
fn four_when_interrupted_and_the_reports_are_written_all_the_same() {
    let service = Service::start();
    let project = Project::attached(&service).with("load/profiles/long.toml", &profile(20, "10 min", ""));
    let mut going = Going::start(project.command(&["load", "long"]));
    going.until("     2 s  20.0/s asked");
    going.signal(Signal::INT);
    let done = going.end().code(4).told("ending the run in order").printed("NO-GO");
    assert!(done.out.contains("interrupted"), "{}", done.out);
    assert_eq!(verdict(&project), "inconclusive", "what was cut short proves nothing");
    assert!(project.read("reports/out/report.html").contains("interrupted"));
    let account = &result(&project)["account"];
    assert!(account["asked"].as_u64() < Some(2_000), "what was not due yet was not asked for: {account}");
}

#[test]
fn a_killed_run_leaves_a_record_that_is_no_go() {
    let service = Service::start();
    let project = Project::attached(&service).with("load/profiles/long.toml", &profile(20, "10 min", ""));
    let mut going = Going::start(project.command(&["load", "long"]));
    going.until("     2 s  ");
    going.signal(Signal::KILL);
    going.end();
    project.dryrun(&["report"]).code(1).printed("NO-GO").printed("killed");
}

#[test]
fn a_run_ends_when_a_threshold_cannot_be_met_any_more() {
    let service = Service::start();
    let text = profile(20, "10 min", "[thresholds]\nmax_ms = 0.000001\np95_ms = 60000");
    let project = Project::attached(&service).with("load/profiles/lost.toml", &text);
    let done = project.dryrun(&["load", "lost", "--abort-on", "max_ms"]).code(5);
    let done = done
        .printed("a threshold can't be met any more")
        .told("threshold can't be met any more: all requests");
    assert!(!done.err.contains("\x1b"), "no live view where there is no terminal:\n{}", done.err);
    assert_eq!(verdict(&project), "threshold_missed");
}

#[test]
fn figures_are_served_while_it_goes_on() {
    let service = Service::start();
    let project = Project::attached(&service).with("load/profiles/long.toml", &profile(20, "10 min", ""));
    let mut going = Going::start(project.command(&["load", "long", "--metrics-listen", "0"]));
    let line = going.until("figures as Prometheus text at http://127.0.0.1:");
    let address = line.trim().rsplit("http://").next().unwrap().trim_end_matches("/metrics").to_owned();
    going.until("     2 s  ");
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK") && text.contains("# TYPE dryrun_load"), "{text}");
    going.signal(Signal::INT);
    going.end().code(4);
    assert!(TcpStream::connect(&address).is_err(), "nobody listens any more");
}

#[test]
fn scenarios_become_load_on_the_shipped_service() {
    let project = Project::new();
    let project = project.with(
        "flow.toml",
        "[open]\nrate = 10\nduration = \"2 s\"\n[[workflow]]\n\
         file = \"features/publishing.feature\"\nscenario = \"Publishing on all channels\"\n",
    );
    let config = root().join("dryrun.toml");
    let config = config.to_str().unwrap();
    let words = ["load", "flow.toml", "--config", config, "--out", "out", "--contracts", "sample:50"];
    let mut command = dryrun();
    command.current_dir(project.path(".")).args(words);
    let done = crate::support::Done::of(&mut command).code(0).printed(" GO ");
    assert!(done.out.contains("sample 50%"), "how many answers were checked is told:\n{}", done.out);
    let text = project.read("out/record.jsonl");
    let finished = text.lines().find(|line| line.contains("\"load_finished\"")).unwrap();
    let finished: Value = serde_json::from_str(finished).unwrap();
    assert_eq!(finished["sends"]["lost"], 0, "{finished}");
    // Two mocks were called when it was tried out whether the service passes a correlation on; nothing else is kept.
    assert_eq!(text.matches("\"event\":\"exchange\"").count(), 2, "no exchange of a load is recorded");
}
