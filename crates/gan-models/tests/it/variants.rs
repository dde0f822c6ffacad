//! What each adversarial variant says of itself, and gradients of its losses.

use crate::stage::Stage;
use crate::techniques::Bench;
use candle_core::{DType, Device, Tensor};
use gan_layers::StepRng;
use gan_models::{Setup, find};
use gan_train::{Fields, Game, SampleRequest, Trainer};

fn flat(t: &Tensor) -> Vec<f64> {
    t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// Every player's gradients by finite differences.
fn proves(entry: &str, changes: &[(&str, &str)], shape: &[usize], within: f64) {
    let mut bench = Bench::new(entry, changes, shape);
    for player in 0..bench.game.players().len() {
        let (error, what) = bench.gradient_error(player);
        assert!(error < within, "{entry} {changes:?}, player {player}: {what}");
    }
}

fn game(entry: &str, changes: &[(&str, &str)], shape: &[usize]) -> Box<dyn Game> {
    let stage = Stage::new(find(entry).unwrap(), changes);
    let setup =
        Setup { fields: gan_data::fields_of(shape, None), examples: None, ..stage.setup.clone() };
    (stage.entry.build)(&stage.config.model, &setup).unwrap()
}

fn refused(entry: &str, changes: &[(&str, &str)], shape: &[usize], expected: &str) {
    let stage = Stage::new(find(entry).unwrap(), changes);
    let setup = Setup { fields: gan_data::fields_of(shape, None), ..stage.setup.clone() };
    let told = (stage.entry.build)(&stage.config.model, &setup).err().expect("refused").to_string();
    assert!(told.contains(expected), "{told}");
}

#[test]
fn gradients_of_every_variant_by_finite_differences() {
    // Leaky ReLU has kinks: where one lies within the step, the numeric side is a little off.
    let image = &[1, 16, 16];
    let infogan = [("features", "2"), ("z", "3"), ("hidden", "4")];
    for mixing in ["0", "3"] {
        proves("infogan", &[&infogan[..], &[("mixing", mixing)]].concat(), image, 1e-4);
    }
    let small = [("generator_hidden", "[5, 4]"), ("discriminator_hidden", "[5]"), ("z", "2")];
    let smooth = [&small[..], &[("activation", "\"tanh\"")]].concat();
    proves("bigan", &smooth, &[2], 1e-6);
    let stochastic = [("encoder", "\"stochastic\""), ("prior", "\"normal\"")];
    proves("bigan", &[&smooth[..], &stochastic].concat(), &[1, 2, 2], 1e-6);
    proves("gmmn", &[("generator_hidden", "[6]"), ("z", "2")], &[2], 1e-5);
    let lapgan = [&small[..], &[("features", "2"), ("levels", "1")]].concat();
    proves("lapgan", &lapgan, image, 1e-4);
    proves("gran", &[("features", "2"), ("z", "3"), ("hidden", "3")], image, 1e-4);
    for global in ["0", "2"] {
        let psgan = [("widths", "[3, 2]"), ("local", "2"), ("periodic", "2"), ("global", global)];
        proves("psgan", &psgan, &[1, 17, 17], 1e-4);
    }
    let dilated = [("width", "2"), ("features", "2"), ("dilations", "[1, 3]")];
    proves("dilated", &dilated, image, 1e-4);
    proves("dilated", &[&dilated[..], &[("start", "\"near\"")]].concat(), image, 1e-4);
}

#[test]
fn infogans_bound_starts_near_nothing_and_its_codes_can_be_chosen() {
    let stage = Stage::new(find("infogan").unwrap(), &[]);
    let mut game = stage.game();
    game.params().activate(&["q."]);
    let loss = game.loss(2, None, &mut StepRng::new(1, 1)).unwrap();
    let bound = flat(&loss.terms.iter().find(|(n, _)| *n == "l_info").unwrap().1)[0];
    assert!(bound < 0.5 && bound > -3.0, "L_I of an untrained Q is {bound} nats");
    let draw = |label: u32| {
        let request = SampleRequest {
            count: 2,
            given: Fields::of_classes(&[label, 4], &Device::Cpu).unwrap(),
        };
        game.sample(&request, &mut StepRng::new(1, 1))
    };
    let row = |label: u32, i: usize| flat(&draw(label).unwrap().tensor().narrow(0, i, 1).unwrap());
    assert_ne!(row(3, 0), row(5, 0));
    assert_eq!(row(3, 1), row(5, 1));
    assert!(draw(10).unwrap_err().to_string().contains("value 10"));
    let codes = game.inside().encoder.unwrap().encode(stage.batch().real().unwrap(), None).unwrap();
    assert_eq!(codes.dims(), [8, 12]);
    for sum in flat(&codes.narrow(1, 0, 10).unwrap().sum(1).unwrap()) {
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    }
    let encoder = game.inside().encoder.unwrap();
    let batch = stage.batch();
    let drawn = encoder.encode(batch.real().unwrap(), Some(&mut StepRng::new(1, 1))).unwrap();
    assert!(flat(&drawn.narrow(1, 0, 10).unwrap()).iter().all(|v| *v == 0.0 || *v == 1.0));
    refused("infogan", &[("categorical", "[10, 1]")], &[1, 28, 28], "2 values or more");
    let none = [("categorical", "[]"), ("continuous", "0")];
    refused("infogan", &none, &[1, 28, 28], "a code or more");
    refused("infogan", &[], &[2], "points of 2 dimensions");
}

#[test]
fn a_moment_matching_network_comes_near_the_floor() {
    let entry = find("gmmn").unwrap();
    let mut config = (entry.defaults)().unwrap();
    config.data.spec = "toy:mixture".into();
    config.train.batch = 200;
    crate::stage::set(&mut config, "generator_hidden", "[32, 32]");
    let stage = Stage::with(entry, config);
    let mut game = stage.game();
    let mut trainer = Trainer::new(&*game, &stage.config.train).unwrap();
    let mut feed = stage.feed();
    let (mut first, mut last) = (0.0, [0.0; 2]);
    for step in 0..1200 {
        let report = trainer.step(&mut *game, &mut |n| feed.batch(n)).unwrap();
        let term = |name: &str| report.term(name).unwrap();
        if step == 0 {
            first = term("mmd2");
        }
        if step >= 1100 {
            last = [last[0] + term("mmd2"), last[1] + term("floor")];
        }
    }
    let [mmd, floor] = last.map(|sum| sum / 100.0);
    assert!(first > 5.0 * floor, "nothing to learn: {first} and {floor}");
    assert!(mmd < 2.0 * floor, "MMD² {mmd} and between halves of the data {floor}");
    refused("gmmn", &[("bandwidths", "[]")], &[2], "bandwidths");
}

#[test]
fn a_pyramid_has_its_levels_and_its_sizes() {
    let changes = [("levels", "3")];
    let game = game("lapgan", &changes, &[3, 64, 64]);
    let names: Vec<&str> = game.players().iter().map(|p| p.name.as_str()).collect();
    assert_eq!((names.len(), names[1], names[7]), (8, "generator", "generator-3"));
    let sheet = game.inside().drawings.unwrap().sheets(&mut StepRng::new(1, 1)).unwrap().remove(0);
    assert_eq!((sheet.columns, sheet.images.dims()), (4, &[32, 3, 64, 64][..]));
    // The coarsest column is made of blocks of 8×8 pixels.
    let first = flat(&sheet.images.get(0).unwrap().get(0).unwrap());
    assert!((0..8).all(|i| first[i] == first[0] && first[64 * i] == first[0]));
    refused("lapgan", &changes, &[1, 28, 28], "halve so often");
    refused("lapgan", &[("levels", "17")], &[1, 64, 64], "expected 1 to 16");
    refused("lapgan", &[], &[2], "expected images");
}

#[test]
fn a_painter_paints_in_steps() {
    let game = game("gran", &[("paintings", "4")], &[1, 28, 28]);
    let sheet = game.inside().drawings.unwrap().sheets(&mut StepRng::new(1, 1)).unwrap().remove(0);
    assert_eq!((sheet.columns, sheet.images.dim(0).unwrap()), (4, 32));
    let canvas = |k: usize| flat(&sheet.images.get(k).unwrap());
    assert!((0..3).all(|k| canvas(k) != canvas(k + 1)), "every step paints");
    // The last canvas is the sample.
    let request = SampleRequest::of(8);
    let sample = game.sample(&request, &mut StepRng::new(1, 1)).unwrap();
    assert_eq!(flat(&sample.tensor().get(0).unwrap()), canvas(3));
    refused("gran", &[("paintings", "1")], &[1, 28, 28], "expected 2 to 20");
}

#[test]
fn textures_are_as_large_as_their_map_and_waves_run_along_it() {
    // Periodic dimensions alone but one: what is far away looks like what is near.
    let changes = [("wave_rate", "1.0"), ("local", "1"), ("periodic", "4"), ("enlarge", "4")];
    let game = game("psgan", &changes, &[3, 65, 65]);
    let sheet = game.inside().drawings.unwrap().sheets(&mut StepRng::new(1, 1)).unwrap().remove(0);
    // Five positions four times over: (20 − 1)·16 + 1.
    assert_eq!(sheet.images.dims(), [2, 3, 305, 305]);
    let request = SampleRequest::of(3);
    let sample = game.sample(&request, &mut StepRng::new(1, 1)).unwrap();
    assert_eq!(sample.tensor().dims(), [3, 3, 65, 65]);
    let waves = game.params().tensors().find(|(n, _)| *n == "g.waves").unwrap().1.clone();
    assert_eq!(flat(&waves), [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
    refused("psgan", &[], &[3, 64, 64], "use --size 65");
    refused("psgan", &[("wave_rate", "0.0")], &[3, 65, 65], "expected more than 0");
    refused("psgan", &[("local", "0")], &[3, 65, 65], "found neither");
}

#[test]
fn the_dilated_generator_compares_with_dcgan() {
    // As many parameters as DCGAN's generator at 28 pixels and 32 features, within 2 %.
    let stage = Stage::new(find("dcgan").unwrap(), &[("features", "32")]);
    let dcgan = stage.game().params().count(&["g."]) as f64;
    let stage = Stage::new(find("dilated").unwrap(), &[("width", "74")]);
    let dilated = stage.game().params().count(&["g."]) as f64;
    assert!((dilated / dcgan - 1.0).abs() < 0.02, "{dilated} and {dcgan}");
    refused("dilated", &[("dilations", "[0]")], &[1, 28, 28], "dilations");
    refused("dilated", &[("start", "\"near\""), ("blocks", "5")], &[1, 28, 28], "a divisor");
    let near = Stage::new(find("dilated").unwrap(), &[("start", "\"near\"")]);
    let planes = |stage: &Stage| {
        let game = stage.game();
        let var = game.params().tensors().find(|(n, _)| *n == "g.conv1.weight").unwrap().1.clone();
        var.dim(1).unwrap()
    };
    assert_eq!((planes(&near), planes(&Stage::new(find("dilated").unwrap(), &[]))), (2, 1));
}
