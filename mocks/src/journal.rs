//! [`Journal`]: what a view has seen, in order of arrival, bounded, with a count of what it dropped.

use std::collections::VecDeque;
use std::sync::Arc;

use dryrun_record::Exchange;

/// No journal holds more bytes of bodies than this, however many entries it may have: 64 MiB.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What a view has seen.
#[derive(Debug)]
pub(crate) struct Journal {
    entries: VecDeque<(u64, Arc<Exchange>)>,
    limit: usize,
    bytes: u64,
    dropped: u64,
}

impl Journal {
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: VecDeque::new(), limit: limit.max(1), bytes: 0, dropped: 0 }
    }

    /// Puts an exchange at its place: `arrival` grows with each call, but calls end in another order.
    pub(crate) fn put(&mut self, arrival: u64, exchange: Arc<Exchange>) {
        self.bytes += weight(&exchange);
        let place = self.entries.iter().rposition(|(other, _)| *other < arrival).map_or(0, |place| place + 1);
        self.entries.insert(place, (arrival, exchange));
        while self.entries.len() > self.limit || (self.bytes > MOST_BYTES && self.entries.len() > 1) {
            if let Some((_, gone)) = self.entries.pop_front() {
                self.bytes -= weight(&gone);
                self.dropped += 1;
            }
        }
    }

    pub(crate) fn entries(&self) -> Vec<Arc<Exchange>> {
        self.entries.iter().map(|(_, exchange)| Arc::clone(exchange)).collect()
    }

    /// How many it has ever held.
    pub(crate) fn seen(&self) -> u64 {
        self.dropped + self.entries.len() as u64
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
        self.dropped = 0;
    }
}

fn weight(exchange: &Exchange) -> u64 {
    let text = |text: &Option<String>| text.as_ref().map_or(0, |text| text.len() as u64);
    text(&exchange.request.body.text)
        + exchange.response.as_ref().map_or(0, |response| text(&response.body.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dryrun_record::{Attribution, Body, Direction, Request};

    fn exchange(id: &str) -> Arc<Exchange> {
        let request = Request {
            method: "GET".into(),
            path: "/".into(),
            query: String::new(),
            headers: Vec::new(),
            body: Body::keep(b"12345", 64),
        };
        Arc::new(Exchange {
            id: id.into(),
            direction: Direction::ToMock,
            service: "crm".into(),
            scenario: None,
            attempt: 0,
            attribution: Attribution::None,
            operation: None,
            at_us: 0,
            duration_us: 0,
            request,
            response: None,
            error: None,
            fault: None,
            unexpected: None,
            breaches: Vec::new(),
        })
    }

    #[test]
    fn entries_stand_in_order_of_arrival_and_the_oldest_go_first() {
        let mut journal = Journal::new(2);
        for (arrival, id) in [(2, "b"), (1, "a"), (3, "c")] {
            journal.put(arrival, exchange(id));
        }
        let ids: Vec<String> = journal.entries().iter().map(|exchange| exchange.id.clone()).collect();
        assert_eq!(ids, ["b", "c"]);
        assert_eq!((journal.dropped(), journal.seen(), journal.bytes), (1, 3, 10));
        journal.clear();
        assert_eq!((journal.dropped(), journal.seen(), journal.bytes), (0, 0, 0));
    }
}
