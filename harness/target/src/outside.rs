//! The deny proxy: [`Outside`] stands where the service under test is told its HTTP proxy is, refuses everything, and
//! tells what was tried.
//!
//! It observes, it does not enforce: a client that ignores proxy variables, and everything that is not HTTP, passes it
//! by. Reports must say so.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The most that is read of a request's head, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// How long a client may take to send its head.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// Something that the service tried to reach through its proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// `GET`, `CONNECT`…
    pub method: String,
    /// Host, with its port when one was written.
    pub destination: String,
    /// Path and query; empty for `CONNECT`.
    pub path: String,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
}

/// Whoever wants to know of attempts.
pub type AttemptSink = Arc<dyn Fn(Attempt) + Send + Sync>;

/// The listener. Dropping it closes it.
#[derive(Debug)]
pub struct Outside {
    url: String,
    task: JoinHandle<()>,
}

impl Outside {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(sink: AttemptSink) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(refuse(stream, Arc::clone(&sink)));
            }
        });
        Ok(Self { url, task })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The variables that make HTTP clients use it, in both spellings, loopback left out.
    pub fn environment(&self) -> Vec<(String, String)> {
        let local = "localhost,127.0.0.1,::1,[::1]";
        let pairs = [
            ("HTTP_PROXY", self.url.as_str()),
            ("HTTPS_PROXY", self.url.as_str()),
            ("ALL_PROXY", self.url.as_str()),
            ("NO_PROXY", local),
        ];
        let both = |(name, value): (&str, &str)| {
            [(name.to_owned(), value.to_owned()), (name.to_lowercase(), value.to_owned())]
        };
        pairs.into_iter().flat_map(both).collect()
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn refuse(mut stream: TcpStream, sink: AttemptSink) {
    let Ok(Some(head)) = tokio::time::timeout(HEAD_TIME, head(&mut stream)).await else { return };
    let attempt = parse(&head);
    let text = format!("dryrun: nothing may leave this rehearsal; {} was refused\n", attempt.destination);
    // Told before it is answered: whoever sees the refusal can count on the record.
    sink(attempt);
    let answer = format!(
        "HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut part = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < HEAD_LIMIT {
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => break,
            Ok(read) => head.extend_from_slice(&part[..read]),
        }
    }
    (!head.is_empty()).then(|| String::from_utf8_lossy(&head).into_owned())
}

fn parse(head: &str) -> Attempt {
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let headers: Vec<(String, String)> = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
        .collect();
    let mut words = first.split_whitespace();
    let method: String = words.next().unwrap_or_default().chars().take(20).collect();
    let target = words.next().unwrap_or_default();
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    let (host, path) = match rest.find('/') {
        Some(at) if method != "CONNECT" => (&rest[..at], &rest[at..]),
        _ => (rest, ""),
    };
    let named = headers.iter().find(|(name, _)| name == "host").map(|(_, value)| value.as_str());
    let destination = if host.is_empty() { named.unwrap_or("an unnamed host") } else { host };
    Attempt { method, destination: destination.to_owned(), path: path.to_owned(), headers }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    async fn talk(url: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn every_attempt_is_refused_and_told() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let outside =
            Outside::start(Arc::new(move |attempt| sink.lock().unwrap().push(attempt))).await.unwrap();
        let answer = talk(
            outside.url(),
            "GET http://telemetry.example.com/v1?x=1 HTTP/1.1\r\nHost: telemetry.example.com\r\nTraceparent: t\r\n\r\n",
        )
        .await;
        assert!(
            answer.starts_with("HTTP/1.1 403 ") && answer.contains("telemetry.example.com was refused"),
            "{answer}"
        );
        talk(outside.url(), "CONNECT api.example.com:443 HTTP/1.1\r\n\r\n").await;
        let seen = seen.lock().unwrap();
        assert_eq!(
            (seen[0].destination.as_str(), seen[0].path.as_str()),
            ("telemetry.example.com", "/v1?x=1")
        );
        assert_eq!(seen[0].headers[1], ("traceparent".to_owned(), "t".to_owned()));
        assert_eq!(
            (seen[1].method.as_str(), seen[1].destination.as_str()),
            ("CONNECT", "api.example.com:443")
        );
        assert!(seen[1].path.is_empty());
        let names: Vec<String> = outside.environment().into_iter().map(|(name, _)| name).collect();
        assert!(names.contains(&"https_proxy".to_owned()) && names.contains(&"NO_PROXY".to_owned()));
    }
}
