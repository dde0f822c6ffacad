//! The moving average: its recurrence, and sampling from it without a trace.

use crate::ring::{Ring, Setup, feed};
use crate::state::bits;
use crate::well::{Well, config, quadratic};
use gan_train::{Error, Game, Kind, OptimizerConfig, SampleRequest, TrainConfig, Trainer};

fn read(game: &dyn Game, name: &str) -> Vec<f64> {
    let (_, var) = game.params().tensors().find(|(n, _)| *n == name).unwrap();
    var.copy().unwrap().to_vec1().unwrap()
}

fn sgd(lr: f64) -> OptimizerConfig {
    OptimizerConfig { kind: Kind::Sgd, lr, ..OptimizerConfig::default() }
}

#[test]
fn the_average_is_the_recurrence_by_hand() {
    let mut game = Well::new(sgd(0.05), 5.0, |_, x| quadratic(x));
    let config = TrainConfig { ema: 0.8, ..config(40, 0) };
    let mut trainer = Trainer::new(&game, &config).unwrap();
    let (mut average, mut kept) = (game.values(), 0.0);
    for step in 1..=40u32 {
        // Less at first, so that nothing of the initial values stays; 0.8 from step 35 on.
        let decay = f64::from(1 + step) / f64::from(10 + step);
        let decay = if step < 35 { decay } else { 0.8 };
        trainer.step(&mut game, &mut |_| Err(Error::Config("no data".into()))).unwrap();
        for (a, x) in average.iter_mut().zip(game.values()) {
            *a = decay * *a + (1.0 - decay) * x;
        }
        kept = decay * kept + (1.0 - decay) * f64::from(step); // buffers are followed too
        let live = bits(&game);
        let (seen, buffer, other) = trainer
            .drawn(&game, |g| Ok((read(g, "g.x"), read(g, "g.kept"), read(g, "other.y"))))
            .unwrap();
        for (a, s) in average.iter().zip(&seen) {
            assert!((a - s).abs() < 1e-14, "step {step}: {a} {s}");
        }
        assert!((buffer[0] - kept).abs() < 1e-12);
        assert_eq!(other, [1.0], "what is not the generator's stays as it is");
        assert_ne!(seen, game.values(), "the average is not the value");
        assert_eq!(bits(&game), live);
    }
}

#[test]
fn sampling_uses_the_average_and_puts_back_every_bit_even_when_it_fails() {
    let mut game = Well::new(sgd(0.05), 5.0, |_, x| quadratic(x));
    let config = TrainConfig { ema: 0.8, ..config(5, 0) };
    let mut trainer = Trainer::new(&game, &config).unwrap();
    for _ in 0..5 {
        trainer.step(&mut game, &mut |_| Err(Error::Config("no data".into()))).unwrap();
    }
    let live = bits(&game);
    let averages = trainer.drawn(&game, |g| Ok(read(g, "g.x"))).unwrap();
    let request = |count| SampleRequest::of(count);
    let sample = trainer.sample(&game, &request(1), 0).unwrap();
    assert_eq!(sample.tensor().to_vec2::<f64>().unwrap(), [averages]);
    assert_eq!(bits(&game), live);
    let error = trainer.sample(&game, &request(13), 0).unwrap_err().to_string();
    assert_eq!(error, "13 brings bad luck");
    assert_eq!(bits(&game), live);
}

#[test]
fn without_an_average_samples_are_the_live_models() {
    let game = Well::new(sgd(0.05), 5.0, |_, x| quadratic(x));
    let trainer = Trainer::new(&game, &config(5, 0)).unwrap();
    let sample = trainer.sample(&game, &SampleRequest::of(1), 0).unwrap();
    assert_eq!(sample.tensor().to_vec2::<f64>().unwrap(), [[5.0; 3]]);
}

/// Same generator, same samples: neither the step nor what was sampled before matters.
#[test]
fn every_step_samples_the_same_latents() {
    for ema in [0.0, 0.9] {
        let mut setup = Setup { updates: [1, 0], ..Setup::default() };
        setup.train.ema = ema;
        let mut game = Ring::new(&setup);
        let mut trainer = Trainer::new(&game, &setup.train).unwrap();
        let mut data = feed(&setup);
        let draw = |trainer: &Trainer, game: &Ring, count, seed| {
            let request = SampleRequest::of(count);
            trainer.sample(game, &request, seed).unwrap().tensor().to_vec2::<f32>().unwrap()
        };
        let first = draw(&trainer, &game, 6, 1);
        for _ in 0..4 {
            // The generator makes no update, so it stays the same.
            trainer.step(&mut game, &mut |n| data.batch(n)).unwrap();
            let again = draw(&trainer, &game, 6, 1);
            // The average of equal values is equal only up to rounding.
            let far = |(a, b): (&f32, &f32)| (a - b).abs() > if ema > 0.0 { 1e-6 } else { 0.0 };
            assert!(!again.iter().flatten().zip(first.iter().flatten()).any(far), "{again:?}");
        }
        let first = draw(&trainer, &game, 6, 1);
        assert_ne!(draw(&trainer, &game, 6, 2), first, "the seed chooses the latents");
        assert_eq!(draw(&trainer, &game, 3, 1), first[..3], "fewer samples are the first ones");
    }
}
