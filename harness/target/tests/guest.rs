//! A service as a guest: start, readiness, environment, log, errors.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

mod support;

use std::time::Duration;

use dryrun_target::{Inherit, Readiness, Target, TargetError, TargetSpec, free_port};
use support::{FIXTURE, Heard, none, provider, ready, script, spec};

async fn get(url: &str) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn fails(spec: &TargetSpec) -> TargetError {
    provider();
    Target::start(spec, &none(), Heard::default().sink()).await.expect_err("it must not start")
}

#[tokio::test]
async fn a_service_starts_on_a_free_port_answers_and_is_heard() {
    provider();
    let heard = Heard::default();
    let spec = script(r#"echo "to stderr" >&2; exec "$0" serve "$1" 2"#);
    let mut target = Target::start(&spec, &none(), heard.sink()).await.unwrap();
    let pid = target.pid().expect("a started service has a pid");
    assert!(support::runs(i32::try_from(pid).unwrap()));
    assert_eq!(get(&target.join("/health")).await.0, 200, "two requests got 503 before it was ready");
    target.alive().await.unwrap();
    let port = target.url().strip_prefix("http://127.0.0.1:").unwrap().to_owned();
    target.stop().await;
    let lines = heard.lines();
    assert!(lines.contains(&format!("stdout: listening on 127.0.0.1:{port}")), "{lines:?}");
    assert!(lines.contains(&"stderr: to stderr".to_owned()), "{lines:?}");
    assert_eq!(lines.len(), 2, "the guard's own lines are not the service's: {lines:?}");
}

#[tokio::test]
async fn the_environment_is_clean_and_holds_what_was_configured() {
    provider();
    // Cargo sets these for every test, so they stand for what the shell of a user holds.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some() && std::env::var_os("CARGO_PKG_NAME").is_some());
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = spec(&[FIXTURE, "serve", "${port}"]);
    let TargetSpec::Command { env, inherit, folder: place, .. } = &mut wanted else { unreachable!() };
    env.insert("CRM_BASE_URL".into(), "${mocks.crm.url}/v1".into());
    env.insert("SELF".into(), "${url}".into());
    *inherit = Inherit::Names(vec!["CARGO_PKG_NAME".into(), "NOT_SET_ANYWHERE".into()]);
    *place = Some(folder.path().to_owned());
    let names = [("mocks.crm.url".to_owned(), "http://127.0.0.1:8001".to_owned())].into();
    let target = Target::start(&wanted, &names, Heard::default().sink()).await.unwrap();
    let (_, text) = get(&target.join("/env")).await;
    let seen: Vec<&str> = text.lines().collect();
    assert!(seen.contains(&"CRM_BASE_URL=http://127.0.0.1:8001/v1"), "{seen:?}");
    assert!(seen.contains(&format!("SELF={}", target.url()).as_str()), "{seen:?}");
    assert!(seen.contains(&"CARGO_PKG_NAME=dryrun-target"), "{seen:?}");
    let known = ["PATH", "HOME", "LANG", "TMPDIR", "CRM_BASE_URL", "SELF", "CARGO_PKG_NAME"];
    let strange = seen.iter().filter(|line| !known.contains(&line.split('=').next().unwrap_or_default()));
    assert_eq!(strange.collect::<Vec<_>>(), Vec::<&&str>::new());
    target.stop().await;
}

#[tokio::test]
async fn an_early_exit_tells_status_and_last_lines() {
    let error = fails(&script("echo reading config; echo 'no such file: config.toml' >&2; exit 7")).await;
    let text = error.to_string();
    assert!(matches!(error, TargetError::Exited { .. }), "{text}");
    assert!(text.contains("ended before it was ready with exit status 7"), "{text}");
    assert!(text.contains("\n  reading config") && text.contains("\n  no such file: config.toml"), "{text}");
    let text = fails(&script("kill -9 $$")).await.to_string();
    assert!(text.contains("exit status 137 (ended by signal 9)"), "{text}");
}

#[tokio::test]
async fn readiness_has_a_time_limit_and_says_what_was_seen() {
    let within = Duration::from_millis(300);
    let limited = |mut spec: TargetSpec| {
        let TargetSpec::Command { ready, .. } = &mut spec else { unreachable!() };
        ready.within = within;
        spec
    };
    let text = fails(&limited(script(r#"echo "pid $$"; exec "$0" serve "$1" 60000"#))).await.to_string();
    assert!(text.contains("the target is not ready after 0.3 s: GET http://127.0.0.1:"), "{text}");
    assert!(text.contains("/health answered 503, not 2xx"), "{text}");
    let pid = text.split("\n  pid ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    assert!(!support::runs(pid.parse().unwrap()), "after an error nothing is left running");
    let text = fails(&limited(script("exec sleep 1000"))).await.to_string();
    assert!(text.contains("was refused: nobody listens there"), "{text}");
}

#[tokio::test]
async fn a_program_or_folder_that_is_not_there_is_named() {
    let error = fails(&spec(&["./no-such-program", "--port"])).await;
    let text = error.to_string();
    assert!(matches!(error, TargetError::Start { .. }), "{text}");
    assert!(
        text.starts_with("cannot start `./no-such-program --port`: ./no-such-program: No such file"),
        "{text}"
    );
    let mut nowhere = spec(&[FIXTURE]);
    let TargetSpec::Command { folder, .. } = &mut nowhere else { unreachable!() };
    *folder = Some("no/such/folder".into());
    assert!(fails(&nowhere).await.to_string().ends_with("there is no folder no/such/folder"));
    assert!(matches!(fails(&spec(&[])).await, TargetError::EmptyCommand));
    assert!(matches!(fails(&spec(&["x", "${mock.url}"])).await, TargetError::UnknownName { .. }));
}

#[tokio::test]
async fn a_taken_port_is_diagnosed_before_the_start() {
    let held = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut clash = script("touch started; exec sleep 1000");
    let folder = tempfile::tempdir().unwrap();
    let TargetSpec::Command { port, folder: place, .. } = &mut clash else { unreachable!() };
    (*port, *place) = (Some(held.local_addr().unwrap().port()), Some(folder.path().to_owned()));
    let text = fails(&clash).await.to_string();
    assert!(text.contains("is taken by"), "{text}");
    assert!(!folder.path().join("started").exists());
}

#[tokio::test]
async fn a_lost_race_for_the_port_is_run_again() {
    provider();
    let folder = tempfile::tempdir().unwrap();
    let mut racing = script(
        r#"if mkdir once; then echo "Error: address already in use"; exit 1; fi; exec "$0" serve "$1""#,
    );
    let TargetSpec::Command { folder: place, .. } = &mut racing else { unreachable!() };
    *place = Some(folder.path().to_owned());
    let heard = Heard::default();
    let target = Target::start(&racing, &none(), heard.sink()).await.unwrap();
    assert!(heard.lines().contains(&"stdout: Error: address already in use".to_owned()));
    target.stop().await;
}

#[tokio::test]
async fn a_death_on_the_way_is_noticed_and_a_restart_mends_it() {
    provider();
    let heard = Heard::default();
    let mut target = Target::start(&script(r#"exec "$0" serve "$1""#), &none(), heard.sink()).await.unwrap();
    let first = target.pid();
    target.kill().await;
    let text = target.alive().await.unwrap_err().to_string();
    assert!(text.contains("ended while it was needed with exit status 137 (ended by signal 9)"), "{text}");
    assert!(text.contains("\n  listening on"), "{text}");
    target.restart().await.unwrap();
    target.alive().await.unwrap();
    assert_ne!(target.pid(), first);
    assert_eq!(get(&target.join("health")).await.0, 200);
    assert_eq!(target.log_tail().len(), 1, "the tail is that of the fresh service");
    target.stop().await;
}

#[tokio::test]
async fn attaching_checks_readiness_and_leaves_the_service_running() {
    provider();
    let own = spec(&[FIXTURE, "serve", "${port}"]);
    let service = Target::start(&own, &none(), Heard::default().sink()).await.unwrap();
    let there = TargetSpec::Attach { url: format!("{}/", service.url()), ready: ready() };
    let mut attached = Target::start(&there, &none(), Heard::default().sink()).await.unwrap();
    assert_eq!((attached.url(), attached.pid()), (service.url(), None));
    attached.alive().await.unwrap();
    assert!(matches!(attached.restart().await, Err(TargetError::NotOurs { .. })));
    attached.kill().await;
    attached.stop().await;
    assert_eq!(get(&service.join("/health")).await.0, 200);

    let mut attached = Target::start(&there, &none(), Heard::default().sink()).await.unwrap();
    service.stop().await;
    assert!(matches!(attached.alive().await, Err(TargetError::Gone { .. })));
    let nobody = TargetSpec::Attach {
        url: format!("http://127.0.0.1:{}", free_port().await.unwrap()),
        ready: Readiness { path: "/ready".into(), within: Duration::from_millis(200) },
    };
    let text = fails(&nobody).await.to_string();
    assert!(
        text.starts_with("the target is not ready after 0.2 s") && text.contains("/ready was refused"),
        "{text}"
    );
}
