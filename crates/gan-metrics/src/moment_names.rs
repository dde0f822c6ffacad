//! Which arrays of an `.npz` are a mean and a covariance, whatever a program called them.

use crate::{Error, Result};
use gan_images::NpzFile;
use std::path::Path;

/// What a mean is called, in any case.
const MEANS: [&str; 3] = ["mu", "mean", "m"];
/// What a covariance is called, in any case.
const COVARIANCES: [&str; 4] = ["sigma", "cov", "covariance", "s"];

/// The names that a mean and a covariance are looked for by, for messages.
pub(crate) const EXPECTED: &str = "arrays mu and sigma (or mean and cov, m and s), or arr_0 of \
                                   shape (d,) and arr_1 of shape (d, d)";

/// The names of the mean and of the covariance: those that people write, or those that
/// `numpy.savez(path, mu, sigma)` gives. A single letter counts only where the shape fits.
///
/// # Errors
/// Two arrays for one role, nameless ones in the wrong order, or a header that cannot be read.
pub(crate) fn moment_names(file: &mut NpzFile, path: &Path) -> Result<Option<[String; 2]>> {
    let (means, covariances) = (found(file, &MEANS, 1)?, found(file, &COVARIANCES, 2)?);
    for (role, names) in [("a mean", &means), ("a covariance", &covariances)] {
        if names.len() > 1 && !means.is_empty() && !covariances.is_empty() {
            return Err(Error::format(
                path,
                format!(
                    "{} arrays for {role}: {} (expected one); save one of them: numpy.savez(path, \
                     mu=mu, sigma=sigma)",
                    names.len(),
                    names.join(" and ")
                ),
            ));
        }
    }
    match (means.first(), covariances.first()) {
        (Some(mean), Some(covariance)) => Ok(Some([mean.clone(), covariance.clone()])),
        _ => nameless(file, path),
    }
}

/// The members of these names, those of one letter only with so many axes of one length.
fn found(file: &mut NpzFile, wanted: &[&str], axes: usize) -> Result<Vec<String>> {
    let named = |member: &&String| wanted.iter().any(|name| name.eq_ignore_ascii_case(member));
    let names: Vec<String> = file.members().iter().filter(named).cloned().collect();
    let mut fitting = Vec::new();
    for name in names {
        let fits = name.len() > 1 || {
            let shape = file.header(&name)?.shape;
            shape.len() == axes && shape.iter().all(|side| *side == shape[0])
        };
        if fits {
            fitting.push(name);
        }
    }
    Ok(fitting)
}

/// `arr_0` and `arr_1` where they are floats of shapes (d,) and (d, d).
fn nameless(file: &mut NpzFile, path: &Path) -> Result<Option<[String; 2]>> {
    let names = ["arr_0", "arr_1"];
    if !names.iter().all(|name| file.members().iter().any(|member| member == name)) {
        return Ok(None);
    }
    let [first, second] = names.map(|name| file.header(name));
    let (first, second) = (first?, second?);
    if !first.is_float() || !second.is_float() {
        return Ok(None);
    }
    match (&first.shape[..], &second.shape[..]) {
        ([d], [rows, columns]) if rows == d && columns == d => {
            Ok(Some(names.map(ToOwned::to_owned)))
        }
        ([rows, columns], [d]) if rows == d && columns == d => Err(Error::format(
            path,
            format!(
                "arr_0 of shape {:?} and arr_1 of shape {:?}: a covariance before its mean? \
                 (expected the mean first); save numpy.savez(path, mu=mu, sigma=sigma)",
                first.shape, second.shape
            ),
        )),
        _ => Ok(None),
    }
}
