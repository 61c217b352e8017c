//! All live sessions of this process. Main type: [`Hub`].

use crate::faults::Faults;
use crate::metrics::Metrics;
use crate::sessions::room::{Client, Out, QUEUE, Role, Room, Since};
use crate::stamp;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Sessions that are kept; beyond it, ones that are over make room.
const CAPACITY: usize = 2000;

#[derive(Debug, Default)]
struct Table {
    rooms: HashMap<String, Room>,
    /// In the order of creation.
    order: Vec<String>,
    serial: u64,
}

/// Every session, open or over.
#[derive(Debug)]
pub(crate) struct Hub {
    table: Mutex<Table>,
    faults: Faults,
    metrics: Arc<Metrics>,
}

/// A client's place in a session.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) session_id: String,
    pub(crate) client_id: String,
    pub(crate) role: Role,
    pub(crate) serial: u64,
    pub(crate) inbox: mpsc::Receiver<Out>,
}

fn message(kind: &str, data: Value, extra: Value) -> Map<String, Value> {
    let mut message = Map::new();
    message.insert("type".to_owned(), json!(kind));
    if let Value::Object(extra) = extra {
        message.extend(extra);
    }
    message.insert("data".to_owned(), data);
    message
}

impl Hub {
    /// No sessions yet.
    pub(crate) fn new(faults: Faults, metrics: Arc<Metrics>) -> Hub {
        Hub { table: Mutex::default(), faults, metrics }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room<'a>(&self, table: &'a mut Table, session_id: &str) -> &'a mut Room {
        if !table.rooms.contains_key(session_id) {
            if table.order.len() >= CAPACITY
                && let Some(index) = table.order.iter().position(|id| !table.rooms[id].active())
            {
                let over = table.order.remove(index);
                table.rooms.remove(&over);
            }
            table.order.push(session_id.to_owned());
        }
        table.rooms.entry(session_id.to_owned()).or_insert_with(|| Room::new(session_id, self.faults))
    }

    /// Takes a client in: it gets `welcome` before anything else, the others get `participant_joined`. A client
    /// that is already connected takes the place of its older connection. `None`: the session was closed.
    pub(crate) fn join(&self, session_id: &str, client_id: &str, role: Role) -> Option<Seat> {
        let mut table = self.table();
        table.serial += 1;
        let serial = table.serial;
        let room = self.room(&mut table, session_id);
        if room.closed {
            return None;
        }
        let (out, inbox) = mpsc::channel(QUEUE);
        let now = stamp::now();
        let client =
            Client { serial, role, connected_at: now.clone(), last_heartbeat: None, out: out.clone() };
        let older = room.clients.insert(client_id.to_owned(), client);
        if let Some(older) = &older {
            let _ = older.out.try_send(Out::Close(1000, "replaced by a newer connection"));
        }
        let data = json!({
            "client_id": client_id,
            "role": role.name(),
            "participant_count": room.clients.len(),
        });
        let welcome = json!({
            "type": "welcome",
            "session_id": session_id,
            "client_id": client_id,
            "role": role.name(),
            "participant_count": room.clients.len(),
            "data": data,
            "message": format!("Welcome to session {session_id}"),
            "timestamp": now,
        });
        let _ = out.try_send(Out::Message(welcome.to_string()));
        if older.is_none() {
            let extra =
                json!({"client_id": client_id, "role": role.name(), "participant_count": room.clients.len()});
            room.tell(message("participant_joined", data, extra), Some(client_id));
        }
        self.metrics.sockets(1);
        Some(Seat { session_id: session_id.to_owned(), client_id: client_id.to_owned(), role, serial, inbox })
    }

    /// Lets a client go and tells the others, unless a newer connection has taken its place.
    pub(crate) fn leave(&self, seat: &Seat) {
        self.metrics.sockets(-1);
        let mut table = self.table();
        let Some(room) = table.rooms.get_mut(&seat.session_id) else { return };
        if room.clients.get(&seat.client_id).is_some_and(|client| client.serial != seat.serial) {
            return;
        }
        room.clients.remove(&seat.client_id);
        if room.closed {
            return;
        }
        let data = json!({
            "client_id": seat.client_id,
            "role": seat.role.name(),
            "participant_count": room.clients.len(),
        });
        room.tell(message("participant_left", data.clone(), data), None);
    }

    /// Notes that a client is alive.
    pub(crate) fn heartbeat(&self, seat: &Seat) {
        if let Some(room) = self.table().rooms.get_mut(&seat.session_id)
            && let Some(client) = room.clients.get_mut(&seat.client_id)
        {
            client.last_heartbeat = Some(stamp::now());
        }
    }

    /// Passes on what a client said, as a `session_update` to everybody in the session, itself included.
    pub(crate) fn say(&self, seat: &Seat, kind: &str, data: Value) {
        if let Some(room) = self.table().rooms.get_mut(&seat.session_id) {
            let extra = json!({"update_type": kind, "client_id": seat.client_id, "role": seat.role.name()});
            room.tell(message("session_update", data, extra), None);
        }
    }

    /// Takes an event from the Breathscape platform: it changes the session and is passed on.
    pub(crate) fn event(&self, session_id: &str, kind: &str, data: &Map<String, Value>) {
        let mut table = self.table();
        let room = self.room(&mut table, session_id);
        match kind {
            "session.started" => (room.started, room.ended) = (true, false),
            "session.ended" => room.ended = true,
            _ => {}
        }
        room.metrics.insert(kind.to_owned(), Value::Object(data.clone()));
        room.tell(message("session_update", Value::Object(data.clone()), json!({"update_type": kind})), None);
    }

    /// Sends a message to everybody in a session; `None` when the session is not known.
    pub(crate) fn broadcast(&self, session_id: &str, kind: &str, data: Value, extra: Value) -> Option<usize> {
        let mut table = self.table();
        let room = table.rooms.get_mut(session_id)?;
        Some(room.tell(message(kind, data, extra), None))
    }

    /// Ends a session: a last message, then every connection is closed. Answers how many there were; `None` when
    /// the session is not known.
    pub(crate) fn close(&self, session_id: &str) -> Option<usize> {
        let mut table = self.table();
        let room = table.rooms.get_mut(session_id)?;
        if !room.closed {
            let data = json!({"reason": "closed by the host"});
            room.tell(message("session_ended", data, json!({"message": "This session has ended."})), None);
        }
        room.closed = true;
        let clients = std::mem::take(&mut room.clients);
        for client in clients.values() {
            let _ = client.out.try_send(Out::Close(1000, "session closed"));
        }
        Some(clients.len())
    }

    /// The service stops: every connection is told to go (1001).
    pub(crate) fn stop(&self) {
        for room in self.table().rooms.values_mut() {
            for client in std::mem::take(&mut room.clients).values() {
                let _ = client.out.try_send(Out::Close(1001, "the service stops"));
            }
        }
    }

    /// One session in its wire form.
    pub(crate) fn info(&self, session_id: &str) -> Option<Value> {
        Some(self.table().rooms.get(session_id)?.to_json())
    }

    /// The messages of a session; `None` when it is not known.
    pub(crate) fn replay(&self, session_id: &str, since: Option<Since>) -> Option<Vec<Value>> {
        Some(self.table().rooms.get(session_id)?.replay(since))
    }

    /// The sessions that go on, in the order in which they began.
    pub(crate) fn active(&self) -> Vec<Value> {
        let table = self.table();
        table
            .order
            .iter()
            .map(|id| &table.rooms[id])
            .filter(|room| room.active())
            .map(Room::to_json)
            .collect()
    }

    /// Keeps content that was written about a session.
    pub(crate) fn keep_content(&self, session_id: &str, content: Value) {
        let mut table = self.table();
        self.room(&mut table, session_id).content = Some(content);
    }

    /// What was written about a session: `None` for an unknown session, null when nothing was written yet.
    pub(crate) fn content(&self, session_id: &str) -> Option<Value> {
        Some(self.table().rooms.get(session_id)?.content.clone().unwrap_or(Value::Null))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(seat: &mut Seat) -> Vec<String> {
        let mut seen = Vec::new();
        while let Ok(out) = seat.inbox.try_recv() {
            seen.push(match out {
                Out::Message(text) => {
                    let value: Value = serde_json::from_str(&text).unwrap();
                    value["type"].as_str().unwrap().to_owned()
                }
                Out::Close(code, _) => code.to_string(),
            });
        }
        seen
    }

    fn hub() -> Hub {
        Hub::new(Faults::default(), Arc::default())
    }

    #[test]
    fn welcome_comes_first_and_the_others_see_who_joins_and_leaves() {
        let hub = hub();
        let mut ana = hub.join("s", "ana", Role::Instructor).unwrap();
        let mut ben = hub.join("s", "ben", Role::Participant).unwrap();
        hub.say(&ana, "chat", json!({"text": "hi"}));
        assert_eq!(drain(&mut ben), ["welcome", "session_update"]);
        hub.leave(&ben);
        assert_eq!(drain(&mut ana), ["welcome", "participant_joined", "session_update", "participant_left"]);
        assert_eq!(hub.info("s").unwrap()["participant_count"], 1);
        assert!(hub.info("other").is_none());
    }

    #[test]
    fn a_reconnecting_client_takes_its_own_place() {
        let hub = hub();
        let mut first = hub.join("s", "ana", Role::Participant).unwrap();
        let _second = hub.join("s", "ana", Role::Participant).unwrap();
        assert_eq!(drain(&mut first), ["welcome", "1000"]);
        hub.leave(&first);
        assert_eq!(hub.info("s").unwrap()["participant_count"], 1);
    }

    #[test]
    fn a_closed_session_takes_nobody_in_but_can_be_replayed() {
        let hub = hub();
        let mut ana = hub.join("s", "ana", Role::Admin).unwrap();
        assert_eq!(hub.close("s"), Some(1));
        assert_eq!(drain(&mut ana), ["welcome", "session_ended", "1000"]);
        assert!(hub.join("s", "ben", Role::Participant).is_none());
        assert_eq!(hub.close("unknown"), None);
        let replay = hub.replay("s", None).unwrap();
        assert_eq!(replay.last().unwrap()["type"], "session_ended");
        assert!(hub.active().is_empty());
    }

    #[test]
    fn events_start_and_end_a_session_without_clients() {
        let hub = hub();
        hub.event("s", "session.started", &Map::new());
        assert_eq!(hub.active().len(), 1);
        hub.event("s", "session.ended", &Map::new());
        assert!(hub.active().is_empty());
    }
}
