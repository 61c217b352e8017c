//! One attack on a small server: figures from real requests, thresholds kept and missed. Only one test may attack:
//! goose keeps its state in the process.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dryrun_load::{Profile, run};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::{Request, Response, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// How long the server holds the body of `/slow` back after its headers.
const BODY_AFTER: Duration = Duration::from_millis(60);

type Seen = Arc<Mutex<BTreeMap<String, u64>>>;

async fn answer(
    request: Request<Incoming>,
    seen: Seen,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let line = format!("{} {}", request.method(), request.uri());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    *seen.lock().unwrap().entry(format!("{line} {}", String::from_utf8_lossy(&body))).or_default() += 1;
    let whole = |text: &'static str| Full::new(Bytes::from_static(text.as_bytes())).boxed();
    let (status, body) = match line.as_str() {
        "GET /slow?x=1" => {
            let late = async {
                tokio::time::sleep(BODY_AFTER).await;
                Ok(Frame::data(Bytes::from_static(b"late")))
            };
            (200, StreamBody::new(futures::stream::once(late)).boxed())
        }
        "POST /broken" => (500, whole("no")),
        _ => (200, whole("yes")),
    };
    Ok(Response::builder().status(status).body(body).unwrap())
}

async fn server(seen: Seen) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let seen = Arc::clone(&seen);
            let service = service_fn(move |request| answer(request, Arc::clone(&seen)));
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attack_is_counted_timed_to_the_end_of_the_body_and_judged() {
    let profile = |thresholds: &str| {
        let text = format!(
            r#"
            users = 3
            requests = 61
            [thresholds]
            {thresholds}
            [[request]]
            name = "fast"
            path = "/fast"
            weight = 2
            [[request]]
            name = "slow"
            path = "/slow?x=1"
            thresholds = {{ p95_ms = 20 }}
            [[request]]
            name = "broken"
            method = "POST"
            path = "/broken"
            body = {{ title = "Hello" }}
            thresholds = {{ max_fail_percent = 0 }}
            "#
        );
        Profile::parse("mixed", &text).unwrap()
    };
    let seen = Seen::default();
    let url = server(Arc::clone(&seen)).await;
    let lenient = profile("p95_ms = 60000\nmax_fail_percent = 60");
    let result = run(&lenient, &url).await.unwrap();

    let seen = seen.lock().unwrap().clone();
    let [fast, slow, broken] = result.per_request.as_slice() else { panic!("{result:?}") };
    assert_eq!(result.requests, 61, "exactly the requests asked for");
    assert_eq!(seen.values().sum::<u64>(), 61, "and the server saw each of them: {seen:?}");
    assert_eq!(seen.get("GET /fast "), Some(&fast.count));
    assert_eq!(seen.get(r#"POST /broken {"title":"Hello"}"#), Some(&broken.count));
    assert_eq!((fast.failures, slow.failures, broken.failures), (0, 0, broken.count));
    assert!(fast.count > slow.count && slow.count > 0, "{result:?}");
    assert!(slow.p50_ms >= BODY_AFTER.as_secs_f64() * 1000.0, "timed to the end of the body: {slow:?}");
    assert!(fast.p50_ms < slow.p50_ms && result.elapsed_s > 0.0 && result.total.rate > 0.0, "{result:?}");

    let missed = result.missed(&lenient);
    assert_eq!(missed.len(), 2, "{missed:?}");
    assert!(
        missed[0].starts_with("slow: 95% finished within ") && missed[0].ends_with("wanted within 20 ms")
    );
    assert_eq!(missed[1], format!("broken: {0} of {0} failed (100.00%), wanted at most 0%", broken.count));
    let strict = result.missed(&profile("max_fail_percent = 0"));
    assert!(strict[0].starts_with("all requests: "), "{strict:?}");
    let mut kept = lenient.clone();
    kept.request.iter_mut().for_each(|request| request.thresholds = Default::default());
    assert_eq!(result.missed(&kept), Vec::<String>::new());

    // By time, the second attack of one process; nobody listens there, which is counted and not an error.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let mut timed = kept;
    (timed.requests, timed.duration_s) = (None, Some(1));
    let result = run(&timed, &nowhere).await.unwrap();
    assert!(result.requests > 0 && result.failures == result.requests, "{result:?}");
    assert!(!std::path::Path::new("goose-runs").exists(), "goose writes no files");
}
