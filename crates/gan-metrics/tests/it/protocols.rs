//! From image files to features, each protocol against its program: `make_protocols.py`.

use crate::formula;
use crate::inception::FID;
use gan_images::Image;
use gan_metrics::{ExtractOptions, Extractor, ImageSource, Keep, Protocol, Wanted, extract};
use serde_json::Value;

const SIDE: usize = 299;

/// The part of picture `index` from (top, left), repeated beyond its end, as rows of pixels.
fn part(index: usize, [top, left]: [usize; 2], [h, w]: [usize; 2], channels: usize) -> Vec<u8> {
    let planes = formula::image(index);
    let at = |i: usize| {
        let (y, x, c) = (i / channels / w, i / channels % w, i % channels);
        planes[(c * SIDE + (top + y) % SIDE) * SIDE + (left + x) % SIDE]
    };
    (0..h * w * channels).map(at).collect()
}

#[test]
fn every_protocol_agrees_with_its_program_from_the_file_on() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/golden/metrics/protocols.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let stride = golden["stride"].as_u64().unwrap() as usize;
    let folder = tempfile::tempdir().unwrap();
    let colors = part(3, [0, 0], [32, 32], 3);
    let opacity = part(0, [100, 100], [32, 32], 1);
    let rgba = colors.chunks(3).zip(opacity).flat_map(|(p, a)| [p[0], p[1], p[2], a]).collect();
    for (index, image) in [
        Image::new(140, 100, 3, part(0, [0, 0], [100, 140], 3)),
        Image::new(420, 500, 3, part(1, [0, 0], [500, 420], 3)),
        Image::new(48, 64, 1, part(2, [0, 0], [64, 48], 1)),
        Image::new(32, 32, 4, rgba),
    ]
    .into_iter()
    .enumerate()
    {
        image.unwrap().write_png(&folder.path().join(format!("{index}.png"))).unwrap();
    }

    let network = &*FID;
    let tap = *network.taps().last().unwrap();
    let source = ImageSource::open(folder.path()).unwrap();
    let options = ExtractOptions {
        protocols: Protocol::ALL.to_vec(),
        wanted: Wanted::features(tap),
        keep: Keep::Features,
        batch: 3,
        skip_bad: false,
    };
    let all = extract(&source, 0..4, network, &options, &mut |_| {}).unwrap();
    for found in all {
        let features = found.pool.features.unwrap();
        let rows = golden["features"][found.protocol.name()].as_array().unwrap();
        for (image, row) in rows.iter().enumerate() {
            let theirs: Vec<f64> =
                row.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
            let own = &features.as_f32().unwrap()[image * tap..(image + 1) * tap];
            let ours: Vec<f64> = own.iter().step_by(stride).map(|v| f64::from(*v)).collect();
            let largest = theirs.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            let worst = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-5 * largest, "{} image {image}: {worst:e}", found.protocol);
        }
    }
}
