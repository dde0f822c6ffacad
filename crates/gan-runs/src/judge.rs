//! Which modes of the data samples reach, where the modes are known: a toy set's, or digits.

use crate::error::Result;
use candle_core::DType;
use gan_data::{DataInfo, Kind, toy_modes};
use gan_info::mode_coverage;
use gan_metrics::digits::Digits;
use gan_metrics::{Extractor, Wanted};
use gan_report::REACHED;
use gan_train::{Error, Judge, Sample};

/// The shape of digits that the classifier takes.
const DIGITS: [usize; 3] = [1, 28, 28];
/// Digits that are sure to be of ten classes.
const FEWEST: usize = 200;

/// What counts the modes that samples of a model of `spec` reach; nothing where nobody knows them.
pub fn of(spec: &str, info: &DataInfo) -> Result<Option<Judge>> {
    if let Some(modes) = toy_modes(spec)? {
        let centres: Vec<f64> = modes.centres.iter().flatten().copied().collect();
        return Ok(Some(Judge::new(move |samples| points(samples, &centres))));
    }
    // A few digits need not have every class; of digits from elsewhere nobody knows which they have.
    if info.kind == Kind::Mnist && info.shape() == DIGITS && info.len >= FEWEST {
        let digits = Digits::embedded()?;
        return Ok(Some(Judge::new(move |samples| classes(&digits, samples))));
    }
    Ok(None)
}

/// Why nobody counts classes of samples that look as if somebody could: gray images of 28×28 that
/// are not the digits whose classes the program knows.
pub fn silent(info: &DataInfo) -> Option<String> {
    (info.shape() == DIGITS && info.kind != Kind::Mnist).then(|| {
        "modes of the samples are not counted: the classifier that this program carries knows the \
         classes of its own digits (`mnist`) alone"
            .to_owned()
    })
}

/// Points belong to the nearest mode, however far: what is asked is which modes are left out.
fn points(samples: &[Sample], centres: &[f64]) -> gan_train::Result<Vec<(&'static str, f64)>> {
    let mut points = Vec::new();
    for sample in samples {
        points.extend(gan_kernels::read::values(sample.tensor())?);
    }
    let found = mode_coverage(&points, centres, 2, f64::MAX)
        .map_err(|e| Error::Config(format!("modes of the data: {e}")))?;
    Ok(reached(&found.each))
}

/// Images belong to the class that the embedded classifier gives them.
fn classes(digits: &Digits, samples: &[Sample]) -> gan_train::Result<Vec<(&'static str, f64)>> {
    let told = |e: gan_metrics::Error| Error::Config(format!("classes of samples: {e}"));
    let tap = digits.taps().last().copied().unwrap_or_default();
    let wanted = Wanted { tap, logits: true, spatial: false };
    let mut each = vec![0; digits.classes()];
    for sample in samples {
        // [-1, 1] to [0, 1], (n, 1, 28, 28)
        let images = sample.tensor().detach().to_dtype(DType::F32)?.affine(0.5, 0.5)?;
        let features = digits.extract(&images, &wanted).map_err(told)?;
        let Some(logits) = features.logits else { continue };
        for class in logits.argmax(1)?.to_vec1::<u32>()? {
            each[class as usize] += 1;
        }
    }
    Ok(reached(&each))
}

/// Modes that samples reach, modes there are, samples that were counted and, where a mode is not
/// reached, the rarest one.
fn reached(each: &[usize]) -> Vec<(&'static str, f64)> {
    let samples = each.iter().sum::<usize>() as f64;
    let even = samples / each.len().max(1) as f64;
    let modes = each.iter().filter(|count| **count as f64 >= REACHED * even).count();
    let mut numbers =
        vec![("modes", modes as f64), ("modes_of", each.len() as f64), ("modes_samples", samples)];
    let rarest = each.iter().enumerate().min_by_key(|(_, count)| **count);
    if let Some((rarest, _)) = rarest.filter(|_| modes < each.len()) {
        numbers.push(("modes_rarest", rarest as f64));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Tensor};
    use gan_data::LoadOptions;

    fn number(all: &[(&str, f64)], name: &str) -> f64 {
        all.iter().find(|(n, _)| *n == name).unwrap().1
    }

    /// The first samples of a data set, as if a model had drawn them.
    fn samples(spec: &str, count: usize) -> Sample {
        let data = gan_data::open(spec, &LoadOptions::default()).unwrap();
        let shape = data.info().shape().to_vec();
        let size: usize = shape.iter().product();
        let mut values = vec![0.0; count * size];
        for (index, out) in values.chunks_exact_mut(size).enumerate() {
            data.labeled(index, out).unwrap();
        }
        let shape = [&[count], shape.as_slice()].concat();
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
        if tensor.rank() == 4 { Sample::Images(tensor) } else { Sample::Points(tensor) }
    }

    fn judge(spec: &str) -> Option<Judge> {
        of(spec, gan_data::open(spec, &LoadOptions::default()).unwrap().info()).unwrap()
    }

    #[test]
    fn real_samples_reach_every_mode() {
        for (spec, modes) in [("toy:ring", 8.0), ("toy:grid", 25.0), ("mnist", 10.0)] {
            let all = judge(spec).unwrap().judge(&[samples(spec, 256)]).unwrap();
            assert_eq!((number(&all, "modes"), number(&all, "modes_of")), (modes, modes), "{spec}");
        }
        assert!(judge("toy:swiss-roll").is_none());
    }

    #[test]
    fn gray_images_that_are_no_digits_are_not_counted_with_a_word_about_it() {
        let options = LoadOptions { size: Some(28), channels: Some(1), ..LoadOptions::default() };
        let texture = gan_data::open("texture:honeycomb", &options).unwrap();
        assert!(of("texture:honeycomb", texture.info()).unwrap().is_none());
        assert!(silent(texture.info()).unwrap().contains("are not counted"));
        let digits = gan_data::open("mnist", &LoadOptions::default()).unwrap();
        assert_eq!(silent(digits.info()), None);
    }

    #[test]
    fn one_sample_over_and_over_reaches_one() {
        let one = samples("mnist", 1).tensor().repeat((100, 1, 1, 1)).unwrap();
        let all = judge("mnist").unwrap().judge(&[Sample::Images(one)]).unwrap();
        assert_eq!((number(&all, "modes"), number(&all, "modes_samples")), (1.0, 100.0));
        assert!(number(&all, "modes_rarest") <= 1.0);
    }

    #[test]
    fn the_rarest_mode_is_named_where_one_is_not_reached() {
        let all = reached(&[30, 1, 31, 32]);
        let expected =
            [("modes", 3.0), ("modes_of", 4.0), ("modes_samples", 94.0), ("modes_rarest", 1.0)];
        assert_eq!(all, expected);
        assert_eq!(reached(&[30, 31, 32]).len(), 3);
    }
}
