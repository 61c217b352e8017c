//! Runs that do not belong to the others: [`kept`].
//!
//! Now and then a run is hit by something that has nothing to do with the service: a backup, a neighbour on the same
//! host. One such run in five makes the interval so wide that nothing can be found. It is left out, within limits that
//! keep that honest: at most one in five of a side, on either side by the same rule, whichever way it is off, and told.

/// How many robust standard deviations from the middle of its side a run must stand to be left out.
const FAR: f64 = 4.0;
/// Nothing that is nearer to the middle than this (in logarithms: about 4%) is ever left out.
const LEAST_SCALE: f64 = 0.01;

/// Which runs of old and of new belong together: one entry a run, `false` for those to leave out. Each metric is a list
/// with one positive value per run; a run that stands out in any of them is out in all.
pub(crate) fn kept(old: &[Vec<f64>], new: &[Vec<f64>]) -> (Vec<bool>, Vec<bool>) {
    let runs = |side: &[Vec<f64>]| side.first().map_or(0, Vec::len);
    let mut far_old = vec![0.0_f64; runs(old)];
    let mut far_new = vec![0.0_f64; runs(new)];
    for (old, new) in old.iter().zip(new) {
        let (old, new) = (off_middle(old), off_middle(new));
        let mut both: Vec<f64> = old.iter().chain(&new).map(|off| off.abs()).collect();
        if both.len() < 3 {
            continue;
        }
        // 1.4826 makes the median deviation a standard deviation; two middles were taken from the data themselves.
        let spent = both.len() as f64 / (both.len() as f64 - 2.0);
        let scale = (1.4826 * median(&mut both) * spent.sqrt()).max(LEAST_SCALE);
        for (far, off) in far_old.iter_mut().zip(&old).chain(far_new.iter_mut().zip(&new)) {
            *far = far.max(off.abs() / scale);
        }
    }
    (nearest(&far_old), nearest(&far_new))
}

/// All but the farthest, of which at most one in five goes.
fn nearest(far: &[f64]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..far.len()).collect();
    order.sort_by(|a, b| far[*b].total_cmp(&far[*a]));
    let mut kept = vec![true; far.len()];
    for &run in order.iter().take(far.len() / 5).filter(|run| far[**run] > FAR) {
        kept[run] = false;
    }
    kept
}

fn off_middle(values: &[f64]) -> Vec<f64> {
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    let middle = median(&mut logs.clone());
    logs.iter().map(|log| log - middle).collect()
}

/// Sorts, and gives the middle; 0 when there is none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEADY: [f64; 5] = [100.0, 102.0, 99.0, 101.0, 98.0];

    #[test]
    fn a_run_far_from_its_side_is_left_out_and_no_other() {
        let new = [100.0, 101.0, 140.0, 99.0, 102.0];
        let (old, new) = kept(&[STEADY.to_vec()], &[new.to_vec()]);
        assert_eq!(old, [true; 5]);
        assert_eq!(new, [true, true, false, true, true]);
    }

    #[test]
    fn a_fast_run_goes_by_the_same_rule() {
        let (old, _) = kept(&[vec![100.0, 101.0, 60.0, 99.0, 102.0]], &[STEADY.to_vec()]);
        assert_eq!(old, [true, true, false, true, true]);
    }

    #[test]
    fn at_most_one_in_five_goes() {
        let (_, new) = kept(&[STEADY.to_vec()], &[vec![100.0, 150.0, 101.0, 99.0, 180.0]]);
        assert_eq!(new, [true, true, true, true, false]);
        let (_, new) = kept(&[STEADY[..4].to_vec()], &[vec![100.0, 101.0, 99.0, 180.0]]);
        assert_eq!(new, [true; 4], "of four none");
    }

    #[test]
    fn a_slow_down_of_a_whole_side_is_no_outlier() {
        let slower: Vec<f64> = STEADY.iter().map(|value| value * 1.5).collect();
        assert_eq!(kept(&[STEADY.to_vec()], &[slower]), (vec![true; 5], vec![true; 5]));
    }

    #[test]
    fn runs_that_hardly_differ_are_all_kept() {
        let (old, new) = kept(&[vec![100.0; 5]], &[vec![100.0, 100.0, 100.0, 103.0, 100.0]]);
        assert_eq!((old, new), (vec![true; 5], vec![true; 5]));
    }

    #[test]
    fn out_in_one_metric_is_out_in_all() {
        let mut p95 = STEADY.to_vec();
        p95[1] = 200.0;
        let (old, _) = kept(&[STEADY.to_vec(), p95], &[STEADY.to_vec(), STEADY.to_vec()]);
        assert_eq!(old, [true, false, true, true, true]);
    }
}
