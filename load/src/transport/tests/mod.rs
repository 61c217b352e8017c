//! Transport against a server that does what it is told, byte by byte.

use std::net::TcpListener;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Method;
use hyper::header::{HeaderMap, HeaderValue};

use super::*;
use crate::raw::Server;

mod causes;
mod secure;

const LONG: Duration = Duration::from_secs(20);
const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

fn to(server: &Server, connections: Connections) -> Transport {
    Transport::new(&server.url, connections, LONG).unwrap()
}

fn call(transport: &Transport, method: Method, path: &str, body: &'static str) -> Call {
    let target = transport.target(path).unwrap();
    Call { method, target, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) }
}

async fn get(lease: &Lease) -> Sent {
    let now = Instant::now();
    lease.send(call(&lease.transport, Method::GET, "/x?y=1", ""), now).await
}

async fn post(lease: &Lease) -> Sent {
    let now = Instant::now();
    lease.send(call(&lease.transport, Method::POST, "/x", "{}"), now).await
}

#[tokio::test]
async fn a_request_arrives_as_it_was_meant_and_its_answer_comes_whole() {
    let server = Server::new(|_, peer| {
        peer.request();
        peer.say(b"HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\nx-a: b\r\n\r\n5\r\nhello\r\n");
        peer.say(b"6\r\n world\r\n0\r\n\r\n");
        peer.wait();
    });
    let transport = Transport::new(&format!("{}/base", server.url), Connections::Shared, LONG).unwrap();
    let mut call = call(&transport, Method::POST, "/x?y=1", "{}");
    call.headers.insert("x-own", HeaderValue::from_static("1"));
    let sent = transport.lease().send(call, Instant::now()).await;
    let reply = sent.outcome.unwrap();
    assert_eq!((reply.status.as_u16(), &reply.body[..], sent.bytes), (503, &b"hello world"[..], 11));
    assert_eq!(reply.headers["x-a"], "b");
    let host = server.url.trim_start_matches("http://");
    let wanted =
        format!("POST /base/x?y=1 HTTP/1.1\r\nx-own: 1\r\nhost: {host}\r\ncontent-length: 2\r\n\r\n{{}}");
    assert_eq!(server.requests(), [wanted]);
}

#[tokio::test]
async fn times_run_from_the_intended_start_to_the_end_of_the_body() {
    let slow = Duration::from_millis(60);
    let server = Server::new(move |_, peer| {
        peer.request();
        std::thread::sleep(slow);
        peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe");
        std::thread::sleep(slow);
        peer.say(b"llo");
        peer.wait();
    });
    let transport = to(&server, Connections::Shared);
    let from = Instant::now().checked_sub(LONG).unwrap();
    let sent = transport.lease().send(call(&transport, Method::GET, "/", ""), from).await;
    let timing = sent.timing;
    let head = timing.head.unwrap();
    assert_eq!(timing.from, from);
    assert!(timing.connect.is_some() && timing.sent > from + LONG);
    assert!(head - timing.sent >= slow - Duration::from_millis(1), "the head was waited for: {timing:?}");
    assert!(timing.ended - head >= slow - Duration::from_millis(20), "so was the body: {timing:?}");
    assert_eq!(sent.bytes, 5);
}

#[tokio::test]
async fn a_shared_connection_is_used_by_whoever_comes_next() {
    let server = Server::always(OK);
    let transport = to(&server, Connections::Shared);
    for round in 0..5 {
        let sent = get(&transport.lease()).await;
        assert_eq!(sent.timing.connect.is_some(), round == 0, "only the first one connects");
        assert_eq!(sent.outcome.unwrap().body, "hello");
    }
    assert_eq!((server.accepted(), transport.idle()), (1, 1));
}

#[tokio::test]
async fn requests_at_the_same_time_have_a_connection_each_which_are_used_again() {
    let server = Server::always(OK);
    let transport = to(&server, Connections::Shared);
    for _ in 0..3 {
        let leases: Vec<Lease> = (0..4).map(|_| transport.lease()).collect();
        let all = futures::future::join_all(leases.iter().map(get)).await;
        assert!(all.iter().all(|sent| sent.outcome.is_ok()));
    }
    assert_eq!((server.accepted(), transport.idle()), (4, 4));
}

#[tokio::test]
async fn an_iteration_has_a_connection_of_its_own() {
    let server = Server::always(OK);
    let transport = to(&server, Connections::Iteration);
    for iteration in 1..=3 {
        let lease = transport.lease();
        for _ in 0..3 {
            assert!(get(&lease).await.outcome.is_ok());
        }
        assert_eq!((server.accepted(), transport.idle()), (iteration, 0));
    }
}

#[tokio::test]
async fn each_request_has_a_connection_of_its_own_and_says_that_it_closes_it() {
    let server = Server::always(OK);
    let transport = to(&server, Connections::Request);
    let lease = transport.lease();
    for _ in 0..3 {
        assert!(get(&lease).await.timing.connect.is_some());
    }
    assert_eq!((server.accepted(), transport.idle()), (3, 0));
    assert!(server.requests().iter().all(|request| request.contains("\r\nconnection: close\r\n")));
}

