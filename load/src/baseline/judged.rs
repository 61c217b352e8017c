//! What the statistics say, in the words of a record: [`comparison`].

use dryrun_record::load::{Comparison, ComparisonVerdict, RatioInterval};
use dryrun_stats::{Block, Decision, Interval, Judgement, Rules, Verdict, Why};

use super::runs::METRICS;

/// A quantile means something when so many requests of a run lie beyond it.
const BEYOND: f64 = 20.0;

/// Whether a run of so many requests is long enough for a quantile of [`METRICS`].
pub fn enough(share: f64, requests: u64) -> bool {
    // Half a request for the rounding of 1 - 0.95.
    requests as f64 * (1.0 - share) >= BEYOND - 1e-6
}

/// What is compared with what, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// The baseline's name, or the command of the old service.
    pub against: String,
    /// Old and new in turn; else the runs of old were stored.
    pub interleaved: bool,
    /// What decides.
    pub rules: Rules,
    /// Which of [`METRICS`] the verdict rests on.
    pub judged: Vec<bool>,
    /// What weakens it, one sentence each.
    pub differences: Vec<String>,
}

/// The comparison, decided.
pub fn comparison(about: &About, decision: &Decision, blocks: &[Block]) -> Comparison {
    let mut told = bare(about);
    let sum = |runs: fn(&Block) -> usize| blocks.iter().map(runs).sum::<usize>();
    let old = if about.interleaved {
        sum(|block| block.old.runs())
    } else {
        blocks.first().map_or(0, |block| block.old.runs())
    };
    told.old_runs = u32::try_from(old).unwrap_or(u32::MAX);
    told.new_runs = u32::try_from(sum(|block| block.new.runs())).unwrap_or(u32::MAX);
    told.drift = decision.last.drift.map(|drift| drift.ratio - 1.0);
    told.drift_interval = decision.last.drift.map(|drift| (drift.low - 1.0, drift.high - 1.0));
    told.ratios = METRICS
        .iter()
        .zip(&decision.last.intervals)
        .zip(&about.judged)
        .filter_map(|(((name, _), interval), judged)| {
            let Interval { ratio, low, high } = (*interval)?;
            let confidence = about.rules.confidence;
            Some(RatioInterval { metric: (*name).to_owned(), ratio, low, high, confidence, judged: *judged })
        })
        .collect();
    told.differences.extend(left_out(&decision.last));
    told.verdict = match decision.verdict {
        Verdict::Passed => ComparisonVerdict::Passed,
        Verdict::Slower => ComparisonVerdict::Slower,
        Verdict::Inconclusive => ComparisonVerdict::Inconclusive,
    };
    told.reason = reason(about, decision, blocks);
    told
}

impl About {
    /// A comparison that could not be made: inconclusive, for this reason.
    pub fn not_made(&self, reason: String) -> Comparison {
        Comparison { reason, ..bare(self) }
    }
}

fn bare(about: &About) -> Comparison {
    Comparison {
        against: about.against.clone(),
        design: if about.interleaved { "interleaved" } else { "stored" }.to_owned(),
        tolerance: about.rules.tolerance,
        differences: about.differences.clone(),
        verdict: ComparisonVerdict::Inconclusive,
        ..Comparison::default()
    }
}

fn left_out(judgement: &Judgement) -> Vec<String> {
    let tell = |side: &str, runs: &[usize]| {
        let numbers: Vec<String> = runs.iter().map(|run| (run + 1).to_string()).collect();
        (!runs.is_empty()).then(|| {
            format!(
                "run {} of {side} stood too far from the other runs of its side and was left out",
                numbers.join(" and ")
            )
        })
    };
    let both = [tell("old", &judgement.old_left_out), tell("new", &judgement.new_left_out)];
    both.into_iter().flatten().collect()
}

fn reason(about: &About, decision: &Decision, blocks: &[Block]) -> String {
    let tolerated = percent(about.rules.tolerance);
    let name = |metric: usize| METRICS.get(metric).map_or("?", |(name, _)| *name);
    let span = |judgement: &Judgement, metric: usize| {
        judgement.intervals.get(metric).copied().flatten().map_or_else(|| "not known".to_owned(), said)
    };
    let runs = blocks.last().map_or(0, |block| block.new.runs());
    match decision.why {
        Why::Within => {
            let judged: Vec<String> = METRICS
                .iter()
                .zip(&about.judged)
                .enumerate()
                .filter(|(_, (_, judged))| **judged)
                .map(|(metric, ((name, _), _))| format!("{name} is {}", span(&decision.last, metric)))
                .collect();
            format!("{}; up to {tolerated} slower is tolerated", judged.join(", "))
        }
        Why::Beyond(metric) => format!(
            "{} is {}, beyond the {tolerated} that are tolerated, and a repeat with fresh runs confirmed it",
            name(metric),
            span(&decision.last, metric)
        ),
        Why::Unclear(metric) => format!(
            "{} is {}: with {runs} runs that does not tell whether it is within the {tolerated} that are tolerated; longer \
             runs, more of them (--most-runs) or a quieter machine tell more",
            name(metric),
            span(&decision.last, metric)
        ),
        Why::Drifted(metric) => format!(
            "{} is {}, but by the calibration loop the machine itself became {} between old and new: that may be all of it",
            name(metric),
            span(&decision.last, metric),
            decision.last.drift.map_or_else(String::new, said)
        ),
        Why::Nothing(metric) => format!(
            "there are too few requests or runs to say anything of {}: at least 20 requests of a run must lie beyond a \
             quantile, so make the runs longer",
            name(metric)
        ),
        Why::Unconfirmed(metric) => format!(
            "{} was {} at first, but a repeat with fresh runs did not confirm it of the same quantile: there it is {}",
            name(metric),
            decision.first.as_ref().map_or_else(String::new, |first| span(first, metric)),
            span(&decision.last, metric)
        ),
    }
}

