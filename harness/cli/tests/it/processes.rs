//! Processes: what is started is ended, whatever happens; what serves can be reached and stopped.

use std::io::BufRead;
use std::net::TcpListener;

use rustix::process::Signal;

use crate::support::{Going, Project, Record, dryrun, eventually, listens, passing, root};

/// The stand-in as the service, one scenario that passes and one that goes on for long.
fn endless() -> Project {
    let feature = format!(
        "{}\n  Scenario: endless\n    When I wait up to 20 minutes until GET \"/live\" says alive is \"never\"\n",
        passing(&["quick"]).replace("/health", "/live")
    );
    Project::new().with("features/a.feature", &feature).with(
        "dryrun.toml",
        "[target]\ncommand = [\"${dryrun}\", \"generator\"]\nready = { path = \"/live\", within = \"60 s\" }\n\
         [target.env]\nPORT = \"${port}\"\nCRM_BASE_URL = \"http://127.0.0.1:9\"\nPLATFORM_BASE_URL = \"http://127.0.0.1:9\"\n\
         [run]\njobs = 1\ntimeout = \"20 min\"\nstep_timeout = \"20 min\"\n",
    )
}

/// A run of it in which the first scenario has passed, the second goes on, and the service is up.
fn under_way(project: &Project) -> (Going, String) {
    let mut run = Going::start(project.command(&["run"]));
    run.until("PASS features/a.feature:3");
    eventually("the second scenario began", || project.record().began().len() == 2);
    let target = project.record().target();
    assert!(listens(&target), "the service is up at {target}");
    (run, target)
}

#[test]
fn ctrl_c_leaves_reports_and_no_service() {
    for signal in [Signal::INT, Signal::TERM] {
        let project = endless();
        let (run, target) = under_way(&project);
        run.signal(signal);
        run.end()
            .code(4)
            .told("ending the run in order; Ctrl-C once more ends it at once")
            .printed("NO-GO")
            .printed("the run was cut short before its end")
            .printed("1 passed");
        assert!(!listens(&target), "the service outlived its run");
        assert!(project.read("reports/out/junit.xml").contains("quick"));
        assert!(!project.read("reports/out/report.html").is_empty());
        assert_eq!(project.read("reports/out/failed.txt"), "features/a.feature:7\n");
        project.dryrun(&["report"]).code(1).printed("the run was cut short before its end");
    }
}

#[test]
fn a_killed_run_leaves_a_readable_record_and_no_service() {
    let project = endless();
    let (run, target) = under_way(&project);
    run.signal(Signal::KILL);
    assert_eq!(run.end().code, None);
    eventually("the service ended", || !listens(&target));
    project
        .dryrun(&["report", "--html", "page.html"])
        .code(1)
        .printed("the record has no end: the run was killed or is still going on")
        .printed("1 passed");
    assert!(project.read("page.html").contains("quick"));
}

#[test]
fn ctrl_c_while_the_service_starts_ends_at_once() {
    let project = Project::new().with("features/a.feature", &passing(&["one"])).with(
        "dryrun.toml",
        "[target]\ncommand = [\"sh\", \"-c\", \"echo $$ > pid.new; mv pid.new pid; exec sleep 600\"]\nready = { within = \"10 min\" }\n",
    );
    let run = Going::start(project.command(&["run"]));
    eventually("the service was started", || project.path("pid").exists());
    let pid = rustix::process::Pid::from_raw(project.read("pid").trim().parse().unwrap()).unwrap();
    run.signal(Signal::INT);
    run.end().code(4).told("error: interrupted");
    eventually("the service ended", || rustix::process::test_kill_process(pid).is_err());
}

#[tokio::test]
async fn the_mocks_serve_until_they_are_stopped() {
    let mut command = dryrun();
    command.current_dir(root()).args(["mock", "--port", "0"]);
    let mut mocks = Going::start(command);
    let mut urls = Vec::new();
    for title in ["the CRM: http://", "the Platform: http://"] {
        let mut line = String::new();
        mocks.out.read_line(&mut line).unwrap();
        assert!(line.starts_with(title), "{line}");
        assert!(line.contains("/docs") && line.contains("/__dryrun__/journal"), "{line}");
        urls.push(line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned());
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |url: String| client.get(url).send().await.unwrap();
    for (url, service) in urls.iter().zip(["mock-crm", "mock-platform"]) {
        let health: serde_json::Value = get(format!("{url}/health")).await.json().await.unwrap();
        assert_eq!((&health["status"], &health["service"]), (&"healthy".into(), &service.into()));
    }
    let sent = client
        .post(format!("{}/api/v1/email/send", urls[0]))
        .json(&serde_json::json!({"subject": "Spring", "html_content": "<p>Hi</p>"}))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 200);
    let sent: serde_json::Value = sent.json().await.unwrap();
    let status =
        get(format!("{}/api/v1/email/{}/status", urls[0], sent["message_id"].as_str().unwrap())).await;
    assert_eq!(status.status(), 200, "what was sent is known");
    assert_eq!(get(format!("{}/api/v9/email", urls[0])).await.status(), 501);
    assert!(mocks.until("/api/v1/email/send").contains("200"));
    mocks.until("no contract knows GET /api/v9/email");
    mocks.signal(Signal::INT);
    mocks.end().code(0).told("stopped");
    assert!(!listens(urls[0].trim_start_matches("http://")), "the port is free again");
}

#[test]
fn a_port_that_is_taken_is_told_with_its_holder() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    let mut command = dryrun();
    command.current_dir(root()).args(["mock", "crm", "--port", &port.to_string()]);
    let done = crate::support::Done::of(&mut command).code(4).told(&port.to_string());
    if cfg!(target_os = "linux") {
        done.told(&format!("port {port} is held by ")).told(&format!("(pid {})", std::process::id()));
    }
}

#[test]
fn the_service_log_is_kept_and_shown() {
    let project = Project::new().with("features/a.feature", &passing(&["one"]).replace("/health", "/gone")).with(
        "dryrun.toml",
        "[target]\ncommand = [\"${dryrun}\", \"generator\"]\nready = { path = \"/live\", within = \"60 s\" }\n\
         [target.env]\nPORT = \"${port}\"\nCRM_BASE_URL = \"http://127.0.0.1:9\"\nPLATFORM_BASE_URL = \"http://127.0.0.1:9\"\n",
    );
    project.dryrun(&["run"]).code(1);
    let record = Record::read(&project.path("reports/out/record.jsonl"));
    assert!(
        record.0.iter().any(|entry| entry["event"] == "service_log"),
        "what the service printed is in the record"
    );
}
