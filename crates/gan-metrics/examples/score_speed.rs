//! Seconds of Fréchet distances and PRDC on features of 2048 numbers; `benches/peers/score_speed.py`
//! times the same work in the reference programs. `score_speed [--threads N] [--what fid,features,prdc]
//! [--rows 10000] [--repeat 3]` prints one JSON object a line.
#![allow(clippy::print_stdout)]

use gan_metrics::statistics::Statistics;
use gan_metrics::{FeatureMatrix, FidOptions, FidSide, PrdcOptions, fid, prdc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::time::Instant;

const WIDTH: usize = 2048;

fn features(rows: usize, shift: f64, seed: u64) -> gan_metrics::Result<FeatureMatrix> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let value = |i: usize| {
        // Near enough to a normal number: a sum of uniform ones.
        let normal = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        (normal / (1.0 + (i % WIDTH) as f64 / 64.0) + shift) as f32
    };
    FeatureMatrix::from_f32(WIDTH, (0..rows * WIDTH).map(value).collect())
}

fn option(name: &str, usual: &str) -> String {
    let words: Vec<String> = std::env::args().collect();
    let at = words.iter().position(|word| word == name);
    at.and_then(|at| words.get(at + 1)).cloned().unwrap_or_else(|| usual.to_owned())
}

fn timed(
    case: &str,
    repeat: usize,
    mut work: impl FnMut() -> gan_metrics::Result<Value>,
) -> gan_metrics::Result<()> {
    let (mut seconds, mut value) = (Vec::new(), Value::Null);
    for _ in 0..repeat.max(1) {
        let start = Instant::now();
        value = work()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let (median, least) = (seconds[seconds.len() / 2], seconds[0]);
    let threads = rayon::current_num_threads();
    println!(
        "{}",
        json!({ "case": case, "threads": threads, "seconds": median, "least": least, "value": value })
    );
    Ok(())
}

fn distance(a: FidSide<'_>, b: FidSide<'_>) -> gan_metrics::Result<Value> {
    Ok(json!(fid(a, b, FidOptions::default())?.value))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let repeat: usize = option("--repeat", "3").parse()?;
    let rows: usize = option("--rows", "10000").parse()?;
    let what = option("--what", "fid,features,prdc");
    let what: Vec<&str> = what.split(',').collect();
    let threads: usize = option("--threads", "0").parse()?;
    if threads > 0 {
        gan_kernels::start::threads(threads)?;
    }
    if what.contains(&"fid") {
        let [a, b] = [(0.0, 1), (0.05, 2)].map(|(shift, seed)| features(5000, shift, seed));
        let (a, b) = (Statistics::of_features(&a?)?, Statistics::of_features(&b?)?);
        timed("fid from statistics, 5000 rows", repeat, || {
            distance(FidSide::Statistics(&a), FidSide::Statistics(&b))
        })?;
    }
    if what.contains(&"features") {
        for rows in [250, 500, 1000, 2048] {
            let (a, b) = (features(rows, 0.0, 1)?, features(rows, 0.05, 2)?);
            timed(&format!("fid from features, {rows} rows"), repeat, || {
                distance(FidSide::Features(&a), FidSide::Features(&b))
            })?;
        }
    }
    if what.contains(&"prdc") {
        let (real, fake) = (features(rows, 0.0, 1)?, features(rows, 0.05, 2)?);
        timed(&format!("prdc, {rows} rows"), 1, || {
            let found = prdc(&real, &fake, PrdcOptions::PRDC)?;
            Ok(json!([found.precision, found.recall, found.density, found.coverage]))
        })?;
    }
    Ok(())
}
