//! What others offer.

use std::time::{Duration, Instant};

use bytes::Bytes;
use goose::config::GooseConfiguration;
use goose::prelude::*;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;

pub(crate) async fn reqwest(url: &str, users: usize, lasts: Duration) {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{url}/items");
    let end = Instant::now() + lasts;
    let users = (0..users).map(|_| {
        let (client, url) = (client.clone(), url.clone());
        tokio::spawn(async move {
            while Instant::now() < end {
                let answer = client.get(&url).send().await.expect("an answer");
                answer.bytes().await.expect("its body");
            }
        })
    });
    futures::future::join_all(users.collect::<Vec<_>>()).await;
}

pub(crate) async fn hyper(url: &str, users: usize, lasts: Duration) {
    let authority = url.trim_start_matches("http://").to_owned();
    let end = Instant::now() + lasts;
    let users = (0..users).map(|_| {
        let authority = authority.clone();
        tokio::spawn(async move {
            let stream = tokio::net::TcpStream::connect(&authority).await.expect("a connection");
            let _ = stream.set_nodelay(true);
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("a handshake");
            tokio::spawn(connection);
            while Instant::now() < end {
                sender.ready().await.expect("an open connection");
                let request = hyper::Request::get("/items").header("host", &authority);
                let request = request.body(Empty::<Bytes>::new()).expect("a plain request");
                let answer = sender.send_request(request).await.expect("an answer");
                answer.into_body().collect().await.expect("its body");
            }
        })
    });
    futures::future::join_all(users.collect::<Vec<_>>()).await;
}

async fn items(user: &mut GooseUser) -> TransactionResult {
    let goose = user.get("/items").await?;
    if let Ok(answer) = goose.response {
        // goose itself stops at the head.
        answer.bytes().await.expect("its body");
    }
    Ok(())
}

pub(crate) async fn goose(url: &str, users: usize, lasts: Duration) {
    let users = users.to_string();
    let seconds = format!("{}s", lasts.as_secs());
    let args = ["--host", url, "--users", &users, "--increase-rate", &users, "--run-time", &seconds];
    let quiet = ["--no-telnet", "--no-websocket", "--quiet", "--no-print-metrics"];
    let args: Vec<&str> = args.into_iter().chain(quiet).collect();
    let configuration = GooseConfiguration::parse_args_default(&args).expect("options of goose");
    GooseAttack::initialize_with_config(configuration)
        .expect("an attack")
        .register_scenario(scenario!("items").register_transaction(transaction!(items)))
        .execute()
        .await
        .expect("the attack's end");
}
