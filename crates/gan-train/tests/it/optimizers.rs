//! Optimizers reach minima, follow their schedule and remember how far they were.

use crate::checkpoint_files::{describe, rewrite};
use crate::ring::{End, Setup, bytes, checkpoint, train};
use crate::well::{Well, config, plain, quadratic};
use candle_core::Tensor;
use gan_train::{Decay, Error, Kind, OptimizerConfig, Schedule, StepReport, TrainConfig, Trainer};
use tempfile::tempdir;

fn run(game: &mut Well, config: &TrainConfig) -> Vec<StepReport> {
    let mut trainer = Trainer::new(game, config).unwrap();
    let feed = &mut |_| Err(Error::Config("no data".into()));
    (0..config.steps).map(|_| trainer.step(game, feed).unwrap()).collect()
}

#[test]
fn every_rule_reaches_the_minimum_of_a_quadratic() {
    let rule =
        |kind, lr, momentum| OptimizerConfig { kind, lr, momentum, ..OptimizerConfig::default() };
    for optimizer in [
        rule(Kind::Adam, 0.05, 0.0),
        rule(Kind::Rmsprop, 0.05, 0.0),
        rule(Kind::Sgd, 0.05, 0.0),
        rule(Kind::Sgd, 0.02, 0.9),
    ] {
        let mut game = Well::new(optimizer, 5.0, |_, x| quadratic(x));
        let mut config = config(1000, 0);
        config.schedule = Schedule { kind: Decay::Linear, warmup: 0, from: 0.5 };
        let reports = run(&mut game, &config);
        for (x, center) in game.values().iter().zip([0.0, 1.0, 2.0]) {
            assert!((x - center).abs() < 1e-3, "{optimizer:?}: {x} for {center}");
        }
        assert!(reports[999].players[0].loss < 1e-5 && reports[0].players[0].loss > 50.0);
    }
}

/// Its gradient goes through the rule: with none of the loss, Adam moves by its whole rate.
#[test]
fn l2_is_a_part_of_the_loss() {
    let by = |l2, kind| {
        let optimizer = OptimizerConfig { kind, lr: 0.1, l2, ..OptimizerConfig::default() };
        let mut game = Well::new(optimizer, 2.0, |_, x| {
            Ok(plain((x - x.detach())?.sqr()?.sum_all()?)) // gradient 0 everywhere
        });
        run(&mut game, &config(1, 0));
        2.0 - game.values()[0]
    };
    // `Well` has a vector, and vectors are biases: they are left alone.
    assert_eq!((by(0.5, Kind::Adam), by(0.5, Kind::Sgd)), (0.0, 0.0));
    let mut matrix = Well::matrix(OptimizerConfig {
        kind: Kind::Sgd,
        lr: 0.1,
        l2: 0.5,
        ..OptimizerConfig::default()
    });
    run(&mut matrix, &config(1, 0));
    assert!(matrix.values().iter().all(|x| (x - 2.0 * (1.0 - 0.1 * 0.5)).abs() < 1e-12));
}

#[test]
fn weight_decay_pulls_towards_zero() {
    let optimizer = OptimizerConfig { lr: 0.1, weight_decay: 0.5, ..OptimizerConfig::default() };
    let mut game = Well::new(optimizer, 2.0, |_, x| Ok(plain((x.sum_all()? * 0.0)?)));
    run(&mut game, &config(1, 0));
    // The factor 0 cuts the graph: without a gradient nothing moves, decay included.
    assert_eq!(game.values(), [2.0; 3]);
    let mut game = Well::new(optimizer, 2.0, |_, x| {
        Ok(plain((x - x.detach())?.sqr()?.sum_all()?)) // gradient 0 everywhere
    });
    run(&mut game, &config(1, 0));
    assert!(game.values().iter().all(|x| (x - 2.0 * (1.0 - 0.05)).abs() < 1e-12));
}

/// With gradient 1 everywhere, SGD moves by the learning rate, which the report tells.
#[test]
fn schedules_scale_the_rate_that_is_used_and_reported() {
    for kind in [Decay::Constant, Decay::Linear, Decay::Cosine] {
        let schedule = Schedule { kind, warmup: 4, from: 0.6 };
        let optimizer = OptimizerConfig { kind: Kind::Sgd, lr: 0.5, ..OptimizerConfig::default() };
        let mut game = Well::new(optimizer, 0.0, |_, x: &Tensor| Ok(plain(x.sum_all()?)));
        let config = TrainConfig { schedule, ..config(10, 0) };
        let reports = run(&mut game, &config);
        let mut x = 0.0;
        for report in &reports {
            let lr = 0.5 * schedule.factor(report.step, 10);
            assert_eq!(report.players[0].lr, lr);
            assert!(lr > 0.0, "{kind:?}: step {} does not move", report.step);
            x -= lr;
        }
        assert!((game.values()[0] - x).abs() < 1e-12);
        assert_eq!(reports[0].players[0].lr, 0.125);
        assert_eq!(reports[5].players[0].lr, 0.5);
    }
}

/// Adam divides by `1 − βᵗ`: a resumed run that counted from 0 again would go elsewhere.
#[test]
fn adams_count_of_updates_is_restored() {
    let folder = tempdir().unwrap();
    let setup = Setup { updates: [3, 1], ..Setup::default() };
    let dir = |name: &str| folder.path().join(name);
    train(&dir("whole"), &setup, End::Done).unwrap();
    for (name, forget) in [("kept", false), ("forgotten", true)] {
        train(&dir(name), &setup, End::Stop(4)).unwrap();
        let path = checkpoint(&dir(name), 4);
        let counts = describe(&path)["updates"].clone();
        assert_eq!(counts, serde_json::json!({ "discriminator": 12, "generator": 4 }));
        if forget {
            rewrite(&path, |about, _| about["updates"]["generator"] = 0.into());
        }
        train(&dir(name), &setup, End::Done).unwrap();
        let same = bytes(&dir(name), 12) == bytes(&dir("whole"), 12);
        assert_eq!(same, !forget, "{name}");
    }
}

#[test]
fn settings_that_cannot_be_are_refused_by_name() {
    type Spoil = fn(&mut OptimizerConfig);
    let bad: [(&str, Spoil); 5] = [
        ("beta1", |o| o.beta1 = 1.0),
        ("lr", |o| o.lr = f64::NAN),
        ("lr", |o| o.lr = -1.0),
        ("eps", |o| o.eps = f64::INFINITY),
        ("momentum", |o| o.momentum = -0.1),
    ];
    for (name, spoil) in bad {
        let mut optimizer = OptimizerConfig::default();
        spoil(&mut optimizer);
        let game = Well::new(optimizer, 0.0, |_, x| quadratic(x));
        let error = Trainer::new(&game, &config(1, 0)).unwrap_err().to_string();
        assert!(error.contains(&format!("optimizer of the well.{name}: expected")), "{error}");
    }
}
