//! Rounds of processes in turn, and the ratios between them.

use super::measurement::Measurement;
use crate::command::Failure;

/// Who is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    Ours,
    /// PyTorch in a mode.
    PyTorch(&'static str),
}

impl Contender {
    pub fn name(self) -> &'static str {
        match self {
            Contender::Ours => "ours",
            Contender::PyTorch(mode) => mode,
        }
    }
}

/// What is timed: a case, and what differs from its own settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    pub case: &'static str,
    pub threads: usize,
    pub batch: Option<usize>,
    pub size: Option<usize>,
    pub steps: Option<usize>,
}

impl Point {
    /// As a line of progress names it.
    pub fn shown(&self) -> String {
        let mut text = format!("{}, {} thread", self.case, self.threads);
        text += if self.threads == 1 { "" } else { "s" };
        for (value, unit) in [(self.batch, "a batch"), (self.size, "pixels")] {
            text += &value.map_or_else(String::new, |n| format!(", {n} {unit}"));
        }
        text
    }
}

/// What runs one process.
pub type Launch<'a> = &'a dyn Fn(Contender, &Point) -> Result<Measurement, Failure>;

/// One contender's rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub who: Contender,
    pub rounds: Vec<Measurement>,
}

impl Series {
    /// The median over the rounds of each process's median step, in milliseconds.
    pub fn ms(&self) -> f64 {
        median(self.rounds.iter().map(|m| m.ms_median))
    }

    /// The fastest step of any round.
    pub fn ms_min(&self) -> f64 {
        self.rounds.iter().map(|m| m.ms_min).fold(f64::INFINITY, f64::min)
    }

    /// The median over the rounds of a memory reading, where every round has one.
    pub fn mib(&self, of: impl Fn(&Measurement) -> Option<f64>) -> Option<f64> {
        self.rounds.iter().map(of).collect::<Option<Vec<f64>>>().map(median)
    }
}

/// Every contender's rounds at one point. The first is ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Contest {
    pub point: Point,
    pub series: Vec<Series>,
}

impl Contest {
    pub fn ours(&self) -> &Series {
        &self.series[0]
    }

    pub fn peers(&self) -> &[Series] {
        &self.series[1..]
    }
}

/// Ours against a peer.
#[derive(Debug, PartialEq)]
pub struct Ratio {
    /// Of the two medians over the rounds.
    pub of_medians: f64,
    /// Within each round.
    pub by_round: Vec<f64>,
}

impl Ratio {
    pub fn new(ours: &Series, theirs: &Series) -> Self {
        let pairs = ours.rounds.iter().zip(&theirs.rounds);
        Self {
            of_medians: ours.ms() / theirs.ms(),
            by_round: pairs.map(|(a, b)| a.ms_median / b.ms_median).collect(),
        }
    }

    pub fn median(&self) -> f64 {
        median(self.by_round.iter().copied())
    }

    pub fn lowest(&self) -> f64 {
        self.by_round.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub fn highest(&self) -> f64 {
        self.by_round.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }
}

/// Runs each contender once a round, first in the rounds that do not count, then in those that do.
///
/// The order turns round with every round: whoever comes second finds a warmer machine, and that
/// must not always be the same one.
pub fn hold(
    point: Point,
    contenders: &[Contender],
    (warm_ups, rounds): (usize, usize),
    launch: Launch<'_>,
) -> Result<Contest, Failure> {
    let new = |&who| Series { who, rounds: Vec::with_capacity(rounds) };
    let mut series: Vec<Series> = contenders.iter().map(new).collect();
    for turn in 0..warm_ups + rounds {
        let counted = turn.checked_sub(warm_ups);
        let mut order: Vec<usize> = (0..series.len()).collect();
        if counted.is_some_and(|round| round % 2 == 1) {
            order.reverse();
        }
        let mut told = vec![String::new(); series.len()];
        for at in order {
            let who = series[at].who;
            let measured = launch(who, &point)?;
            told[at] = format!("{} {:.2} ms", who.name(), measured.ms_median);
            if counted.is_some() {
                series[at].rounds.push(measured);
            }
        }
        let round = match counted {
            Some(round) => format!("round {} of {rounds}", round + 1),
            None => "warm-up".to_owned(),
        };
        eprintln!("bench: {}: {round}: {}", point.shown(), told.join(", "));
    }
    Ok(Contest { point, series })
}

/// The median, the mean of the two in the middle where their count is even; NaN of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.len() % 2) {
        (None, _) => f64::NAN,
        (Some(value), 1) => *value,
        (Some(value), _) => (value + sorted[middle - 1]) / 2.0,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use std::cell::RefCell;

    pub fn measured(ms_median: f64, peak_mib: Option<f64>) -> Measurement {
        let ms_min = ms_median / 2.0;
        Measurement { batch: 10.0, ms_median, ms_min, peak_mib, peak_rise_mib: peak_mib }
    }

    pub fn point(case: &'static str, threads: usize) -> Point {
        Point { case, threads, batch: None, size: None, steps: None }
    }

    pub fn series(who: Contender, times: &[f64]) -> Series {
        Series { who, rounds: times.iter().map(|&ms| measured(ms, Some(ms * 10.0))).collect() }
    }

    #[test]
    fn rounds_take_turns_and_warm_ups_do_not_count() {
        use Contender::{Ours, PyTorch};
        let ran = RefCell::new(Vec::new());
        // 1 ms for the first process, 2 ms for the second, …
        let launch = |who, _: &Point| {
            ran.borrow_mut().push(who);
            Ok(measured(ran.borrow().len() as f64, None))
        };
        let [a, b] = [Ours, PyTorch("usual")];
        let contest = hold(point("ring", 1), &[a, b], (1, 3), &launch).unwrap();
        assert_eq!(*ran.borrow(), [a, b, a, b, b, a, a, b]);
        let times = |s: &Series| s.rounds.iter().map(|m| m.ms_median).collect::<Vec<_>>();
        assert_eq!(times(contest.ours()), [3.0, 6.0, 7.0]);
        assert_eq!(times(&contest.peers()[0]), [4.0, 5.0, 8.0]);
        assert_eq!(contest.ours().mib(|m| m.peak_mib), None);
    }

    #[test]
    fn ratios_of_medians_and_by_round() {
        let ours = series(Contender::Ours, &[1.0, 2.0, 9.0]);
        let theirs = series(Contender::PyTorch("usual"), &[2.0, 8.0, 10.0]);
        let ratio = Ratio::new(&ours, &theirs);
        assert_eq!(ratio.of_medians, 0.25);
        assert_eq!(ratio.by_round, [0.5, 0.25, 0.9]);
        assert_eq!((ratio.median(), ratio.lowest(), ratio.highest()), (0.5, 0.25, 0.9));
        assert_eq!((ours.ms_min(), ours.mib(|m| m.peak_mib)), (0.5, Some(20.0)));
    }

    #[test]
    fn medians() {
        assert_eq!(median([9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 9.0]), 3.0);
        assert!(median([]).is_nan());
    }

    #[test]
    fn a_point_names_what_differs() {
        assert_eq!(point("ring", 1).shown(), "ring, 1 thread");
        let other = Point { batch: Some(8), size: Some(32), ..point("dcgan64", 2) };
        assert_eq!(other.shown(), "dcgan64, 2 threads, 8 a batch, 32 pixels");
    }
}
