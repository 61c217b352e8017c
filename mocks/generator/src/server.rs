//! Routes, the layer around them, and the life of the process. Main functions: [`serve`], [`run_from_env`].

use crate::app::App;
use crate::errors::ApiError;
use crate::routes::{batch, cache, content, generate, jobs, live, probes, rooms};
use crate::settings::{Settings, SettingsError};
use crate::stamp::Ids;
use crate::trace::Trace;
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use std::future::Future;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// The largest body, in bytes: two texts of 2 million characters and some more.
const LARGEST_BODY: usize = 16 << 20;
/// How long requests that are under way may go on after the order to stop.
const GRACE: Duration = Duration::from_secs(3);

/// Why the service could not start or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum GeneratorError {
    /// An environment variable can't be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The living document can't be read; the text names the file and the line.
    #[error("{0}; set LIVING_DOC_PATH to a Markdown file with sections '## [Category] Heading'")]
    Document(String),
    /// The address can't be listened on.
    #[error("can't listen on {address}: {source}; set HOST and PORT to a free address, or PORT=0")]
    Bind {
        /// `HOST:PORT`.
        address: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The HTTP client could not be made.
    #[error("can't make the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// Listening, writing to standard output or waiting for signals failed.
    #[error("input or output failed: {0}")]
    Io(#[from] std::io::Error),
}

/// Serves until `shutdown` is done; then closes live sessions (1001) and lets requests end for up to 3 seconds.
///
/// # Errors
/// The living document can't be read, or the listener fails.
pub async fn serve(
    settings: Settings,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), GeneratorError> {
    let app = Arc::new(App::new(settings)?);
    app.document().map_err(GeneratorError::Document)?;
    let (stopped, mut stopping) = tokio::sync::watch::channel(());
    let hub = Arc::clone(&app);
    let signal = async move {
        shutdown.await;
        hub.hub.stop();
        let _ = stopped.send(());
    };
    let server = axum::serve(listener, router(app)).with_graceful_shutdown(signal);
    tokio::select! {
        served = async { server.await } => Ok(served?),
        // A request that waits for a dead upstream must not keep the process alive.
        () = async { let _ = stopping.changed().await; tokio::time::sleep(GRACE).await } => Ok(()),
    }
}

/// Reads the process's environment, listens, prints `listening on http://ADDRESS` as the only line on standard
/// output, and serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// An unusable variable, an address that can't be had, or an unreadable living document.
pub async fn run_from_env() -> Result<(), GeneratorError> {
    let settings = Settings::from_env(|name| std::env::var(name).ok())?;
    let address = format!("{}:{}", settings.host, settings.port);
    let bound = TcpListener::bind((settings.host.as_str(), settings.port)).await;
    let listener = bound.map_err(|source| GeneratorError::Bind { address, source })?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{}", listener.local_addr()?)?;
    stdout.flush()?;
    let stop = stop_signal()?;
    serve(settings, listener, stop).await
}

#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, std::io::Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, std::io::Error> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/health", get(probes::health))
        .route("/ready", get(probes::ready))
        .route("/live", get(probes::live))
        .route("/metrics", get(probes::metrics))
        .route("/api/v2/generate-content", post(generate::generate))
        .route("/api/v2/validate-content", post(content::validate))
        .route("/api/v2/templates", get(content::templates))
        .route("/api/v2/content-types", get(content::content_types))
        .route("/api/v2/social-preview/{platform}", get(content::social_preview))
        .route("/api/v2/session-summary", post(content::session_summary))
        .route("/api/v2/live-announce", post(content::live_announce))
        .route("/api/v2/session/{id}/content", get(content::session_content))
        .route("/api/v2/sessions/live", get(content::live_sessions))
        .route("/api/v1/batch/generateBatch", post(batch::generate))
        .route("/api/v1/batch/schedule/{batch_id}", post(batch::schedule))
        .route("/api/v1/batch/status/{batch_id}", get(batch::status))
        .route("/api/v1/newsletter/send", post(jobs::send_newsletter))
        .route("/api/v2/content/sync", post(jobs::sync))
        .route("/api/v2/jobs", get(jobs::list))
        .route("/api/v2/jobs/{id}", get(jobs::get))
        .route("/api/v2/jobs/{id}/retry", post(jobs::retry))
        .route("/api/v1/cache/invalidate", post(cache::invalidate))
        .route("/api/v1/cache/webhook", post(cache::webhook))
        .route("/ws/live-updates", get(live::updates))
        .route("/ws/session/{id}/events", get(live::events))
        .route("/ws/sessions/active", get(content::live_sessions))
        .route("/ws/sessions/{id}/info", get(rooms::info))
        .route("/ws/sessions/{id}/replay", get(rooms::replay))
        .route("/ws/sessions/{id}/broadcast", post(rooms::broadcast))
        .route("/ws/sessions/{id}/close", post(rooms::close))
        .fallback(async || ApiError::not_found("Not Found"))
        .method_not_allowed_fallback(async || {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), around))
        .with_state(app)
}

/// Around every request: its identity goes in, and comes back on the answer; then it is counted.
async fn around(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let trace = Trace::of(request.headers());
    let request_id = request
        .headers()
        .get("x-request-id")
        .filter(|id| !id.is_empty() && id.len() <= 128)
        .cloned()
        .or_else(|| HeaderValue::from_str(&Ids::request()).ok());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    request.extensions_mut().insert(trace.clone());
    let mut response = next.run(request).await;
    let correlation = trace.correlation_id.and_then(|id| HeaderValue::from_str(&id).ok());
    for (name, value) in [("x-request-id", request_id), ("x-correlation-id", correlation)] {
        if let Some(value) = value {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    app.metrics.request(method.as_str(), &route, response.status().as_u16(), started.elapsed());
    response
}
