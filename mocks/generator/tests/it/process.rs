//! The service as a process: what it prints, how it stops, and the one fault that reaches for the outside world.

use crate::support::{Fake, GENERATE};
use serde_json::json;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(env: &[(&str, &str)]) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dryrun-generator"));
    command.env_clear().envs(env.iter().copied()).env("PORT", "0");
    Process(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

/// Its address, from the first line.
fn address(process: &mut Process) -> (String, BufReader<std::process::ChildStdout>) {
    let mut lines = BufReader::new(process.0.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("listening on ").expect(&line).to_owned();
    (url, lines)
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn it_prints_one_line_and_stops_on_sigterm() {
    let mut process = start(&[]);
    let (url, mut rest) = address(&mut process);
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let live = client().get(format!("{url}/live")).send().await.unwrap();
    assert_eq!(live.status().as_u16(), 200);
    let killed = Command::new("kill").args(["-TERM", &process.0.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let mut more = String::new();
    rest.read_to_string(&mut more).unwrap();
    assert_eq!(more, "");
    assert!(process.0.wait().unwrap().success());
}

#[test]
fn it_refuses_to_start_with_a_reason() {
    for (env, part) in [
        (("STANDIN_FAULTS", "no_such_fault"), "known faults: claims_failed_channel"),
        (("MAX_RETRIES", "many"), "MAX_RETRIES"),
        (("LIVING_DOC_PATH", "/nowhere.md"), "/nowhere.md can't be read"),
        (("HOST", "256.0.0.1"), "set HOST and PORT"),
    ] {
        let mut process = start(&[env]);
        let mut said = String::new();
        process.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.contains(part), "{env:?}: {said}");
        assert!(!process.0.wait().unwrap().success());
    }
}

#[tokio::test]
async fn only_the_seeded_fault_calls_out() {
    for (faults, wanted) in [("", 0), ("calls_out", 1)] {
        // The fake stands in for all three: CRM, Platform, and the proxy through which a call out would go.
        let fake = Fake::start().await;
        let url = fake.url.as_str();
        let mut process = start(&[
            ("CRM_BASE_URL", url),
            ("PLATFORM_BASE_URL", url),
            ("HTTP_PROXY", url),
            ("http_proxy", url),
            ("STANDIN_FAULTS", faults),
        ]);
        let (address, _rest) = address(&mut process);
        let answer = client().post(format!("{address}{GENERATE}")).json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(fake.received("GET /v1/events").len(), wanted, "{faults:?}");
        assert_eq!(fake.received("POST /api/v1/email/send").len(), 1);
    }
}
