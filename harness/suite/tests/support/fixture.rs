//! A service under test for this crate's tests, in one process: `suite-fixture serve`; and its guard:
//! `suite-fixture guard -- CMD…`. It listens on `PORT` and calls the store at `STORE`.
#![allow(clippy::print_stderr, reason = "the tests look for its log")]

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("guard") => {
            let rest: Vec<_> = std::env::args_os().skip(3).collect();
            dryrun_target::guard_main(rest)
        }
        _ => {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(serve());
            std::process::ExitCode::SUCCESS
        }
    }
}

struct Service {
    http: reqwest::Client,
    store: String,
    /// Hands the correlation of a request on to the store.
    passes_on: bool,
    /// Asks the store when asked whether it is ready.
    asks: bool,
    /// Correlations of calls that are to be made later.
    pending: Mutex<Vec<Option<String>>>,
    tries: Mutex<u32>,
    /// What was said to it, in order.
    echoed: Mutex<Vec<String>>,
}

async fn serve() {
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let service = Arc::new(Service {
        http: reqwest::Client::builder().no_proxy().build().expect("a client"),
        store: var("STORE"),
        passes_on: var("PASS_ON") != "no",
        asks: var("ASK") != "no",
        pending: Mutex::default(),
        tries: Mutex::default(),
        echoed: Mutex::default(),
    });
    let listener = TcpListener::bind(format!("127.0.0.1:{}", var("PORT"))).await.expect("the port is free");
    eprintln!("fixture listens");
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(Arc::clone(&service), stream));
        }
    }
}

async fn answer(service: Arc<Service>, mut stream: TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0_u8; 1];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte).await {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    let header = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let correlation = header("x-correlation-id").filter(|_| service.passes_on);
    let (status, body) = match path.as_str() {
        // Tells whoever sends something what it was sent.
        quote if quote.starts_with("/quote") => (200, format!("{{\"said\": {head:?}}}")),
        // Sends when it has answered.
        "/publish-after" => {
            let service = Arc::clone(&service);
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(1300)).await;
                service.call("POST", "/documents", r#"{"title": "x"}"#, correlation).await;
            });
            (200, r#"{"upstream": 200}"#.to_owned())
        }
        path => service.route(path, correlation).await,
    };
    let text = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
    if path == "/die-afterwards" {
        let _ = stream.shutdown().await;
        std::process::exit(3);
    }
}

impl Service {
    async fn route(&self, path: &str, correlation: Option<String>) -> (u16, String) {
        match path {
            "/ready" => {
                if self.asks {
                    self.call("GET", "/health", "", correlation).await;
                }
                (200, "{}".to_owned())
            }
            "/publish" => {
                let status = self.call("POST", "/documents", r#"{"title": "x"}"#, correlation).await;
                (200, format!(r#"{{"upstream": {status}}}"#))
            }
            "/publish-twice" => {
                self.call("POST", "/documents", r#"{"title": "x"}"#, correlation.clone()).await;
                let status = self.call("POST", "/documents", r#"{"title": "x"}"#, correlation).await;
                (200, format!(r#"{{"upstream": {status}}}"#))
            }
            // Says that it did, and didn't; and the other way round.
            "/publish-nothing" => (200, r#"{"upstream": 200}"#.to_owned()),
            "/publish-silently" => {
                self.call("POST", "/documents", r#"{"title": "x"}"#, correlation).await;
                (200, "{}".to_owned())
            }
            // Tries again after a failure, which is no double.
            "/publish-until-it-works" => {
                let mut status = 0;
                while status != 200 {
                    status = self.call("POST", "/documents", r#"{"title": "x"}"#, correlation.clone()).await;
                }
                (200, format!(r#"{{"upstream": {status}}}"#))
            }
            path if path.starts_with("/echo/") => {
                let mut echoed = self.echoed.lock().unwrap_or_else(PoisonError::into_inner);
                echoed.push(path.trim_start_matches("/echo/").to_owned());
                (200, format!(r#"{{"said": "{}"}}"#, path.trim_start_matches("/echo/")))
            }
            "/echoed" => {
                let echoed = self.echoed.lock().unwrap_or_else(PoisonError::into_inner);
                (200, format!("{:?}", *echoed))
            }
            "/slow" => {
                tokio::time::sleep(std::time::Duration::from_millis(150)).await;
                (200, "{}".to_owned())
            }
            "/publish-badly" => {
                self.call("POST", "/documents", r#"{"titel": 3}"#, correlation).await;
                (200, "{}".to_owned())
            }
            "/stray" => {
                self.call("POST", "/documets", "{}", correlation).await;
                (200, "{}".to_owned())
            }
            "/publish-loose" => {
                self.call("POST", "/documents", r#"{"title": "x"}"#, None).await;
                (200, "{}".to_owned())
            }
            "/publish-later" => {
                self.pending.lock().unwrap_or_else(PoisonError::into_inner).push(correlation);
                (200, "{}".to_owned())
            }
            "/flush" => {
                let pending =
                    std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
                for correlation in pending {
                    self.call("POST", "/documents", r#"{"title": "late"}"#, correlation).await;
                }
                (200, "{}".to_owned())
            }
            "/third-time" => {
                let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
                *tries += 1;
                (if *tries < 3 { 503 } else { 200 }, "{}".to_owned())
            }
            "/die-afterwards" => (200, "{}".to_owned()),
            "/hang" => std::future::pending().await,
            "/die" => std::process::exit(3),
            _ => (404, "{}".to_owned()),
        }
    }

    async fn call(&self, method: &str, path: &str, body: &'static str, correlation: Option<String>) -> u16 {
        let method = method.parse().expect("a method");
        let mut request = self.http.request(method, format!("{}{path}", self.store));
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body);
        }
        if let Some(correlation) = correlation {
            request = request.header("x-correlation-id", correlation);
        }
        request.send().await.map_or(0, |response| response.status().as_u16())
    }
}
