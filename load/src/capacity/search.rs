//! Which rate to try next: [`Search`].

use dryrun_record::load::StepFinding;

/// How a search goes. Rates are arrivals a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Tried first.
    pub first: f64,
    /// Nothing above this is tried.
    pub most: f64,
    /// Nothing below this is tried.
    pub least: f64,
    /// By how much the rate grows until something breaks. Above 1.
    pub factor: f64,
    /// How near the ends of the bracket must come: 0.05 is 5%.
    pub precision: f64,
    /// How many steps there must be at each end of the bracket. Odd, so that they can't be undecided.
    pub repeats: u32,
    /// More steps than these are not made.
    pub most_steps: usize,
}

impl Settings {
    /// The default ones, from this rate on.
    pub fn from(first: f64) -> Self {
        Self {
            first,
            most: f64::MAX,
            least: first / 1_000.0,
            factor: 2.0,
            precision: 0.05,
            repeats: 3,
            most_steps: 60,
        }
    }
}

/// A step to be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ask {
    /// At this rate.
    pub rate: f64,
    /// What it is for.
    pub why: Why,
}

/// What a step is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// To find a rate that breaks (or, when nothing held yet, one that holds).
    Ramp,
    /// To bring the ends of the bracket nearer to each other.
    Bisect,
    /// To see whether it comes out the same again.
    Repeat,
}

impl Why {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ramp => "ramp",
            Self::Bisect => "bisect",
            Self::Repeat => "repeat",
        }
    }
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// It held at the one, and broke at the other, repeatedly.
    Bracket {
        /// The highest rate that held.
        held: f64,
        /// The lowest that broke.
        broke: f64,
    },
    /// It held at this rate, repeatedly, and what is above could not be tried: the harness was the limit.
    Limited {
        /// The highest rate that held; `None`: even the lowest was too much for the harness.
        held: Option<f64>,
        /// The lowest rate at which the harness was the limit.
        at: f64,
    },
    /// It held, repeatedly, at the highest rate that may be tried.
    Most {
        /// That rate.
        held: f64,
    },
    /// It broke down to the lowest rate that may be tried.
    Nothing {
        /// The lowest rate that was tried, and broke.
        broke: f64,
    },
    /// The steps were used up, or the search was ended, before it was known.
    Unknown {
        /// The highest rate that held as far as it was tried.
        held: Option<f64>,
        /// The lowest that broke.
        broke: Option<f64>,
    },
}

/// The steps at one rate.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    rate: f64,
    held: u32,
    broke: u32,
    limited: u32,
}

impl Tally {
    /// Undecided after so many steps it counts as broken: a rate that holds only half the time is no promise.
    const UNDECIDED: u32 = 6;

    fn decided(self) -> u32 {
        self.held + self.broke
    }

    fn holds(self) -> bool {
        self.held > self.broke
    }

    fn breaks(self) -> bool {
        self.broke > self.held || (self.broke > 0 && self.decided() >= Self::UNDECIDED && !self.holds())
    }

    /// Undecided: as often held as broken, or the harness was the limit once, which may have been a hiccup.
    fn open(self) -> bool {
        !self.is_limited() && !self.holds() && !self.breaks()
    }

    /// The harness was the limit, again and again, and hardly ever not: nothing is known at this rate.
    fn is_limited(self) -> bool {
        self.limited >= 2 && self.limited > 3 * self.decided()
    }
}

/// Where the bracket stands.
#[derive(Debug, Clone, Copy, Default)]
struct Bracket {
    held: Option<Tally>,
    broke: Option<Tally>,
    /// The lowest rate above `held` and below `broke` at which the harness was the limit.
    limited: Option<Tally>,
}

/// A search for the highest rate that keeps the thresholds.
#[derive(Debug, Clone)]
pub struct Search {
    settings: Settings,
    steps: Vec<(f64, StepFinding)>,
}

impl Search {
    /// Nothing tried yet.
    pub fn new(settings: Settings) -> Self {
        let least = settings.least.min(settings.first).max(f64::MIN_POSITIVE);
        Self {
            settings: Settings { least, first: settings.first.min(settings.most), ..settings },
            steps: Vec::new(),
        }
    }

    /// What a step at this rate found.
    pub fn tell(&mut self, rate: f64, finding: StepFinding) {
        self.steps.push((rate, finding));
    }

    /// All steps so far, in order.
    pub fn steps(&self) -> &[(f64, StepFinding)] {
        &self.steps
    }

