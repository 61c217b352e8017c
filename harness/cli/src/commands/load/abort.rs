//! `--abort-on`: ends a run when a threshold can't be met any more. [`Abort`].

use anyhow::anyhow;
use dryrun_load::Profile;
use dryrun_load::profile::{Metric, Threshold};
use dryrun_record::load::LoadTick;
use dryrun_suite::values::nearest::{listed, nearest};
use tokio::sync::watch;

use crate::exit::Stop;

/// Watches the seconds of a run.
#[derive(Debug)]
pub(crate) struct Abort {
    /// By the thresholds of the profile: whether this one ends the run, and its words.
    wanted: Vec<(bool, String)>,
    stop: watch::Sender<Option<String>>,
}

impl Abort {
    /// `named`: metrics of the profile's thresholds, or `any`. Ends the run through `stop`.
    pub(crate) fn new(
        named: &[String],
        profile: &Profile,
        stop: watch::Sender<Option<String>>,
    ) -> Result<Self, Stop> {
        let known: Vec<String> = profile.thresholds.iter().map(name).collect();
        for wanted in named.iter().filter(|wanted| *wanted != "any") {
            if !known.contains(wanted) {
                return Err(Stop::usage(unknown(wanted, &known, &profile.name)));
            }
        }
        if !named.is_empty() && known.is_empty() {
            return Err(Stop::usage(anyhow!(
                "--abort-on has nothing to watch: `{}` has no thresholds; write [thresholds] in the profile",
                profile.name
            )));
        }
        let ends = |name: &String| named.iter().any(|wanted| wanted == "any" || wanted == name);
        let words = profile.thresholds.iter().map(dryrun_load::thresholds::words);
        Ok(Self { wanted: known.iter().map(ends).zip(words).collect(), stop })
    }

    /// Looks at how the thresholds stand.
    pub(crate) fn look(&self, tick: &LoadTick) {
        let lost = self.wanted.iter().zip(&tick.standing).find(|((wanted, _), now)| *wanted && now.lost);
        if let Some(((_, words), _)) = lost {
            self.stop.send_if_modified(|reason| {
                let first = reason.is_none();
                if first {
                    *reason = Some(format!("a threshold can't be met any more: {words}"));
                }
                first
            });
        }
    }
}

fn unknown(wanted: &str, known: &[String], profile: &str) -> anyhow::Error {
    let names = || known.iter().map(String::as_str).chain(["any"]);
    match nearest(wanted, names()) {
        Some(near) => {
            anyhow!("--abort-on {wanted}: `{profile}` has no such threshold: did you mean `{near}`?")
        }
        None => {
            anyhow!(
                "--abort-on {wanted}: `{profile}` has no such threshold: there are {}",
                listed(names(), 12)
            )
        }
    }
}

/// What the profile calls it: `p95_ms`.
fn name(threshold: &Threshold) -> String {
    dryrun_load::thresholds::name(threshold)
}

/// The unit of what is found.
pub(crate) fn unit(threshold: &Threshold) -> &'static str {
    match threshold.metric {
        Metric::Quantile(_) | Metric::Max | Metric::Mean => "ms",
        Metric::FailPercent | Metric::DroppedPercent | Metric::LatePercent => "%",
        Metric::Rate => "a second",
        Metric::Apdex => "",
    }
}

#[cfg(test)]
mod tests {
    use dryrun_record::load::Standing;

    use super::*;

    fn profile(thresholds: &str) -> Profile {
        let text = format!(
            "[closed]\nusers = 1\nduration = \"1 s\"\n[thresholds]\n{thresholds}\n[[request]]\nname = \"a\"\npath = \"/a\"\n"
        );
        Profile::parse("p.toml", &text).unwrap()
    }

    fn abort(named: &[&str], thresholds: &str) -> Result<(Abort, watch::Receiver<Option<String>>), String> {
        let (stop, stopped) = watch::channel(None);
        let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        let abort = Abort::new(&named, &profile(thresholds), stop).map_err(|stop| stop.error.to_string())?;
        Ok((abort, stopped))
    }

    fn tick(lost: &[bool]) -> LoadTick {
        let standing =
            lost.iter().map(|lost| Standing { found: Some(1.0), held: !lost, lost: *lost, never: false });
        LoadTick { standing: standing.collect(), ..LoadTick::default() }
    }

    const TWO: &str = "p95_ms = 500\nmax_fail_percent = 1";

    #[test]
    fn a_lost_threshold_ends_the_run_once() {
        let (abort, stopped) = abort(&["any"], TWO).unwrap();
        abort.look(&tick(&[false, false]));
        assert_eq!(*stopped.borrow(), None);
        abort.look(&tick(&[true, false]));
        let reason = stopped.borrow().clone().unwrap();
        assert!(
            reason.starts_with("a threshold can't be met any more: ") && reason.contains("95%"),
            "{reason}"
        );
        abort.look(&tick(&[false, true]));
        assert_eq!(stopped.borrow().as_deref(), Some(reason.as_str()), "the first one is the reason");
    }

    #[test]
    fn only_those_that_were_named_end_it() {
        let (named, stopped) = abort(&["max_fail_percent"], TWO).unwrap();
        named.look(&tick(&[true, false]));
        assert_eq!(*stopped.borrow(), None);
        named.look(&tick(&[true, true]));
        assert!(stopped.borrow().is_some());
        let (none, stopped) = abort(&[], TWO).unwrap();
        none.look(&tick(&[true, true]));
        assert_eq!(*stopped.borrow(), None);
    }

    #[test]
    fn a_name_that_the_profile_has_not_is_told_with_the_nearest() {
        let error = abort(&["p59_ms"], TWO).unwrap_err();
        assert!(error.contains("did you mean `p95_ms`?"), "{error}");
        let error = abort(&["nonsense"], TWO).unwrap_err();
        assert!(error.ends_with("there are p95_ms, max_fail_percent and any"), "{error}");
        let error = abort(&["any"], "").unwrap_err();
        assert!(error.contains("has no thresholds"), "{error}");
    }
}
