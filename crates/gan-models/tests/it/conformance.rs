//! The contract, for every entry of the table and for techniques that compose with it.

use crate::stage::Stage;
use candle_core::{DType, Device, Tensor};
use gan_layers::StepRng;
use gan_models::{Entry, ZOO, find};
use gan_train::{
    Effort, Fields, Game, Outcome, Run, RunConfig, SampleRequest, Trainer, fit, untouched,
};
use std::ops::ControlFlow;
use std::path::Path;

/// Settings to try on every entry that has them.
const VARIATIONS: &[&[(&str, &str)]] = &[
    &[],
    &[("techniques.loss", "\"hinge\""), ("techniques.spectral_norm", "true")],
    &[("techniques.loss", "\"least-squares\""), ("techniques.label_smoothing", "0.1")],
    &[
        ("techniques.loss", "\"minimax\""),
        ("techniques.share_fakes", "false"),
        ("techniques.discriminator_steps", "2"),
    ],
    &[
        ("techniques.real_and_fake", "\"joint\""),
        ("techniques.generator.kind", "\"rmsprop\""),
        ("techniques.minibatch_kernels", "0"),
    ],
    &[
        ("techniques.loss", "\"wasserstein\""),
        ("techniques.gradient_penalty", "10.0"),
        ("techniques.discriminator_norm", "\"layer\""),
        ("techniques.minibatch_kernels", "0"),
    ],
    &[
        ("techniques.gradient_penalty", "2.0"),
        ("techniques.penalty", "\"r1\""),
        ("techniques.discriminator_norm", "\"virtual-batch\""),
        ("techniques.generator_norm", "\"virtual-batch\""),
        ("techniques.minibatch_kernels", "0"),
    ],
    &[("techniques.loss", "\"wasserstein\""), ("techniques.clip", "0.02")],
    &[("techniques.packing", "2")],
    &[
        ("techniques.instance_noise", "0.1"),
        ("techniques.label_flips", "0.2"),
        ("techniques.historical_averaging", "0.1"),
    ],
    &[("techniques.history", "12")],
    &[("techniques.minibatch_kernels", "4"), ("techniques.gradient_penalty", "0.0")],
    &[("techniques.feature_matching", "true")],
    &[("techniques.consensus", "1.0"), ("techniques.gradient_penalty", "0.0")],
    &[("encoder", "\"stochastic\""), ("prior", "\"normal\"")],
    &[("code", "6"), ("pretraining", "2")],
    &[("global", "3"), ("hidden", "5")],
    &[("start", "\"near\"")],
];

/// Which of them an entry refuses, and a part of what it says.
const REFUSED: &[(&str, &str, &str)] = &[
    ("wgan", "techniques.spectral_norm", "use one of the two"),
    ("cgan", "techniques.generator_norm", "would need labels"),
    ("cgan", "techniques.history", "without their labels"),
    ("gaussian1d", "techniques.feature_matching", "no hidden layer"),
    ("infogan", "techniques.packing", "reads the codes of one sample"),
    ("bigan", "techniques.generator_norm", "would need codes"),
    ("bigan", "techniques.history", "without their codes"),
    ("bigan", "techniques.feature_matching", "which code belongs to which"),
    ("lapgan", "techniques.generator_norm", "a reference batch of its own"),
    ("lapgan", "techniques.history", "without their coarse images"),
    ("gran", "techniques.generator_norm", "differ at each painting step"),
    ("psgan", "techniques.generator_norm", "textures have any"),
    ("psgan", "techniques.minibatch_kernels", "no layer that sees a whole sample"),
    ("wgan-gp", "techniques.minibatch_kernels", "needs a bounded slope"),
    ("wgan-gp", "techniques.consensus", "needs a bounded slope"),
    ("wgan-gp", "techniques.penalty", "at real samples alone"),
];

/// Whether the entry's settings have all of these.
fn has(entry: &Entry, changes: &[(&str, &str)]) -> bool {
    let model = (entry.defaults)().unwrap().model;
    let known = |path: &str| {
        let mut keys = path.split('.');
        let first = model.get(keys.next()?)?;
        keys.try_fold(first, |table, key| table.get(key))
    };
    changes.iter().all(|(path, _)| known(path).is_some())
}

