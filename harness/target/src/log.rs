//! What the service writes: line by line to a [`LogSink`], and a tail for error messages.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Hears every line: the stream (`stdout` or `stderr`) and the line without its end. Called from a task of the
/// runtime, so it should not block.
pub type LogSink = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// The longest line kept, in bytes; the rest of a longer one is counted and dropped.
pub const LINE_LIMIT: usize = 16 * 1024;

/// How many lines the tail keeps.
pub const TAIL_LINES: usize = 200;

/// The last [`TAIL_LINES`] lines of both streams, in order of arrival. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    pub(crate) fn push(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == TAIL_LINES {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Reads `stream` to its end and hands each line to `each`, cut at [`LINE_LIMIT`] bytes. Bytes that are no UTF-8
/// become replacement characters.
pub(crate) async fn read_lines(stream: impl AsyncRead + Unpin, mut each: impl FnMut(&str)) {
    let mut reader = BufReader::new(stream);
    let mut line: Vec<u8> = Vec::new();
    let mut dropped = 0usize;
    loop {
        let chunk = match reader.fill_buf().await {
            Ok(chunk) if !chunk.is_empty() => chunk,
            _ => break,
        };
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        let taken = part.len().min(LINE_LIMIT - line.len());
        line.extend_from_slice(&part[..taken]);
        dropped += part.len() - taken;
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            emit(&mut line, &mut dropped, &mut each);
        }
    }
    if !line.is_empty() {
        emit(&mut line, &mut dropped, &mut each);
    }
}

fn emit(line: &mut Vec<u8>, dropped: &mut usize, each: &mut impl FnMut(&str)) {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    let text = String::from_utf8_lossy(line);
    if *dropped > 0 {
        each(&format!("{text}… [{dropped} bytes more]"));
    } else {
        each(&text);
    }
    line.clear();
    *dropped = 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(input: &[u8]) -> Vec<String> {
        let mut seen = Vec::new();
        read_lines(input, |line| seen.push(line.to_owned())).await;
        seen
    }

    #[tokio::test]
    async fn lines_are_split_bounded_and_never_lost() {
        assert_eq!(lines(b"one\r\n\ntwo").await, ["one", "", "two"]);
        assert_eq!(lines(b"caf\xff\n").await, ["caf\u{fffd}"]);
        let mut long = vec![b'x'; LINE_LIMIT + 7];
        long.extend_from_slice(b"\nnext\n");
        let seen = lines(&long).await;
        assert!(seen[0].ends_with("x… [7 bytes more]"), "{}", &seen[0][LINE_LIMIT - 3..]);
        assert_eq!(seen[1], "next");
    }

    #[test]
    fn the_tail_keeps_the_last_lines() {
        let tail = Tail::default();
        (0..TAIL_LINES + 5).for_each(|line| tail.push(&line.to_string()));
        let lines = tail.lines();
        assert_eq!((lines.len(), lines[0].as_str()), (TAIL_LINES, "5"));
    }
}
