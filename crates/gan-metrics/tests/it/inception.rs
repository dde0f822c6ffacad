//! Inception against pytorch-fid, torch-fidelity and torchvision, and against itself.

use crate::formula;
use candle_core::Tensor;
use gan_metrics::inception::{Activations, Inception, Layout};
use gan_metrics::{Extractor, Wanted};
use serde_json::Value;
use std::sync::LazyLock;

/// The network of FID, made once for all tests of this program.
pub static FID: LazyLock<Inception> =
    LazyLock::new(|| Inception::new(&formula::network(Layout::Fid)).unwrap());

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../../data/golden/metrics/features.json")).unwrap()
}

/// Largest difference between what `found` has and the values that were kept of it, relative to
/// the largest value of that image.
pub fn largest_difference(
    found: &Activations,
    kept: &Value,
    strides: &Value,
) -> Vec<(String, f64)> {
    let mut all = Vec::new();
    for (tap, rows) in kept.as_object().unwrap() {
        let tensor = match tap.as_str() {
            "spatial" => found.spatial.as_ref().unwrap(),
            "logits" => found.logits.as_ref().unwrap(),
            "logits_unbiased" => found.logits_unbiased.as_ref().unwrap(),
            width => {
                let width: usize = width.parse().unwrap();
                &found.taps.iter().find(|(w, _)| *w == width).unwrap().1
            }
        };
        let stride = strides[tap].as_u64().unwrap() as usize;
        let mut worst = 0.0f64;
        for (ours, theirs) in tensor.to_vec2::<f32>().unwrap().iter().zip(rows.as_array().unwrap())
        {
            let theirs: Vec<f64> =
                theirs.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
            let ours: Vec<f64> = ours.iter().step_by(stride).map(|v| f64::from(*v)).collect();
            assert_eq!(ours.len(), theirs.len(), "{tap}");
            let largest = theirs.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            for (a, b) in ours.iter().zip(&theirs) {
                worst = worst.max((a - b).abs() / largest);
            }
        }
        all.push((tap.clone(), worst));
    }
    all
}

#[test]
fn the_formulas_images_are_those_of_the_script() {
    let golden = golden();
    for (index, image) in golden["image_bytes"].as_array().unwrap().iter().enumerate() {
        let ours = formula::image(index);
        for (channel, bytes) in image.as_array().unwrap().iter().enumerate() {
            let start = (channel * 299 + 100) * 299 + 37;
            let theirs: Vec<u8> =
                bytes.as_array().unwrap().iter().map(|b| b.as_u64().unwrap() as u8).collect();
            assert_eq!(ours[start..start + 8], theirs);
        }
    }
}

/// Agreement asked for is 1e-5; sums of f32 over up to 2,048·9 products differ by their order.
#[test]
fn all_taps_agree_with_pytorch_fid_torch_fidelity_and_torchvision() {
    let golden = golden();
    let images = formula::images(2, |b| (b - 128.0) / 128.0);
    let vision = Inception::new(&formula::network(Layout::Torchvision)).unwrap();
    for (keys, network) in [
        (&["fid-inception", "fid-inception by torch-fidelity"][..], &*FID),
        (&["torchvision-inception"], &vision),
    ] {
        let found = network.activations(&images).unwrap();
        for key in keys {
            for (tap, worst) in largest_difference(&found, &golden[key], &golden["stride"]) {
                println!("{key} {tap}: {worst:.1e}");
                assert!(worst < 1e-5, "{key}, {tap}: {worst:.1e}");
            }
        }
    }
}

fn bits(t: &Tensor) -> Vec<Vec<u32>> {
    let rows = t.to_vec2::<f32>().unwrap();
    rows.iter().map(|row| row.iter().map(|v| v.to_bits()).collect()).collect()
}

fn all_bits(found: &Activations) -> Vec<Vec<Vec<u32>>> {
    let taps = found.taps.iter().map(|(_, t)| t);
    let rest = [&found.spatial, &found.logits, &found.logits_unbiased];
    taps.chain(rest.into_iter().flatten()).map(bits).collect()
}

#[test]
fn a_row_depends_on_its_image_alone_whatever_the_batch_and_the_threads() {
    // One more than the sixteen that a tile takes.
    let images = formula::images(17, |b| (b - 128.0) / 128.0);
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let run = |threads, start, count| {
        let batch = images.narrow(0, start, count).unwrap();
        all_bits(&pool(threads).install(|| FID.activations(&batch).unwrap()))
    };
    let whole = run(2, 0, 17);
    for (threads, start, count) in [(1, 16, 1), (3, 5, 1), (1, 13, 4)] {
        let part = run(threads, start, count);
        for (tap, (part, whole)) in part.iter().zip(&whole).enumerate() {
            assert!(
                *part == whole[start..start + count],
                "tap {tap}: {count} images from {start} with {threads} threads"
            );
        }
    }
}

#[test]
fn what_is_wanted_is_given_and_nothing_else() {
    let images = formula::images(1, |b| (b - 128.0) / 128.0);
    let all = FID.activations(&images).unwrap();
    for (tap, expected) in &all.taps {
        let found = FID.extract(&images, &Wanted::features(*tap)).unwrap();
        assert_eq!(bits(&found.pool), bits(expected));
        assert!(found.logits.is_none() && found.spatial.is_none());
    }
    let wanted = Wanted { tap: 64, logits: true, spatial: true };
    let found = FID.extract(&images, &wanted).unwrap();
    assert_eq!(bits(&found.pool), bits(&all.taps[0].1));
    assert_eq!(bits(&found.logits.unwrap()), bits(all.logits_unbiased.as_ref().unwrap()));
    assert_eq!(bits(&found.spatial.unwrap()), bits(all.spatial.as_ref().unwrap()));
    assert_eq!((FID.classes(), FID.taps()), (1008, &[64, 192, 768, 2048][..]));
}

#[test]
fn wrong_images_and_taps_are_named() {
    let small = Tensor::zeros((2, 3, 28, 28), candle_core::DType::F32, &candle_core::Device::Cpu);
    let error = FID.extract(&small.unwrap(), &Wanted::features(2048)).unwrap_err().to_string();
    assert!(error.contains("(n ≥ 1, 3, 299, 299)") && error.contains("[2, 3, 28, 28]"), "{error}");
    let images = formula::images(1, |b| b);
    let error = FID.extract(&images, &Wanted::features(1024)).unwrap_err().to_string();
    assert!(error.contains("width 1024"), "{error}");
}
