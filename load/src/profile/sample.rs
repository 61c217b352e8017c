//! Which answers are in the sample: [`Contracts::chosen`].

use super::Contracts;
use crate::mix::mixed;

impl Contracts {
    /// Whether the answer of this number, from 0, is checked.
    ///
    /// The numbers are cut into stretches of `1 / share`, and one of each is taken, at a place that a hash chooses: the
    /// count is exact to one, and a service that goes wrong in each fifth answer can't fall between the teeth of a comb.
    pub fn chosen(self, number: u64) -> bool {
        match self {
            Self::Full => true,
            Self::Off => false,
            Self::Sample(share) if share <= 0.0 => false,
            Self::Sample(share) => {
                // Counts stay exact in an f64 for longer than any load lasts.
                let begins = |stretch: u64| (stretch as f64 / share.min(1.0)) as u64;
                let mut stretch = (number as f64 * share.min(1.0)) as u64;
                while begins(stretch + 1) <= number {
                    stretch += 1;
                }
                while begins(stretch) > number {
                    stretch -= 1;
                }
                let long = begins(stretch + 1) - begins(stretch);
                number - begins(stretch) == mixed(0, stretch) % long
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_as_large_as_it_says() {
        for (share, of, wanted) in
            [(0.1, 1_000, 100), (0.25, 12, 3), (1.0, 7, 7), (0.0, 7, 0), (1.0 / 3.0, 9, 3), (0.7, 1_000, 700)]
        {
            let found = (0..of).filter(|number| Contracts::Sample(share).chosen(*number)).count();
            assert!(found.abs_diff(wanted) <= 1, "{share} of {of}: {found}");
        }
        assert!(Contracts::Full.chosen(3) && !Contracts::Off.chosen(0));
    }

    #[test]
    fn what_goes_wrong_at_regular_intervals_is_found() {
        for (share, every) in [(0.1, 2), (0.1, 5), (0.1, 10), (0.2, 10), (0.5, 2), (0.01, 20)] {
            for phase in 0..every {
                let hit = (0..100_000_u64)
                    .filter(|number| number % every == phase && Contracts::Sample(share).chosen(*number))
                    .count() as f64;
                let wanted = 100_000.0 * share / every as f64;
                assert!(
                    hit > wanted / 3.0 && hit < wanted * 3.0,
                    "{share}, each {every} from {phase}: {hit}"
                );
            }
        }
    }
}
