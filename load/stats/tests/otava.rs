//! Our change points against those of Apache Otava, the package on PyPI. Its answers are stored in `otava/oracle.txt`;
//! `scripts/check-changepoints.sh` installs the package, asks it again, and compares.

use dryrun_stats::{ChangeRules, change_points};

const ORACLE: &str = include_str!("otava/oracle.txt");

#[test]
fn change_points_are_those_of_apache_otava() {
    let mut lines = ORACLE.lines().filter(|line| !line.starts_with('#'));
    let (mut cases, mut points) = (0, 0);
    while let (Some(asked), Some(answer)) = (lines.next(), lines.next()) {
        let (rules, values) = asked.strip_prefix("rules ").unwrap().split_once('|').unwrap();
        let rules: Vec<&str> = rules.split_whitespace().collect();
        let rules = ChangeRules {
            window: rules[0].parse().unwrap(),
            max_p: rules[1].parse().unwrap(),
            least: rules[2].parse().unwrap(),
        };
        let values: Vec<f64> = values.split_whitespace().map(|value| value.parse().unwrap()).collect();
        let wanted: Vec<(usize, f64)> = answer
            .strip_prefix("found")
            .unwrap()
            .split_whitespace()
            .map(|point| point.split_once(':').unwrap())
            .map(|(index, p)| (index.parse().unwrap(), p.parse().unwrap()))
            .collect();
        let found = change_points(&values, &rules);
        let places: Vec<usize> = found.iter().map(|point| point.index).collect();
        assert_eq!(places, wanted.iter().map(|(index, _)| *index).collect::<Vec<_>>(), "{asked}");
        for (point, (index, p)) in found.iter().zip(&wanted) {
            let near = (point.p - p).abs() <= 1e-6 * p.abs() + 1e-300;
            assert!(near, "at {index}: p {:e}, Otava has {p:e}; {asked}", point.p);
        }
        cases += 1;
        points += wanted.len();
    }
    // The table was not cut short.
    assert!(cases >= 95 && points >= 150, "{cases} cases with {points} change points");
}
