//! Kept connections: [`Pool`].

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use hyper::header::CONNECTION;

use super::connection::Connection;
use super::sent::Reply;

/// A connection that nobody wanted for so long is closed.
const KEEP: Duration = Duration::from_secs(30);

/// Connections with nothing under way. The one that was used last is used next, so that those that are too many grow old.
#[derive(Default)]
pub(super) struct Pool(RefCell<VecDeque<Box<Connection>>>);

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Pool").field(&self.len()).finish()
    }
}

impl Pool {
    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// A connection that can be used, and how long it lay idle. Those that the service has closed are let go.
    pub(super) async fn take(&self, now: Instant) -> Option<(Box<Connection>, Duration)> {
        loop {
            let mut connection = self.0.borrow_mut().pop_back()?;
            if poll_fn(|cx| Poll::Ready(connection.usable(cx))).await {
                let idle = now.saturating_duration_since(connection.idle_since);
                return Some((connection, idle));
            }
        }
    }

    /// Keeps a connection whose answer has been read to the end, unless the service has said that it closes it.
    pub(super) fn put(&self, mut connection: Box<Connection>, reply: &Reply) {
        let closes = reply.headers.get_all(CONNECTION).iter().any(|value| {
            value
                .as_bytes()
                .split(|byte| *byte == b',')
                .any(|word| word.trim_ascii().eq_ignore_ascii_case(b"close"))
        });
        if closes {
            return;
        }
        let now = Instant::now();
        connection.idle_since = now;
        let mut kept = self.0.borrow_mut();
        if kept.front().is_some_and(|oldest| now.saturating_duration_since(oldest.idle_since) > KEEP) {
            kept.pop_front();
        }
        kept.push_back(connection);
    }
}
