//! The front: our own HTTP/1.1 server on the wanted port, before httpmock.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use dryrun_contract::Found;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::answer::Answer;
use crate::error::MockError;
use crate::shared::{Cut, Full, Shared, stopped};
use crate::{admin, call, docs};

/// Connections that are at work get so long to end when the mock is stopped.
const GRACE: Duration = Duration::from_secs(1);
/// Admin requests are small.
const MOST_ADMIN_BODY: usize = 1024 * 1024;
/// How often another free port is tried, until one is free on both loopback addresses.
const TRIES: usize = 8;

/// Takes the wanted port; with 127.0.0.1 also `[::1]`, because clients say `localhost` and get either.
pub(crate) async fn listen(title: &str, host: IpAddr, port: u16) -> Result<Vec<TcpListener>, MockError> {
    let fail = |address, source| MockError::Listen { title: title.to_owned(), address, source };
    let bind = async |host: IpAddr, port: u16| {
        let address = SocketAddr::new(host, port);
        TcpListener::bind(address).await.map_err(|source| (address, source))
    };
    for attempt in 1..=TRIES {
        let first = bind(host, port).await.map_err(|(address, source)| fail(address, source))?;
        let taken = first.local_addr().map_err(|source| fail(SocketAddr::new(host, port), source))?.port();
        if host != IpAddr::V4(Ipv4Addr::LOCALHOST) {
            return Ok(vec![first]);
        }
        match bind(IpAddr::V6(Ipv6Addr::LOCALHOST), taken).await {
            Ok(second) => return Ok(vec![first, second]),
            Err((address, source)) if source.kind() == std::io::ErrorKind::AddrInUse => {
                // Somebody else answers there: `localhost` would reach him instead of us.
                if port != 0 {
                    return Err(fail(address, source));
                }
                if attempt == TRIES {
                    return Ok(vec![first]);
                }
            }
            // A machine without IPv6.
            Err(_) => return Ok(vec![first]),
        }
    }
    unreachable!("the last try returns")
}

/// Serves until told to stop, then lets calls end within the grace.
pub(crate) async fn serve(shared: Arc<Shared>, listeners: Vec<TcpListener>, stop: watch::Receiver<bool>) {
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(Arc::clone(&shared), listener, stop.clone()));
    }
    while accepting.join_next().await.is_some() {}
}

async fn accept(shared: Arc<Shared>, listener: TcpListener, stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(Arc::clone(&shared), stream, peer, stop.clone()));
                }
                // Out of descriptors, or a client that was gone already: the next one may do better.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            () = stopped(stop.clone()) => break,
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // What is left after the grace is cut when `connections` is dropped.
    let _ = tokio::time::timeout(GRACE, ended).await;
}

async fn connection(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr, stop: watch::Receiver<bool>) {
    // Answers are written whole: waiting for more would only delay them. Failure means the client is gone.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { route(&shared, peer, request).await }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        // Head and body in one piece.
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    tokio::select! {
        // A client that breaks off, or a cut on purpose, ends here as an error: nothing is left to be done.
        _ = serving.as_mut() => {}
        () = stopped(stop) => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}

/// Tells the harness's own pages from the calls of the service.
async fn route(
    shared: &Arc<Shared>,
    peer: SocketAddr,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full>, Cut> {
    let path = request.uri().path();
    if path == "/__dryrun__" || path.starts_with("/__dryrun__/") {
        return admin(shared, peer, request).await.map_err(|never| match never {});
    }
    // A contract that has such a path itself goes first.
    if request.method() == http::Method::GET
        && let Some(page) = docs::page(shared, path)
        && !matches!(shared.engine.contract.find("GET", path), Found::Operation { .. })
    {
        return Ok(call::response(page));
    }
    call::answer(shared, request).await
}

async fn admin(
    shared: &Shared,
    peer: SocketAddr,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full>, Infallible> {
    let (head, body) = request.into_parts();
    let host = head.headers.get(http::header::HOST).map(|host| host.to_str().unwrap_or("?"));
    if !shared.options.expose_admin {
        return Ok(call::response(Answer::json(
            404,
            &json!({"detail": "the admin API of this mock is switched off"}),
        )));
    }
    if !admin::allowed(peer, host) {
        let detail = "the admin API answers only on loopback: call it from the same machine, as 127.0.0.1 or localhost";
        return Ok(call::response(Answer::json(403, &json!({"detail": detail}))));
    }
    let answer = match Limited::new(body, MOST_ADMIN_BODY).collect().await {
        Ok(body) => {
            let query = head.uri.query().unwrap_or_default();
            admin::answer(shared, head.method.as_str(), head.uri.path(), query, &body.to_bytes())
        }
        Err(_) => Answer::json(413, &json!({"detail": "the body is too large"})),
    };
    Ok(call::response(answer))
}
