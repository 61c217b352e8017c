//! Which profile, and what the command line changes in it: [`profile`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::anyhow;
use dryrun_load::Profile;
use dryrun_load::profile::{Arrivals, End, RateStage, Shape, UserStage};
use dryrun_suite::values::nearest::{listed, nearest};

use crate::args::load::LoadRunArgs;
use crate::config::Config;
use crate::exit::Stop;

/// Where profiles stand, seen from the configuration.
const FOLDER: &str = "load/profiles";
/// With `--rate` on a profile of users, so many arrivals at most are under way at once.
pub(crate) const MAX_IN_FLIGHT: usize = 1_000;

/// The profile that was named, read and checked, with the command line laid over it.
pub(crate) fn profile(config: &Config, args: &LoadRunArgs) -> Result<Profile, Stop> {
    let mut profile = named(config, &args.name)?;
    lay_over(&mut profile, args)?;
    Ok(profile)
}

/// The profile of this name, or at this path.
pub(crate) fn named(config: &Config, name: &str) -> Result<Profile, Stop> {
    let path = match name.ends_with(".toml") || name.contains('/') {
        true => PathBuf::from(name),
        false => config.path(format!("{FOLDER}/{name}.toml")),
    };
    if !path.exists() {
        return Err(Stop::usage(missing(name, &path)));
    }
    Profile::load(&path).map_err(Stop::usage)
}

/// What to write in place of a profile that is not there.
fn missing(name: &str, path: &Path) -> anyhow::Error {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut known: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
        .collect();
    known.sort();
    let names = || known.iter().map(String::as_str);
    let hint = match nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => {
            "there are none in that folder; name one by its path, ending in .toml".to_owned()
        }
        None => format!("there are {}", listed(names(), 12)),
    };
    anyhow!("there is no load profile {}: {hint}", path.display())
}

fn lay_over(profile: &mut Profile, args: &LoadRunArgs) -> Result<(), Stop> {
    if let Some(contracts) = args.contracts {
        profile.contracts = contracts;
    }
    if let Some(rate) = args.rate {
        at_rate(profile, rate)?;
    }
    if let Some(wanted) = args.duration {
        if let (Shape::Open { arrivals: Arrivals::Times(_), .. }, Some(lasts)) =
            (&profile.shape, lasts(&profile.shape))
            && wanted > lasts
        {
            return Err(Stop::usage(anyhow!(
                "--duration {wanted:?} is longer than the arrivals of `{}`: the last one comes after {lasts:?}, and moments of \
                 a file are not stretched; give a shorter duration, or a file with more arrivals",
                profile.name
            )));
        }
        last(profile, wanted);
        if wanted <= profile.warm_up {
            return Err(Stop::usage(anyhow!(
                "--duration {wanted:?} leaves nothing to measure: the warm-up of `{}` is {:?} long; give a longer one, \
                 or shorten `warm_up` in the profile",
                profile.name,
                profile.warm_up
            )));
        }
    }
    Ok(())
}

/// Open, with one rate, for as long as before.
pub(crate) fn at_rate(profile: &mut Profile, rate: f64) -> Result<(), Stop> {
    let Some(lasts) = lasts(&profile.shape) else {
        return Err(Stop::usage(anyhow!(
            "--rate needs to know how long: `{}` ends after a number of iterations; give --duration as well, or another \
             profile",
            profile.name
        )));
    };
    let max_in_flight = match &profile.shape {
        Shape::Open { max_in_flight, .. } => *max_in_flight,
        Shape::Closed { .. } => MAX_IN_FLIGHT,
    };
    let arrivals = Arrivals::Stages(vec![RateStage { from: rate, to: rate, lasts }]);
    profile.shape = Shape::Open { arrivals, max_in_flight };
    Ok(())
}

/// How long it is; `None` when a number of iterations ends it.
pub(crate) fn lasts(shape: &Shape) -> Option<Duration> {
    match shape {
        Shape::Closed { end: End::After(lasts), .. } => Some(*lasts),
        Shape::Closed { end: End::Iterations(_), .. } => None,
        Shape::Open { arrivals: Arrivals::Stages(stages), .. } => {
            Some(stages.iter().map(|stage| stage.lasts).sum())
        }
        Shape::Open { arrivals: Arrivals::Times(times), .. } => times.last().copied(),
    }
}

