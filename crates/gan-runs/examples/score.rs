//! Trains a small GAN of digits and scores its samples against the digits that were held out.

use gan_runs::{Result, Scoring, Trained, configure, train};
use std::ops::ControlFlow;

fn main() -> Result<()> {
    let device = candle_core::Device::Cpu;
    let folder = std::env::temp_dir().join(format!("gan-runs-score-{}", std::process::id()));
    let settings = ["features=8", "train.steps=20", "train.sample_every=0", "data.limit=500"];
    train(configure("dcgan", &settings)?, &folder, &device, &mut |_| ControlFlow::Continue(()))?;
    let run = Trained::open(&folder, None, None, &device)?;
    let scoring = Scoring { digits: true, cache: false, ..Scoring::default() };
    let evaluation = run.evaluate(&scoring, Some(200))?;
    let fid = evaluation.scores.fid.as_ref().map(|fid| fid.value);
    // Hardly trained: far from digits, and not endlessly far.
    assert!(fid.is_some_and(|fid| (50.0..2000.0).contains(&fid)), "{}", evaluation.line());
    std::fs::remove_dir_all(&folder).ok();
    Ok(())
}
