//! A NaN stops the run at its step, is named, and leaves the last good checkpoint.

use crate::ring::{self, Ring, Setup};
use crate::state::bits;
use crate::well::{Well, config, plain, quadratic};
use candle_core::{Device, Tensor};
use gan_train::{
    Batch, Draw, Error, Game, Kind, Loss, OptimizerConfig, Result, Run, RunConfig, TrainConfig,
    Trainer, fit,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use tempfile::tempdir;

/// Trains until it fails; the error, and the tensors' bits after each step that was done.
fn fail(
    dir: &Path,
    game: &mut dyn Game,
    train: &TrainConfig,
    feed: &mut dyn FnMut(Draw) -> Result<Batch>,
) -> (Error, Vec<BTreeMap<String, Vec<u64>>>) {
    let mut trainer = Trainer::new(game, train).unwrap();
    let config = RunConfig { train: train.clone(), ..ring::config(&Setup::default()) };
    let mut run = Run::create(dir, config).unwrap();
    // The game is borrowed while it trains: its state is read through a second store of handles.
    let handles: Vec<_> = game.params().tensors().map(|(n, v)| (n.to_owned(), v.clone())).collect();
    let states = RefCell::new(Vec::new());
    let result = fit(game, &mut trainer, train, feed, Some(&mut run), &mut |_| {
        let read = |v: &candle_core::Var| {
            let flat = v.copy().unwrap().to_dtype(candle_core::DType::F64).unwrap();
            let flat = flat.flatten_all().unwrap().to_vec1::<f64>().unwrap();
            flat.into_iter().map(f64::to_bits).collect::<Vec<_>>()
        };
        states.borrow_mut().push(handles.iter().map(|(n, v)| (n.clone(), read(v))).collect());
        ControlFlow::Continue(())
    });
    (result.unwrap_err(), states.into_inner())
}

fn no_data(_: Draw) -> Result<Batch> {
    Err(Error::Config("no data".into()))
}

fn sgd(lr: f64) -> OptimizerConfig {
    OptimizerConfig { kind: Kind::Sgd, lr, ..OptimizerConfig::default() }
}

/// What stopped it, which must be in step 5 and the turn of `player`.
fn what(error: Error, at: &str) -> String {
    match error {
        Error::NonFinite { step: 5, player, what } if player == at => what,
        other => panic!("expected a non-finite tensor in step 5 of the {at}, found: {other}"),
    }
}

/// A well whose loss is `bad` in update 5 fails there; returns what is said of it.
fn spoilt(bad: impl Fn(&Tensor) -> candle_core::Result<Loss> + 'static) -> String {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    let loss = move |call, x: &Tensor| if call == 5 { bad(x) } else { quadratic(x) };
    let mut game = Well::new(sgd(0.05), 5.0, loss);
    let (error, states) = fail(&dir, &mut game, &config(8, 3), &mut no_data);
    assert_eq!(states.len(), 4);
    assert_eq!(bits(&game), states[3], "step 5 changed something");
    let fresh = Well::new(sgd(0.05), 0.0, |_, x| quadratic(x));
    let mut trainer = Trainer::new(&fresh, &config(8, 3)).unwrap();
    let newest = Run::resume(&dir).unwrap().load(&fresh, &mut trainer, None).unwrap().unwrap();
    assert!(newest.ends_with("step-00000003.safetensors"));
    assert_eq!((trainer.step, bits(&fresh)), (3, states[2].clone()));
    assert_eq!(ring::logged(&dir), [1, 2, 3, 4], "a failed step is not logged");
    what(error, "well")
}

#[test]
fn an_operation_of_the_forward_pass() {
    // x − 100 is negative: operation 1 is fine, its logarithm is not; a sum is two operations.
    let what = spoilt(|x| Ok(plain((x - 100.0)?.log()?.sum_all()?)));
    let expected = "the loss is NaN; the first bad tensor is the result of operation 2 of 4 in the \
                    forward pass, shape [3] (3 of 3 values, the first NaN at index 0)";
    assert_eq!(what, expected);
}

#[test]
fn an_infinite_loss() {
    let what = spoilt(|x| Ok(plain((x.exp()? * 1e308)?.sum_all()?)));
    assert!(what.starts_with("the loss is inf; the first bad tensor is the result of"), "{what}");
}

#[test]
fn a_gradient_behind_a_finite_loss() {
    // √0 is 0, its slope infinite; times the inner slope 0 it is NaN.
    let what = spoilt(|x| Ok(plain((x - x.detach())?.sqr()?.sqrt()?.sum_all()?)));
    let expected = "the loss is 0; the first bad tensor is the gradient of g.x (3 of 3 values, the \
                    first NaN at index 0)";
    assert_eq!(what, expected);
}

#[test]
fn a_loss_that_depends_on_no_parameter() {
    let what = spoilt(|_| Ok(plain(Tensor::new(f64::NAN, &Device::Cpu)?)));
    assert!(what.contains("depends on no parameter"), "{what}");
}

#[test]
fn a_parameter_that_went_bad_before() {
    let folder = tempdir().unwrap();
    let mut game = Well::new(sgd(0.05), 5.0, |_, x| quadratic(x));
    game.after = Some(Box::new(|call, x| {
        if call == 4 {
            x.var().set(&Tensor::new(&[1.0, f64::NAN, 1.0], &Device::Cpu).unwrap()).unwrap();
        }
    }));
    let dir = folder.path().join("run");
    let (error, states) = fail(&dir, &mut game, &config(8, 3), &mut no_data);
    assert_eq!(bits(&game)["g.x"], states[3]["g.x"]);
    let what = what(error, "well");
    let expected = "parameter g.x (1 of 3 values, the first NaN at index 1), after an earlier";
    assert!(what.contains(expected), "{what}");
}

/// The last good checkpoint must be good: one with a NaN is not written.
#[test]
fn a_checkpoint_of_a_spoilt_parameter_is_refused() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    // 1e200 · 1e150 overflows in the update itself; no loss or gradient shows it.
    let loss = |call, x: &Tensor| {
        let slope = if call == 5 { 1e150 } else { 1.0 };
        Ok(plain(((x - x.detach())? * slope)?.sum_all()?))
    };
    let mut game = Well::new(sgd(1e200), 5.0, loss);
    let (error, states) = fail(&dir, &mut game, &config(5, 1), &mut no_data);
    assert_eq!(states.len(), 4);
    let what = what(error, "well");
    assert!(what.starts_with("model.g.x (3 of 3 values, the first -inf at index 0)"), "{what}");
    let run = Run::open(&dir).unwrap();
    assert_eq!(run.checkpoints().unwrap().last().unwrap().0, 4);
    let fresh = Well::new(sgd(1.0), 0.0, |_, x| quadratic(x));
    let mut trainer = Trainer::new(&fresh, &config(5, 1)).unwrap();
    run.load(&fresh, &mut trainer, None).unwrap();
    assert_eq!(bits(&fresh), states[3]);
}

