//! Tests of the watching thread.

use std::sync::{Arc, Mutex};

use super::*;

fn own(start: Instant, seconds: u64, cpu_ms: u64, requests: u64) -> Own {
    let at = start + Duration::from_secs(seconds);
    Own { at, cpu: Some(Duration::from_millis(cpu_ms)), requests }
}

#[test]
fn what_was_used_is_told_by_the_second_and_over_the_measured_time() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let mut read = 0;
    let gauges: ReadGauges = Box::new(move || {
        read += 1;
        // 0.2 s of CPU between two looks.
        Gauges {
            mocks_cpu_us: Some(read * 200_000),
            service_cpu_us: (read != 4).then_some(read * 400_000),
            service_memory_kib: Some(1_000 - read),
            mocks_p99_us: Some(77),
        }
    });
    let watch = Watch::start(gauges, Arc::new(move |event| heard.lock().unwrap().push(event))).unwrap();
    let start = Instant::now();
    watch.tell(Event::LoadMark(dryrun_record::load::LoadMark::default()));
    watch.begin(own(start, 0, 0, 0));
    watch.bound(own(start, 0, 0, 10));
    watch.tick(LoadTick { second: 1, ..LoadTick::default() }, own(start, 1, 500, 0));
    watch.tick(LoadTick { second: 2, ..LoadTick::default() }, own(start, 2, 600, 0));
    watch.bound(own(start, 4, 2_000, 1_010));
    let resources = watch.finish();
    let told = told.lock().unwrap();
    let [Event::LoadMark(_), Event::LoadTick(first), Event::LoadMark(gone), Event::LoadTick(second)] =
        told.as_slice()
    else {
        panic!("in order: {told:?}")
    };
    assert_eq!((gone.kind.as_str(), gone.at_s, resources.service_gone_s), ("fault", 2.0, Some(2.0)));
    let near = |found: Option<f64>, wanted: f64| assert!((found.unwrap() - wanted).abs() < 1e-9, "{found:?}");
    near(first.own_cpu, 0.5);
    near(second.own_cpu, 0.1);
    // The bound was a look, too.
    near(first.mocks_cpu, 0.4);
    near(first.service_cpu, 0.8);
    assert_eq!((second.service_cpu, first.service_memory_kib), (None, Some(997)));
    near(resources.own_cpu, 0.5);
    near(resources.own_cpu_per_request_us, 2_000.0);
    near(resources.mocks_cpu, 0.15);
    near(resources.service_cpu, 0.3);
    assert_eq!((resources.mocks_p99_us, resources.service_memory_kib), (Some(77), Some(999)));
}

#[test]
fn a_warm_up_that_ends_with_a_second_makes_no_second_of_a_moment() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let watch =
        Watch::start(Box::new(Gauges::default), Arc::new(move |event| heard.lock().unwrap().push(event)));
    let (watch, start) = (watch.unwrap(), Instant::now());
    watch.begin(own(start, 0, 0, 0));
    watch.bound(own(start, 1, 300, 10));
    let moment = Own { at: start + Duration::from_micros(1_000_100), ..own(start, 1, 300, 10) };
    // A tenth of a millisecond after the bound, and busy all the while.
    watch.tick(LoadTick::default(), Own { cpu: Some(Duration::from_micros(300_100)), ..moment });
    watch.finish();
    let told = told.lock().unwrap();
    let [Event::LoadTick(first)] = told.as_slice() else { panic!("one tick: {told:?}") };
    assert!((first.own_cpu.unwrap() - 0.3).abs() < 0.01, "{first:?}");
}

#[test]
fn a_listener_that_panics_does_not_end_the_run() {
    let watch = Watch::start(Box::new(Gauges::default), Arc::new(|_| panic!("deaf"))).unwrap();
    watch.tell(Event::LoadMark(dryrun_record::load::LoadMark::default()));
    watch.tick(LoadTick::default(), own(Instant::now(), 0, 0, 0));
    assert_eq!(watch.finish(), Resources::default());
}
