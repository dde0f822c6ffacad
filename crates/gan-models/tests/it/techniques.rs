//! Techniques: gradients of whole losses by finite differences, and what each does to a game.

use crate::stage::Stage;
use candle_core::{DType, Device, Tensor};
use gan_layers::StepRng;
use gan_models::{Setup, find};
use gan_train::{Batch, Game};

fn scalar(t: &Tensor) -> f64 {
    t.to_dtype(DType::F64).unwrap().to_scalar().unwrap()
}

/// A game in f64, its batch, and the means to evaluate a player's loss again and again.
pub struct Bench {
    pub game: Box<dyn Game>,
    pub batch: Batch,
    /// Every tensor as the first turn finds it: losses move buffers.
    start: Vec<Tensor>,
}

impl Bench {
    pub fn new(entry: &str, changes: &[(&str, &str)], shape: &[usize]) -> Self {
        gan_kernels::second_order::enable().unwrap();
        let stage = Stage::new(find(entry).unwrap(), changes);
        let mut rng = StepRng::new(3, 1);
        let mut draw = |count: usize| {
            let full = [&[count], shape].concat();
            rng.uniform("data", (-1.0, 1.0), &full, DType::F64, &Device::Cpu).unwrap()
        };
        let (real, examples) = (draw(4), Some(draw(6)));
        let batch = 4;
        let setup = Setup {
            fields: gan_data::fields_of(shape, None),
            batch,
            dtype: DType::F64,
            examples,
            ..stage.setup.clone()
        };
        let game = (stage.entry.build)(&stage.config.model, &setup).unwrap();
        // Larger weights than the start's: their gradients are worth comparing.
        for (_, p) in game.params().owned(&["d.", "g."]) {
            if p.var().rank() > 1 {
                p.var().set(&(p.var().as_detached_tensor() * 4.0).unwrap()).unwrap();
            }
        }
        let batch = Batch::of(real);
        let mut bench = Self { game, batch, start: Vec::new() };
        bench.keep();
        // What the first batch settles is settled: the scale of minibatch discrimination.
        if changes.iter().any(|(name, _)| name.contains("minibatch")) || entry == "infogan" {
            bench.loss(0);
            bench.keep();
        }
        bench
    }

    fn keep(&mut self) {
        self.start = self.game.params().tensors().map(|(_, v)| v.copy().unwrap()).collect();
    }

    /// The player's loss after a first round that fills histories.
    fn loss(&mut self, player: usize) -> gan_train::Loss {
        let owns = &self.game.players()[player].owns.clone();
        let mut rng = StepRng::new(5, 2);
        let mut last = None;
        for turn in 0..=player {
            let owns = &self.game.players()[turn].owns.clone();
            self.game.params().activate(owns);
            last = Some(self.game.loss(turn, Some(&self.batch), &mut rng).unwrap());
        }
        self.game.params().activate(owns);
        last.unwrap()
    }

    fn restore_buffers(&self) {
        for ((name, var), start) in self.game.params().tensors().zip(&self.start) {
            let trained = self.game.params().owned(&[""]).any(|(n, _)| n == name);
            if !trained {
                var.set(start).unwrap();
            }
        }
    }

    /// The worst relative error over some values of every parameter of the player.
    pub fn gradient_error(&mut self, player: usize) -> (f64, String) {
        let loss = self.loss(player);
        let grads = loss.value.backward().unwrap();
        let owns = &self.game.players()[player].owns.clone();
        let params: Vec<_> = self
            .game
            .params()
            .owned(owns)
            .map(|(n, p)| (n.to_owned(), p.var().clone(), grads.get(p.var()).cloned()))
            .collect();
        let mut worst = (0.0, String::new());
        for (name, var, exact) in params {
            let exact = exact.unwrap_or_else(|| panic!("{name} has no gradient"));
            let exact = exact.flatten_all().unwrap().to_vec1::<f64>().unwrap();
            let start = var.copy().unwrap();
            let flat = start.flatten_all().unwrap().to_vec1::<f64>().unwrap();
            for i in (0..flat.len()).step_by((flat.len() / 2).max(1)) {
                let mut at = |by: f64| {
                    let mut moved = flat.clone();
                    moved[i] += by;
                    var.set(&Tensor::from_vec(moved, start.dims(), &Device::Cpu).unwrap()).unwrap();
                    self.restore_buffers();
                    scalar(&self.loss(player).value)
                };
                let numeric = (at(1e-6) - at(-1e-6)) / 2e-6;
                var.set(&start).unwrap();
                let error = (exact[i] - numeric).abs() / (1.0 + numeric.abs());
                if error > worst.0 {
                    worst = (error, format!("{name}[{i}]: {} and {numeric}", exact[i]));
                }
            }
        }
        self.restore_buffers();
        worst
    }
}

