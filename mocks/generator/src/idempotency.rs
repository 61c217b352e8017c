//! The same request with the same `Idempotency-Key` is carried out once and answered twice.
//! Main type: [`Idempotency`].

use crate::errors::ApiError;
use crate::faults::Faults;
use crate::validation::Issue;
use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// How many keys are remembered; the oldest are forgotten first.
const CAPACITY: usize = 1000;
/// The longest key.
const LONGEST: usize = 200;

/// A status and its JSON body.
pub(crate) type Answer = (StatusCode, Value);

type Cell = Arc<OnceCell<Answer>>;

#[derive(Debug, Default)]
struct Memory {
    cells: HashMap<String, (u64, Cell)>,
    order: VecDeque<String>,
}

/// Remembers answers by key.
#[derive(Debug, Default)]
pub(crate) struct Idempotency {
    memory: Mutex<Memory>,
}

impl Idempotency {
    /// Carries out `work`, unless the request's key has been used for it: then waits for that answer and repeats
    /// it. The work goes on when the client hangs up, so that a repeated request finds what became of it.
    ///
    /// # Errors
    /// 422 for an unusable key and for a key that was used for another request.
    pub(crate) async fn run(
        &self,
        headers: &HeaderMap,
        request: &[&[u8]],
        work: impl Future<Output = Answer> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let (cell, replayed) = match headers.get("idempotency-key") {
            None => (Cell::default(), false),
            Some(key) => {
                let key = key.to_str().unwrap_or_default().trim();
                if key.is_empty() || key.len() > LONGEST {
                    return Err(unusable(format!("Input should have 1 to {LONGEST} visible characters")));
                }
                self.cell(key, request)?
            }
        };
        let answer = tokio::spawn(async move { cell.get_or_init(|| work).await.clone() }).await;
        let (status, body) =
            answer.map_err(|_| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))?;
        let mut response = (status, Json(body)).into_response();
        if replayed {
            let yes = axum::http::HeaderValue::from_static("true");
            response.headers_mut().insert("idempotent-replayed", yes);
        }
        Ok(response)
    }

    fn cell(&self, key: &str, request: &[&[u8]]) -> Result<(Cell, bool), ApiError> {
        let mut hasher = DefaultHasher::new();
        request.hash(&mut hasher);
        let print = hasher.finish();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, cell)) = memory.cells.get(key) {
            if *known != print {
                return Err(unusable("This key was used for another request: take a new one"));
            }
            return Ok((Arc::clone(cell), true));
        }
        if memory.order.len() >= CAPACITY
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.cells.remove(&oldest);
        }
        let cell = Cell::default();
        memory.cells.insert(key.to_owned(), (print, Arc::clone(&cell)));
        memory.order.push_back(key.to_owned());
        Ok((cell, false))
    }
}

fn unusable(msg: impl Into<String>) -> ApiError {
    let issue = Issue::at("header", "Idempotency-Key", msg, "value_error");
    ApiError::malformed(&[issue], Faults::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::atomic::{AtomicU32, Ordering};

    async fn once(
        memory: &Idempotency,
        key: Option<&'static str>,
        body: &[u8],
        runs: &Arc<AtomicU32>,
    ) -> u16 {
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            headers.insert("idempotency-key", axum::http::HeaderValue::from_static(key));
        }
        let runs = Arc::clone(runs);
        let work = async move {
            runs.fetch_add(1, Ordering::SeqCst);
            (StatusCode::OK, json!({}))
        };
        match memory.run(&headers, &[b"/path", body], work).await {
            Ok(response) => response.status().as_u16(),
            Err(error) => error.status.as_u16(),
        }
    }

    #[tokio::test]
    async fn one_key_runs_once_and_only_for_its_request() {
        let (memory, runs) = (Idempotency::default(), Arc::new(AtomicU32::new(0)));
        let (first, second) =
            tokio::join!(once(&memory, Some("a"), b"{}", &runs), once(&memory, Some("a"), b"{}", &runs));
        assert_eq!((first, second, runs.load(Ordering::SeqCst)), (200, 200, 1));
        assert_eq!(once(&memory, Some("a"), b"{1}", &runs).await, 422);
        assert_eq!(once(&memory, Some(" "), b"{}", &runs).await, 422);
        once(&memory, None, b"{}", &runs).await;
        once(&memory, None, b"{}", &runs).await;
        assert_eq!(runs.load(Ordering::SeqCst), 3);
    }
}
