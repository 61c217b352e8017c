//! What becomes of an item with time: [`Stages`].

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::chance;
use crate::json::at;
use crate::time;

/// The stages that an item passes through, by the view's clock.
#[derive(Debug, Clone)]
pub(crate) struct Stages {
    /// The field that says when it began.
    pub(crate) since: String,
    pub(crate) steps: Vec<Stage>,
}

/// One stage.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) name: String,
    /// Shortest and longest time after the stage before.
    pub(crate) after: (Duration, Duration),
    /// How likely an item gets here, from 0 to 1.
    pub(crate) chance: f64,
    /// What happens to those that do not get here; they go no further.
    pub(crate) instead: Option<String>,
}

impl Stages {
    /// The events of an item up to `now`, oldest first: `{event, timestamp}`. The first stage is always reached.
    pub(crate) fn events(&self, seed: u64, id: &str, item: &Value, now: DateTime<Utc>) -> Vec<Value> {
        let Some(mut moment) = at(item, &self.since).and_then(Value::as_str).and_then(time::parse) else {
            return Vec::new();
        };
        let mut events: Vec<Value> = Vec::new();
        for stage in &self.steps {
            let key = format!("{id} {}", stage.name);
            let (shortest, longest) = (millis(stage.after.0), millis(stage.after.1));
            moment += TimeDelta::milliseconds(chance::between(seed, &key, shortest, longest));
            if moment > now && !events.is_empty() {
                break;
            }
            let event = |name: &str| json!({"event": name, "timestamp": time::stamp(moment)});
            if stage.chance < 1.0 && chance::share(seed, &key) >= stage.chance {
                events.extend(stage.instead.as_deref().map(event));
                break;
            }
            events.push(event(&stage.name));
        }
        events
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// `5s`, or `5s..2m` for any time between.
pub(crate) fn range(text: &str) -> Result<(Duration, Duration), String> {
    let (low, high) = match text.split_once("..") {
        Some((low, high)) => (time::duration(low)?, time::duration(high)?),
        None => (time::duration(text)?, time::duration(text)?),
    };
    if low > high {
        Err(format!("{text:?} runs backwards; put the shorter time first"))
    } else {
        Ok((low, high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(chance: f64) -> Stages {
        let stage = |name: &str, after: &str, chance: f64, instead: Option<&str>| Stage {
            name: name.into(),
            after: range(after).unwrap(),
            chance,
            instead: instead.map(str::to_owned),
        };
        Stages {
            since: "sent_at".into(),
            steps: vec![
                stage("sent", "0s", 1.0, None),
                stage("delivered", "1s..10s", chance, Some("bounced")),
                stage("opened", "1m..1h", 1.0, None),
            ],
        }
    }

    fn names(stages: &Stages, seconds: i64) -> Vec<String> {
        let start = time::parse("2026-01-24T10:00:00Z").unwrap();
        let item = json!({"sent_at": "2026-01-24T10:00:00Z"});
        let events = stages.events(7, "msg_1", &item, start + TimeDelta::seconds(seconds));
        events.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn an_item_moves_on_with_the_clock_and_never_back() {
        assert_eq!(names(&stages(1.0), -5), ["sent"]);
        assert_eq!(names(&stages(1.0), 0), ["sent"]);
        assert_eq!(names(&stages(1.0), 10), ["sent", "delivered"]);
        assert_eq!(names(&stages(1.0), 3700), ["sent", "delivered", "opened"]);
    }

    #[test]
    fn what_fails_goes_no_further() {
        assert_eq!(names(&stages(0.0), 3700), ["sent", "bounced"]);
        assert!(range("2m..1s").unwrap_err().contains("shorter"));
    }
}
