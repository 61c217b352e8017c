//! Every way in which a request can have no whole answer.

use super::*;

/// Why a GET fails with this server.
async fn cause(server: &Server) -> Fault {
    let transport = to(server, Connections::Shared);
    let sent = get(&transport.lease()).await;
    assert_eq!(transport.idle(), 0, "what broke is not used again");
    sent.outcome.expect_err("a failure")
}

#[tokio::test]
async fn nobody_listening_is_connection_refused() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for scheme in ["http", "https"] {
        let transport = Transport::new(&format!("{scheme}://{free}"), Connections::Shared, LONG).unwrap();
        let sent = get(&transport.lease()).await;
        assert_eq!(sent.outcome.expect_err("a failure").cause, "connection refused", "{scheme}");
        assert_eq!((sent.bytes, sent.timing.head), (0, None));
    }
}

#[tokio::test]
async fn an_rst_is_connection_reset() {
    let server = Server::new(|_, peer| {
        peer.request();
        peer.reset();
    });
    assert_eq!(cause(&server).await.cause, "connection reset");
}

#[tokio::test]
async fn hanging_up_before_or_within_an_answer_is_connection_closed_early() {
    let silent = Server::new(|_, peer| {
        peer.request();
    });
    assert_eq!(cause(&silent).await.cause, "connection closed early");
    let half_a_head = Server::new(|_, peer| {
        peer.request();
        peer.say(b"HTTP/1.1 200 OK\r\ncontent-");
    });
    assert_eq!(cause(&half_a_head).await.cause, "connection closed early");
    for half in ["content-length: 5\r\n\r\nhel", "transfer-encoding: chunked\r\n\r\n5\r\nhel"] {
        let server = Server::new(move |_, peer| {
            peer.request();
            peer.say(format!("HTTP/1.1 200 OK\r\n{half}").as_bytes());
        });
        let transport = to(&server, Connections::Shared);
        let sent = get(&transport.lease()).await;
        assert_eq!(sent.outcome.expect_err("half a body").cause, "connection closed early", "{half}");
        assert!(sent.timing.head.is_some());
        assert_eq!(sent.bytes, 3);
    }
}

#[tokio::test]
async fn something_else_than_http_is_not_http() {
    let server = Server::new(|_, peer| {
        peer.request();
        peer.say(b"220 mail.example ESMTP ready\r\n\r\n");
        peer.wait();
    });
    assert_eq!(cause(&server).await.cause, "not HTTP");
}

#[tokio::test]
async fn time_is_up_before_the_head_and_within_the_body() {
    let limit = Duration::from_millis(80);
    for (answer, waited, bytes) in [
        (&b""[..], "the head", 0),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel", "the rest of an answer's body", 3),
    ] {
        let server = Server::new(move |_, peer| {
            peer.request();
            peer.say(answer);
            peer.wait();
        });
        let transport = Transport::new(&server.url, Connections::Shared, limit).unwrap();
        let sent = get(&transport.lease()).await;
        let fault = sent.outcome.expect_err("no whole answer");
        assert_eq!((fault.cause, sent.bytes), ("timeout", bytes));
        assert!(fault.detail.contains(waited), "{fault}");
        assert!(sent.timing.ended - sent.timing.sent >= limit - Duration::from_millis(2));
        assert_eq!(sent.timing.head.is_some(), bytes > 0);
        assert_eq!(transport.idle(), 0, "a late answer must not be taken for the next one's");
    }
}

#[tokio::test]
async fn a_body_longer_than_the_limit_is_not_held() {
    let server = Server::always(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello you");
    for (limit, fits) in [(8, false), (9, true)] {
        let transport = to(&server, Connections::Shared).body_limit(limit);
        let outcome = get(&transport.lease()).await.outcome;
        assert_eq!(
            outcome.map_err(|fault| fault.cause).map(|reply| reply.body.len()),
            match fits {
                true => Ok(9),
                false => Err("body too long"),
            }
        );
    }
}

#[tokio::test]
async fn https_to_one_who_does_not_speak_it_is_tls() {
    let plain = Server::new(|_, peer| {
        peer.wait();
        peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let silent = Server::new(|_, peer| peer.wait());
    for server in [plain, silent] {
        let base = server.url.replace("http:", "https:");
        let transport = Transport::new(&base, Connections::Shared, LONG).unwrap();
        let fault = get(&transport.lease()).await.outcome.expect_err("no handshake");
        assert_eq!(fault.cause, "tls", "{fault}");
    }
}
