//! What `scripts/bench-mocks.sh` measures: a bare hyper server, httpmock alone with one static mock, and our mock call,
//! each in a process of its own. Prints its address, then serves until it is killed.
//!
//! `bench-server hyper|httpmock|mock [CONTRACT [BEHAVIOUR]]`

#![allow(clippy::print_stdout, reason = "the address is what this prints")]

use std::convert::Infallible;
use std::path::PathBuf;

use bytes::Bytes;
use dryrun_mocks::{MockOptions, MockServer, ServiceSpec};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

/// As large as what our mock answers to the measured calls.
const ANSWER: &str = r#"{"message_id":"msg_0123456789ab","status":"sent","recipients_count":100,"timestamp":"2026-01-24T10:00:00Z","campaign_id":"camp_000001"}"#;

fn main() {
    // As `dryrun` has it; `BENCH_THREADS=1` for a runtime of one thread.
    let mut runtime = match std::env::var("BENCH_THREADS").as_deref() {
        Ok("1") => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    runtime.enable_all().build().expect("a runtime").block_on(serve());
}

async fn serve() {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("hyper") => bare().await,
        Some("httpmock") => {
            let server = httpmock::MockServer::start_async().await;
            let mock = server.mock_async(|when, then| {
                let _ = when.path_matches("^/api/.*$");
                let _ = then.status(200).header("content-type", "application/json").body(ANSWER);
            });
            let _mock = mock.await;
            println!("http://{}", server.address());
            std::future::pending::<()>().await;
        }
        Some("mock") => {
            let contract =
                PathBuf::from(args.next().unwrap_or_else(|| "schemas/crm/openapi.yaml".to_owned()));
            let behaviour = args.next().map(PathBuf::from);
            let spec = ServiceSpec::load("crm", &contract, behaviour.as_deref()).expect("a mock that loads");
            let server = MockServer::start(spec, MockOptions::default()).await.expect("a mock that starts");
            println!("{}", server.url());
            std::future::pending::<()>().await;
        }
        other => panic!("hyper, httpmock or mock, not {other:?}"),
    }
}

async fn bare() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("http://{}", listener.local_addr().expect("an address"));
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            let service = service_fn(|request: hyper::Request<Incoming>| async move {
                // The body is read, as everybody else here does.
                let _ = request.into_body().collect().await;
                let answer = Full::new(Bytes::from_static(ANSWER.as_bytes()));
                Ok::<_, Infallible>(
                    hyper::Response::builder()
                        .header("content-type", "application/json")
                        .body(answer)
                        .expect("a plain answer"),
                )
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
