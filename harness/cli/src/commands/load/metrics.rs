//! `--metrics-listen`: the figures of a run as Prometheus text, while it goes on. [`Metrics`].

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use dryrun_record::EventStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::exit::Stop;

/// The most of a request that is read.
const REQUEST_LIMIT: usize = 8 * 1024;
/// How long somebody who asks may take to ask.
const PATIENCE: Duration = Duration::from_secs(5);
/// The format's own media type: Prometheus, "Text-based format", version 0.0.4.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Serves until it is dropped.
#[derive(Debug)]
pub(crate) struct Metrics {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Metrics {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Metrics {
    /// Draws the figures of the record anew for each who asks.
    pub(crate) fn serve(listener: TcpListener, events: EventStream) -> Result<Self, Stop> {
        let address = listener.local_addr().map_err(Stop::environment)?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let events = events.clone();
                tokio::spawn(async move {
                    let draw = || events.with_record(dryrun_reports::load::prometheus);
                    let _ = tokio::time::timeout(PATIENCE, answer(stream, draw)).await;
                });
            }
        });
        Ok(Self { address, task })
    }

    /// Where it is read.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/metrics", self.address)
    }
}

/// Takes the address before anything else begins: it may be taken.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Stop> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("--metrics-listen: {address} could not be listened on"))
        .map_err(Stop::environment)
}

async fn answer(mut stream: TcpStream, draw: impl FnOnce() -> String) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if request.len() > REQUEST_LIMIT || stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&request);
    let mut words = text.split_ascii_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    let (status, media_type, body) = match (method, path) {
        ("GET" | "HEAD", "/metrics") => ("200 OK", MEDIA_TYPE, draw()),
        ("GET" | "HEAD", _) => {
            ("404 Not Found", "text/plain; charset=utf-8", "the figures are at /metrics\n".to_owned())
        }
        _ => ("405 Method Not Allowed", "text/plain; charset=utf-8", "only GET\n".to_owned()),
    };
    let allow = if status.starts_with("405") { "allow: GET, HEAD\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n{allow}connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    if method != "HEAD" {
        stream.write_all(body.as_bytes()).await?;
    }
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(request: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).await.unwrap();
            text
        };
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            answer(stream, || "up 1\n".to_owned()).await.unwrap();
        };
        tokio::join!(client, server).0
    }

    #[tokio::test]
    async fn figures_are_served_at_one_path() {
        let text = asked("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("\r\n\r\nup 1\n"), "{text}");
        assert!(
            text.contains("content-type: text/plain; version=0.0.4")
                && text.contains("content-length: 5\r\n")
        );
        assert!(asked("GET /metrics?x=1 HTTP/1.1\r\n\r\n").await.contains("up 1"));
        assert!(asked("HEAD /metrics HTTP/1.1\r\n\r\n").await.ends_with("\r\n\r\n"));
    }

    #[tokio::test]
    async fn anything_else_is_told_where_they_are() {
        assert!(asked("GET / HTTP/1.1\r\n\r\n").await.contains("404 Not Found"));
        let text = asked("POST /metrics HTTP/1.1\r\n\r\n").await;
        assert!(text.contains("405 Method Not Allowed") && text.contains("allow: GET, HEAD"), "{text}");
    }
}
