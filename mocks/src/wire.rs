//! [`Wire`]: one kept connection to the server behind the front. It speaks as much of HTTP/1.1 (RFC 9112) as that server
//! does, which is in this process: answers have a `Content-Length`, and come one after another.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::answer::bodiless;

/// The private header that tells which call it is. What a client sends under this name never gets here.
pub(crate) const TICKET: &str = "x-dryrun-ticket";
/// Room for the head of an answer and a usual body.
const ROOM: usize = 4096;
/// Room that was needed once is given back if it is more than this.
const MOST_ROOM: usize = 256 * 1024;

/// One connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    out: Vec<u8>,
    head: Vec<u8>,
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, out: Vec::with_capacity(ROOM), head: Vec::with_capacity(ROOM) })
    }

    /// Sends a call and takes its answer: the status and the body.
    pub(crate) async fn call(
        &mut self,
        method: &str,
        target: &str,
        ticket: u64,
        body: &[u8],
    ) -> io::Result<(u16, Vec<u8>)> {
        self.out.clear();
        self.head.clear();
        write!(self.out, "{method} {target} HTTP/1.1\r\nhost: mock\r\n{}: {ticket}\r\n", TICKET)?;
        if !body.is_empty() {
            write!(self.out, "content-length: {}\r\n", body.len())?;
        }
        self.out.extend_from_slice(b"\r\n");
        self.out.extend_from_slice(body);
        self.stream.write_all(&self.out).await?;
        let end = loop {
            if self.stream.read_buf(&mut self.head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(end) = self.head.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let (status, length) = head(&self.head[..end])?;
        let length = if bodiless(status) { 0 } else { length };
        let mut body = Vec::with_capacity(length);
        body.extend_from_slice(&self.head[end..]);
        while body.len() < length {
            let mut rest = (&mut self.stream).take((length - body.len()) as u64);
            if rest.read_buf(&mut body).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        if body.len() > length {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is longer than it says"));
        }
        for room in [&mut self.out, &mut self.head] {
            if room.capacity() > MOST_ROOM {
                room.shrink_to(ROOM);
            }
        }
        Ok((status, body))
    }
}

/// Status and length of an answer, by its head.
fn head(head: &[u8]) -> io::Result<(u16, usize)> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "the answer is no HTTP/1.1");
    let text = std::str::from_utf8(head).map_err(|_| wrong())?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse().ok() } else { None }
    });
    Ok((status.ok_or_else(wrong)?, length.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn a_head_is_read_or_refused() {
        assert_eq!(head(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n").unwrap(), (200, 12));
        assert_eq!(head(b"HTTP/1.1 204 No Content\r\ndate: x\r\n\r\n").unwrap(), (204, 0));
        assert!(head(b"SMTP 200\r\n\r\n").is_err());
    }

    #[tokio::test]
    async fn an_answer_in_pieces_is_put_together_and_a_short_one_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"body") {
                stream.read_buf(&mut asked).await.unwrap();
            }
            for piece in ["HTTP/1.1 201 Created\r\ncontent-", "length: 6\r\n\r\nab", "cdef"] {
                stream.write_all(piece.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
                tokio::task::yield_now().await;
            }
            let mut next = [0; 4];
            let _ = stream.read_exact(&mut next).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nab").await.unwrap();
            String::from_utf8(asked).unwrap()
        });
        let mut wire = Wire::connect(address).await.unwrap();
        assert_eq!(wire.call("POST", "/a?b=c", 7, b"body").await.unwrap(), (201, b"abcdef".to_vec()));
        assert!(wire.call("GET", "/", 8, b"").await.is_err());
        let asked = serving.await.unwrap();
        assert!(asked.starts_with("POST /a?b=c HTTP/1.1\r\n") && asked.contains("x-dryrun-ticket: 7\r\n"));
    }
}
