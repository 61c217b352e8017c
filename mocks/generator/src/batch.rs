//! Batches: content for a period, with a time for each item. Main types: [`Batch`], [`Batches`].

use crate::channels::Outcome;
use crate::content::{Newsletter, SocialPost, WebUpdate};
use crate::stamp;
use chrono::{DateTime, Duration, DurationRound, Utc};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many batches are kept.
const CAPACITY: usize = 1000;

/// The text of one item.
#[derive(Clone, Debug)]
pub(crate) enum Draft {
    Email(Newsletter),
    Web(WebUpdate),
    Social(SocialPost),
}

impl Draft {
    /// The channel it is for.
    pub(crate) fn channel(&self) -> &'static str {
        match self {
            Draft::Email(_) => "email",
            Draft::Web(_) => "web",
            Draft::Social(_) => "social",
        }
    }

    fn data(&self) -> Value {
        match self {
            Draft::Email(newsletter) => json!(newsletter),
            Draft::Web(update) => json!(update),
            Draft::Social(post) => json!(post),
        }
    }

    /// A rough guess from channel and length; the same text always gets the same.
    fn engagement(&self) -> f64 {
        let (base, length) = match self {
            Draft::Email(newsletter) => (0.24, newsletter.text.len()),
            Draft::Web(update) => (0.12, update.content.len()),
            Draft::Social(post) => (0.05, post.content.len()),
        };
        let bonus = f64::from(u32::try_from(length % 97).unwrap_or(0)) / 2000.0;
        ((base + bonus) * 10_000.0).round() / 10_000.0
    }
}

/// One item of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) draft: Draft,
    /// When it is due, by the plan.
    pub(crate) due: DateTime<Utc>,
    /// `planned`, `waiting` (an email that is sent when due), `scheduled` (handed to the Platform with its time),
    /// `published` or `failed`.
    pub(crate) state: &'static str,
    pub(crate) outcome: Option<Outcome>,
}

/// One batch.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) id: String,
    pub(crate) items: Vec<Item>,
    pub(crate) period: &'static str,
    pub(crate) dry_run: bool,
    pub(crate) planned: bool,
    pub(crate) updated_at: String,
}

/// The length of a period and how many items a channel gets in it by default.
pub(crate) fn period_length(period: &str) -> Duration {
    match period {
        "day" => Duration::days(1),
        "week" => Duration::days(7),
        _ => Duration::days(30),
    }
}

/// When item `index` of `count` is due: evenly over the period, from the next full hour on.
pub(crate) fn due(now: DateTime<Utc>, period: &str, index: usize, count: usize) -> DateTime<Utc> {
    let hour = Duration::hours(1);
    let start = now.duration_trunc(hour).unwrap_or(now) + hour;
    let minutes = usize::try_from(period_length(period).num_minutes()).unwrap_or(0);
    start + Duration::minutes(i64::try_from(minutes * index / count.max(1)).unwrap_or(0))
}

impl Batch {
    fn count(&self, states: &[&str]) -> usize {
        self.items.iter().filter(|item| states.contains(&item.state)).count()
    }

    /// The state that follows from the items.
    pub(crate) fn status(&self) -> &'static str {
        let (total, failed) = (self.items.len(), self.count(&["failed"]));
        match () {
            () if self.count(&["planned"]) == total => "generated",
            () if failed == total => "failed",
            () if failed > 0 => "partial",
            () if self.count(&["published"]) == total => "completed",
            () => "scheduled",
        }
    }

    /// The answer to the generating call.
    pub(crate) fn to_json(&self) -> Value {
        let mut channels: Vec<&str> = Vec::new();
        let mut plan: Map<String, Value> = Map::new();
        for item in &self.items {
            if !channels.contains(&item.draft.channel()) {
                channels.push(item.draft.channel());
            }
            let day = plan.entry(item.due.format("%Y-%m-%d").to_string()).or_insert_with(|| json!([]));
            if let Value::Array(day) = day {
                day.push(json!(item.id));
            }
        }
        let mut batch = json!({
            "batch_id": self.id,
            "status": self.status(),
            "items": self.items.iter().map(|item| self.item_json(item)).collect::<Vec<_>>(),
            "summary": {
                "channels_generated": channels,
                "total_items": self.items.len(),
                "time_period": self.period,
                "dry_run_mode": self.dry_run,
            },
            "dry_run": self.dry_run,
            "total_items": self.items.len(),
        });
        if self.planned {
            batch["scheduling_plan"] = Value::Object(plan);
        }
        batch
    }

    fn item_json(&self, item: &Item) -> Value {
        let channel = item.draft.channel();
        let mut json = json!({
            "item_id": item.id,
            "content_type": channel,
            "content": {"content_type": channel, "data": item.draft.data(), "dry_run": self.dry_run},
            "priority": if channel == "email" { 1 } else { 2 },
            "estimated_engagement": item.draft.engagement(),
        });
        if self.planned {
            json["scheduled_for"] = json!(stamp::text(item.due));
        }
        json
    }

    /// Where the batch stands.
    pub(crate) fn status_json(&self) -> Value {
        let items: Vec<Value> = self
            .items
            .iter()
            .map(|item| {
                json!({
                    "item_id": item.id,
                    "content_type": item.draft.channel(),
                    "status": item.state,
                    "scheduled_for": stamp::text(item.due),
                    "result": item.outcome,
                })
            })
            .collect();
        let errors: Vec<String> = self
            .items
            .iter()
            .filter_map(|item| Some(format!("{}: {}", item.id, item.outcome.as_ref()?.error.as_ref()?)))
            .collect();
        json!({
            "batch_id": self.id,
            "status": self.status(),
            "total_items": self.items.len(),
            "items_total": self.items.len(),
            "items_published": self.count(&["published"]),
            "items_scheduled": self.count(&["scheduled", "waiting"]),
            "items_pending": self.count(&["planned"]),
            "items_failed": self.count(&["failed"]),
            "items": items,
            "errors": errors,
            "dry_run": self.dry_run,
            "last_updated": self.updated_at,
        })
    }
}

