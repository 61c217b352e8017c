//! Everything that the handlers share. Main type: [`App`].

use crate::batch::Batches;
use crate::cache::Cache;
use crate::channels::Publisher;
use crate::document::Document;
use crate::idempotency::Idempotency;
use crate::jobs::Jobs;
use crate::metrics::Metrics;
use crate::sessions::hub::Hub;
use crate::settings::Settings;
use crate::stamp::Ids;
use crate::upstream::Upstream;
use std::sync::Arc;
use std::time::Instant;

/// The document that the service ships with.
const SHIPPED: &str = include_str!("../living-document.md");

/// The state of one running service.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) settings: Arc<Settings>,
    pub(crate) ids: Ids,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) publisher: Publisher,
    pub(crate) cache: Cache,
    pub(crate) jobs: Jobs,
    pub(crate) batches: Batches,
    pub(crate) hub: Hub,
    pub(crate) idempotency: Idempotency,
    started: Instant,
}

impl App {
    /// A service that has done nothing yet.
    pub(crate) fn new(settings: Settings) -> Result<App, reqwest::Error> {
        let settings = Arc::new(settings);
        let faults = settings.faults;
        let (ids, metrics) = (Ids::new(faults), Arc::new(Metrics::default()));
        let upstream = Upstream::new(Arc::clone(&settings), Arc::clone(&metrics))?;
        Ok(App {
            publisher: Publisher { upstream, faults, ids, metrics: Arc::clone(&metrics) },
            hub: Hub::new(faults, Arc::clone(&metrics)),
            settings,
            ids,
            metrics,
            cache: Cache::default(),
            jobs: Jobs::default(),
            batches: Batches::default(),
            idempotency: Idempotency::default(),
            started: Instant::now(),
        })
    }

    /// Seconds since the start.
    pub(crate) fn uptime(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Reads the living document anew; the error names the document and the line.
    pub(crate) fn document(&self) -> Result<Document, String> {
        let Some(path) = &self.settings.living_doc_path else {
            return Document::parse(SHIPPED).map_err(|error| format!("living document (shipped): {error}"));
        };
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("living document {name} can't be read: {error}"))?;
        Document::parse(&text).map_err(|error| format!("living document {name}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::CATEGORIES;

    #[test]
    fn the_shipped_document_is_three_pages_over_all_categories() {
        let document = Document::parse(SHIPPED).unwrap();
        for category in CATEGORIES {
            assert!(document.newest(category).len() >= 3, "{category}");
        }
        let words = SHIPPED.split_whitespace().count();
        assert!((1300..=1900).contains(&words), "{words} words");
    }
}