/// Small smooth networks on points, and DCGAN's on images of 16 pixels.
const POINTS: &[(&str, &str)] = &[
    ("generator_activation", "\"tanh\""),
    ("discriminator_activation", "\"tanh\""),
    ("generator_hidden", "[5]"),
    ("discriminator_hidden", "[6]"),
    ("z", "3"),
];

const TECHNIQUES: &[&[(&str, &str)]] = &[
    &[("techniques.packing", "2")],
    &[("techniques.instance_noise", "0.3"), ("techniques.instance_noise_until", "10")],
    &[("techniques.label_flips", "0.4"), ("techniques.share_fakes", "false")],
    &[("techniques.feature_matching", "true")],
    &[("techniques.minibatch_kernels", "3"), ("techniques.minibatch_dims", "2")],
    &[("techniques.historical_averaging", "0.7")],
    &[("techniques.history", "3")],
    &[("techniques.consensus", "2.0")],
    &[("techniques.consensus", "2.0"), ("techniques.real_and_fake", "\"joint\"")],
    &[
        ("techniques.discriminator_norm", "\"virtual-batch\""),
        ("techniques.generator_norm", "\"virtual-batch\""),
    ],
    &[
        ("techniques.packing", "2"),
        ("techniques.discriminator_norm", "\"virtual-batch\""),
        ("techniques.minibatch_kernels", "3"),
        ("techniques.label_flips", "0.3"),
        ("techniques.instance_noise", "0.1"),
        ("techniques.history", "4"),
        ("techniques.historical_averaging", "0.1"),
        ("techniques.feature_matching", "true"),
    ],
];

#[test]
fn gradients_of_every_technique_by_finite_differences() {
    for technique in TECHNIQUES {
        let changes = [POINTS, technique].concat();
        let mut bench = Bench::new("vanilla", &changes, &[2]);
        // A round of turns first, so that histories and averages hold something of their own.
        for player in 0..2 {
            bench.loss(player);
            for (_, p) in bench.game.params().owned(&bench.game.players()[player].owns) {
                p.var().set(&(p.var().as_detached_tensor() * 1.1).unwrap()).unwrap();
            }
            bench.game.after_update(player).unwrap();
        }
        bench.keep();
        for player in 0..2 {
            let (error, what) = bench.gradient_error(player);
            assert!(error < 1e-6, "{technique:?}, player {player}: {what}");
        }
    }
}

#[test]
fn gradients_of_techniques_through_dcgans_networks() {
    // Those that change the networks or need a second derivative of them.
    let changes_layers = ["packing", "minibatch", "norm", "feature", "consensus"];
    let about = |technique: &[(&str, &str)]| {
        let (name, _) = technique[0];
        technique.len() < 5 && changes_layers.iter().any(|part| name.contains(part))
    };
    for technique in TECHNIQUES.iter().filter(|technique| about(technique)) {
        let changes = [&[("features", "2"), ("z", "3")][..], technique].concat();
        let mut bench = Bench::new("dcgan", &changes, &[1, 16, 16]);
        for player in 0..2 {
            let (error, what) = bench.gradient_error(player);
            // Leaky ReLU has kinks: where one lies within the step, the numeric side is off.
            assert!(error < 1e-4, "{technique:?}, player {player}: {what}");
        }
    }
}

fn refused(entry: &str, changes: &[(&str, &str)], expected: &str) {
    let told = Stage::new(find(entry).unwrap(), changes).refused();
    assert!(told.contains(expected), "{told}");
}

fn built(entry: &str, changes: &[(&str, &str)]) -> gan_train::Result<Box<dyn Game>> {
    let stage = Stage::new(find(entry).unwrap(), changes);
    (stage.entry.build)(&stage.config.model, &stage.setup)
}

