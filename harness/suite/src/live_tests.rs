//! Tests of `live.rs` against a server on tokio-tungstenite's own accept side.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::*;

fn far() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// A server that greets, echoes, and closes with 1008 at the word `bad`.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let Ok(mut socket) = accept_async(stream).await else { return };
                socket.send(Message::text(r#"{"type": "welcome"}"#)).await.unwrap();
                while let Some(Ok(message)) = socket.next().await {
                    match message {
                        Message::Text(text) if text.as_str() == "bad" => {
                            let frame = CloseFrame { code: CloseCode::Policy, reason: "no".into() };
                            let _ = socket.close(Some(frame)).await;
                        }
                        Message::Text(text) => socket.send(Message::Text(text)).await.unwrap(),
                        _ => {}
                    }
                }
            });
        }
    });
    format!("ws://{address}/live")
}

type Log = Arc<Mutex<Vec<(FrameWay, String)>>>;

fn opening(url: String) -> (Opening, Log) {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let recorder: Recorder = Arc::new(move |way, text| seen.lock().unwrap().push((way, text.to_owned())));
    (Opening { url, headers: vec![("x-test".to_owned(), "1".to_owned())], session: None, recorder }, log)
}

#[tokio::test]
async fn messages_are_kept_and_waited_for() {
    let (opening, log) = opening(server().await);
    let client = Client::open(opening).await.unwrap();
    assert_eq!(client.handshake().status, 101);
    client.send("hello").unwrap();
    let found = client.wait_for(far(), |all, _| all.iter().position(|message| message.text == "hello")).await;
    assert_eq!(found, Some(1));
    assert_eq!(client.messages()[0].json.as_ref().unwrap()["type"], "welcome");
    let soon = Instant::now() + Duration::from_millis(20);
    assert_eq!(client.wait_for(soon, |all, _| all.get(2).cloned()).await, None);
    client.leave().unwrap();
    let closed = client.wait_for(far(), |_, closed| closed.cloned()).await.unwrap();
    assert!(closed.by_us);
    assert!(client.send("late").is_err());
    let ways: Vec<FrameWay> = log.lock().unwrap().iter().map(|(way, _)| *way).collect();
    assert_eq!(ways[0], FrameWay::Opened);
    assert_eq!(ways.last(), Some(&FrameWay::Closed));
    assert!(ways.contains(&FrameWay::Sent) && ways.contains(&FrameWay::Received));
}

#[tokio::test]
async fn a_close_of_the_other_side_is_told_with_its_code() {
    let (opening, log) = opening(server().await);
    let client = Client::open(opening).await.unwrap();
    client.send("bad").unwrap();
    let closed = client.wait_for(far(), |_, closed| closed.cloned()).await.unwrap();
    assert_eq!((closed.code, closed.reason.as_str(), closed.by_us), (Some(1008), "no", false));
    assert_eq!(log.lock().unwrap().last().unwrap(), &(FrameWay::Closed, "1008 no".to_owned()));
    let again = Client::open(client.opening().clone()).await.unwrap();
    again.cut().unwrap();
    assert!(again.wait_for(far(), |_, closed| closed.cloned()).await.unwrap().by_us);
}

#[tokio::test]
async fn a_refused_handshake_tells_its_status() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/x", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await;
        let _ = stream
            .write_all(b"HTTP/1.1 403 Forbidden\r\nX-Why: room\r\ncontent-length: 9\r\n\r\n{\"a\"")
            .await;
        let _ = stream.flush().await;
        // The rest comes when the head was read; what is behind it belongs to no one.
        tokio::task::yield_now().await;
        let _ = stream.write_all(b": 12}more").await;
    });
    let refused = Client::open(opening(url).0).await.unwrap_err();
    assert_eq!(refused.status, Some(403));
    let handshake = refused.handshake.unwrap();
    assert_eq!(String::from_utf8(handshake.body).unwrap(), "{\"a\": 12}");
    assert_eq!((handshake.status, handshake.error), (403, None));
    assert!(handshake.headers.contains(&("x-why".to_owned(), "room".to_owned())));
    assert!(handshake.sent.contains(&("x-test".to_owned(), "1".to_owned())), "{:?}", handshake.sent);
    assert_eq!(Client::open(opening("nonsense".to_owned()).0).await.unwrap_err().status, None);
}
