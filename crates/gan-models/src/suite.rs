//! The toy suite: who is measured by `gan suite`, on what, with which networks.

/// Data with known modes and those that are trained on it unless others are named.
#[derive(Debug, Clone, Copy)]
pub struct Suite {
    /// As the command line takes it.
    pub name: &'static str,
    /// The data.
    pub data: &'static str,
    /// Samples that are judged.
    pub samples: usize,
    /// Steps of each run.
    pub steps: u64,
    /// TOML for a `[train]` table.
    pub train: &'static str,
    /// TOML for a `[model]` table. An entry takes of it what it knows: the networks are the same
    /// wherever they can be.
    pub model: &'static str,
    /// Entries with settings of their own, TOML for a `[model]` table each.
    pub own: &'static [(&'static str, &'static str)],
    /// Contestants, in the form that the command line takes.
    pub contestants: &'static [&'static str],
}

/// Two hidden layers of 128 each, as in the toy experiments of arXiv 1611.02163, appendix A, and a
/// two-dimensional z as in arXiv 1712.04086, section 4.1. PacGAN's own networks are wider (four
/// layers of 400, three maxout layers of 200) and train for 400,000 steps at a rate of 1e-4: these
/// take a minute.
const NETWORKS: &str = "\
z = 2
generator_hidden = [128, 128]
generator_activation = \"relu\"
discriminator_hidden = [128, 128]
discriminator_activation = \"leaky-relu\"
hidden = [128, 128]
activation = \"relu\"
[techniques.generator]
lr = 1e-3
[techniques.discriminator]
lr = 1e-3
";

/// PacGAN's batches of 100, of packs where D judges packs; the average and the falling rates take the jitter out of small modes.
const TRAINING: &str = "\
batch = 100
ema = 0.99
[schedule]
kind = \"linear\"
from = 0.5
";

/// A sixteenth of the features of PacGAN's DCGAN at the widest layer, for a few minutes a run.
const IMAGE_NETWORKS: &str = "\
features = 16
";

/// PacGAN's batches of 64 (section 4.2); it goes through 128,000 images for many epochs.
const IMAGE_TRAINING: &str = "\
batch = 64
ema = 0.99
[schedule]
kind = \"linear\"
from = 0.5
";

/// The penalty's weight is that of WGAN-GP's authors' toy experiments; 10 is for images.
const POINTS_OWN: &[(&str, &str)] = &[("wgan-gp", "techniques.gradient_penalty = 0.1")];

/// The plain GAN and packing (PacGAN), both also with a D that
/// learns ten times as slowly as G, as in the code of arXiv 1611.02163, where the plain GAN fails;
/// a bounded slope; and two models that also reconstruct.
const POINTS: &[&str] = &[
    "vanilla",
    "vanilla+techniques.packing=4",
    "vanilla+techniques.discriminator.lr=1e-4",
    "vanilla+techniques.discriminator.lr=1e-4+techniques.packing=4",
    "wgan-gp",
    "vae",
    "aae",
];

/// Every suite, with the samples that arXiv 1705.07761 and 1712.04086 judge.
pub const SUITES: &[Suite] = &[
    Suite {
        name: "ring",
        data: "toy:ring",
        samples: 2500,
        steps: 5000,
        train: TRAINING,
        model: NETWORKS,
        own: POINTS_OWN,
        contestants: POINTS,
    },
    Suite {
        name: "grid",
        data: "toy:grid",
        samples: 2500,
        steps: 10_000,
        train: TRAINING,
        model: NETWORKS,
        own: POINTS_OWN,
        contestants: POINTS,
    },
    Suite {
        name: "stacked",
        data: "stacked-mnist",
        samples: 26_000,
        steps: 3000,
        train: IMAGE_TRAINING,
        model: IMAGE_NETWORKS,
        own: &[],
        contestants: &["dcgan", "dcgan+techniques.packing=2", "dcgan+techniques.packing=4"],
    },
];