#[test]
fn what_does_not_go_together_is_refused_with_the_reason() {
    refused(
        "dcgan",
        &[("techniques.packing", "3")],
        "a batch of 8 does not divide into packs of 3",
    );
    refused("dcgan", &[("techniques.packing", "0")], "techniques.packing: expected 1 or more");
    refused("dcgan", &[("techniques.label_flips", "0.5")], "[0, 0.5)");
    refused("cgan", &[("techniques.history", "8")], "without their labels");
    let linear = [("techniques.feature_matching", "true"), ("discriminator_hidden", "[]")];
    refused("vanilla", &linear, "no hidden layer");
    let plain = Stage::new(find("gaussian1d").unwrap(), &[("techniques.feature_matching", "true")]);
    assert!(plain.refused().contains("no hidden layer"));
    let joint = [("techniques.minibatch_kernels", "4"), ("techniques.real_and_fake", "\"joint\"")];
    refused("dcgan", &joint, "real and fake samples apart");
    let third = [("techniques.consensus", "1.0"), ("techniques.gradient_penalty", "1.0")];
    refused("vanilla", &third, "third order");
    let other = [("techniques.consensus", "1.0"), ("techniques.history", "8")];
    refused("vanilla", &other, "use one of the two");
    let mixed = [("techniques.minibatch_kernels", "4")];
    refused("wgan-gp", &mixed, "mixes the samples");
    // A norm undoes the bound of spectral norm, on every body that has one.
    let wasserstein =
        [("techniques.loss", "\"wasserstein\""), ("techniques.spectral_norm", "true")];
    let undone = "which undoes the bound";
    for entry in ["dcgan", "infogan", "dilated", "gran", "psgan"] {
        refused(entry, &wasserstein, undone);
    }
    for norm in ["batch", "layer", "instance", "virtual-batch"] {
        let norm = format!("\"{norm}\"");
        let with = [&wasserstein[..], &[("techniques.discriminator_norm", &norm)]].concat();
        refused("dcgan", &with, undone);
        let penalty = [&with[..], &[("techniques.gradient_penalty", "10.0")]].concat();
        let told = built("dcgan", &penalty).err();
        assert!(told.is_none_or(|e| !e.to_string().contains(undone)), "a penalty bounds by itself");
    }
    let none = [&wasserstein[..], &[("techniques.discriminator_norm", "\"none\"")]].concat();
    assert!(built("dcgan", &none).is_ok());
    let kernels = [&none[..], &[("techniques.minibatch_kernels", "4")]].concat();
    refused("dcgan", &kernels, "kernels are not normalized");
}

/// What a Wasserstein critic reaches after so many steps on one batch, the mean of the last hundred,
/// with everyone else held still.
fn critics_value(entry: &str, changes: &[(&str, &str)], steps: u64) -> f64 {
    gan_kernels::second_order::enable().unwrap();
    let always = [
        ("techniques.loss", "\"wasserstein\""),
        ("techniques.discriminator.lr", "0.01"),
        ("techniques.generator.lr", "1e-30"),
    ];
    let stage = Stage::new(find(entry).unwrap(), &[&always[..], changes].concat());
    let (mut game, batch) = (stage.game(), stage.batch());
    let config = gan_train::TrainConfig { steps, ..stage.config.train.clone() };
    let mut trainer = gan_train::Trainer::new(game.as_ref(), &config).unwrap();
    let mut value = 0.0;
    for step in 0..steps {
        let report = trainer.step(game.as_mut(), &mut |_| Ok(batch.clone())).unwrap();
        if step >= steps - 100 {
            value += report.term("emd").unwrap() / 100.0;
        }
    }
    value
}

/// With G and E held still, a critic whose slope were bounded in x alone would grow in z without
/// end: its value passed 100,000.
#[test]
fn a_critic_of_pairs_has_a_bounded_slope_in_both_parts() {
    let changes = [
        ("techniques.gradient_penalty", "10.0"),
        ("techniques.generator_norm", "\"none\""),
        ("generator_hidden", "[8]"),
        ("discriminator_hidden", "[32]"),
        ("z", "2"),
    ];
    let value = critics_value("bigan", &changes, 800);
    // Two images in [−1, 1] and their codes are at most √(784 + 2)·2 apart.
    assert!(value < 56.1, "the critic's value reaches {value}");
}

/// R1 holds the slope at real samples alone: with it the value passed 1,900,000 after 1,500 steps.
#[test]
fn a_wasserstein_critic_is_not_bounded_by_r1() {
    let penalty = ("techniques.gradient_penalty", "10.0");
    let one_centred = critics_value("vanilla", &[penalty], 300);
    // Twice the greatest distance of two images, for a penalty is no bound but a weight.
    assert!(one_centred < 112.0, "the critic's value reaches {one_centred}");
    let r1 = [("techniques.loss", "\"wasserstein\""), penalty, ("techniques.penalty", "\"r1\"")];
    for entry in ["gaussian1d", "vanilla", "cgan", "wgan-gp", "bigan", "lapgan"] {
        refused(entry, &r1, "techniques.penalty: a Wasserstein critic needs a bounded slope");
    }
    // Another loss takes it, and so does a critic that is bounded otherwise.
    assert!(built("vanilla", &r1[1..]).is_ok());
    let clipped = [&r1[..], &[("techniques.clip", "0.01")]].concat();
    assert!(built("vanilla", &clipped).is_ok());
    let spectral = [&r1[..], &[("techniques.spectral_norm", "true")]].concat();
    assert!(built("vanilla", &spectral).is_ok());
    let norm = [&spectral[..], &[("techniques.discriminator_norm", "\"layer\"")]].concat();
    refused("vanilla", &norm, "which undoes the bound");
}

