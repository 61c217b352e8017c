//! Ctrl-C stays with whoever listened for it, although goose puts a handler of its own in place. The only test of its
//! process: a signal reaches all of it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

mod common;

use common::{MS, Setting, Way, open, profile};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::test]
async fn interrupts_reach_their_listener_while_a_load_runs_and_after_it() {
    dryrun_load::keep_interrupts();
    let mut interrupts = signal(SignalKind::interrupt()).unwrap();
    let setting = Setting::new(profile(open(100.0, MS * 1_200, 10)), Way::Nothing);
    let events = setting.events.clone();
    let listening = tokio::spawn(async move {
        while events.lock().unwrap().len() < 2 {
            tokio::time::sleep(5 * MS).await;
        }
        // The run goes on: its first second was told. Twice, because goose's handler would end the process then.
        for _ in 0..2 {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT).unwrap();
            interrupts.recv().await.unwrap();
        }
        interrupts
    });
    let (result, ..) = setting.run().await;
    assert_eq!(
        (result.account.ended, result.stopped),
        (120, None),
        "who stops the run is not goose's to say"
    );
    let mut interrupts = listening.await.unwrap();
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT).unwrap();
    interrupts.recv().await.unwrap();
}
