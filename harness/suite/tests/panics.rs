//! Panics during a run. The panic hook belongs to the whole process, so these tests have a process of their own and run one
//! after another; a rehearsal has its process for itself.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use dryrun_record::{FailureKind, NoticeLevel};
use dryrun_suite::features::Selection;
use support::{options, run_mixed, run_with, target};
use tokio::sync::Mutex;

static HOOK: Mutex<()> = Mutex::const_new(());

fn feature(steps: &str) -> String {
    format!("Feature: F\n  Scenario: S\n    {}\n", steps.replace(" / ", "\n    "))
}

#[tokio::test]
async fn a_panic_in_a_step_is_told_as_one() {
    let _alone = HOOK.lock().await;
    let text = feature("Given the harness has a fault");
    let (record, summary) = run_with(&[&text], target(&[]), options(), &Selection::default()).await;
    summary.unwrap();
    let failure = record.scenarios[0].failures().next().unwrap();
    assert_eq!(failure.kind, FailureKind::Panic);
    assert!(
        failure.message.contains("a fault of ours") && failure.message.contains("mod.rs:"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_panic_beside_the_steps_is_told() {
    let _alone = HOOK.lock().await;
    let text = feature("When I GET \"/publish\" / Then a task of ours panics");
    let (record, summary) = run_mixed(&text, target(&[]), options()).await;
    summary.unwrap();
    assert_eq!(record.scenarios[0].failures().count(), 0);
    let told: Vec<_> = record.notices.iter().filter(|notice| notice.code == "panic").collect();
    assert!(told.len() == 1 && told[0].level == NoticeLevel::Error, "{told:?}");
    assert!(
        told[0].text.contains("behind everybody's back") && told[0].text.contains("mod.rs:"),
        "{}",
        told[0].text
    );
}