#[derive(Debug, Default)]
struct Table {
    batches: HashMap<String, Batch>,
    order: VecDeque<String>,
}

/// All batches of this process.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    table: Mutex<Table>,
}

impl Batches {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a batch.
    pub(crate) fn add(&self, batch: Batch) {
        let mut table = self.table();
        table.order.push_back(batch.id.clone());
        table.batches.insert(batch.id.clone(), batch);
        if table.order.len() > CAPACITY
            && let Some(oldest) = table.order.pop_front()
        {
            table.batches.remove(&oldest);
        }
    }

    /// A batch by its id.
    pub(crate) fn get(&self, id: &str) -> Option<Batch> {
        self.table().batches.get(id).cloned()
    }

    /// Takes an item that is in one of these states to work on it alone; nobody else gets it meanwhile.
    pub(crate) fn take(
        &self,
        id: &str,
        item_id: &str,
        from: &[&str],
        due: Option<DateTime<Utc>>,
    ) -> Option<Item> {
        let mut table = self.table();
        let batch = table.batches.get_mut(id)?;
        let item = batch.items.iter_mut().find(|item| item.id == item_id && from.contains(&item.state))?;
        item.state = "waiting";
        item.due = due.unwrap_or(item.due);
        batch.updated_at = stamp::now();
        Some(item.clone())
    }

    /// Notes what came of an item.
    pub(crate) fn note(&self, id: &str, item_id: &str, state: &'static str, outcome: Option<Outcome>) {
        let mut table = self.table();
        let Some(batch) = table.batches.get_mut(id) else { return };
        batch.updated_at = stamp::now();
        if let Some(item) = batch.items.iter_mut().find(|item| item.id == item_id) {
            item.state = state;
            item.outcome = outcome;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_due_in_order_within_their_period() {
        let now = stamp::parse("2026-01-24T10:20:30Z").unwrap();
        for period in ["day", "week", "month"] {
            let moments: Vec<_> = (0..50).map(|index| due(now, period, index, 50)).collect();
            assert!(moments.is_sorted() && moments[0] > now);
            assert!(moments[49] < moments[0] + period_length(period));
        }
        assert_eq!(stamp::text(due(now, "day", 0, 3)), "2026-01-24T11:00:00.000000Z");
        assert_eq!(stamp::text(due(now, "day", 1, 3)), "2026-01-24T19:00:00.000000Z");
    }

    #[test]
    fn an_item_can_be_taken_only_once() {
        let post =
            SocialPost { platform: "twitter", content: "x".into(), hashtags: vec![], media_urls: vec![] };
        let item = Item {
            id: "i".into(),
            draft: Draft::Social(post),
            due: Utc::now(),
            state: "planned",
            outcome: None,
        };
        let batches = Batches::default();
        batches.add(Batch {
            id: "b".into(),
            items: vec![item],
            period: "day",
            dry_run: false,
            planned: true,
            updated_at: stamp::now(),
        });
        assert_eq!(batches.get("b").unwrap().status(), "generated");
        assert!(batches.take("b", "i", &["planned"], None).is_some());
        assert!(batches.take("b", "i", &["planned"], None).is_none());
        batches.note("b", "i", "published", None);
        assert_eq!(batches.get("b").unwrap().status(), "completed");
    }
}