/// `15.0% slower (11.2% to 18.9% slower)`.
fn said(interval: Interval) -> String {
    let Interval { ratio, low, high } = interval;
    format!("{} ({} to {})", changed(ratio), changed(low), changed(high))
}

fn changed(ratio: f64) -> String {
    let word = if ratio >= 1.0 { "slower" } else { "faster" };
    format!("{} {word}", percent((ratio - 1.0).abs()))
}

/// `5%`, `12.3%`.
fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{}%", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use dryrun_stats::{Design, Measured, Next, Procedure, Which};

    use super::*;

    /// What comes of an interleaved comparison: `value` gives p50 by side and block; p95 is three times that.
    fn of(judged: [bool; 3], value: impl Fn(Which, usize) -> f64, machine: f64) -> Comparison {
        let rules = Rules::default();
        let mut procedure = Procedure::new(rules, Design::Interleaved, judged.to_vec());
        let about = About {
            against: "main".into(),
            interleaved: true,
            rules,
            judged: judged.to_vec(),
            differences: vec!["another kernel".into()],
        };
        loop {
            match procedure.next() {
                Next::Done(decision) => return comparison(&about, &decision, procedure.blocks()),
                Next::Run { which, block, number, .. } => {
                    let value = value(which, block) * [1.0, 1.004, 0.996, 1.001, 0.999][number % 5];
                    let calibration = Some(if which == Which::New { machine } else { 1.0 });
                    procedure.push(
                        which,
                        Measured { metrics: vec![value, 3.0 * value, 9.0 * value], calibration },
                    );
                }
            }
        }
    }

    const P50_P95: [bool; 3] = [true, true, false];

    #[test]
    fn passed() {
        let told = of(P50_P95, |_, _| 10.0, 1.0);
        assert_eq!(told.verdict, ComparisonVerdict::Passed);
        assert_eq!((told.old_runs, told.new_runs, told.design.as_str()), (5, 5, "interleaved"));
        assert_eq!(told.ratios.iter().map(|one| one.judged).collect::<Vec<_>>(), P50_P95);
        assert!(
            told.reason.starts_with("p50 is 0% slower (")
                && told.reason.ends_with("up to 5% slower is tolerated"),
            "{}",
            told.reason
        );
        assert_eq!(told.differences, ["another kernel"]);
    }

    #[test]
    fn slower_counts_the_runs_of_both_blocks() {
        let told = of(P50_P95, |which, _| if which == Which::New { 11.5 } else { 10.0 }, 1.0);
        assert_eq!((told.verdict, told.old_runs, told.new_runs), (ComparisonVerdict::Slower, 10, 10));
        assert!(
            told.reason.contains(" is 15% slower (") && told.reason.contains("confirmed it"),
            "{}",
            told.reason
        );
    }

    #[test]
    fn what_is_inconclusive_says_why() {
        let unconfirmed =
            of(P50_P95, |which, block| if which == Which::New && block == 1 { 11.5 } else { 10.0 }, 1.0);
        let drifted = of(P50_P95, |which, _| if which == Which::New { 11.5 } else { 10.0 }, 1.15);
        let unclear = of(P50_P95, |which, _| if which == Which::New { 10.5 } else { 10.0 }, 1.0);
        let nothing = of([false; 3], |_, _| 10.0, 1.0);
        for (told, words) in [
            (unconfirmed, "a repeat with fresh runs did not confirm it of the same quantile"),
            (drifted, "the machine itself became 15% slower (15% slower to 15% slower) between old and new"),
            (unclear, "with 10 runs that does not tell"),
            (nothing, "too few requests"),
        ] {
            assert_eq!(told.verdict, ComparisonVerdict::Inconclusive);
            assert!(told.reason.contains(words), "{}", told.reason);
        }
    }

    #[test]
    fn a_quantile_needs_requests_beyond_it() {
        assert!(enough(0.50, 40) && !enough(0.50, 39));
        assert!(enough(0.95, 400) && !enough(0.95, 399));
        assert!(enough(0.99, 2_000) && !enough(0.99, 1_999));
    }
}
