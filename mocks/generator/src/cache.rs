//! The service's caches: generated texts (`local`), answers of reading calls (`api`) and published pages (`cdn`).
//! Main type: [`Cache`].

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The caches by name.
pub(crate) const TARGETS: &[&str] = &["cdn", "local", "api"];
/// Entries one cache holds before the one with the smallest key makes room.
const CAPACITY: usize = 1000;

/// Three small key-value stores.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    entries: Mutex<BTreeMap<&'static str, BTreeMap<String, Value>>>,
}

/// What to remove.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Names out of [`TARGETS`]; empty means all.
    pub(crate) targets: Vec<String>,
    pub(crate) keys: Vec<String>,
    /// Keys with `*` for any text.
    pub(crate) patterns: Vec<String>,
    /// Everything, whatever the keys and patterns.
    pub(crate) force: bool,
}

impl Cache {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<&'static str, BTreeMap<String, Value>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept under a key.
    pub(crate) fn get(&self, target: &'static str, key: &str) -> Option<Value> {
        self.entries().get(target)?.get(key).cloned()
    }

    /// Keeps a value.
    pub(crate) fn put(&self, target: &'static str, key: String, value: Value) {
        let mut entries = self.entries();
        let entries = entries.entry(target).or_default();
        entries.insert(key, value);
        if entries.len() > CAPACITY {
            entries.pop_first();
        }
    }

    /// Removes what is selected; without keys and patterns, everything in the targets. Answers the number of
    /// removed entries by target.
    pub(crate) fn invalidate(&self, selection: &Selection) -> Map<String, Value> {
        let everything = selection.force || selection.keys.is_empty() && selection.patterns.is_empty();
        let mut entries = self.entries();
        let mut removed = Map::new();
        for target in TARGETS {
            if !selection.targets.is_empty() && !selection.targets.iter().any(|name| name == target) {
                continue;
            }
            let entries = entries.entry(target).or_default();
            let before = entries.len();
            entries.retain(|key, _| {
                !everything
                    && !selection.keys.contains(key)
                    && !selection.patterns.iter().any(|pattern| matches(pattern, key))
            });
            removed.insert((*target).to_owned(), json!({"keys_invalidated": before - entries.len()}));
        }
        removed
    }
}

/// The sum of the removed entries.
pub(crate) fn total(removed: &Map<String, Value>) -> u64 {
    removed.values().filter_map(|target| target["keys_invalidated"].as_u64()).sum()
}

/// Does a pattern with `*` for any text match the whole key?
fn matches(pattern: &str, key: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = key.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            match rest.find(middle) {
                Some(at) => rest = &rest[at + middle.len()..],
                None => return false,
            }
        }
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.ends_with(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Cache {
        let cache = Cache::default();
        for (target, key) in [
            ("local", "newsletter:modern"),
            ("local", "web:a"),
            ("api", "newsletter:x"),
            ("cdn", "/updates/a"),
        ] {
            cache.put(target, key.to_owned(), json!(1));
        }
        cache
    }

    #[test]
    fn keys_and_patterns_remove_only_what_they_name() {
        let cache = filled();
        let selection = Selection {
            targets: vec!["local".into()],
            keys: vec!["nothing".into()],
            patterns: vec!["newsletter:*".into()],
            force: false,
        };
        let removed = cache.invalidate(&selection);
        assert_eq!(total(&removed), 1);
        assert_eq!(removed.keys().collect::<Vec<_>>(), ["local"]);
        assert!(cache.get("local", "newsletter:modern").is_none());
        assert!(cache.get("local", "web:a").is_some() && cache.get("api", "newsletter:x").is_some());
    }

    #[test]
    fn no_keys_or_force_remove_everything_in_the_targets() {
        assert_eq!(total(&filled().invalidate(&Selection::default())), 4);
        let forced = Selection { keys: vec!["web:a".into()], force: true, ..Selection::default() };
        assert_eq!(total(&filled().invalidate(&forced)), 4);
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, key, wanted) in [
            ("*", "abc", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*b*c", "axbyc", true),
            ("abc", "abc", true),
            ("ab", "abc", false),
            ("a*d", "abc", false),
            ("b*", "abc", false),
            ("ab*bc", "abc", false),
        ] {
            assert_eq!(matches(pattern, key), wanted, "{pattern} {key}");
        }
    }
}