#[test]
fn a_batch_with_a_nan_in_a_whole_gan() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    let mut setup = Setup::default();
    setup.train.checkpoint_every = 2;
    let mut game = Ring::new(&setup);
    let mut data = ring::feed(&setup);
    let feed = &mut |n: Draw| {
        let mut batch = data.batch(n)?;
        if n.number == 4 {
            let mut rows = batch.real()?.to_vec2::<f32>()?;
            rows[2][1] = f32::NAN;
            batch = Batch::of(Tensor::new(rows, &Device::Cpu)?);
        }
        Ok(batch)
    };
    let (error, states) = fail(&dir, &mut game, &setup.train, feed);
    assert_eq!(bits(&game), states[3], "step 5 changed something");
    assert_eq!(
        what(error, "discriminator"),
        "the loss is NaN; the first bad tensor is the batch of real data (1 of 32 values, the \
         first NaN at index 5); check the data"
    );
    // With good data the run goes on from its last good checkpoint and ends as if nothing had been.
    let whole = folder.path().join("whole");
    ring::train(&whole, &setup, ring::End::Done).unwrap();
    ring::train(&dir, &setup, ring::End::Done).unwrap();
    assert!(ring::bytes(&dir, 12) == ring::bytes(&whole, 12));
}

/// A bad forward pass spoils running statistics on its way; they are not what is to blame.
#[test]
fn running_statistics_are_not_blamed_for_the_pass_that_spoilt_them() {
    struct Spoilt(Ring, u64);
    impl Game for Spoilt {
        fn params(&self) -> &gan_layers::ParamStore {
            self.0.params()
        }
        fn players(&self) -> &[gan_train::Player] {
            &self.0.players()[1..]
        }
        fn loss(
            &mut self,
            _: usize,
            _: Option<&Batch>,
            rng: &mut gan_layers::StepRng,
        ) -> Result<Loss> {
            self.1 += 1;
            let z = Tensor::full(if self.1 == 5 { f32::NAN } else { 1.0 }, (16, 2), &Device::Cpu)?;
            let noise = rng.normal("latent", &[16, 2], candle_core::DType::F32, &Device::Cpu)?;
            let pass = gan_layers::Pass { train: true, rng };
            let fake = self.0.generate(&(z + noise)?, &pass)?;
            Ok(Loss { value: fake.sqr()?.mean_all()?, terms: vec![] })
        }
    }
    let folder = tempdir().unwrap();
    let setup = Setup::default();
    let mut game = Spoilt(Ring::new(&setup), 0);
    let (error, states) = fail(&folder.path().join("run"), &mut game, &setup.train, &mut no_data);
    let what = what(error, "generator");
    assert!(what.contains("the result of operation 1 of"), "{what}");
    let now = bits(&game);
    let parameters = now.keys().filter(|n| !n.contains("running"));
    assert!(parameters.clone().count() > 5);
    assert!(parameters.into_iter().all(|n| now[n] == states[3][n]));
}