/// So long, every stage with the share it had; of a shorter run the warm-up, too. Of the arrivals of a file the later ones
/// are left out.
fn last(profile: &mut Profile, wanted: Duration) {
    let before = lasts(&profile.shape);
    let factor = match before {
        Some(before) if !before.is_zero() => wanted.as_secs_f64() / before.as_secs_f64(),
        _ => 1.0,
    };
    let cut = matches!(profile.shape, Shape::Open { arrivals: Arrivals::Times(_), .. });
    if factor < 1.0 && !cut {
        profile.warm_up = profile.warm_up.mul_f64(factor);
    }
    match &mut profile.shape {
        Shape::Closed { stages, end } => {
            for UserStage { ramp, hold, .. } in stages {
                (*ramp, *hold) = (ramp.mul_f64(factor), hold.mul_f64(factor));
            }
            *end = End::After(wanted);
        }
        Shape::Open { arrivals: Arrivals::Stages(stages), .. } => {
            for stage in stages {
                stage.lasts = stage.lasts.mul_f64(factor);
            }
        }
        Shape::Open { arrivals: Arrivals::Times(times), .. } => times.retain(|at| *at <= wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(stages: &[(f64, f64, u64)]) -> Shape {
        let stage = |(from, to, lasts): &(f64, f64, u64)| RateStage {
            from: *from,
            to: *to,
            lasts: Duration::from_secs(*lasts),
        };
        Shape::Open { arrivals: Arrivals::Stages(stages.iter().map(stage).collect()), max_in_flight: 7 }
    }

    fn profile(shape: Shape) -> Profile {
        Profile {
            name: "p".to_owned(),
            description: String::new(),
            shape,
            warm_up: Duration::from_secs(2),
            linger: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            grace: Duration::from_secs(1),
            connections: dryrun_load::profile::Connections::Shared,
            contracts: dryrun_load::profile::Contracts::Full,
            late_after: Duration::from_millis(1),
            apdex: None,
            thresholds: Vec::new(),
            workflows: Vec::new(),
        }
    }

    fn laid_over(shape: Shape, rate: Option<f64>, duration: Option<u64>) -> Result<Shape, String> {
        let mut profile = profile(shape);
        let duration = duration.map(Duration::from_secs);
        let args = LoadRunArgs { rate, duration, ..LoadRunArgs::default() };
        lay_over(&mut profile, &args).map_err(|stop| stop.error.to_string())?;
        Ok(profile.shape)
    }

    #[test]
    fn stages_keep_their_proportions() {
        let stretched = laid_over(open(&[(0.0, 10.0, 10), (10.0, 10.0, 30)]), None, Some(20));
        assert_eq!(stretched, Ok(open(&[(0.0, 10.0, 5), (10.0, 10.0, 15)])));
        let users = |ramp, hold, end| Shape::Closed {
            stages: vec![UserStage {
                users: 3,
                ramp: Duration::from_secs(ramp),
                hold: Duration::from_secs(hold),
            }],
            end,
        };
        let after = |seconds| End::After(Duration::from_secs(seconds));
        assert_eq!(laid_over(users(2, 8, after(10)), None, Some(20)), Ok(users(4, 16, after(20))));
        assert_eq!(laid_over(users(2, 8, End::Iterations(9)), None, Some(20)), Ok(users(2, 8, after(20))));
    }

    #[test]
    fn arrivals_of_a_file_are_cut_off() {
        let times = |seconds: &[u64]| Shape::Open {
            arrivals: Arrivals::Times(seconds.iter().copied().map(Duration::from_secs).collect()),
            max_in_flight: 7,
        };
        assert_eq!(laid_over(times(&[1, 5, 9]), None, Some(5)), Ok(times(&[1, 5])));
    }

    #[test]
    fn a_rate_replaces_the_shape_and_keeps_the_time() {
        let shape = open(&[(1.0, 5.0, 10), (5.0, 5.0, 30)]);
        assert_eq!(laid_over(shape.clone(), Some(9.0), None), Ok(open(&[(9.0, 9.0, 40)])));
        assert_eq!(laid_over(shape, Some(9.0), Some(8)), Ok(open(&[(9.0, 9.0, 8)])));
        let users = Shape::Closed {
            stages: vec![UserStage { users: 3, ramp: Duration::ZERO, hold: Duration::ZERO }],
            end: End::Iterations(9),
        };
        let error = laid_over(users, Some(9.0), None).unwrap_err();
        assert!(error.contains("ends after a number of iterations"), "{error}");
    }

    #[test]
    fn a_warm_up_that_leaves_nothing_to_measure_is_refused() {
        let times = Shape::Open {
            arrivals: Arrivals::Times((0..9).map(Duration::from_secs).collect()),
            max_in_flight: 7,
        };
        let error = laid_over(times.clone(), None, Some(2)).unwrap_err();
        assert!(error.contains("leaves nothing to measure"), "{error}");
        let error = laid_over(times, None, Some(30)).unwrap_err();
        assert!(error.contains("moments of a file are not stretched"), "{error}");
        // That of a shape keeps its share.
        assert!(laid_over(open(&[(1.0, 1.0, 10)]), None, Some(2)).is_ok());
    }
}
