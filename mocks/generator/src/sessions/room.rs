//! One live session: its clients and its log. Main type: [`Room`].

use crate::faults::{Fault, Faults};
use crate::stamp;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::mpsc;

/// Messages that a session keeps for the replay.
const LOG: usize = 1000;
/// Messages that may wait for one slow client before it is dropped.
pub(crate) const QUEUE: usize = 1024;

/// What a client of a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Participant,
    Instructor,
    Observer,
    Admin,
}

impl Role {
    /// Reads a role; absent means participant.
    pub(crate) fn read(name: Option<&str>) -> Option<Role> {
        match name {
            None | Some("participant") => Some(Role::Participant),
            Some("instructor") => Some(Role::Instructor),
            Some("observer") => Some(Role::Observer),
            Some("admin") => Some(Role::Admin),
            Some(_) => None,
        }
    }

    /// Its name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Participant => "participant",
            Role::Instructor => "instructor",
            Role::Observer => "observer",
            Role::Admin => "admin",
        }
    }
}

/// What is handed to a client's connection.
#[derive(Clone, Debug)]
pub(crate) enum Out {
    Message(String),
    /// Close with this code and reason (RFC 6455, section 7.4.1).
    Close(u16, &'static str),
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    /// Tells a connection from a later one of the same client.
    pub(crate) serial: u64,
    pub(crate) role: Role,
    pub(crate) connected_at: String,
    pub(crate) last_heartbeat: Option<String>,
    pub(crate) out: mpsc::Sender<Out>,
}

/// A live session.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) id: String,
    pub(crate) clients: BTreeMap<String, Client>,
    log: VecDeque<Value>,
    next: u64,
    pub(crate) created_at: String,
    pub(crate) started: bool,
    pub(crate) ended: bool,
    pub(crate) closed: bool,
    /// The last data of each kind of event.
    pub(crate) metrics: Map<String, Value>,
    /// Content that was written about the session.
    pub(crate) content: Option<Value>,
    faults: Faults,
}

impl Room {
    /// An empty session.
    pub(crate) fn new(id: &str, faults: Faults) -> Room {
        Room {
            id: id.to_owned(),
            clients: BTreeMap::new(),
            log: VecDeque::new(),
            next: 1,
            created_at: stamp::now(),
            started: false,
            ended: false,
            closed: false,
            metrics: Map::new(),
            content: None,
            faults,
        }
    }

    /// Does the session go on: somebody is connected, or it was started and not ended?
    pub(crate) fn active(&self) -> bool {
        !self.closed && (!self.clients.is_empty() || self.started && !self.ended)
    }

    /// Sends a message to all clients but one, keeps it for the replay, and answers how many got it. The session,
    /// a time and a running number are added.
    pub(crate) fn tell(&mut self, mut message: Map<String, Value>, except: Option<&str>) -> usize {
        message.insert("session_id".to_owned(), json!(self.id));
        message.insert("timestamp".to_owned(), json!(stamp::now()));
        message.insert("seq".to_owned(), json!(self.next));
        let lost = self.faults.has(Fault::ReplayLosesEvents) && self.next.is_multiple_of(2);
        self.next += 1;
        let message = Value::Object(message);
        let text = message.to_string();
        if !lost {
            self.log.push_back(message);
        }
        if self.log.len() > LOG {
            self.log.pop_front();
        }
        let mut reached = 0;
        self.clients.retain(|client_id, client| {
            if except == Some(client_id.as_str()) {
                return true;
            }
            // A client that does not keep up is dropped, so that it can't hold up the others.
            let sent = client.out.try_send(Out::Message(text.clone())).is_ok();
            reached += usize::from(sent);
            sent
        });
        reached
    }

    /// The kept messages after a moment or a running number, oldest first.
    pub(crate) fn replay(&self, since: Option<Since>) -> Vec<Value> {
        let after = |message: &&Value| match since {
            None => true,
            Some(Since::Number(number)) => message["seq"].as_u64().is_some_and(|seq| seq > number),
            Some(Since::Moment(moment)) => {
                message["timestamp"].as_str().and_then(stamp::parse).is_some_and(|time| time > moment)
            }
        };
        self.log.iter().filter(after).cloned().collect()
    }

    /// The wire form.
    pub(crate) fn to_json(&self) -> Value {
        let participants: Vec<Value> = self
            .clients
            .iter()
            .map(|(client_id, client)| {
                json!({
                    "client_id": client_id,
                    "role": client.role.name(),
                    "connected_at": client.connected_at,
                    "last_heartbeat": client.last_heartbeat,
                })
            })
            .collect();
        let status = match self {
            Room { closed: true, .. } => "closed",
            Room { ended: true, .. } => "ended",
            _ if self.active() => "active",
            _ => "idle",
        };
        json!({
            "session_id": self.id,
            "active": self.active(),
            "status": status,
            "participant_count": participants.len(),
            "participants": participants,
            "message_queue_size": self.log.len(),
            "created_at": self.created_at,
            "metrics": self.metrics,
        })
    }
}

/// From where a replay starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// Messages after this time.
    Moment(DateTime<Utc>),
    /// Messages after the one with this `seq`.
    Number(u64),
}

impl Since {
    /// Reads a date-time or a `seq`. An unescaped `+` of an offset has become a blank in the query string.
    pub(crate) fn read(text: &str) -> Option<Since> {
        // Figures only: Rust's own parser would take "+1".
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().map(Since::Number);
        }
        stamp::parse(&text.replace(' ', "+")).map(Since::Moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Map<String, Value> {
        let mut message = Map::new();
        message.insert("type".into(), json!(text));
        message
    }

    fn types(messages: &[Value]) -> Vec<&str> {
        messages.iter().filter_map(|message| message["type"].as_str()).collect()
    }

    #[test]
    fn a_replay_holds_everything_after_its_start_in_order() {
        let mut room = Room::new("s", Faults::default());
        for text in ["a", "b", "c"] {
            room.tell(said(text), None);
        }
        assert_eq!(types(&room.replay(None)), ["a", "b", "c"]);
        assert_eq!(types(&room.replay(Some(Since::Number(1)))), ["b", "c"]);
        let time = room.replay(None)[2]["timestamp"].as_str().and_then(Since::read).unwrap();
        assert!(room.replay(Some(time)).is_empty());
        let mut lossy = Room::new("s", Faults::parse("replay_loses_events").unwrap());
        for text in ["a", "b", "c"] {
            lossy.tell(said(text), None);
        }
        assert_eq!(types(&lossy.replay(None)), ["a", "c"]);
    }

    #[test]
    fn the_log_is_bounded() {
        let mut room = Room::new("s", Faults::default());
        for _ in 0..LOG + 5 {
            room.tell(said("x"), None);
        }
        assert_eq!(room.replay(None).len(), LOG);
    }

    #[test]
    fn a_start_may_be_a_time_or_a_number() {
        assert_eq!(Since::read("7"), Some(Since::Number(7)));
        assert!(matches!(Since::read("2026-01-24T10:00:00 02:00"), Some(Since::Moment(_))));
        assert_eq!(Since::read("yesterday"), None);
    }
}
