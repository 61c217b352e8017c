//! For tests: a server that does what it is told, byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server on a free port; `play` gets each connection with its number, from 0.
pub(crate) struct Server {
    pub(crate) url: String,
    accepted: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn new(play: impl Fn(usize, &mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (accepted, requests) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (count, log, play) = (Arc::clone(&accepted), Arc::clone(&requests), Arc::new(play));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let (play, log) = (Arc::clone(&play), Arc::clone(&log));
                std::thread::spawn(move || play(number, &mut Peer { stream: stream.unwrap(), log }));
            }
        });
        Self { url, accepted, requests }
    }

    /// Answers each request with the same bytes, on connections that stay.
    pub(crate) fn always(answer: &'static [u8]) -> Self {
        Self::new(move |_, peer| {
            while peer.request() {
                peer.say(answer);
            }
        })
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    log: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    /// Reads one request with its body; false when the client has hung up.
    pub(crate) fn request(&mut self) -> bool {
        let mut text = Vec::new();
        let mut byte = [0];
        while !text.ends_with(b"\r\n\r\n") {
            if !matches!(self.stream.read(&mut byte), Ok(1)) {
                return false;
            }
            text.push(byte[0]);
        }
        let mut text = String::from_utf8(text).unwrap();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.stream.read_exact(&mut body).unwrap();
        text.push_str(std::str::from_utf8(&body).unwrap());
        self.log.lock().unwrap().push(text);
        true
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        // The client may have given up already, as some of these tests want it to.
        let _ = self.stream.write_all(bytes);
    }

    /// Until the client hangs up.
    pub(crate) fn wait(&mut self) {
        let _ = self.stream.read(&mut [0]);
    }

    /// Closes with an RST instead of a FIN.
    pub(crate) fn reset(&mut self) {
        rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO)).unwrap();
    }
}
