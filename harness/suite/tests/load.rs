//! Scenarios as load: played by many users, timed step by step, and forgotten when they are through.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use dryrun_load::Slice;
use dryrun_record::load::LoadVerdict;
use dryrun_suite::RunOptions;
use dryrun_suite::load::LoadWorld;
use support::load::*;

#[tokio::test]
async fn what_works_is_told_step_by_step_and_stands_in_no_record() {
    let (result, record) = load(&times(30, "Publishing")).await;
    assert_eq!(result.failures, []);
    assert_eq!(result.verdict, LoadVerdict::Passed, "{:?}", result.reasons);
    let workflow = &result.workflows[0];
    assert_eq!((workflow.name.as_str(), workflow.iterations.count), ("Publishing", 30));
    assert_eq!(step(&result, "I POST to \"/publish\"").count, 30);
    let sends = &result.sends;
    assert_eq!((sends.claimed, sends.received, sends.lost, sends.doubled, sends.phantom), (30, 30, 0, 0, 0));
    assert_eq!(sends.unjudged, None);
    assert!(result.resources.mocks_p99_us.is_some_and(|p99| p99 > 0), "{:?}", result.resources);
    // The probe's calls are all that is recorded of the wire.
    assert!(record.exchanges().count() < 5, "{}", record.exchanges().count());
    assert_eq!(record.run.unwrap().kind, dryrun_record::RunKind::Load);
    assert!(record.notices.iter().all(|notice| notice.code != "unattributed-call"), "{:?}", record.notices);
}

#[tokio::test]
async fn the_slow_step_is_the_one_that_is_slow() {
    let (result, _) = load(&times(6, "Two steps")).await;
    assert_eq!(result.failures, []);
    let (slow, quick) = (step(&result, "I GET \"/slow\""), step(&result, "I GET \"/ready\""));
    assert_eq!((slow.count, quick.count), (6, 6));
    assert!(slow.time.min_us >= 150_000 && quick.time.p50_us < slow.time.min_us, "{slow:?} {quick:?}");
    assert!(result.workflows[0].iterations.time.min_us >= slow.time.min_us);
    assert!(slow.ttfb.is_some() && slow.connect.is_some(), "{slow:?}");
}

#[tokio::test]
async fn a_check_that_does_not_hold_fails_its_request_and_its_iteration() {
    let (result, _) = load(&times(5, "A wrong check")).await;
    assert_eq!(result.verdict, LoadVerdict::Failed);
    assert_eq!(causes(&result), BTreeMap::from([("check", 5)]));
    let failure = &result.failures[0];
    assert_eq!((failure.step.as_str(), failure.workflow.as_str()), ("the status is 201", "A wrong check"));
    assert!(failure.example.contains("200"), "{}", failure.example);
    assert_eq!(
        step(&result, "I GET \"/ready\"").causes,
        BTreeMap::from([("check: the status is 201".to_owned(), 5)])
    );
    assert_eq!(result.workflows[0].iterations.failures, 5);
}

#[tokio::test]
async fn a_service_that_quotes_what_it_was_sent_gives_no_secret_away() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("users.csv"), "password\nROW-pw-abc1\nROW-pw-abc2\n").unwrap();
    let options = RunOptions { data: folder.path().to_path_buf(), ..options() };
    let text = format!("{}data = \"users.csv\"\n", times(4, "Being quoted"));
    let (world, _) = start(&[], options.clone()).await;
    let result = attack(&world, &profile(&text), Slice::WHOLE, &options).await;
    world.stop().await;
    assert_eq!(causes(&result), BTreeMap::from([("check", 4)]));
    let told = format!("{:?}", result.failures);
    assert!(told.contains("host: 127.0.0.1") && told.contains("«masked»"), "{told}");
    for secret in ["QRY-key1111", "HDR-tok123456", "HDR-key987654", "ROW-pw-abc"] {
        assert!(!told.contains(secret), "{secret} stands in {told}");
    }
}

/// What the fixture was told, in order.
async fn echoed(world: &LoadWorld) -> Vec<String> {
    let url = format!("{}/echoed", world.target_url());
    let text = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
    serde_json::from_str(&text.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn each_iteration_takes_the_next_row_and_shards_share_none() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..12).map(|index| format!("user{index}")).collect();
    std::fs::write(folder.path().join("users.csv"), format!("reader\n{}\n", names.join("\n"))).unwrap();
    let options = RunOptions { data: folder.path().to_path_buf(), ..options() };
    let text = format!("{}data = \"users.csv\"\n", times(10, "Saying who I am"));
    let (world, _) = start(&[], options.clone()).await;
    for index in 0..2 {
        let result = attack(&world, &profile(&text), Slice { index, count: 2 }, &options).await;
        assert_eq!(result.failures, [], "the row takes the place of what the scenario sets up");
    }
    let said = echoed(&world).await;
    world.stop().await;
    let distinct: BTreeSet<&String> = said.iter().collect();
    assert_eq!((said.len(), distinct.len()), (10, 10), "{said:?}");
}

#[tokio::test]
async fn what_a_profile_names_and_is_not_there_is_told_with_its_place() {
    let why = |text: &str| {
        let refused = script(&profile(text), &options()).expect_err("it is refused");
        refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let near = why(&times(1, "Publishin"));
    assert_eq!(
        near,
        "load/profiles/p.toml:4: no scenario is called \"Publishin\"; did you mean \"Publishing\"?"
    );
    let limit =
        |step: &str| format!("{}[thresholds.steps]\n'{step}' = {{ p95_ms = 100 }}\n", times(1, "Publishing"));
    let unplayed = why(&limit("I POST to \"/publis\""));
    assert_eq!(
        unplayed,
        "profile `p`: [thresholds.steps]: nobody plays the step `I POST to \"/publis\"`: did you mean `I POST to \"/publish\"`?"
    );
    script(&profile(&limit("I POST to \"/publish\"")), &options()).expect("it is played");
    let afresh = why(&times(1, "Afresh"));
    assert!(afresh.contains("can't be played under load: a load goes to one service"), "{afresh}");
    let data = why(&format!("{}data = \"none.csv\"\n", times(1, "Publishing")));
    assert!(data.starts_with("load/profiles/p.toml:4: the test data") && data.contains("none.csv"), "{data}");
}

#[tokio::test]
async fn nothing_is_left_of_ten_thousand_iterations() {
    let (world, events) = start(&[], options()).await;
    let text = "[closed]\nusers = 8\niterations = 10000\n[[workflow]]\nscenario = \"Asking\"\nweight = 9\n[[workflow]]\nscenario = \"Publishing\"\n";
    let before = resident();
    let result = attack(&world, &profile(text), Slice::WHOLE, &options()).await;
    let grown = resident().zip(before).map(|(after, before)| after.saturating_sub(before));
    assert_eq!((result.account.ended, &result.failures), (10_000, &Vec::new()));
    assert!(result.sends.received >= 500, "{:?}", result.sends);
    assert!(events.record().exchanges().count() < 5);
    // A world, its views and its exchanges kept would be 5 KiB and more for each.
    assert!(grown.is_none_or(|kib| kib < 30_000), "{grown:?} KiB");
    world.stop().await;
}

fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok())
}
