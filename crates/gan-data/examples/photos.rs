//! How many pictures a second a folder gives to training, epoch by epoch.
//!
//! `cargo run --release -p gan-data --example photos -- FOLDER [SIZE [EPOCHS [THREADS]]]`, with and
//! without scaled decoding; `benches/peers/photos.py` makes such a folder and times Pillow on it.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use gan_data::{Batches, LoadOptions, Prefetch, open};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("expected FOLDER [SIZE [EPOCHS [THREADS]]]")?;
    let mut number = |usual: usize| arguments.next().map_or(Ok(usual), |text| text.parse());
    let (size, epochs, threads) = (number(64)?, number(2)?, number(2)?);
    for scaled in [false, true] {
        let start = Instant::now();
        let options = LoadOptions { size: Some(size), scaled, ..LoadOptions::default() };
        let data = open(&folder, &options)?;
        let opened = start.elapsed().as_secs_f64();
        println!("scaled {scaled}: opened {} pictures in {opened:.2} s", data.info().len);
        let batches = Batches::new(data, 10, 0)?.on_threads(threads);
        let per_epoch = batches.per_epoch();
        let mut ahead = Prefetch::start(batches, 0);
        for epoch in 1..=epochs {
            let start = Instant::now();
            let mut pictures = 0;
            for _ in 0..per_epoch {
                pictures += ahead.next()?.indices.len();
            }
            let rate = pictures as f64 / start.elapsed().as_secs_f64();
            println!("  epoch {epoch}, {threads} threads: {rate:.0} pictures a second");
        }
    }
    Ok(())
}
