//! Trains a model of a bell curve, opens what was trained, and looks at its samples.

use gan_runs::{Plan, Result, Trained, configure, train};

fn main() -> Result<()> {
    let device = candle_core::Device::Cpu;
    let folder = std::env::temp_dir().join(format!("gan-runs-example-{}", std::process::id()));
    let config = configure("gaussian1d", &["train.steps=300", "train.sample_every=0"])?;
    train(config, &folder, &device, &mut |_| std::ops::ControlFlow::Continue(()))?;
    let run = Trained::open(&folder, None, None, &device)?;
    let samples = run.samples(&Plan::of(1000))?;
    let mean = gan_kernels::read::scalar(&samples.mean_all()?)?;
    // The data are N(4, 1.25²); three hundred steps go most of the way from 0.
    assert!((mean - 4.0).abs() < 2.0, "the mean of a thousand samples is {mean}");
    std::fs::remove_dir_all(&folder).ok();
    Ok(())
}
