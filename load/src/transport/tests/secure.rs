//! The way by reqwest.

use super::*;

/// The way of https, without its TLS: no certificate is needed, and everything else is the same.
fn by_reqwest(server: &Server, connections: Connections, timeout: Duration) -> Transport {
    let mut address = Address::new(&server.url).unwrap();
    address.secure = true;
    let wire = Wire::Secure(Secure::new(&address, connections).unwrap());
    Transport { inner: Rc::new(Inner { address, connections, timeout, limit: BODY_LIMIT, wire }) }
}

#[tokio::test]
async fn by_way_of_reqwest_the_same_comes_and_connecting_is_not_told() {
    let server = Server::always(OK);
    let transport = by_reqwest(&server, Connections::Shared, LONG);
    let mut call = call(&transport, Method::POST, "/x?y=1", "{}");
    call.headers.insert("x-own", HeaderValue::from_static("1"));
    let sent = transport.lease().send(call, Instant::now()).await;
    assert_eq!((sent.timing.connect, sent.bytes), (None, 5));
    assert!(sent.timing.head.is_some_and(|head| head >= sent.timing.sent && head <= sent.timing.ended));
    assert_eq!(sent.outcome.unwrap().body, "hello");
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /x?y=1 HTTP/1.1\r\n") && request.ends_with("\r\n\r\n{}"), "{request}");
    assert!(request.contains("x-own: 1\r\n"), "{request}");
    let limited = by_reqwest(&server, Connections::Shared, LONG).body_limit(4);
    assert_eq!(get(&limited.lease()).await.outcome.expect_err("too long").cause, "body too long");
}

#[tokio::test]
async fn by_way_of_reqwest_connections_are_used_as_they_are_to_be() {
    for (connections, wanted) in
        [(Connections::Shared, 1), (Connections::Iteration, 2), (Connections::Request, 4)]
    {
        let server = Server::always(OK);
        let transport = by_reqwest(&server, connections, LONG);
        for _ in 0..2 {
            let lease = transport.lease();
            for _ in 0..2 {
                assert!(get(&lease).await.outcome.is_ok());
                // reqwest takes a connection back in a task of its own.
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(server.accepted(), wanted, "{connections:?}");
    }
}

#[tokio::test]
async fn by_way_of_reqwest_failures_have_the_same_causes() {
    let closed = Server::new(|_, peer| {
        peer.request();
    });
    let half = Server::new(|_, peer| {
        peer.request();
        peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel");
    });
    let reset = Server::new(|_, peer| {
        peer.request();
        peer.reset();
    });
    let other = Server::new(|_, peer| {
        peer.request();
        peer.say(b"220 mail.example ESMTP ready\r\n\r\n");
        peer.wait();
    });
    let slow = Server::new(|_, peer| {
        peer.request();
        peer.wait();
    });
    for (server, limit, wanted) in [
        (closed, LONG, "connection closed early"),
        (half, LONG, "connection closed early"),
        (reset, LONG, "connection reset"),
        (other, LONG, "not HTTP"),
        (slow, Duration::from_millis(80), "timeout"),
    ] {
        let sent = get(&by_reqwest(&server, Connections::Shared, limit).lease()).await;
        let fault = sent.outcome.expect_err("a failure");
        assert_eq!(fault.cause, wanted, "{fault}");
    }
}
