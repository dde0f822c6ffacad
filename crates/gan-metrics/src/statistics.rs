//! Mean and covariance of a set of features, with a receipt, in files and merged from parts.
//!
//! A file is an `.npz` with `mu` and `sigma` (f64), as pytorch-fid, TTUR, clean-fid and ADM write
//! and read; `mean` and `cov`, `m` and `s`, any mix of these, and arrays without names are read too,
//! as f16, f32 or f64 in either byte order. Ours have besides `n`, `receipt` (JSON as bytes), perhaps `mu_f32` (the mean as an f32
//! average, for the protocols that take it so) and, as ADM has them, `mu_s` and `sigma_s` of
//! spatial features.

use crate::moment_names::{EXPECTED, moment_names};
use crate::receipt::{Receipt, check_alike};
use crate::{Error, FeatureMatrix, MomentSum, Result};
use gan_images::{NpzFile, NumpyArray, write_npz_arrays};
use std::path::Path;

/// A mean and a covariance.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// μ.
    pub mean: Vec<f64>,
    /// Σ with ddof 1, row by row, symmetric.
    pub covariance: Vec<f64>,
}

/// What FID needs of a set of images.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// Of the features.
    pub moments: Moments,
    /// The mean as programs have it that average in f32.
    pub single_mean: Option<Vec<f32>>,
    /// Of the spatial features, where there are some: sFID.
    pub spatial: Option<Moments>,
    /// How many images; nothing in files of other programs, which do not say.
    pub n: Option<u64>,
    /// What they were made from; nothing in files of other programs.
    pub receipt: Option<Receipt>,
}

impl Statistics {
    /// Of a sum of features, and perhaps one of spatial features.
    pub fn of_sums(sum: MomentSum, spatial: Option<MomentSum>, receipt: Option<Receipt>) -> Self {
        let single_mean = sum.single_mean();
        let moments = |sum: MomentSum| {
            let (n, mean, covariance) = sum.finish(1);
            (n, Moments { mean, covariance })
        };
        let (n, own) = moments(sum);
        let spatial = spatial.map(|sum| moments(sum).1);
        Self { moments: own, single_mean, spatial, n: Some(n), receipt }
    }

    /// Of features in memory.
    ///
    /// # Errors
    /// No rows.
    pub fn of_features(features: &FeatureMatrix) -> Result<Self> {
        features.check_rows("statistics", 1)?;
        let mut sum = MomentSum::new(features.width());
        sum.push(features)?;
        Ok(Self::of_sums(sum, None, None))
    }

    /// Width of the features.
    pub fn width(&self) -> usize {
        self.moments.mean.len()
    }

    /// Reads a statistics file of this program or of pytorch-fid, TTUR, clean-fid or ADM, or one
    /// that somebody wrote with NumPy: names are `mu`, `mean` or `m` and `sigma`, `cov`,
    /// `covariance` or `s`, in any case and mix, or none at all.
    ///
    /// # Errors
    /// A file that cannot be read, without a mean and a covariance or with two of one, or whose
    /// arrays are no floats, do not fit together or are not finite.
    pub fn read(path: &Path) -> Result<Self> {
        let mut file = NpzFile::open(path)?;
        let names = moment_names(&mut file, path)?.ok_or_else(|| {
            let found = file.members().join(", ");
            Error::format(path, format!("no statistics: expected {EXPECTED}, found {found}"))
        })?;
        let moments = read_moments(&mut file, path, &names[0], &names[1])?;
        let has = |file: &NpzFile, name: &str| file.members().iter().any(|m| m == name);
        let spatial = match has(&file, "mu_s") && has(&file, "sigma_s") {
            true => Some(read_moments(&mut file, path, "mu_s", "sigma_s")?),
            false => None,
        };
        let single_mean = match has(&file, "mu_f32") {
            true => file.read("mu_f32")?.to_f32(),
            false => None,
        };
        if single_mean.as_ref().is_some_and(|mean| mean.len() != moments.mean.len()) {
            return Err(Error::format(path, "mu_f32 and mu differ in length: damaged"));
        }
        let receipt = match has(&file, "receipt") {
            true => {
                let json = serde_json::from_slice(&file.read("receipt")?.bytes);
                let json = json.map_err(|error| {
                    Error::format(path, format!("its receipt is no JSON ({error}): damaged"))
                })?;
                let receipt = Receipt::from_json(&json);
                Some(receipt.map_err(|error| Error::format(path, error.to_string()))?)
            }
            false => None,
        };
        let n = match (&receipt, has(&file, "n")) {
            (Some(receipt), _) => Some(receipt.n),
            (None, true) => file.read("n").ok().and_then(|array| count_of(&array, path)),
            (None, false) => None,
        };
        if n == Some(0) {
            return Err(Error::format(path, "statistics of 0 images: make them again"));
        }
        Ok(Self { moments, single_mean, spatial, n, receipt })
    }

    /// Writes the file; the same statistics give the same bytes.
    ///
    /// # Errors
    /// A file that cannot be written; the old one stays then.
    pub fn write(&self, path: &Path) -> Result<()> {
        let width = self.width();
        let mut arrays = vec![
            ("mu", doubles(&self.moments.mean, &[width])),
            ("sigma", doubles(&self.moments.covariance, &[width, width])),
        ];
        if let Some(spatial) = &self.spatial {
            let width = spatial.mean.len();
            arrays.push(("mu_s", doubles(&spatial.mean, &[width])));
            arrays.push(("sigma_s", doubles(&spatial.covariance, &[width, width])));
        }
        if let Some(mean) = &self.single_mean {
            let bytes = mean.iter().flat_map(|v| v.to_le_bytes()).collect();
            arrays.push(("mu_f32", array("<f4", &[width], bytes)));
        }
        if let Some(n) = self.n {
            arrays.push(("n", array("<i8", &[], n.to_le_bytes().to_vec())));
        }
        if let Some(receipt) = &self.receipt {
            let bytes = receipt.to_json().to_string().into_bytes();
            arrays.push(("receipt", array("|u1", &[bytes.len()], bytes)));
        }
        Ok(write_npz_arrays(path, &arrays)?)
    }
}

