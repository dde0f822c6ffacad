//! Autoencoders' codes: what they follow, what they keep, and what is refused.

use crate::stage::{Stage, set};
use candle_core::Device;
use gan_info::{Kernel, median_distance, mmd_squared_unbiased};
use gan_kernels::read::values;
use gan_layers::StepRng;
use gan_models::{Setup, find};
use gan_train::{Fields, Game, SampleRequest, Trainer, fit};
use std::ops::ControlFlow;

fn trained(
    entry: &str,
    data: &str,
    steps: u64,
    changes: &[(&str, &str)],
) -> (Stage, Box<dyn Game>) {
    let entry = find(entry).unwrap();
    let mut config = (entry.defaults)().unwrap();
    config.data.spec = data.to_owned();
    config.data.split = "all".to_owned();
    config.train.steps = steps;
    for (path, value) in changes {
        set(&mut config, path, value);
    }
    let stage = Stage::with(entry, config);
    let mut game = stage.game();
    let mut trainer = Trainer::new(&*game, &stage.config.train).unwrap();
    let mut feed = stage.feed();
    fit(&mut *game, &mut trainer, &stage.config.train, &mut |n| feed.batch(n), None, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    (stage, game)
}

/// MMD² of the examples' codes to the prior, under a Gaussian kernel as wide as the prior is.
fn distance(stage: &Stage, game: &dyn Game) -> f64 {
    let encoder = game.inside().encoder.unwrap();
    let examples = stage.setup.examples.as_ref().unwrap();
    let codes = values(&encoder.encode(examples, Some(&mut StepRng::new(4, 1))).unwrap()).unwrap();
    let prior = values(&encoder.prior(1000, &mut StepRng::new(4, 2)).unwrap().unwrap()).unwrap();
    let bandwidth = median_distance(&prior, &[], 2).unwrap();
    mmd_squared_unbiased(&codes, &prior, 2, &Kernel::Gaussian { bandwidth }).unwrap()
}

const SMALL: [(&str, &str); 4] = [
    ("hidden", "[64, 64]"),
    ("discriminator_hidden", "[64, 64]"),
    ("discriminator.lr", "1e-3"),
    ("generator.lr", "1e-3"),
];

#[test]
fn codes_come_to_follow_either_prior() {
    // A cloud: a deterministic encoder can spread it, but not the points that narrow modes are.
    let cloud = "toy:ring?std=0.4";
    let (stage, game) = trained("aae", cloud, 1, &SMALL);
    let before = distance(&stage, &*game);
    let (stage, game) = trained("aae", cloud, 1500, &SMALL);
    let gaussian = distance(&stage, &*game);
    assert!(gaussian < 0.02 && gaussian < 0.1 * before, "{before} to {gaussian}");

    // A decoder that changes slowly, so that it does not run from the codes.
    let slow = ("autoencoder.lr", "1e-4");
    let mixture =
        [&SMALL[..], &[slow, ("prior", "\"mixture\""), ("labels", "true"), ("components", "8")]]
            .concat();
    let (stage, game) = trained("aae", "toy:ring?std=0.1", 2000, &mixture);
    let labelled = distance(&stage, &*game);
    assert!(labelled < 0.03, "{labelled}");
    // Each class of the ring has a component of its own: what is drawn from it is that class.
    assert_eq!(game.classes(), Some(8));
    let labels: Vec<u32> = (0..400).map(|i| i % 8).collect();
    let request =
        SampleRequest { count: 400, given: Fields::of_classes(&labels, &Device::Cpu).unwrap() };
    let drawn = game.sample(&request, &mut StepRng::new(4, 3)).unwrap();
    let drawn = values(drawn.tensor()).unwrap();
    let nearest = |point: &[f64]| {
        let angle = point[1].atan2(point[0]) / std::f64::consts::TAU;
        (angle * 8.0).round().rem_euclid(8.0) as u32
    };
    let right = drawn.chunks(2).zip(&labels).filter(|(p, l)| nearest(p) == **l).count();
    assert!(right > 340, "{right} of 400 points lie at the mode of their class");
}

#[test]
fn an_autoencoder_reconstructs_and_draws_points_like_the_data() {
    let changes = [("hidden", "[64]"), ("code", "2"), ("optimizer.lr", "5e-3")];
    let (stage, game) = trained("autoencoder", "toy:ring?std=0.05", 800, &changes);
    let real = values(stage.setup.examples.as_ref().unwrap()).unwrap();
    let request = SampleRequest::of(1000);
    let drawn = game.sample(&request, &mut StepRng::new(4, 3)).unwrap();
    let drawn = values(drawn.tensor()).unwrap();
    let bandwidth = median_distance(&real, &[], 2).unwrap();
    let kernel = Kernel::Gaussian { bandwidth };
    let mmd = mmd_squared_unbiased(&real, &drawn, 2, &kernel).unwrap();
    assert!(mmd < 0.02, "{mmd}");
}

#[test]
fn what_codes_cannot_be_is_refused() {
    let refused = |entry: &str, changes: &[(&str, &str)], expected: &str| {
        let told = Stage::new(find(entry).unwrap(), changes).refused();
        assert!(told.contains(expected), "{told}");
    };
    refused("vae", &[("z", "0")], "widths of 1 or more");
    refused("autoencoder", &[("corruption", "1.0")], "[0, 1)");
    refused("aae", &[("prior", "\"mixture\""), ("z", "3")], "model.z = 2, found 3");
    refused("aae", &[("labels", "true")], "set model.prior to mixture");
    let few = [("prior", "\"mixture\""), ("labels", "true"), ("components", "4")];
    refused("aae", &few, "4 classes at most");
    refused("aae", &[("loss", "\"wasserstein\"")], "choose another loss");
    refused("aae", &[("prior_scale", "0.0")], "above 0");
    let stage = Stage::new(find("autoencoder").unwrap(), &[]);
    let setup = Setup { examples: None, ..stage.setup.clone() };
    let told = (stage.entry.build)(&stage.config.model, &setup).err().unwrap().to_string();
    assert!(told.contains("needs examples"), "{told}");
    // Components that are not asked for by label are drawn evenly.
    let stage = Stage::new(find("aae").unwrap(), &[("prior", "\"mixture\"")]);
    let game = stage.game();
    let encoder = game.inside().encoder.unwrap();
    let codes = encoder.prior(4000, &mut StepRng::new(1, 1)).unwrap().unwrap();
    let mean = values(&codes.mean(0).unwrap()).unwrap();
    assert!(mean.iter().all(|m| m.abs() < 0.08), "{mean:?}");
}
