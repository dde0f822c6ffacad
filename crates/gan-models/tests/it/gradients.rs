//! Finite differences in f64 through whole losses, for the entries that are no duel.

use crate::stage::Stage;
use candle_core::{DType, Device, Tensor};
use gan_kernels::read::{scalar, values};
use gan_layers::StepRng;
use gan_models::{Setup, find};
use gan_train::{Batch, Game};

/// A batch of small images, or of points where `shape` says so, in `[-1, 1]`.
fn batch(shape: &[usize]) -> Batch {
    let shape = [&[4], shape].concat();
    let real = StepRng::new(2, 1).uniform("data", (-1.0, 1.0), &shape, DType::F64, &Device::Cpu);
    let labels = Tensor::new(&[0u32, 1, 2, 1], &Device::Cpu).unwrap();
    Batch::of(real.unwrap()).with(gan_data::CLASS, labels)
}

/// Every player's loss, at a few parameters each, on the same draws.
fn check(entry: &str, changes: &[(&str, &str)], shape: &[usize]) {
    let stage = Stage::new(find(entry).unwrap(), changes);
    let batch = batch(shape);
    let examples = Some(batch.real().unwrap().clone());
    let setup = Setup {
        fields: gan_data::fields_of(shape, Some(3)),
        dtype: DType::F64,
        examples,
        ..stage.setup.clone()
    };
    let mut game = (stage.entry.build)(&stage.config.model, &setup).unwrap();
    for index in 0..game.players().len() {
        let player = game.players()[index].clone();
        let owned: Vec<_> = {
            let params = game.params().owned(&player.owns);
            params.map(|(n, p)| (n.to_owned(), p.var().clone())).collect()
        };
        game.params().activate(&player.owns);
        // A stage's first loss may give parameters their start.
        game.loss(index, Some(&batch), &mut StepRng::new(7, 1)).unwrap();
        // What persists moves on with every loss: the same state each time.
        let state: Vec<_> = {
            let all = game.params().tensors();
            all.map(|(_, v)| (v.clone(), v.copy().unwrap())).collect()
        };
        let loss = |game: &mut dyn Game| {
            let loss = game.loss(index, Some(&batch), &mut StepRng::new(7, 1)).unwrap();
            let grads = loss.value.backward().unwrap();
            (loss, grads)
        };
        let (_, grads) = loss(&mut *game);
        for (name, var) in owned {
            let exact = values(grads.get(&var).unwrap()).unwrap();
            let count = exact.len();
            for i in [0, count / 2, count - 1] {
                let mut at = |by: f64| {
                    state.iter().for_each(|(var, value)| var.set(value).unwrap());
                    let mut moved = values(&var).unwrap();
                    moved[i] += by;
                    let t = Tensor::from_vec(moved, var.dims(), &Device::Cpu).unwrap();
                    var.set(&t).unwrap();
                    scalar(&loss(&mut *game).0.value).unwrap()
                };
                let numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
                let error = (exact[i] - numeric).abs();
                let whose = format!("{entry} {changes:?}: {} of {name} {i}", player.name);
                assert!(error < 1e-6 * (1.0 + numeric.abs()), "{whose}: {} {numeric}", exact[i]);
            }
        }
    }
}

const IMAGE: &[usize] = &[1, 3, 3];
const POINT: &[usize] = &[2];

#[test]
fn variational_autoencoders() {
    let z = ("z", "2");
    check("vae", &[z], IMAGE);
    check("vae", &[z, ("pixels", "\"probabilities\""), ("activation", "\"leaky-relu\"")], IMAGE);
    check("vae", &[z], POINT);
    check("vae", &[z, ("decoder", "\"gaussian\"")], IMAGE);
}

#[test]
fn autoencoders() {
    check("autoencoder", &[("code", "2")], IMAGE);
    check("autoencoder", &[("corruption", "0.3"), ("reconstruction", "\"euclidean\"")], IMAGE);
    check("autoencoder", &[], POINT);
    check("aae", &[], IMAGE);
    check("aae", &[("reconstruction", "\"cross-entropy\"")], POINT);
    check("aae", &[("prior", "\"mixture\""), ("labels", "true"), ("loss", "\"hinge\"")], IMAGE);
}

#[test]
fn boltzmann_machines() {
    check("rbm", &[("contrast.persistent", "false"), ("contrast.k", "2")], IMAGE);
    check("rbm", &[("contrast.chains", "7"), ("pixels", "\"probabilities\"")], IMAGE);
    check("dbn", &[("hidden", "[4, 9]")], IMAGE);
    check("dbn", &[("hidden", "[4, 5, 3]"), ("contrast.persistent", "false")], IMAGE);
    // A deep machine's posterior is held constant though it moves with the parameters, as in the
    // paper: its energies are proved in its own file.
}
