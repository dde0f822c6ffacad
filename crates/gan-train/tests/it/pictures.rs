//! Samples become pictures of the expected size, whatever they are.

use crate::ring::{End, Setup, train};
use candle_core::{DType, Device, Tensor};
use gan_layers::StepRng;
use gan_train::{Sample, Sheet, images, picture, picture_by_class, sheet};
use std::fs;
use tempfile::tempdir;

fn noise(shape: &[usize]) -> Tensor {
    StepRng::new(1, 1).normal("latent", shape, DType::F32, &Device::Cpu).unwrap()
}

/// `(n, c, 16, 16)`: a disc that grows with the sample; in color, each channel shifted.
fn discs(n: usize, c: usize) -> Tensor {
    let value = |i: usize| {
        let (x, y, channel, sample) = (i % 16, i / 16 % 16, i / 256 % c, i / 256 / c);
        let (dx, dy) = (x as f32 - 7.5 + 2.0 * channel as f32, y as f32 - 7.5);
        if dx.hypot(dy) < 1.0 + 7.0 * sample as f32 / n as f32 { 1.0 } else { -1.0 }
    };
    let values: Vec<f32> = (0..n * c * 256).map(value).collect();
    Tensor::from_vec(values, (n, c, 16, 16), &Device::Cpu).unwrap()
}

#[test]
fn images_lie_in_a_square_grid() {
    for channels in [1, 3] {
        let sample = Sample::Images(discs(7, channels));
        let grid = picture(&sample, None).unwrap();
        // Three columns of enlarged images, gaps of 4 between and around them.
        assert_eq!((grid.width, grid.height, grid.channels), (112, 112, channels));
        let middle = (20 * 112 + 20) * channels;
        // The smallest disc is off this pixel in green and blue.
        assert_eq!(grid.pixels[middle..middle + channels], [255, 0, 0][..channels]);
        assert_eq!(images(sample.tensor()).unwrap().len(), 7);
    }
    let large = picture(&Sample::Images(noise(&[4, 3, 40, 40])), None).unwrap();
    assert_eq!((large.width, large.height), (86, 86), "large ones are not enlarged");
}

#[test]
fn each_class_with_a_name_has_rows_of_its_own() {
    let sample = Sample::Images(discs(7, 1));
    let classes = [0, 1, 0, 1, 0, 1, 0];
    let drawn = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        picture_by_class(&sample, &classes, &names).unwrap()
    };
    let (plain, named) = (drawn(&[]), drawn(&["cats", "dogs"]));
    assert_eq!(plain, picture(&sample, None).unwrap());
    // Two rows of three for four cats and one row of dogs, right of a margin.
    assert_eq!(named.height, 4 + 3 * 36);
    let margin = named.width - plain.width;
    // The middle of a disc and the corner of a small one tell which sample a place shows.
    let tile = |row: usize, column: usize| -> Vec<u8> {
        let (top, left) = (4 + 36 * row, margin + 4 + 36 * column);
        let line = |y: usize| {
            let start = (top + 2 * y) * named.width + left;
            named.pixels[start..start + 32].iter().step_by(2).copied().collect::<Vec<u8>>()
        };
        (0..16).flat_map(line).collect()
    };
    let all = images(sample.tensor()).unwrap();
    let places = [(0, 0), (0, 1), (0, 2), (1, 0)].into_iter().zip([0, 2, 4, 6]);
    for ((row, column), number) in places.chain([((2, 0), 1), ((2, 1), 3), ((2, 2), 5)]) {
        assert_eq!(tile(row, column), all[number].pixels, "sample {number}");
    }
    assert!(tile(1, 1).iter().all(|pixel| *pixel == 255), "an empty place");
    let ink = |row: usize| {
        let lines = named.pixels.chunks(named.width).skip(4 + 36 * row).take(32);
        lines.flat_map(|line| &line[..margin]).filter(|pixel| **pixel < 128).count()
    };
    assert!(ink(0) > 20 && ink(1) == 0 && ink(2) > 20, "names stand before the first row");
}

