//! One connection: [`Connection`]. Whoever waits for an answer drives it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http_body_util::Full;
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::address::Address;
use super::fault::Fault;
use super::marks::Marks;
use super::sent::Reply;

/// What a request carries.
pub(super) type Payload = Full<Bytes>;

/// An open connection. Large: it is handed around in a box.
pub(super) struct Connection {
    sender: http1::SendRequest<Payload>,
    /// `None` when it has ended.
    wire: Option<http1::Connection<TokioIo<TcpStream>, Payload>>,
    /// How it ended.
    end: Option<hyper::Error>,
    /// Since when nothing is under way on it.
    pub(super) idle_since: Instant,
}

/// Why an exchange did not come to its end.
pub(super) struct Broken {
    pub(super) fault: Fault,
    /// The request, when no byte of it was sent.
    pub(super) unsent: Option<Box<Request<Payload>>>,
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self { fault, unsent: None }
    }
}

impl Connection {
    /// Tries all addresses of the service, the one that answered last first.
    pub(super) async fn open(address: &Address) -> Result<Box<Self>, Fault> {
        let (count, first) = (address.sockets.len(), address.good.get());
        let mut fault = None;
        for index in (0..count).map(|step| (first + step) % count) {
            match TcpStream::connect(address.sockets[index]).await {
                Ok(stream) => {
                    address.good.set(index);
                    return Self::over(stream).await;
                }
                Err(error) => fault = Some(Fault::of_io(&error)),
            }
        }
        Err(fault.unwrap_or_else(|| Fault::new("unreachable", "the host has no address")))
    }

    async fn over(stream: TcpStream) -> Result<Box<Self>, Fault> {
        // Refused by a socket that is gone already, which the first write will tell.
        let _ = stream.set_nodelay(true);
        let (sender, wire) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| Fault::of_hyper(&error))?;
        Ok(Box::new(Self { sender, wire: Some(wire), end: None, idle_since: Instant::now() }))
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(wire) = &mut self.wire
            && let Poll::Ready(end) = Pin::new(wire).poll(cx)
        {
            self.end = end.err();
            self.wire = None;
        }
    }

    /// Whether a request can be sent on it now: the service has not closed it, and nothing is under way.
    pub(super) fn usable(&mut self, cx: &mut Context<'_>) -> bool {
        self.drive(cx);
        self.wire.is_some() && self.sender.is_ready()
    }

    /// Sends a request and reads its answer to the end.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Payload>,
        limit: usize,
        marks: &mut Marks,
    ) -> Result<Reply, Broken> {
        let answer = self.sender.try_send_request(request);
        let mut answer = pin!(answer);
        let answer = poll_fn(|cx| {
            self.drive(cx);
            answer.as_mut().poll(cx)
        });
        let answer = answer.await.map_err(|mut error| {
            let unsent = error.take_message().map(Box::new);
            // What ended the connection says more than that it has ended.
            let fault = Fault::of_hyper(self.end.as_ref().unwrap_or_else(|| error.error()));
            Broken { fault, unsent }
        })?;
        marks.head = Some(Instant::now());
        let (head, body) = answer.into_parts();
        let body = self.whole(body, limit, marks).await?;
        Ok(Reply { status: head.status, headers: head.headers, body })
    }

    async fn whole(&mut self, mut body: Incoming, limit: usize, marks: &mut Marks) -> Result<Bytes, Fault> {
        let (mut first, mut more) = (Bytes::new(), BytesMut::new());
        while !body.is_end_stream() {
            let Some(frame) = poll_fn(|cx| self.frame(&mut body, cx)).await else { break };
            let frame = frame.map_err(|error| Fault::of_hyper(&error))?;
            let Ok(data) = frame.into_data() else { continue };
            marks.bytes += data.len();
            if marks.bytes > limit {
                return Err(Fault::too_long(limit));
            }
            // Most answers come in one piece, which is then not copied.
            if first.is_empty() && more.is_empty() {
                first = data;
            } else {
                if more.is_empty() {
                    more.extend_from_slice(&std::mem::take(&mut first));
                }
                more.extend_from_slice(&data);
            }
        }
        Ok(if more.is_empty() { first } else { more.freeze() })
    }

    /// The next part of a body. What has been read already comes first; only then the connection is driven on.
    fn frame(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, hyper::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        self.drive(cx);
        Pin::new(body).poll_frame(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::Server;

    #[tokio::test]
    async fn a_request_of_which_no_byte_was_sent_comes_back() {
        let server = Server::always(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        let mut connection = Connection::open(&Address::new(&server.url).unwrap()).await.ok().unwrap();
        // It ends between the look at it and the sending.
        connection.wire = None;
        let request = Request::post("/only-once").body(Payload::default()).unwrap();
        let broken = connection.exchange(request, 9, &mut Marks::new(Instant::now())).await.err().unwrap();
        assert_eq!(broken.unsent.unwrap().uri(), "/only-once");
        assert_eq!(broken.fault.cause, "connection closed early");
        assert!(server.requests().is_empty());
    }
}
