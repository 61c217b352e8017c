//! The static server of the load benchmark: one thread, bare hyper, an answer of about 1 KiB of JSON to everything, and
//! `/count`, which says how many of these it gave. Prints its address, then serves until it is killed.
//!
//! Answers are made at the start and differ by a number from one to the next: nobody gains by remembering the last one.

#![allow(clippy::print_stdout, reason = "the address is what this prints")]

use std::convert::Infallible;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

const ANSWER: &str = include_str!("answer.json");

static ANSWERS: LazyLock<Vec<Bytes>> = LazyLock::new(|| {
    let differing = |number: usize| ANSWER.replace("\"total\":7", &format!("\"total\":{number}"));
    (1000..1256).map(|number| differing(number).into()).collect()
});

static COUNT: AtomicU64 = AtomicU64::new(0);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("http://{}", listener.local_addr().expect("an address"));
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            tokio::spawn(async move {
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service_fn(answer))
                    .await;
            });
        }
    });
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = if request.uri().path() == "/count" {
        Bytes::from(COUNT.load(Ordering::Relaxed).to_string())
    } else {
        let _ = request.into_body().collect().await;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        ANSWERS[number as usize % ANSWERS.len()].clone()
    };
    let builder = Response::builder().header("content-type", "application/json");
    Ok(builder.body(Full::new(body)).expect("a plain answer"))
}