/// The first batch sets minibatch discrimination's scales after the average has taken the start.
#[test]
fn a_historical_average_begins_where_the_first_batch_has_put_parameters() {
    let first = |weight: &str| {
        let kernels = ("techniques.minibatch_kernels", "8");
        let changes = [kernels, ("techniques.historical_averaging", weight)];
        let stage = Stage::new(find("dcgan").unwrap(), &changes);
        let (mut game, batch) = (stage.game(), stage.batch());
        game.params().activate(&["d."]);
        scalar(&game.loss(0, Some(&batch), &mut StepRng::new(5, 1)).unwrap().value)
    };
    assert_eq!(first("1.0"), first("0.0"));
}

/// D's slope in both parts, by finite differences and, where D is linear, in closed form.
#[test]
fn penalties_on_pairs_hold_the_whole_slope() {
    let small = [
        ("generator_hidden", "[5, 4]"),
        ("z", "2"),
        ("activation", "\"tanh\""),
        ("techniques.generator_norm", "\"none\""),
        ("techniques.gradient_penalty", "3.0"),
    ];
    for penalty in ["\"one-centred\"", "\"r1\""] {
        let with = |hidden| {
            let more = [("techniques.penalty", penalty), ("discriminator_hidden", hidden)];
            Bench::new("bigan", &[&small[..], &more].concat(), &[2])
        };
        let (error, what) = with("[5]").gradient_error(0);
        assert!(error < 1e-6, "{penalty}: {what}");
        let mut linear = with("[]");
        let weight = linear.game.params().owned(&["d."]).find(|(_, p)| p.var().rank() == 2);
        let weight = weight.unwrap().1.var().flatten_all().unwrap().to_vec1::<f64>().unwrap();
        let square: f64 = weight.iter().map(|w| w * w).sum();
        let expected = match penalty {
            "\"r1\"" => 3.0 / 2.0 * square,
            _ => 3.0 * (square.sqrt() - 1.0).powi(2),
        };
        let loss = linear.loss(0);
        let found = scalar(&loss.terms.iter().find(|(name, _)| *name == "penalty").unwrap().1);
        assert_eq!(weight.len(), 4, "two numbers of a sample and two of its code");
        assert!((found - expected).abs() < 1e-9, "{penalty}: {found} for {expected}");
    }
}

#[test]
fn a_history_fills_is_shown_again_and_lives_in_the_store() {
    let changes = [("techniques.history", "6")];
    let stage = Stage::new(find("vanilla").unwrap(), &changes);
    let mut game = stage.game();
    let get = |game: &dyn Game, name: &str| {
        let var = game.params().tensors().find(|(n, _)| *n == name).unwrap().1.copy().unwrap();
        var.flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    let mut filled = Vec::new();
    for step in 1..4 {
        game.params().activate(&["d."]);
        game.loss(0, Some(&stage.batch()), &mut StepRng::new(1, step)).unwrap();
        filled.push(get(&*game, "history.generator.filled")[0]);
    }
    // Batches of eight leave four each, as long as there is room.
    assert_eq!(filled, [4.0, 6.0, 6.0]);
    let before = get(&*game, "history.generator.fakes");
    game.loss(0, Some(&stage.batch()), &mut StepRng::new(1, 9)).unwrap();
    let after = get(&*game, "history.generator.fakes");
    let size = after.len() / 6;
    let changed = (0..6).filter(|i| before[i * size..][..size] != after[i * size..][..size]);
    let changed = changed.count();
    assert!((1..=4).contains(&changed), "{changed} of 6 places are new");
}

#[test]
fn averages_follow_the_mean_of_all_past_parameters() {
    let changes = [("techniques.historical_averaging", "1.0")];
    let stage = Stage::new(find("gaussian1d").unwrap(), &changes);
    let mut game = stage.game();
    let var = |game: &dyn Game, name: &str| {
        game.params().tensors().find(|(n, _)| *n == name).unwrap().1.clone()
    };
    let bias = var(&*game, "d.fc1.bias");
    for value in [3.0f32, 5.0, 10.0] {
        bias.set(&Tensor::new(&[value], &Device::Cpu).unwrap()).unwrap();
        game.after_update(0).unwrap();
    }
    let mean = var(&*game, "past.discriminator.d.fc1.bias").to_vec1::<f32>().unwrap()[0];
    let first = stage.game();
    let start = var(&*first, "d.fc1.bias").to_vec1::<f32>().unwrap()[0];
    assert!((mean - (start + 18.0) / 4.0).abs() < 1e-5, "{mean}");
}
