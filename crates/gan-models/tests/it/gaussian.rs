//! The 1-D games reach what theory says (row A1).

use crate::stage::Stage;
use candle_core::{DType, Tensor};
use gan_info::wasserstein_1d;
use gan_models::find;
use gan_train::{Game, SampleRequest, Trainer, fit};
use std::ops::ControlFlow;

const MEAN: f64 = 4.0;
const STD: f64 = 1.25;

fn trained(entry: &str, seed: u64) -> (Stage, Box<dyn Game>, Trainer) {
    let entry = find(entry).unwrap();
    let mut config = (entry.defaults)().unwrap();
    config.train.seed = seed;
    let mut stage = Stage::with(entry, config);
    stage.data = gan_data::open("toy:gaussian", &gan_data::LoadOptions::default()).unwrap();
    let mut game = stage.game();
    let mut trainer = Trainer::new(&*game, &stage.config.train).unwrap();
    let mut feed = stage.feed();
    fit(&mut *game, &mut trainer, &stage.config.train, &mut |n| feed.batch(n), None, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    (stage, game, trainer)
}

fn value(game: &dyn Game, name: &str) -> f64 {
    let var = game.params().tensors().find(|(n, _)| *n == name).unwrap().1;
    var.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap()[0]
}

#[test]
fn the_linear_game_learns_the_mean() {
    for seed in 0..5 {
        let (_, game, _) = trained("gaussian1d", seed);
        let b0 = value(&*game, "g.fc1.bias");
        let w1 = value(&*game, "d.fc1.weight");
        assert!((b0 - MEAN).abs() < 0.1, "seed {seed}: b0 = {b0}");
        let w0 = value(&*game, "g.fc1.weight").abs();
        assert!((w0 - STD).abs() > 0.3, "the spread is not learned, and yet |w0| = {w0}");
        assert!(w1.abs() < 0.1, "seed {seed}: a linear D has nothing left to say, w1 = {w1}");
    }
}

#[test]
fn the_larger_game_learns_the_density_and_d_is_undecided() {
    for seed in 0..3 {
        let (stage, game, trainer) = trained("gaussian1d-mlp", seed);
        let request = SampleRequest::of(20_000);
        let sample = trainer.sample(&*game, &request, seed).unwrap();
        let fake = sample.tensor().to_dtype(DType::F64).unwrap();
        let fake = fake.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        // The data itself: 100,000 points of the toy set.
        let mut real = vec![0.0; 20_000];
        for (i, v) in real.iter_mut().enumerate() {
            let mut row = [0.0];
            stage.data.labeled(i, &mut row).unwrap();
            *v = f64::from(row[0]);
        }
        let emd = wasserstein_1d(&fake, &real, 1.0).unwrap();
        let figure = trainer
            .drawn(&*game, |g| {
                g.inside().drawings.unwrap().figure(&mut gan_layers::StepRng::new(1, 1))
            })
            .unwrap()
            .expect("a figure");
        let d = figure.series.iter().find(|s| s.name == "D(x)").unwrap();
        // The support, as far as a sample of a thousand shows it: the central 99 %.
        let inside = |x: f64| (x - MEAN).abs() < 2.576 * STD;
        let worst = d.points.iter().filter(|(x, _)| inside(*x)).map(|(_, y)| (y - 0.5).abs());
        let worst = worst.fold(0.0, f64::max);
        assert!(emd < 0.1, "seed {seed}: EMD {emd}");
        assert!(worst < 0.1, "seed {seed}: D is {worst} away from 0.5");
    }
}

#[test]
fn figure_1_shows_both_densities() {
    let stage = Stage::new(find("gaussian1d-mlp").unwrap(), &[]);
    let game = stage.game();
    let drawings = game.inside().drawings.unwrap();
    let figure = drawings.figure(&mut gan_layers::StepRng::new(1, 1)).unwrap().unwrap();
    let area = |name: &str| {
        let points = &figure.series.iter().find(|s| s.name == name).unwrap().points;
        let step = points[1].0 - points[0].0;
        points.iter().map(|p| p.1 * step).sum::<f64>()
    };
    assert!((area("data density") - 1.0).abs() < 0.02);
    let peak = &figure.series[0]
        .points
        .iter()
        .cloned()
        .fold((0.0, 0.0), |m, p| if p.1 > m.1 { p } else { m });
    assert!((peak.0 - MEAN).abs() < 0.5);
    let _: &Tensor = stage.setup.examples.as_ref().unwrap();
}
