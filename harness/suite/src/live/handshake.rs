//! The opening handshake (RFC 6455, section 4), as a request with an answer: [`shake`]. A refusal is read to the end of its
//! body, so that a contract can judge it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderMap;
use tokio_tungstenite::{WebSocketStream, client_async};

/// How long the rest of a refusal is waited for once its head is there.
const REST: Duration = Duration::from_secs(2);

/// The longest refusal that is read, in bytes.
const LIMIT: usize = 1 << 20;

/// What was sent, and what came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handshake {
    /// The headers of the request, names in lower case.
    pub sent: Vec<(String, String)>,
    /// The status of the answer: 101 when the connection is open; 0 when none came.
    pub status: u16,
    /// The headers of the answer, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body of a refusal.
    pub body: Vec<u8>,
    /// Why there is no answer, or not the whole of it.
    pub error: Option<String>,
}

/// Sends the request and waits for the answer's end. The stream is there when the answer is 101.
pub(super) async fn shake(request: Request) -> (Option<WebSocketStream<Socket>>, Handshake) {
    let mut handshake = Handshake { sent: listed(request.headers()), ..Handshake::default() };
    let socket = match connected(&request).await {
        Ok(socket) => socket,
        Err(error) => {
            handshake.error = Some(error);
            return (None, handshake);
        }
    };
    let mut rest = socket.clone();
    match client_async(request, socket).await {
        Ok((stream, answer)) => {
            handshake.status = answer.status().as_u16();
            handshake.headers = listed(answer.headers());
            (Some(stream), handshake)
        }
        Err(Error::Http(answer)) => {
            handshake.status = answer.status().as_u16();
            handshake.headers = listed(answer.headers());
            let read = tokio::time::timeout(REST, whole(&answer, &mut rest)).await;
            match read.unwrap_or_else(|_| Err("the refusal did not come to its end".to_owned())) {
                Ok(body) => handshake.body = body,
                Err(error) => handshake.error = Some(error),
            }
            (None, handshake)
        }
        Err(error) => {
            handshake.error = Some(error.to_string());
            (None, handshake)
        }
    }
}

async fn connected(request: &Request) -> Result<Socket, String> {
    let uri = request.uri();
    let host = uri.host().ok_or("the address has no host")?.trim_matches(['[', ']']);
    let port = match (uri.port_u16(), uri.scheme_str()) {
        (_, Some("wss")) => return Err("a WebSocket over TLS (wss) is not supported".to_owned()),
        (Some(port), _) => port,
        (None, _) => 80,
    };
    let stream = TcpStream::connect((host, port)).await.map_err(|error| error.to_string())?;
    Ok(Socket(Arc::new(Mutex::new(stream))))
}

/// The body of an answer, of which the library has read the beginning.
async fn whole(answer: &Response, rest: &mut Socket) -> Result<Vec<u8>, String> {
    let mut body = answer.body().clone().unwrap_or_default();
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let chunked =
        header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    let length = header("content-length").and_then(|value| value.trim().parse::<usize>().ok());
    loop {
        if chunked {
            if let Some(body) = unchunked(&body) {
                return Ok(body);
            }
        } else if let Some(length) = length.filter(|length| *length <= body.len()) {
            body.truncate(length);
            return Ok(body);
        }
        if body.len() > LIMIT {
            return Err("the refusal is longer than 1 MiB".to_owned());
        }
        let read =
            rest.read_buf(&mut body).await.map_err(|error| format!("the refusal broke off: {error}"))?;
        if read == 0 {
            return if chunked || length.is_some() {
                Err("the refusal broke off".to_owned())
            } else {
                Ok(body)
            };
        }
    }
}

/// What a chunked body holds (RFC 9112, section 7.1); `None` while it is not whole.
fn unchunked(mut raw: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = raw.windows(2).position(|pair| pair == b"\r\n")?;
        let line = std::str::from_utf8(&raw[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        raw = &raw[end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(raw.get(..size)?);
        raw = raw.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

/// A connection that can still be read when the library has given it up.
#[derive(Debug, Clone)]
pub(super) struct Socket(Arc<Mutex<TcpStream>>);

impl Socket {
    fn with<T>(&self, what: impl FnOnce(Pin<&mut TcpStream>) -> T) -> T {
        what(Pin::new(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.with(|stream| stream.poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_shutdown(cx))
    }
}

#[cfg(test)]
mod tests {
    use super::unchunked;

    #[test]
    fn chunks_are_joined_once_all_are_there() {
        let raw = b"5;x=y\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
        assert_eq!(unchunked(raw).as_deref(), Some(&b"hello!"[..]));
        for cut in 1..raw.len() - 4 {
            assert_eq!(unchunked(&raw[..cut]), None, "{cut}");
        }
    }
}
