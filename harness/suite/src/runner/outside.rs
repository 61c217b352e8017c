//! The outside world, as far as it can be watched without a seal: the service's proxy variables point at a listener that
//! refuses and remembers. [`Watched::of`] sets it up; what was tried is told at the end, and fails the run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use dryrun_record::{Event, NoticeLevel};
use dryrun_target::{Attempt, Outside, TargetSpec};

use crate::runner::watch::Watch;

/// How often each destination was tried, with the first call to it.
type Tried = Arc<Mutex<BTreeMap<String, (usize, String)>>>;

/// The listener, if there is one, and what it heard.
pub(crate) struct Watched {
    _listener: Option<Outside>,
    tried: Tried,
    claim: String,
}

impl Watched {
    /// Puts the listener's address into the service's environment, where the configuration has not put a proxy.
    pub(crate) async fn of(spec: &mut TargetSpec) -> Self {
        let tried = Tried::default();
        let not = |why: &str| format!("the outside world was not observed: {why}");
        let TargetSpec::Command { env, .. } = spec else {
            let claim = not("the service ran already, its environment is not ours");
            return Self { _listener: None, tried, claim };
        };
        if let Some(name) = env.keys().find(|name| name.to_lowercase().ends_with("_proxy")) {
            let claim = not(&format!("the configuration sets {name} for the service"));
            return Self { _listener: None, tried, claim };
        }
        let heard = Arc::clone(&tried);
        let listener = Outside::start(Arc::new(move |attempt: Attempt| {
            let call = format!("{} {}{}", attempt.method, attempt.destination, attempt.path);
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.entry(attempt.destination).or_insert_with(|| (0, call)).0 += 1;
        }))
        .await;
        match listener {
            Ok(listener) => {
                env.extend(listener.environment());
                let claim = "the outside world was observed, not enforced: the service's proxy variables pointed at a \
                             listener that refuses everything; a client that ignores them, and all that is not HTTP, was not seen"
                    .to_owned();
                Self { _listener: Some(listener), tried, claim }
            }
            Err(error) => {
                Self { _listener: None, tried, claim: not(&format!("no port could be bound ({error})")) }
            }
        }
    }

    /// Tells what was tried, and how far the claim goes.
    pub(crate) fn report(&self, watch: &Watch) {
        watch.append(Event::Notice {
            level: NoticeLevel::Info,
            code: "outside-world".to_owned(),
            text: self.claim.clone(),
        });
        for (destination, (count, call)) in self.tried.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
            watch.append(Event::Notice {
                level: NoticeLevel::Error,
                code: "outside-call".to_owned(),
                text: format!("the service tried to reach {destination} {times} ({call}); it was refused, nothing may leave a rehearsal"),
            });
        }
    }
}
