//! Images a second of Inception-v3 with random weights, to set beside pytorch-fid's.
//!
//! ```text
//! cargo run --release -p gan-metrics --example inception_speed -- [--threads N] [--batch 16]
//!     [--n 4] [--layout fid-inception] [--tap 2048]
//! ```
//!
//! Prints one JSON object with the best of `n` passes, after one that is not counted.

use candle_core::{Device, Tensor};
use gan_metrics::inception::{Inception, Layout};
use gan_metrics::weights::State;
use gan_metrics::{Extractor, Wanted};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::io::Write;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|a| a == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let number = |name: &str, usual: usize| option(name).map_or(Ok(usual), str::parse::<usize>);
    let (batch, passes) = (number("--batch", 16)?, number("--n", 4)?);
    let layout: Layout = option("--layout").unwrap_or("fid-inception").parse()?;
    if let Some(threads) = option("--threads") {
        gan_kernels::start::threads(threads.parse()?)?;
    }
    gan_kernels::start::keep_memory();

    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut uniform = |low: f32, high: f32| low + (high - low) * rng.random::<f32>();
    let state = State::made(layout, layout.usual_head(), |name, shape| {
        let inputs: usize = shape[1..].iter().product();
        let bound = (6.0 / inputs as f32).sqrt();
        let (low, high) = if name.ends_with("running_var") { (0.5, 1.5) } else { (-bound, bound) };
        (0..shape.iter().product()).map(|_| uniform(low, high)).collect()
    })?;
    let network = Inception::new(&state)?;
    drop(state);
    let pixels: Vec<f32> = (0..batch * 3 * 299 * 299).map(|_| uniform(-1.0, 1.0)).collect();
    let images = Tensor::from_vec(pixels, (batch, 3, 299, 299), &Device::Cpu)?;
    let wanted = Wanted::features(number("--tap", 2048)?);

    network.extract(&images, &wanted)?;
    let mut best = f64::INFINITY;
    for _ in 0..passes.max(1) {
        let begin = Instant::now();
        network.extract(&images, &wanted)?;
        best = best.min(begin.elapsed().as_secs_f64());
    }
    writeln!(
        std::io::stdout(),
        "{}",
        serde_json::json!({
            "case": "inception",
            "threads": rayon::current_num_threads(),
            "batch": batch,
            "img_per_s": (batch as f64 / best * 100.0).round() / 100.0,
        })
    )?;
    Ok(())
}