/// A term is only logged: a NaN there stops nothing, and the line stays JSON.
#[test]
fn a_nan_term_becomes_null_in_the_log() {
    let folder = tempdir().unwrap();
    let dir = folder.path().join("run");
    let mut game = Well::new(sgd(0.05), 5.0, |call, x| {
        let term = if call == 2 { f64::NAN } else { 0.5 };
        let terms = vec![("odd", Tensor::new(term, &Device::Cpu)?)];
        Ok(Loss { terms, ..quadratic(x)? })
    });
    let train = config(3, 0);
    let mut trainer = Trainer::new(&game, &train).unwrap();
    let setup = Setup { train: train.clone(), ..Setup::default() };
    let mut run = Run::create(&dir, ring::config(&setup)).unwrap();
    let go = &mut |_: &gan_train::Tick<'_>| ControlFlow::Continue(());
    fit(&mut game, &mut trainer, &train, &mut no_data, Some(&mut run), go).unwrap();
    let text = std::fs::read_to_string(dir.join("log.jsonl")).unwrap();
    assert!(text.ends_with('\n'));
    let lines: Vec<serde_json::Value> =
        text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    for (at, line) in lines.iter().enumerate() {
        assert_eq!(
            (line["kind"].as_str(), line["step"].as_u64()),
            (Some("step"), Some(at as u64 + 1))
        );
        assert!(line["seconds"].as_f64().unwrap() >= 0.0);
        let player = line["players"]["well"].as_object().unwrap();
        let names: Vec<_> = player.keys().map(String::as_str).collect();
        assert_eq!(names, ["loss", "odd", "grad_norm", "lr"]);
        for (name, value) in player {
            let null = at == 1 && name == "odd";
            assert_eq!(value.is_null(), null, "line {at}: {line}");
            assert!(null || value.as_f64().unwrap().is_finite());
        }
    }
}