fn each(check: impl FnMut(&Stage)) {
    each_of(|_, _| true, check);
}

/// Those combinations of an entry and a variation, by their places, that are `wanted`.
fn each_of(wanted: impl Fn(usize, usize) -> bool, mut check: impl FnMut(&Stage)) {
    // Before this thread's first backward pass: some of them penalize gradients.
    gan_kernels::second_order::enable().unwrap();
    for (i, entry) in ZOO.iter().enumerate() {
        for (k, changes) in VARIATIONS.iter().enumerate() {
            if !has(entry, changes) || !wanted(i, k) {
                continue;
            }
            let stage = Stage::new(entry, changes);
            // What is only turned off is not what is refused.
            let on = |to: &str| to.parse() != Ok(0.0);
            let about = |path: &str| changes.iter().any(|(name, to)| *name == path && on(to));
            match REFUSED.iter().find(|(name, path, _)| *name == entry.name && about(path)) {
                None => check(&stage),
                Some((name, _, why)) => {
                    let told = stage.refused();
                    assert!(told.contains(why), "{name}: {told}");
                }
            }
        }
    }
}

fn rng() -> StepRng {
    StepRng::new(5, 1)
}

#[test]
fn losses_are_finite_and_gradients_go_to_the_player_alone() {
    each(|stage| {
        let mut game = stage.game();
        let batch = stage.batch();
        for index in 0..game.players().len() {
            let player = game.players()[index].clone();
            game.params().activate(&player.owns);
            let loss = game.loss(index, Some(&batch), &mut rng()).unwrap();
            let value = loss.value.to_dtype(DType::F64).unwrap().to_scalar::<f64>().unwrap();
            let name = format!("{} {}", stage.entry.name, player.name);
            assert!(value.is_finite(), "{name}: {value}");
            let grads = loss.value.backward().unwrap();
            for (param, p) in game.params().owned(&[""]) {
                let owned = player.owns.iter().any(|o| param.starts_with(o.as_str()));
                assert_eq!(grads.get(p.var()).is_some(), owned, "{name}: gradient of {param}");
            }
        }
    });
}

/// Trains in `dir` from wherever the run stands to its last step, or stops after `stop`.
fn train(stage: &Stage, dir: &Path, steps: u64, stop: Option<u64>) -> Vec<u8> {
    let mut config: RunConfig = stage.config.clone();
    config.train.steps = steps;
    config.train.sample_every = 0;
    config.train.samples = 4;
    config.train.ema = 0.5;
    let mut game = stage.game();
    let mut trainer = Trainer::new(&*game, &config.train).unwrap();
    let mut run = if dir.join("run.toml").exists() {
        let run = Run::resume(dir).unwrap();
        run.load(&*game, &mut trainer, None).unwrap();
        run
    } else {
        Run::create(dir, config.clone()).unwrap()
    };
    let mut feed = stage.feed();
    let outcome = fit(
        &mut *game,
        &mut trainer,
        &config.train,
        &mut |n| feed.batch(n),
        Some(&mut run),
        &mut |tick| match stop == Some(tick.report.step) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        },
    )
    .unwrap();
    assert_eq!(outcome == Outcome::Stopped, stop.is_some_and(|s| s < steps));
    let last = run.checkpoints().unwrap().pop().unwrap();
    assert_eq!(last.0, stop.unwrap_or(steps));
    std::fs::read(last.1).unwrap()
}

#[test]
fn same_seed_same_bytes_and_resumed_equals_uninterrupted() {
    // Training is slow: every entry as it comes, and its share of the variations, so that all of
    // them have their turn.
    each_of(
        |entry, variation| variation == 0 || (entry + variation).is_multiple_of(6),
        |stage| {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name);
            let whole = train(stage, &at("whole"), 4, None);
            assert!(whole == train(stage, &at("again"), 4, None), "{}: twice", stage.entry.name);
            train(stage, &at("parts"), 4, Some(1));
            train(stage, &at("parts"), 4, Some(3));
            let parts = train(stage, &at("parts"), 4, None);
            assert!(whole == parts, "{}: resumed", stage.entry.name);
            let mut other = Stage::new(&stage.entry, &[]);
            other.config.train.seed = 1;
            other.setup.seed = 1;
            assert!(whole != train(&other, &at("other"), 4, None), "{}: seed", stage.entry.name);
        },
    );
}

