//! Weights and images that a formula makes, as `data/golden/metrics/formula.py` makes them.

use candle_core::{Device, Tensor};
use gan_metrics::inception::Layout;
use gan_metrics::weights::State;

/// splitmix64, started at FNV-1a of `name`.
pub fn mixed(name: &str) -> impl Iterator<Item = u64> + use<> {
    let key = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    (1u64..).map(move |i| {
        let z = key.wrapping_add(i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

/// A convolution's weight is He-uniform, a variance lies in [0.5, 1.5).
pub fn weight(name: &str, shape: &[usize]) -> Vec<f32> {
    let inputs = shape[1..].iter().product::<usize>() as f64;
    let value = |u: f64| match shape.len() {
        4 => (2.0 * u - 1.0) * (6.0 / inputs).sqrt(),
        2 => (2.0 * u - 1.0) * (3.0 / inputs).sqrt(),
        _ if name.ends_with(".bn.weight") || name.ends_with(".running_var") => 0.5 + u,
        _ => (u - 0.5) * 0.5,
    };
    mixed(name)
        .take(shape.iter().product())
        .map(|z| value((z >> 40) as f64 / f64::from(1 << 24)) as f32)
        .collect()
}

/// A network of a layout with its usual head.
pub fn network(layout: Layout) -> State {
    State::made(layout, layout.usual_head(), weight).unwrap()
}

/// The bytes of a picture, (channel, row, column).
pub fn image(index: usize) -> Vec<u8> {
    let blocks: Vec<u64> = mixed(&format!("blocks {index}")).take(3 * 19 * 19).collect();
    let noise = mixed(&format!("noise {index}")).take(3 * 299 * 299).enumerate();
    noise
        .map(|(at, noise)| {
            let (c, y, x) = (at / (299 * 299), at / 299 % 299, at % 299);
            let block = blocks[(c * 19 + y / 16) * 19 + x / 16] >> 56;
            (block * 3 / 4 + (noise >> 58)) as u8
        })
        .collect()
}

/// Pictures 0 to `count` as `(count, 3, 299, 299)`, each byte through `scale`.
pub fn images(count: usize, scale: impl Fn(f32) -> f32) -> Tensor {
    let values: Vec<f32> = (0..count).flat_map(image).map(|byte| scale(f32::from(byte))).collect();
    Tensor::from_vec(values, (count, 3, 299, 299), &Device::Cpu).unwrap()
}
