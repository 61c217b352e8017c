//! [`Wire`]: the kept connection to the server behind the front. Calls go one behind another without waiting for the
//! answers before them (pipelining, RFC 9112, 9.3.2): those that come at the same time share one write and one read.
//! It speaks as much of HTTP/1.1 as that server does, which is in this process: answers have a `Content-Length`.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

use crate::answer::bodiless;

/// The private header that tells which call it is. What a client sends under this name never gets here.
pub(crate) const TICKET: &str = "x-dryrun-ticket";
/// Room for the calls of one write, or the answers of one read.
const ROOM: usize = 16 * 1024;
/// Room that was needed once is given back if it is more than this.
const MOST_ROOM: usize = 256 * 1024;
/// At most so many calls share a write.
const MOST_CALLS: usize = 64;

/// Status and body of an answer.
pub(crate) type Told = (u16, Vec<u8>);

/// A call on its way out.
struct Asked {
    /// The request line and the ticket.
    head: String,
    body: Bytes,
    answer: oneshot::Sender<io::Result<Told>>,
}

/// Those whose answers have not come yet, in the order in which they were asked. `None` when none will come.
type Waiting = Arc<Mutex<Option<VecDeque<oneshot::Sender<io::Result<Told>>>>>>;

/// One connection. Dropping it ends it.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    asked: mpsc::UnboundedSender<Asked>,
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        let (asked, queue) = mpsc::unbounded_channel();
        let waiting: Waiting = Arc::new(Mutex::new(Some(VecDeque::new())));
        tokio::spawn(listen(read, Arc::clone(&waiting)));
        tokio::spawn(speak(write, queue, waiting));
        Ok(Self { asked })
    }

    /// Whether no call can be sent any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.asked.is_closed()
    }

    /// Sends a call and takes its answer: the status and the body.
    pub(crate) async fn call(
        &self,
        method: &str,
        target: &str,
        ticket: u64,
        body: Bytes,
    ) -> io::Result<Told> {
        let mut head = format!("{method} {target} HTTP/1.1\r\nhost: mock\r\n{TICKET}: {ticket}\r\n");
        if !body.is_empty() {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        let (answer, answered) = oneshot::channel();
        self.asked.send(Asked { head, body, answer }).map_err(|_| lost())?;
        answered.await.unwrap_or_else(|_| Err(lost()))
    }
}

fn lost() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended before the answer")
}

fn held(waiting: &Waiting) -> MutexGuard<'_, Option<VecDeque<oneshot::Sender<io::Result<Told>>>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes what is asked, until nobody can ask any more or the connection ends.
async fn speak(mut write: OwnedWriteHalf, mut queue: mpsc::UnboundedReceiver<Asked>, waiting: Waiting) {
    let (mut batch, mut out) = (Vec::with_capacity(MOST_CALLS), Vec::with_capacity(ROOM));
    while queue.recv_many(&mut batch, MOST_CALLS).await > 0 {
        // Those who are about to ask get the chance to come along.
        tokio::task::yield_now().await;
        while batch.len() < MOST_CALLS
            && let Ok(next) = queue.try_recv()
        {
            batch.push(next);
        }
        {
            let mut waiting = held(&waiting);
            let Some(waiting) = waiting.as_mut() else { return };
            for Asked { head, body, answer } in batch.drain(..) {
                // Whoever hung up in the meantime has not asked.
                if answer.is_closed() {
                    continue;
                }
                out.extend_from_slice(head.as_bytes());
                out.extend_from_slice(b"\r\n");
                out.extend_from_slice(&body);
                waiting.push_back(answer);
            }
        }
        if write.write_all(&out).await.is_err() {
            // Those who wait are told by the other half, which meets the same end.
            return;
        }
        out.clear();
        if out.capacity() > MOST_ROOM {
            out.shrink_to(ROOM);
        }
    }
}

/// Reads answers and hands them to those who wait, until the connection ends.
async fn listen(mut read: OwnedReadHalf, waiting: Waiting) {
    let mut room = BytesMut::with_capacity(ROOM);
    let end = loop {
        match read.read_buf(&mut room).await {
            Ok(0) => break lost(),
            Ok(_) => {}
            Err(error) => break error,
        }
        loop {
            match answer(&mut room) {
                Ok(Some(told)) => {
                    let next = held(&waiting).as_mut().and_then(VecDeque::pop_front);
                    // Nobody there: the client has hung up.
                    let _ = next.map(|answer| answer.send(Ok(told)));
                }
                Ok(None) => break,
                Err(error) => return over(&waiting, &error),
            }
        }
        room.reserve(ROOM / 2);
    };
    over(&waiting, &end);
}