    /// The next step, or how the search ended. Follows from the steps alone: a repeat that comes out otherwise moves the
    /// bracket, and the search goes on from there.
    pub fn next(&self) -> Result<Ask, End> {
        let Settings { first, most, least, factor, .. } = self.settings;
        let bracket = self.bracket();
        let ask = |rate: f64, why| Ok(Ask { rate, why });
        if self.steps.is_empty() {
            return ask(round(first), Why::Ramp);
        }
        if self.steps.len() >= self.settings.most_steps {
            return Err(self.as_far());
        }
        if let Some(open) = self.tallies().into_iter().find(|tally| tally.open()) {
            return ask(open.rate, Why::Repeat);
        }
        // A rate that broke below one that held: by chance, unless it does so again.
        if let Some(broke) = bracket.broke
            && broke.decided() < self.settings.repeats
            && self.tallies().iter().any(|tally| tally.rate > broke.rate && tally.holds())
        {
            return ask(broke.rate, Why::Repeat);
        }
        match bracket {
            Bracket { held: None, limited: Some(limited), .. } => match round(limited.rate / factor) {
                lower if lower >= least => ask(lower, Why::Ramp),
                _ => Err(End::Limited { held: None, at: limited.rate }),
            },
            Bracket { held: None, broke: Some(broke), limited: None } => match round(broke.rate / factor) {
                lower if lower >= least => ask(lower, Why::Ramp),
                _ => self.confirmed(broke).ok_or(End::Nothing { broke: broke.rate }),
            },
            // A rate in between at which the harness was the limit only makes the bracket wider: its ends are clean.
            Bracket { held: Some(held), limited: Some(limited), broke } => self
                .between(held.rate, limited.rate)
                .or_else(|| self.confirmed(held))
                .or_else(|| broke.and_then(|broke| self.confirmed(broke)))
                .ok_or(match broke {
                    Some(broke) => End::Bracket { held: held.rate, broke: broke.rate },
                    None => End::Limited { held: Some(held.rate), at: limited.rate },
                }),
            Bracket { held: Some(held), broke: Some(broke), limited: None } => self
                .between(held.rate, broke.rate)
                .or_else(|| self.confirmed(if held.decided() <= broke.decided() { held } else { broke }))
                .or_else(|| self.confirmed(held))
                .or_else(|| self.confirmed(broke))
                .ok_or(End::Bracket { held: held.rate, broke: broke.rate }),
            Bracket { held: Some(held), broke: None, limited: None } if held.rate >= most => {
                self.confirmed(held).ok_or(End::Most { held: held.rate })
            }
            Bracket { held: Some(held), broke: None, limited: None } => {
                ask(round(held.rate * factor).min(most), Why::Ramp)
            }
            Bracket { held: None, broke: None, limited: None } => Err(self.as_far()),
        }
    }

    /// What is known when it is ended here.
    pub fn as_far(&self) -> End {
        let bracket = self.bracket();
        End::Unknown {
            held: bracket.held.map(|tally| tally.rate),
            broke: bracket.broke.map(|tally| tally.rate),
        }
    }

    /// Another step at this end of the bracket, when there were too few.
    fn confirmed(&self, end: Tally) -> Option<Ask> {
        (end.decided() < self.settings.repeats).then_some(Ask { rate: end.rate, why: Why::Repeat })
    }

    /// A rate between these two, when they are not near enough to each other yet.
    fn between(&self, held: f64, above: f64) -> Option<Ask> {
        let wide = above / held > 1.0 + self.settings.precision;
        let middle = round((held * above).sqrt());
        (wide && middle > held && middle < above).then_some(Ask { rate: middle, why: Why::Bisect })
    }

    fn bracket(&self) -> Bracket {
        let tallies = self.tallies();
        let known = |tally: &&Tally| !tally.is_limited();
        let broke = tallies.iter().filter(known).find(|tally| tally.breaks()).copied();
        let below = |tally: &&Tally| broke.is_none_or(|broke| tally.rate < broke.rate);
        let held = tallies.iter().filter(known).filter(below).rfind(|tally| tally.holds()).copied();
        let above = |tally: &&Tally| held.is_none_or(|held| tally.rate > held.rate);
        let limited = tallies.iter().filter(below).filter(above).find(|tally| tally.is_limited()).copied();
        Bracket { held, broke, limited }
    }

    /// By rate, ascending.
    fn tallies(&self) -> Vec<Tally> {
        let mut tallies: Vec<Tally> = Vec::new();
        for (rate, finding) in &self.steps {
            let at = tallies.partition_point(|tally| tally.rate < *rate);
            if tallies.get(at).is_none_or(|tally| tally.rate > *rate) {
                tallies.insert(at, Tally { rate: *rate, ..Tally::default() });
            }
            let tally = &mut tallies[at];
            match finding {
                StepFinding::Held => tally.held += 1,
                StepFinding::Broke => tally.broke += 1,
                StepFinding::Limited => tally.limited += 1,
            }
        }
        tallies
    }
}

/// To three significant digits: rates that people read.
fn round(rate: f64) -> f64 {
    let unit = 10_f64.powi(rate.log10().floor() as i32 - 2);
    // Dividing by what is a whole number gives the nearest decimal; multiplying by 0.1 does not.
    if unit < 1.0 { (rate / unit).round() / (1.0 / unit).round() } else { (rate / unit).round() * unit }
}
