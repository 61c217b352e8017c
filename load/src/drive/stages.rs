//! What happens when on the time line of a load: its [`stages`].

use std::time::Duration;

use crate::profile::duration::words;
use crate::profile::{Arrivals, RateStage, Shape, UserStage};

/// When each stage begins, and what it is; without the first, which begins with the run.
pub(super) fn stages(shape: &Shape) -> Vec<(Duration, String)> {
    let stages: Vec<(Duration, String)> = match shape {
        Shape::Open { arrivals: Arrivals::Stages(stages), .. } => {
            stages.iter().map(|stage| (stage.lasts, rate_stage(stage))).collect()
        }
        Shape::Open { arrivals: Arrivals::Times(_), .. } => Vec::new(),
        Shape::Closed { stages, .. } => {
            stages.iter().map(|stage| (stage.ramp + stage.hold, user_stage(stage))).collect()
        }
    };
    let mut start = Duration::ZERO;
    let begun = stages.into_iter().map(|(lasts, said)| {
        let own = start;
        start += lasts;
        (own, said)
    });
    begun.skip(1).collect()
}

fn rate_stage(stage: &RateStage) -> String {
    let RateStage { from, to, lasts } = *stage;
    let number = |rate: f64| (rate * 100.0).round() / 100.0;
    if from == to {
        format!("{} a second for {}", number(from), words(lasts))
    } else {
        format!("{} to {} a second over {}", number(from), number(to), words(lasts))
    }
}

fn user_stage(stage: &UserStage) -> String {
    let users = if stage.users == 1 { "1 user".to_owned() } else { format!("{} users", stage.users) };
    if stage.ramp.is_zero() { users } else { format!("{users} within {}", words(stage.ramp)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn later_stages_begin_where_those_before_end() {
        let rates = [(1.0, 1.0, 10), (1.0, 33.333, 20), (5.0, 5.0, 1)];
        let rates = rates.map(|(from, to, lasts)| RateStage { from, to, lasts: secs(lasts) });
        let open = Shape::Open { arrivals: Arrivals::Stages(rates.to_vec()), max_in_flight: 9 };
        let said = |at, text: &str| (secs(at), text.to_owned());
        assert_eq!(
            stages(&open),
            [said(10, "1 to 33.33 a second over 20 s"), said(30, "5 a second for 1 s")]
        );
        let stage = |users, ramp, hold| UserStage { users, ramp: secs(ramp), hold: secs(hold) };
        let users = vec![stage(10, 5, 20), stage(1, 0, 3), stage(4, 2, 0)];
        let closed = Shape::Closed { stages: users, end: crate::profile::End::After(secs(60)) };
        assert_eq!(stages(&closed), [said(25, "1 user"), said(28, "4 users within 2 s")]);
        let times = Shape::Open { arrivals: Arrivals::Times(vec![secs(1), secs(5)]), max_in_flight: 9 };
        assert_eq!(stages(&times), []);
    }
}