#[test]
fn samples_have_the_datas_shape_and_do_not_depend_on_each_other() {
    each(|stage| {
        let game = stage.game();
        let draw = |count| {
            let request = SampleRequest::of(count);
            game.sample(&request, &mut rng()).unwrap().tensor().clone()
        };
        let eight = draw(8);
        let mut expected = vec![8];
        expected.extend(stage.setup.shape());
        assert_eq!(eight.dims(), expected);
        let flat = |t: &candle_core::Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let values = flat(&eight);
        if stage.setup.shape().len() == 3 {
            assert!(values.iter().all(|v| v.abs() <= 1.0));
        }
        let three = flat(&draw(3));
        for (a, b) in three.iter().zip(&values) {
            assert!((a - b).abs() < 1e-4, "{}: {a} against {b}", stage.entry.name);
        }
    });
}

/// What tools see of the inside: samples from latents are those of `sample`, D answers each sample
/// by itself, hidden layers are shown and can be changed; what has no such thing says so.
#[test]
fn latents_and_hidden_layers_are_open_to_tools() {
    let flat = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    each(|stage| {
        let (game, batch, name) = (stage.game(), stage.batch(), stage.entry.name);
        game.params().freeze();
        let close = |a: &[f32], b: &[f32], what: &str| {
            assert_eq!(a.len(), b.len(), "{name}: {what}");
            for (a, b) in a.iter().zip(b) {
                assert!((a - b).abs() < 1e-4, "{name}: {what}: {a} against {b}");
            }
        };
        let generator = game.inside().generator().unwrap();
        let none = Fields::none();
        if let Some(latent) = generator.latent() {
            let request = SampleRequest::of(6);
            let expected = game.sample(&request, &mut rng()).unwrap();
            let z = latent.draw(6, &mut rng()).unwrap();
            let mut layers = Vec::new();
            let mut seen = |layer: usize, x: &Tensor| {
                assert_eq!(x.dim(0)?, 6, "{name}: layer {layer}");
                layers.push(layer);
                Ok(x.clone())
            };
            let found = generator.generate(&z, &none, &mut seen).unwrap();
            assert_eq!(flat(found.tensor()), flat(expected.tensor()), "{name}");
            assert_eq!(layers, (0..layers.len()).collect::<Vec<_>>(), "{name}");
            if !layers.is_empty() {
                let changed =
                    generator.generate(&z, &none, &mut |_, x| x.affine(0.0, 0.5)).unwrap();
                assert_ne!(flat(changed.tensor()), flat(found.tensor()), "{name}");
            }
            let first = z.narrow(0, 0, 1).unwrap();
            let alone = generator.generate(&first, &none, &mut untouched).unwrap();
            let of = flat(alone.tensor());
            close(&of, &flat(found.tensor())[..of.len()], "alone");
            let wrong = Tensor::cat(&[&z, &z], 1).unwrap();
            let told = generator.generate(&wrong, &none, &mut untouched).unwrap_err().to_string();
            assert!(told.contains("expected (n, "), "{name}: {told}");
            if game.classes().is_none() {
                let given = Fields::of_classes(&[0; 6], &stage.setup.device).unwrap();
                let told = generator.generate(&z, &given, &mut untouched).unwrap_err();
                assert!(told.to_string().contains("cannot be asked for by it"), "{name}: {told}");
                let request = SampleRequest { count: 6, given };
                let told = game.sample(&request, &mut rng()).unwrap_err();
                assert!(told.to_string().contains("asked for by nothing"), "{name}: {told}");
            }
        } else {
            let z = Tensor::zeros((2, 2), stage.setup.dtype, &stage.setup.device).unwrap();
            let told = generator.generate(&z, &none, &mut untouched).unwrap_err().to_string();
            assert!(told.contains("no samples from latents"), "{name}: {told}");
        }
        let four = batch.real().unwrap().narrow(0, 0, 4).unwrap();
        let mut layers = 0;
        let asked = game.inside().discriminator();
        let answer = asked.and_then(|d| {
            d.judge(&four, &none, &mut |layer, x| {
                assert_eq!((layer, x.dim(0)?), (layers, 4), "{name}");
                layers += 1;
                Ok(x.clone())
            })
        });
        match answer {
            Ok(logits) => {
                let d = game.inside().discriminator().unwrap();
                assert_eq!(logits.dims(), [4], "{name}");
                let minibatch = stage.setting("techniques.minibatch_kernels") > 0;
                if !minibatch {
                    let one = d.judge(&four.narrow(0, 0, 1).unwrap(), &none, &mut untouched);
                    close(&flat(&one.unwrap()), &flat(&logits)[..1], "judged alone");
                }
                if layers > 0 {
                    let changed = d.judge(&four, &none, &mut |_, x| x.affine(0.5, 0.1)).unwrap();
                    assert_ne!(flat(&changed), flat(&logits), "{name}");
                }
                let told = d.judge(&four.narrow(1, 0, 0).unwrap(), &none, &mut untouched);
                assert!(told.unwrap_err().to_string().contains("expected (n, "), "{name}");
            }
            Err(error) => {
                let (told, packs) = (error.to_string(), stage.setting("techniques.packing") > 1);
                let packed = packs && told.contains("packs of 2");
                assert!(packed || told.contains("no discriminator"), "{name}: {told}");
            }
        }
    });
}

