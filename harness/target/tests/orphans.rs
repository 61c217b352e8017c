//! Nobody outlives the harness: stop, kill, drop, and SIGKILL of the harness or of the guard.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

mod support;

use std::process::Stdio;

use dryrun_target::Target;
use rustix::process::{Pid, Signal, kill_process};
use support::{FIXTURE, Heard, gone, none, provider, runs, script};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

/// A service with a child in its group. On Linux also one that left the group and the session, and one whose parent
/// is gone and that ignores SIGTERM. Each says its pid.
fn family() -> String {
    let mut text = String::from("echo \"pid $$\"; sleep 1000 & echo \"pid $!\"; ");
    if cfg!(target_os = "linux") {
        text.push_str("setsid sleep 1001 & echo \"pid $!\"; ");
        text.push_str("(setsid sh -c 'trap \"\" TERM; echo \"pid $$\"; exec sleep 1002' &); ");
    }
    text.push_str("exec \"$0\" serve \"$1\"");
    text
}

const MEMBERS: usize = if cfg!(target_os = "linux") { 4 } else { 2 };

fn pid_of(line: &str) -> Option<i32> {
    line.strip_prefix("stdout: ").unwrap_or(line).strip_prefix("pid ")?.parse().ok()
}

async fn start() -> (Target, Vec<i32>) {
    provider();
    let heard = Heard::default();
    let target = Target::start(&script(&family()), &none(), heard.sink()).await.unwrap();
    let deadline = std::time::Instant::now() + support::PATIENCE;
    loop {
        let pids: Vec<i32> = heard.lines().iter().filter_map(|line| pid_of(line)).collect();
        if pids.len() == MEMBERS {
            assert!(
                pids.iter().all(|pid| runs(*pid)),
                "a test that looks for the dead must first see them alive"
            );
            assert_eq!(target.pid().map(|pid| i32::try_from(pid).unwrap()), Some(pids[0]));
            return (target, pids);
        }
        assert!(std::time::Instant::now() < deadline, "{:?}", heard.lines());
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn stop_ends_the_service_and_all_its_children() {
    let (target, pids) = start().await;
    target.stop().await;
    assert_eq!(pids.iter().filter(|pid| runs(**pid)).count(), 0, "they are gone when stop returns");
}

#[tokio::test]
async fn kill_gives_no_grace_and_leaves_nobody() {
    provider();
    let heard = Heard::default();
    let text = format!("trap 'echo told to end; exit 0' TERM; {}", family().replace("exec ", ""));
    let mut target = Target::start(&script(&text), &none(), heard.sink()).await.unwrap();
    target.kill().await;
    let lines = heard.lines();
    assert!(!lines.contains(&"stdout: told to end".to_owned()), "{lines:?}");
    gone(&lines.iter().filter_map(|line| pid_of(line)).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn stop_lets_the_service_end_in_order_and_hears_its_last_words() {
    provider();
    let heard = Heard::default();
    let text = r#"trap 'echo saving; kill $!; exit 0' TERM; "$0" serve "$1" & wait"#;
    let target = Target::start(&script(text), &none(), heard.sink()).await.unwrap();
    target.stop().await;
    assert!(heard.lines().contains(&"stdout: saving".to_owned()), "{:?}", heard.lines());
}

#[tokio::test]
async fn a_target_that_is_dropped_ends_too() {
    let (target, pids) = start().await;
    drop(target);
    gone(&pids).await;
}

#[tokio::test]
async fn children_left_by_a_service_that_ended_end_with_it() {
    let (mut target, pids) = start().await;
    kill_process(Pid::from_raw(pids[0]).unwrap(), Signal::TERM).unwrap();
    gone(&pids).await;
    while target.alive().await.is_ok() {
        tokio::task::yield_now().await;
    }
    let text = target.alive().await.unwrap_err().to_string();
    assert!(text.contains("exit status 143 (ended by signal 15)"), "{text}");
}

#[tokio::test]
async fn nobody_outlives_a_harness_that_was_killed() {
    let command = ["sh", "-c", &family(), FIXTURE, "${port}"];
    let mut harness = Command::new(FIXTURE)
        .arg("harness")
        .args(command)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(harness.stdout.take().unwrap()).lines();
    let (mut pids, mut ready) = (Vec::new(), false);
    while !ready || pids.len() < MEMBERS {
        let line = lines.next_line().await.unwrap().expect("the harness speaks until it is killed");
        ready |= line.starts_with("service ");
        pids.extend(pid_of(&line));
    }
    assert!(pids.iter().all(|pid| runs(*pid)));
    let harness_pid = i32::try_from(harness.id().unwrap()).unwrap();
    kill_process(Pid::from_raw(harness_pid).unwrap(), Signal::KILL).unwrap();
    harness.wait().await.unwrap();
    gone(&pids).await;
}

/// The kernel kills the service; its group is ended by the harness, which is still there.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_guard_that_was_killed_takes_the_service_along() {
    provider();
    let heard = Heard::default();
    let text = r#"sleep 1000 & echo "pid $!"; exec "$0" serve "$1""#;
    let mut target = Target::start(&script(text), &none(), heard.sink()).await.unwrap();
    let child: i32 = heard.wait_for("stdout: pid ").await.parse().unwrap();
    let service = i32::try_from(target.pid().unwrap()).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{service}/stat")).unwrap();
    let guard: i32 = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().parse().unwrap();
    kill_process(Pid::from_raw(guard).unwrap(), Signal::KILL).unwrap();
    gone(&[service]).await;
    while target.alive().await.is_ok() {
        tokio::task::yield_now().await;
    }
    target.stop().await;
    gone(&[child]).await;
}