#[tokio::test]
async fn a_connection_that_the_service_says_it_closes_is_not_kept() {
    let server = Server::always(b"HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 0\r\n\r\n");
    let transport = to(&server, Connections::Shared);
    assert!(get(&transport.lease()).await.outcome.is_ok());
    assert_eq!(transport.idle(), 0);
}

#[tokio::test]
async fn answers_without_a_body_leave_their_connection_usable() {
    let server = Server::new(|_, peer| {
        peer.request();
        peer.say(b"HTTP/1.1 204 No Content\r\n\r\n");
        peer.request();
        peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
        peer.request();
        peer.say(OK);
        peer.wait();
    });
    let transport = to(&server, Connections::Shared);
    let lease = transport.lease();
    assert_eq!(get(&lease).await.outcome.unwrap().status, 204);
    let head = lease.send(call(&transport, Method::HEAD, "/", ""), Instant::now()).await;
    assert_eq!(head.outcome.unwrap().body, "");
    assert_eq!(get(&lease).await.outcome.unwrap().body, "hello");
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_its_connection() {
    let server = Server::new(|_, peer| {
        peer.request();
        peer.say(b"HTTP/1.1 200 OK\r\n\r\nto the end");
    });
    let transport = to(&server, Connections::Shared);
    for _ in 0..2 {
        assert_eq!(get(&transport.lease()).await.outcome.unwrap().body, "to the end");
    }
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_is_no_failure() {
    let (closed, gone) = std::sync::mpsc::channel();
    let server = Server::new(move |_, peer| {
        peer.request();
        peer.say(OK);
        peer.stream.shutdown(std::net::Shutdown::Both).unwrap();
        closed.send(()).unwrap();
    });
    let transport = to(&server, Connections::Shared);
    for round in 1..=3 {
        // A POST: it may not be sent twice, so the closing must be seen before.
        let sent = post(&transport.lease()).await;
        assert!(sent.outcome.is_ok(), "{:?}", sent.outcome);
        assert_eq!(server.accepted(), round);
        gone.recv().unwrap();
        // One turn of the event loop, which hears of it.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(server.requests().len(), 3, "none was sent twice");
}

/// On each connection the first request is answered, the second one is read and then the service hangs up.
fn forgetful() -> Server {
    Server::new(|_, peer| {
        peer.request();
        peer.say(OK);
        peer.request();
    })
}

#[tokio::test]
async fn a_request_that_may_have_been_processed_is_not_sent_again() {
    let server = forgetful();
    let transport = to(&server, Connections::Shared);
    assert!(post(&transport.lease()).await.outcome.is_ok());
    tokio::time::sleep(LIKELY_STALE * 2).await;
    let fault = post(&transport.lease()).await.outcome.expect_err("a failure");
    assert_eq!(fault.cause, "connection closed early");
    assert_eq!((server.accepted(), server.requests().len()), (1, 2));
}

#[tokio::test]
async fn one_that_changes_nothing_is_sent_again_once_on_a_connection_that_lay_idle() {
    let server = forgetful();
    let transport = to(&server, Connections::Shared);
    assert!(get(&transport.lease()).await.outcome.is_ok());
    assert_eq!(
        get(&transport.lease()).await.outcome.expect_err("it was in use just now").cause,
        "connection closed early"
    );
    assert!(get(&transport.lease()).await.outcome.is_ok());
    tokio::time::sleep(LIKELY_STALE * 2).await;
    assert_eq!(get(&transport.lease()).await.outcome.unwrap().body, "hello");
    assert_eq!((server.accepted(), server.requests().len()), (3, 5));
}

#[tokio::test]
async fn a_name_with_several_addresses_is_reached_by_the_one_that_listens() {
    let server = Server::always(OK);
    let transport =
        Transport::new(&server.url.replace("127.0.0.1", "localhost"), Connections::Request, LONG).unwrap();
    for _ in 0..2 {
        assert_eq!(get(&transport.lease()).await.outcome.unwrap().body, "hello");
    }
    assert!(server.requests()[0].contains("host: localhost:"));
}

#[tokio::test]
async fn a_request_that_is_given_up_closes_its_connection() {
    let (told, heard) = tokio::sync::oneshot::channel();
    let told = Mutex::new(Some(told));
    let server = Server::new(move |_, peer| {
        peer.request();
        peer.wait();
        told.lock().unwrap().take().unwrap().send(()).unwrap();
    });
    let transport = to(&server, Connections::Shared);
    let lease = transport.lease();
    tokio::select! {
        _ = get(&lease) => panic!("there is no answer"),
        () = async { while server.requests().is_empty() { tokio::task::yield_now().await } } => {}
    }
    heard.await.expect("the server saw the connection end");
    assert_eq!(transport.idle(), 0);
}