/// What an entry tells beside samples, where it tells it: codes, a prior, likelihoods, sheets.
#[test]
fn codes_likelihoods_and_sheets_fit_the_samples() {
    each(|stage| {
        let (game, batch, name) = (stage.game(), stage.batch(), stage.entry.name);
        let n = batch.len().unwrap();
        let flat = |t: &candle_core::Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let inside = game.inside();
        if let Some(encoder) = inside.encoder {
            let draw = |rng: Option<&mut StepRng>| {
                encoder.encode(batch.real().unwrap(), rng).unwrap_or_else(|e| panic!("{name}: {e}"))
            };
            let codes = draw(None);
            assert_eq!((codes.rank(), codes.dim(0).unwrap()), (2, n), "{name}");
            assert_eq!(flat(&codes), flat(&draw(None)), "{name}: codes");
            let one =
                encoder.encode(&batch.real().unwrap().narrow(0, 3, 1).unwrap(), None).unwrap();
            for (a, b) in flat(&one).iter().zip(flat(&codes.narrow(0, 3, 1).unwrap())) {
                assert!((a - b).abs() < 1e-4, "{name}: {a} alone, {b} among others");
            }
            let drawn = draw(Some(&mut rng()));
            assert_eq!(drawn.dims(), codes.dims(), "{name}");
            if let Some(prior) = encoder.prior(5, &mut rng()).unwrap() {
                assert_eq!(prior.dims(), [5, codes.dim(1).unwrap()], "{name}: prior");
            }
        }
        let effort = Effort { chains: 4, temperatures: 5, draws: 3 };
        if let Some(density) = inside.density {
            let likelihood =
                || density.likelihood(batch.real().unwrap(), &effort, &mut rng()).unwrap();
            let found = likelihood();
            assert_eq!(found.each.len(), n, "{name}");
            assert!(found.each.iter().all(|v| v.is_finite()), "{name}: {:?}", found.each);
            assert!(found.terms.iter().all(|(_, v)| v.is_finite()), "{name}: {:?}", found.terms);
            assert_eq!(found, likelihood(), "{name}: the same stream, the same likelihood");
        }
        let sheets = inside.drawings.map(|d| d.sheets(&mut rng()).unwrap());
        for sheet in sheets.unwrap_or_default() {
            let images = gan_train::images(&sheet.images).unwrap();
            assert!(images.len() >= sheet.columns && sheet.columns > 0, "{name} {}", sheet.name);
            assert!(!["step", "figure"].contains(&sheet.name.as_str()), "{name} {}", sheet.name);
            let most = flat(&sheet.images).iter().fold(0.0f32, |m, v| m.max(v.abs()));
            assert!(most <= 1.0, "{name} {}: {most}", sheet.name);
        }
    });
}