#[test]
fn sheets_have_the_columns_that_they_ask_for() {
    let of = |columns| Sheet { name: "discs".into(), images: discs(6, 1), columns };
    let size = |columns| sheet(&of(columns)).map(|image| (image.width, image.height));
    assert_eq!(size(2).unwrap(), (76, 112));
    assert_eq!(size(6).unwrap(), (220, 40));
    assert!(size(0).unwrap_err().to_string().contains("columns"));
}

#[test]
fn points_become_clouds_and_histograms_over_the_real_ones() {
    let blue = |image: &gan_images::Image| {
        image.pixels.chunks(3).filter(|p| p[2] > 150 && p[0] < 100).count()
    };
    for (dims, height) in [(1, 400), (2, 640), (5, 640)] {
        let fake = Sample::Points(noise(&[300, dims]));
        let real = noise(&[64, dims]).affine(0.5, 1.0).unwrap();
        for real in [None, Some(&real)] {
            let drawn = picture(&fake, real).unwrap();
            assert_eq!((drawn.width, drawn.height, drawn.channels), (640, height, 3));
            assert!(blue(&drawn) > 200, "{dims} dims: only {} blue pixels", blue(&drawn));
        }
    }
}

#[test]
fn odd_samples_are_drawn_or_refused_but_never_a_panic() {
    let flat = |value: f32, dims| Tensor::full(value, (8, dims), &Device::Cpu).unwrap();
    for dims in [1, 2] {
        for value in [0.0, 1e30, -1e-30, f32::NAN, f32::INFINITY] {
            let sample = Sample::Points(flat(value, dims));
            picture(&sample, None).unwrap();
            picture(&sample, Some(&flat(1.0, dims))).unwrap();
            picture(&Sample::Points(flat(1.0, dims)), Some(sample.tensor())).unwrap();
        }
        let none = Sample::Points(Tensor::zeros((0, dims), DType::F32, &Device::Cpu).unwrap());
        picture(&none, None).unwrap();
    }
    let nan = Tensor::full(f32::NAN, (2, 1, 8, 8), &Device::Cpu).unwrap();
    picture(&Sample::Images(nan), None).unwrap();
    let none = Tensor::zeros((0, 1, 8, 8), DType::F32, &Device::Cpu).unwrap();
    assert!(picture(&Sample::Images(none), None).is_err());
    assert!(picture(&Sample::Images(noise(&[4, 2])), None).is_err());
    for shape in [vec![8], vec![8, 0], vec![2, 2, 2]] {
        let t = Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
        let error = picture(&Sample::Points(t), None).unwrap_err().to_string();
        assert!(error.contains("points need a shape (n, dims)"), "{error}");
    }
    let mixed = picture(&Sample::Points(noise(&[8, 2])), Some(&noise(&[8, 1])));
    assert!(mixed.unwrap_err().to_string().contains("dims"));
}

/// Every few steps and after the last; a resumed run draws the same pictures.
#[test]
fn runs_draw_the_same_pictures_whether_stopped_or_not() {
    let folder = tempdir().unwrap();
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let mut setup = Setup::default();
    setup.train.sample_every = 5;
    train(&whole, &setup, End::Done).unwrap();
    train(&parts, &setup, End::Stop(3)).unwrap();
    train(&parts, &setup, End::Stop(7)).unwrap();
    train(&parts, &setup, End::Done).unwrap();
    for name in ["step-00000005.png", "step-00000010.png", "step-00000012.png", "latest.png"] {
        let read = |dir: &std::path::Path| fs::read(dir.join("samples").join(name)).unwrap();
        assert!(read(&whole) == read(&parts), "{name}");
    }
    assert_eq!(fs::read_dir(whole.join("samples")).unwrap().count(), 4);
    let read = |name: &str| fs::read(whole.join("samples").join(name)).unwrap();
    assert!(read("latest.png") == read("step-00000012.png"));
    assert!(read("step-00000005.png") != read("step-00000012.png"));
}
