//! FID class by class, from the features of one pass.

use crate::fid::{Fid, FidOptions, FidSide, fid};
use crate::{Error, FeatureMatrix, Result};
use std::collections::BTreeMap;

/// The distance within one class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassFid {
    /// The class.
    pub class: String,
    /// Images of it on either side.
    pub n: [usize; 2],
    /// FID; nothing where a side has fewer than two images of the class.
    pub fid: Option<Fid>,
}

/// FID of every class that either side has, in the order of their names. Few images of a class
/// bias its FID upwards: compare classes of equal numbers only.
///
/// # Errors
/// Not a label a row, or what [`fid`] refuses.
pub fn fid_by_class(
    a: (&FeatureMatrix, &[String]),
    b: (&FeatureMatrix, &[String]),
    options: FidOptions,
) -> Result<Vec<ClassFid>> {
    let mut classes: BTreeMap<&str, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, (features, labels)) in [a, b].into_iter().enumerate() {
        if labels.len() != features.rows() {
            return Err(Error::argument(format!(
                "{} labels for {} images (expected equal numbers)",
                labels.len(),
                features.rows()
            )));
        }
        for (row, label) in labels.iter().enumerate() {
            classes.entry(label).or_default()[side].push(row);
        }
    }
    let one = |(class, rows): (&str, [Vec<usize>; 2])| {
        let n = [rows[0].len(), rows[1].len()];
        let fid = if n.iter().all(|n| *n >= 2) {
            let (x, y) = (a.0.select(&rows[0])?, b.0.select(&rows[1])?);
            Some(fid(FidSide::Features(&x), FidSide::Features(&y), options)?)
        } else {
            None
        };
        Ok(ClassFid { class: class.to_owned(), n, fid })
    };
    classes.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_is_on_its_own() {
        let a = FeatureMatrix::from_f64(1, vec![0.0, 2.0, 10.0, 12.0, 5.0]).unwrap();
        let b = FeatureMatrix::from_f64(1, vec![1.0, 3.0, 10.0, 12.0]).unwrap();
        let names = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let (la, lb) = (names("xxyyz"), names("xxyy"));
        let found = fid_by_class((&a, &la), (&b, &lb), FidOptions::default()).unwrap();
        let values: Vec<_> = found
            .iter()
            .map(|c| (c.class.as_str(), c.n, c.fid.as_ref().map(|f| f.value)))
            .collect();
        assert!((values[0].2.unwrap() - 1.0).abs() < 1e-12 && values[0].1 == [2, 2]);
        assert!(values[1].2.unwrap() < 1e-12);
        assert_eq!((values[2].0, values[2].1, values[2].2), ("z", [1, 0], None));
        assert!(fid_by_class((&a, &lb), (&b, &lb), FidOptions::default()).is_err());
    }
}