/// Tells all who wait that no answer will come.
fn over(waiting: &Waiting, why: &io::Error) {
    let left = held(waiting).take();
    for answer in left.into_iter().flatten() {
        let _ = answer.send(Err(io::Error::new(why.kind(), why.to_string())));
    }
}

/// Takes the first answer out of what was read, once it is there as a whole.
fn answer(room: &mut BytesMut) -> io::Result<Option<Told>> {
    let Some(end) = room.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let (status, length) = head(&room[..end])?;
    let length = if bodiless(status) { 0 } else { length };
    if room.len() < end + 4 + length {
        room.reserve(end + 4 + length - room.len());
        return Ok(None);
    }
    room.advance(end + 4);
    let body = room[..length].to_vec();
    room.advance(length);
    Ok(Some((status, body)))
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

    /// Reads until that was asked, and says what was read.
    async fn until(stream: &mut TcpStream, end: &str) -> String {
        let mut asked = Vec::new();
        while !asked.ends_with(end.as_bytes()) {
            assert_ne!(stream.read_buf(&mut asked).await.unwrap(), 0, "asked only {asked:?}");
        }
        String::from_utf8(asked).unwrap()
    }

    #[tokio::test]
    async fn answers_in_pieces_find_those_who_asked_in_their_order() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            // Nothing is answered before both have asked: one connection carries both.
            let asked = until(&mut stream, "second").await;
            for piece in [
                "HTTP/1.1 201 Created\r\ncontent-",
                "length: 6\r\n\r\nab",
                "cdefHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx",
            ] {
                stream.write_all(piece.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
                tokio::task::yield_now().await;
            }
            asked
        });
        let wire = Wire::connect(address).await.unwrap();
        let (one, two, three) = tokio::join!(
            wire.call("POST", "/a?b=c", 7, Bytes::from_static(b"body")),
            wire.call("GET", "/", 8, Bytes::new()),
            wire.call("POST", "/", 9, Bytes::from_static(b"second")),
        );
        assert_eq!(one.unwrap(), (201, b"abcdef".to_vec()));
        assert_eq!((two.unwrap(), three.unwrap()), ((204, Vec::new()), (200, b"x".to_vec())));
        let asked = serving.await.unwrap();
        assert!(asked.starts_with("POST /a?b=c HTTP/1.1\r\n") && asked.contains("x-dryrun-ticket: 7\r\n"));
        assert!(asked.contains("\r\n\r\nbodyGET / HTTP/1.1\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn a_short_answer_is_an_error_for_all_who_wait_and_the_end_of_the_wire() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = until(&mut stream, "second").await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nab").await.unwrap();
        });
        let wire = Wire::connect(address).await.unwrap();
        let (one, two) = tokio::join!(
            wire.call("POST", "/", 1, Bytes::from_static(b"first")),
            wire.call("POST", "/", 2, Bytes::from_static(b"second")),
        );
        assert!(one.is_err() && two.is_err());
        serving.await.unwrap();
        // The writing half learns of the end when it next has something to write.
        assert!(wire.call("GET", "/", 3, Bytes::new()).await.is_err());
        assert!(wire.call("GET", "/", 4, Bytes::new()).await.is_err() && wire.is_closed());
    }

    #[tokio::test]
    async fn an_answer_that_nobody_waits_for_is_not_given_to_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, is_asked) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = until(&mut stream, "first").await;
            asked.send(()).unwrap();
            let _ = until(&mut stream, "second").await;
            let answers =
                b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n2";
            stream.write_all(answers).await.unwrap();
        });
        let wire = Wire::connect(address).await.unwrap();
        let gone = tokio::spawn({
            let wire = wire.clone();
            async move { wire.call("POST", "/", 1, Bytes::from_static(b"first")).await }
        });
        is_asked.await.unwrap();
        gone.abort();
        assert!(gone.await.is_err());
        let told = wire.call("POST", "/", 2, Bytes::from_static(b"second")).await.unwrap();
        assert_eq!(told, (200, b"2".to_vec()));
        serving.await.unwrap();
    }
}
