//! Toy sets: points drawn from known densities, each a pure function of its index.

use std::f64::consts::{PI, TAU};

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::dataset::write_labeled;
use crate::{DataInfo, Dataset, Error, Field, Kind, Result, Slot, Split};
use gan_statistics::stream;

/// Samples unless `n` says otherwise.
const SAMPLES: usize = 100_000;
/// Most samples: their order takes 8 bytes each.
const MAX_SAMPLES: usize = 100_000_000;
/// Values along one axis of the grid.
const GRID: [f64; 5] = [-4.0, -2.0, 0.0, 2.0, 4.0];
/// Divisor of the swiss roll, as in the WGAN-GP paper's code (arXiv 1704.00028).
const ROLL: f64 = 7.5;

/// A density to draw from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Density {
    /// N(mean, std²).
    Gaussian { mean: f64, std: f64 },
    /// Half N(−distance/2, std²), half N(distance/2, std²).
    Mixture { distance: f64, std: f64 },
    /// Gaussians around `radius · (cos 2πk/modes, sin 2πk/modes)`.
    Ring { modes: usize, radius: f64, std: f64 },
    /// Gaussians around [`GRID`] × [`GRID`].
    Grid { std: f64 },
    /// `t (cos t, sin t) / 7.5` with t uniform in [1.5π, 4.5π], and noise before the division.
    SwissRoll { std: f64 },
}

/// The modes of a toy set in two dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Modes {
    /// Where they are.
    pub centres: Vec<[f64; 2]>,
    /// The standard deviation around each, alike in every direction.
    pub std: f64,
}

/// The modes of `toy:ring` or `toy:grid` with the parameters of `spec`; nothing for other data.
///
/// # Errors
///
/// A toy set or a parameter that is unknown.
pub fn toy_modes(spec: &str) -> Result<Option<Modes>> {
    if !spec.starts_with("toy:") {
        return Ok(None);
    }
    Ok(Toy::new(spec, Split::All, None)?.density.modes())
}

impl Density {
    fn modes(&self) -> Option<Modes> {
        let (count, std) = match self {
            Self::Ring { modes, std, .. } => (*modes, *std),
            Self::Grid { std } => (GRID.len() * GRID.len(), *std),
            _ => return None,
        };
        Some(Modes { centres: (0..count).map(|k| self.centre(k)).collect(), std })
    }

    /// The center of mode `k`.
    fn centre(&self, k: usize) -> [f64; 2] {
        match self {
            Self::Ring { modes, radius, .. } => {
                // TAU · k / modes: linspace(0, 2π, 8) would name the first mode twice.
                let angle = TAU * k as f64 / *modes as f64;
                [radius * angle.cos(), radius * angle.sin()]
            }
            Self::Grid { .. } => [GRID[k / GRID.len() % GRID.len()], GRID[k % GRID.len()]],
            Self::Mixture { distance, .. } => [distance * (k as f64 - 0.5), 0.0],
            Self::Gaussian { mean, .. } => [*mean, 0.0],
            Self::SwissRoll { .. } => [0.0, 0.0],
        }
    }
}

/// Points drawn from a density.
pub(crate) struct Toy {
    info: DataInfo,
    density: Density,
    start: ChaCha8Rng,
}

impl Toy {
    /// The toy set that `spec`, `toy:NAME?key=value&…`, names.
    pub(crate) fn new(spec: &str, split: Split, limit: Option<usize>) -> Result<Self> {
        let (name, rest) = spec
            .strip_prefix("toy:")
            .unwrap_or(spec)
            .split_once('?')
            .unwrap_or((spec.strip_prefix("toy:").unwrap_or(spec), ""));
        let mut parameters = Parameters::new(spec, rest)?;
        let (density, modes) = match name {
            "gaussian" => (
                Density::Gaussian {
                    mean: parameters.number("mean", 4.0)?,
                    std: parameters.width("std", 1.25)?,
                },
                1,
            ),
            "mixture" => (
                Density::Mixture {
                    distance: parameters.number("distance", 4.0)?,
                    std: parameters.width("std", 0.5)?,
                },
                2,
            ),
            "ring" => {
                let modes = parameters.count("modes", 8, 1000)?;
                (
                    Density::Ring {
                        modes,
                        radius: parameters.width("radius", 1.0)?,
                        std: parameters.width("std", 0.01)?,
                    },
                    modes,
                )
            }
            "grid" => {
                (Density::Grid { std: parameters.width("std", 0.05)? }, GRID.len() * GRID.len())
            }
            "swiss-roll" => (Density::SwissRoll { std: parameters.width("std", 0.25)? }, 1),
            _ => return Err(crate::names::unknown(spec)),
        };
        let n = parameters.count("n", SAMPLES, MAX_SAMPLES)?;
        let seed = parameters.count("seed", 0, usize::MAX)? as u64;
        parameters.finish()?;

        let purpose = if split == Split::Test { "toy test" } else { "toy" };
        let points = matches!(
            density,
            Density::Ring { .. } | Density::Grid { .. } | Density::SwissRoll { .. }
        );
        let mut fields = vec![Field::point(if points { 2 } else { 1 })];
        fields.extend((modes > 1).then(|| Field::class(modes, Vec::new())));
        let info = DataInfo::new(spec, Kind::Toy, limit.unwrap_or(n).min(n), fields);
        let info = DataInfo { own_parts: true, ..info };
        Ok(Self { info, density, start: stream(seed, purpose, 0) })
    }
}

