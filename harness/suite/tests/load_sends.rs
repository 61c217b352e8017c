//! What the mocks received under load against what the answers claimed: lost, doubled, made up, strange.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use dryrun_load::Slice;
use dryrun_record::Event;
use dryrun_record::load::{LoadResult, LoadVerdict};
use dryrun_suite::RunOptions;
use dryrun_suite::conventions::Conventions;
use support::load::*;

#[tokio::test]
async fn lost_doubled_and_phantom_sends_are_each_found() {
    let sends = |result: &LoadResult| (result.sends.lost, result.sends.doubled, result.sends.phantom);
    let (result, _) = load(&times(4, "Publishing twice")).await;
    assert_eq!((sends(&result), causes(&result)), ((0, 4, 0), BTreeMap::from([("doubled", 4)])));
    let (result, _) = load(&times(4, "Publishing nothing")).await;
    assert_eq!((sends(&result), causes(&result)), ((4, 0, 0), BTreeMap::from([("lost", 4)])));
    assert_eq!(result.verdict, LoadVerdict::Failed);
    let (result, _) = load(&times(4, "Publishing silently")).await;
    assert_eq!((sends(&result), causes(&result)), ((0, 0, 4), BTreeMap::from([("phantom", 4)])));
    let (result, _) = load(&times(4, "Publishing in the end")).await;
    assert_eq!(
        (sends(&result), causes(&result)),
        ((0, 0, 0), BTreeMap::new()),
        "a try after a failure is no double"
    );
    assert_eq!((result.sends.claimed, result.sends.received), (4, 12));
}

#[tokio::test]
async fn requests_of_a_profile_are_accounted_for_as_scenarios_are() {
    let request = |path: &str| {
        format!("[closed]\nusers = 1\niterations = 3\n[[request]]\nmethod = \"POST\"\npath = \"{path}\"\n")
    };
    let (result, _) = load(&request("/publish")).await;
    assert_eq!(result.failures, []);
    assert_eq!((result.sends.claimed, result.sends.received), (3, 3));
    let (result, _) = load(&request("/publish-twice")).await;
    assert_eq!((result.sends.doubled, causes(&result)), (3, BTreeMap::from([("doubled", 3)])));
    let (result, _) = load(&request("/publish-nothing")).await;
    assert_eq!(causes(&result), BTreeMap::from([("lost", 3)]));
}

#[tokio::test]
async fn breaches_and_strange_calls_at_the_mocks_fail_the_load() {
    let (result, _) = load(&times(3, "Publishing badly")).await;
    assert_eq!(causes(&result), BTreeMap::from([("contract", 3)]));
    assert_eq!(result.contracts.breaches, 3);
    let (result, _) = load(&times(3, "Going astray")).await;
    assert_eq!((result.sends.unexpected, causes(&result)), (3, BTreeMap::from([("unexpected-call", 3)])));
    assert!(result.failures[0].message.contains("POST /documets"), "{:?}", result.failures);
}

#[tokio::test]
async fn a_call_of_a_forgotten_iteration_is_a_phantom_and_never_nobodys() {
    let (world, events) = start(&[], options()).await;
    let first = attack(&world, &profile(&times(3, "Late")), Slice::WHOLE, &options()).await;
    assert_eq!((first.sends.received, first.failures.len()), (0, 0));
    // What the first load has left comes when it is over. What the second one leaves comes while it goes on, when those
    // that began first have long been judged.
    flush(world.target_url().to_owned()).await;
    let text = "[open]\nrate = 1\nduration = \"4 s\"\n[[workflow]]\nscenario = \"Late\"\n";
    let (tick, mut ticks) = tokio::sync::mpsc::unbounded_channel();
    let told = Arc::new(move |event: Event| {
        if let Event::LoadTick(_) = event {
            let _ = tick.send(());
        }
    });
    let url = world.target_url().to_owned();
    let flushing = tokio::spawn(async move {
        for _ in 0..3 {
            ticks.recv().await.expect("the load goes on");
        }
        flush(url).await;
    });
    let second = attack_told(&world, &profile(text), Slice::WHOLE, &options(), told).await;
    flushing.await.unwrap();
    world.stop().await;
    let codes: Vec<String> = events.record().notices.iter().map(|notice| notice.code.clone()).collect();
    assert!(
        codes.contains(&"late-call".to_owned()) && !codes.contains(&"unattributed-call".to_owned()),
        "{codes:?}"
    );
    assert!(second.sends.phantom >= 1, "{:?} {:?}", second.sends, second.failures);
    assert_eq!(causes(&second), BTreeMap::from([("phantom", second.sends.phantom)]));
}

#[tokio::test]
async fn a_service_that_sends_after_its_answer_is_waited_for_as_long_as_the_profile_says() {
    let options = {
        let mut options = options();
        let later = claims(&[("POST /publish-after", "upstream is 200")]);
        options.conventions.claims.extend(later);
        options
    };
    let text = |linger: &str| format!("linger = \"{linger}\"\n{}", times(4, "Publishing after"));
    let (world, _) = start(&[], options.clone()).await;
    let waited = attack(&world, &profile(&text("5 s")), Slice::WHOLE, &options).await;
    assert_eq!((waited.sends.claimed, waited.sends.received, &waited.failures), (4, 4, &Vec::new()));
    let gone = attack(&world, &profile(&text("0 s")), Slice::WHOLE, &options).await;
    world.stop().await;
    assert_eq!(gone.sends.lost, 4, "{:?}", gone.sends);
}

async fn flush(url: String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.post(format!("{url}/flush")).send().await.unwrap();
}

#[tokio::test]
async fn without_a_correlation_sums_are_judged_and_steps_at_the_mocks_are_refused() {
    let (world, _) = start(&[("PASS_ON", "no")], options()).await;
    assert!(!world.correlation().0);
    let refused = script(&profile(&times(1, "Publishing")), &options()).map(|script| {
        world.stage(&profile(&times(1, "Publishing")), &script, Slice::WHOLE).err().expect("it is refused")
    });
    let refused = refused.unwrap()[0].to_string();
    assert!(
        refused.starts_with("load/profiles/p.toml:4: ") && refused.contains("the Store received exactly 1"),
        "{refused}"
    );
    let result = attack(&world, &profile(&times(5, "Publishing silently")), Slice::WHOLE, &options()).await;
    assert_eq!((result.sends.received, result.sends.phantom, result.sends.lost), (5, 5, 0));
    assert!(result.sends.unjudged.as_deref().unwrap().contains("sums"), "{:?}", result.sends);
    let result = attack(&world, &profile(&times(5, "Publishing nothing")), Slice::WHOLE, &options()).await;
    assert_eq!((result.sends.lost, causes(&result)), (5, BTreeMap::from([("lost", 5)])));
    world.stop().await;
}

#[tokio::test]
async fn without_claims_it_is_said_what_could_not_be_judged_and_doubles_are_still_found() {
    let bare = RunOptions { conventions: Conventions::default(), ..options() };
    let (world, _) = start(&[], bare.clone()).await;
    let result = attack(&world, &profile(&times(3, "Publishing nothing")), Slice::WHOLE, &bare).await;
    assert!(result.sends.unjudged.as_deref().unwrap().contains("[[claims]]"), "{:?}", result.sends);
    assert_eq!((result.sends.lost, result.failures.len()), (0, 0));
    let result = attack(&world, &profile(&times(3, "Publishing twice")), Slice::WHOLE, &bare).await;
    assert_eq!(causes(&result), BTreeMap::from([("doubled", 3)]));
    world.stop().await;
}