#[test]
fn configurations_round_trip_and_unknown_keys_are_refused() {
    for entry in ZOO {
        let config = (entry.defaults)().unwrap();
        assert_eq!(config.entry, entry.name);
        let back = RunConfig::parse(&config.text().unwrap(), "run.toml").unwrap();
        assert_eq!(back, config);
        let stage = Stage::new(entry, &[]);
        let build = |model: &toml::Table| (entry.build)(model, &stage.setup).err();
        let mut model = config.model.clone();
        assert!(build(&model).is_none());
        model.insert("featurs".into(), toml::Value::Integer(3));
        let error = build(&model).expect("an unknown key").to_string();
        assert!(error.contains("featurs") && error.contains(entry.name), "{error}");
    }
}

#[test]
fn what_cannot_be_is_refused_before_training() {
    let refused = |entry: &str, changes: &[(&str, &str)], expected: &str| {
        let error = Stage::new(find(entry).unwrap(), changes).refused();
        assert!(error.contains(expected), "{error}");
    };
    for entry in ZOO.iter().filter(|e| has(e, &[("techniques", "")])) {
        refused(entry.name, &[("techniques.label_smoothing", "0.7")], "[0, 0.5)");
        refused(entry.name, &[("techniques.discriminator_steps", "0")], "1 or more");
        refused(entry.name, &[("techniques.generator.beta1", "1.0")], "techniques.generator.beta1");
        let hinge = [("techniques.loss", "\"hinge\""), ("techniques.label_smoothing", "0.1")];
        refused(entry.name, &hinge, "no targets");
        refused(entry.name, &[("techniques.clip", "-1.0")], "techniques.clip: expected 0 or more");
        let bare = [
            ("techniques.loss", "\"wasserstein\""),
            ("techniques.clip", "0.0"),
            ("techniques.gradient_penalty", "0.0"),
        ];
        refused(entry.name, &bare, "needs a bounded slope");
    }
    refused("dcgan", &[("techniques.gradient_penalty", "10.0")], "discriminator_norm to layer");
    refused("vanilla", &[("z", "0")], "widths of 1 or more");
    refused("vanilla", &[("dropout", "1.0")], "[0, 1)");
    let data = |entry: &Entry, shape: &[usize], classes| {
        let mut stage = Stage::new(entry, &[]);
        stage.setup.fields = gan_data::fields_of(shape, classes);
        (entry.build)(&stage.config.model, &stage.setup).err().expect("refused").to_string()
    };
    let error = data(find("dcgan").unwrap(), &[3, 30, 30], None);
    assert!(error.contains("30×30") && error.contains("--size 64"), "{error}");
    let error = data(find("dcgan").unwrap(), &[2], None);
    assert!(error.contains("points of 2 dimensions"), "{error}");
    let error = data(find("cgan").unwrap(), &[1, 28, 28], None);
    assert!(error.contains("two classes or more"), "{error}");
    let error = data(find("gaussian1d").unwrap(), &[2], None);
    assert!(error.contains("one dimension"), "{error}");
}

#[test]
fn a_conditional_model_takes_labels_and_refuses_wrong_ones() {
    for condition in ["\"one-hot\"", "\"embedding\""] {
        let stage = Stage::new(find("cgan").unwrap(), &[("condition", condition)]);
        let game: Box<dyn Game> = stage.game();
        let draw = |labels: &[u32]| {
            let request = SampleRequest {
                count: 2,
                given: Fields::of_classes(labels, &Device::Cpu).unwrap(),
            };
            game.sample(&request, &mut rng())
        };
        let rows = |labels| {
            let t = draw(labels).unwrap().tensor().flatten_from(1).unwrap();
            t.to_vec2::<f32>().unwrap()
        };
        let (a, b) = (rows(&[3, 5]), rows(&[3, 7]));
        assert_eq!(a[0], b[0]);
        assert_ne!(a[1], b[1]);
        assert!(draw(&[3, 10]).unwrap_err().to_string().contains("label 10"));
        assert!(draw(&[3]).unwrap_err().to_string().contains("class: 1 for 2 samples"));
    }
}