impl Dataset for Toy {
    fn info(&self) -> &DataInfo {
        &self.info
    }

    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> Result<()> {
        write_labeled(&self.info, index, out, |values| Ok(self.write(index, values)))
    }
}

impl Toy {
    /// Writes point `index` and says which mode it is of, where there are several.
    fn write(&self, index: usize, out: &mut [f32]) -> Option<u32> {
        let mut rng = self.start.clone();
        rng.set_stream(index as u64);
        let mode = self.info.classes().map(|modes| rng.random_range(0..modes as u64) as usize);
        let mut noise = |std: f64| std * rng.sample::<f64, _>(StandardNormal);
        let k = mode.unwrap_or_default();
        let point = match self.density {
            Density::Gaussian { std, .. } | Density::Mixture { std, .. } => {
                [self.density.centre(k)[0] + noise(std), 0.0]
            }
            Density::Ring { std, .. } | Density::Grid { std } => {
                let [x, y] = self.density.centre(k);
                [x + noise(std), y + noise(std)]
            }
            Density::SwissRoll { std } => {
                let (dx, dy) = (noise(std), noise(std));
                let t = 1.5 * PI * (1.0 + 2.0 * rng.random::<f64>());
                [(t * t.cos() + dx) / ROLL, (t * t.sin() + dy) / ROLL]
            }
        };
        for (value, coordinate) in out.iter_mut().zip(point) {
            *value = coordinate as f32;
        }
        mode.map(|mode| mode as u32)
    }
}

/// `key=value` pairs, each of which must be asked for.
pub(crate) struct Parameters<'a> {
    spec: &'a str,
    given: Vec<(&'a str, &'a str)>,
    known: Vec<&'static str>,
}

impl<'a> Parameters<'a> {
    pub(crate) fn new(spec: &'a str, text: &'a str) -> Result<Self> {
        let mut given: Vec<(&str, &str)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or_else(|| Error::Parameter {
                spec: spec.to_owned(),
                problem: format!("{pair:?} is no parameter (expected key=value)"),
            })?;
            if given.iter().any(|(other, _)| *other == key) {
                return Err(Error::Parameter {
                    spec: spec.to_owned(),
                    problem: format!("parameter {key:?} is given twice"),
                });
            }
            given.push((key, value));
        }
        Ok(Self { spec, given, known: Vec::new() })
    }

    fn parse<T: std::str::FromStr>(
        &mut self,
        key: &'static str,
        default: T,
        good: impl Fn(&T) -> bool,
        expected: &str,
    ) -> Result<T> {
        self.known.push(key);
        let Some((_, text)) = self.given.iter().find(|(given, _)| *given == key) else {
            return Ok(default);
        };
        text.parse().ok().filter(good).ok_or_else(|| Error::Parameter {
            spec: self.spec.to_owned(),
            problem: format!("parameter {key}={text} (expected {expected})"),
        })
    }

    fn number(&mut self, key: &'static str, default: f64) -> Result<f64> {
        self.parse(key, default, |v| v.abs() <= 1e6, "a number from -1e6 to 1e6")
    }

    fn width(&mut self, key: &'static str, default: f64) -> Result<f64> {
        self.parse(key, default, |v| (0.0..=1e6).contains(v), "a number from 0 to 1e6")
    }

    pub(crate) fn count(
        &mut self,
        key: &'static str,
        default: usize,
        most: usize,
    ) -> Result<usize> {
        let least = default.min(1);
        self.parse(
            key,
            default,
            |v| (least..=most).contains(v),
            &format!("a whole number from {least} to {most}"),
        )
    }

    /// Refuses what nobody asked for.
    pub(crate) fn finish(self) -> Result<()> {
        match self.given.iter().find(|(key, _)| !self.known.contains(key)) {
            None => Ok(()),
            Some((key, _)) => Err(Error::Parameter {
                spec: self.spec.to_owned(),
                problem: format!("unknown parameter {key:?} (known: {})", self.known.join(", ")),
            }),
        }
    }
}