fn array(descr: &str, shape: &[usize], bytes: Vec<u8>) -> NumpyArray {
    NumpyArray { descr: descr.to_owned(), shape: shape.to_vec(), bytes }
}

fn doubles(values: &[f64], shape: &[usize]) -> NumpyArray {
    array("<f8", shape, values.iter().flat_map(|v| v.to_le_bytes()).collect())
}

/// The one whole number of an array.
fn count_of(array: &NumpyArray, path: &Path) -> Option<u64> {
    let values = array.to_f64(path).ok()?;
    let [count] = values[..] else { return None };
    (count >= 0.0 && count.fract() == 0.0).then_some(count as u64)
}

fn read_moments(file: &mut NpzFile, path: &Path, mu: &str, sigma: &str) -> Result<Moments> {
    for name in [mu, sigma] {
        let header = file.header(name)?;
        if !header.is_float() {
            return Err(Error::format(
                path,
                format!("{name} of element type {} (expected floats: f2, f4 or f8)", header.descr),
            ));
        }
    }
    let (mean, covariance) = (file.read(mu)?, file.read(sigma)?);
    let width = mean.shape.iter().product::<usize>();
    // NumPy's atleast_1d and atleast_2d: a single feature may have lost its axes.
    let square = covariance.shape == [width, width] || (width == 1 && covariance.shape.is_empty());
    if width == 0 || mean.shape.len() > 1 || !square {
        return Err(Error::format(
            path,
            format!(
                "{mu} of shape {:?} and {sigma} of shape {:?} (expected (d,) and (d, d))",
                mean.shape, covariance.shape
            ),
        ));
    }
    let [mean, covariance] = [(mu, mean), (sigma, covariance)].map(|(name, array)| {
        let values = array.to_f64(path)?;
        match values.iter().position(|v| !v.is_finite()) {
            Some(at) => Err(Error::format(
                path,
                format!("{name} holds {} at {at}: damaged, or made of too few images", values[at]),
            )),
            None => Ok(values),
        }
    });
    Ok(Moments { mean: mean?, covariance: covariance? })
}

/// One set of statistics out of the parts that machines made of shards of the same images.
///
/// Equal to those of the whole to 10⁻¹² (the f32 mean excepted, which cannot be merged exactly and
/// is left out). Sharded parts must be of the same division, each given once.
///
/// # Errors
/// No parts, parts without a count, unlike ones unless `force`, or a shard that is there twice.
pub fn merge(parts: &[Statistics], force: bool) -> Result<Statistics> {
    let first = parts.first().ok_or_else(|| Error::argument("no parts to merge"))?;
    let mut shards: Vec<[u64; 2]> = Vec::new();
    let (mut sum, mut spatial) = (None::<MomentSum>, None::<MomentSum>);
    let (mut n, mut skipped) = (0, 0);
    for part in parts {
        let Some(count) = part.n else {
            return Err(Error::argument(
                "statistics that do not say of how many images they are: only files of this \
                 program can be merged",
            ));
        };
        if let (Some(a), Some(b)) = (&first.receipt, &part.receipt) {
            check_alike(a, b, force)?;
        }
        if let Some(shard) = part.receipt.as_ref().and_then(|r| r.shard) {
            if shards.contains(&shard) && !force {
                return Err(Error::argument(format!("part {}/{} twice", shard[0], shard[1])));
            }
            if shards.iter().any(|other| other[1] != shard[1]) && !force {
                return Err(Error::argument("parts of different divisions, such as 1/2 and 1/3"));
            }
            shards.push(shard);
        }
        n += count;
        skipped += part.receipt.as_ref().map_or(0, |r| r.skipped);
        add(&mut sum, count, &part.moments)?;
        if let Some(moments) = &part.spatial {
            add(&mut spatial, count, moments)?;
        }
    }
    let spatial = spatial.filter(|_| parts.iter().all(|part| part.spatial.is_some()));
    let receipt = first.receipt.as_ref().map(|receipt| {
        let whole = shards.first().is_none_or(|[_, k]| *k == shards.len() as u64);
        let shard = if whole { None } else { receipt.shard };
        Receipt {
            n,
            skipped,
            shard,
            ..Receipt::new(n, receipt.source.clone(), receipt.origin.clone())
        }
    });
    let sum = sum.ok_or_else(|| Error::argument("no parts to merge"))?;
    Ok(Statistics::of_sums(sum, spatial, receipt))
}

/// The parts `1..=k` that are missing from what was merged.
pub fn missing_shards(parts: &[Statistics]) -> Vec<String> {
    let shards: Vec<[u64; 2]> =
        parts.iter().filter_map(|part| part.receipt.as_ref()?.shard).collect();
    let Some([_, k]) = shards.first().copied() else { return Vec::new() };
    let there = |i: u64| shards.iter().any(|[j, _]| *j == i);
    // A hostile receipt may speak of any number of parts.
    (1..=k).filter(|i| !there(*i)).take(100).map(|i| format!("{i}/{k}")).collect()
}

fn add(sum: &mut Option<MomentSum>, count: u64, moments: &Moments) -> Result<()> {
    let part = MomentSum::from_moments(count, &moments.mean, &moments.covariance)?;
    match sum {
        Some(sum) => sum.merge(part),
        None => {
            *sum = Some(part);
            Ok(())
        }
    }
}
