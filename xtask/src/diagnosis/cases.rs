//! The cases of `cargo xtask diagnosis`: what is trained, and what the diagnosis should say of it.

/// A run that fails on purpose, or one that does not.
pub struct Case {
    pub name: &'static str,
    /// The words after `gan train`, the first perhaps one of [`SHORT`]; `SHUFFLED` is a folder of digits with labels that say nothing.
    pub line: &'static str,
    /// Findings of which one must be made; none for a healthy run.
    pub expected: &'static [&'static str],
}

const fn fails(name: &'static str, line: &'static str, expected: &'static [&'static str]) -> Case {
    Case { name, line, expected }
}

const fn works(name: &'static str, line: &'static str) -> Case {
    Case { name, line, expected: &[] }
}

/// Names that a D that wins shows under.
const D_WINS: &[&str] = &["saturation", "vanishing-gradient"];
/// Names that rates far too high show under: which of them it is depends on the seed.
const TOO_FAST: &[&str] =
    &["divergence", "collapse", "saturation", "oscillation", "vanishing-gradient"];

pub const CASES: &[Case] = &[
    fails(
        "digits: D a thousand times faster",
        "MLP --steps 500 --set techniques.generator.lr=1e-6 \
         --set techniques.discriminator.lr=1e-3",
        D_WINS,
    ),
    fails(
        "digits: minimax, D too fast",
        "MLP --steps 500 --set techniques.loss=minimax --set techniques.generator.lr=1e-6 \
         --set techniques.discriminator.lr=1e-3",
        D_WINS,
    ),
    fails(
        "digits: DCGAN, D a thousand times faster",
        "CONV --steps 160 --set techniques.generator.lr=1e-6 \
         --set techniques.discriminator.lr=1e-3",
        D_WINS,
    ),
    fails(
        "digits: rates 100 times too high",
        "MLP --steps 500 --set techniques.generator.lr=5e-2 \
         --set techniques.discriminator.lr=5e-2",
        TOO_FAST,
    ),
    fails(
        // With batch norm this DCGAN learns even so: a layer's scale is nothing to it.
        "digits: DCGAN, no norm, rates 100 times",
        "CONV --steps 240 --set techniques.generator_norm=none \
         --set techniques.discriminator_norm=none --set techniques.generator.lr=5e-2 \
         --set techniques.discriminator.lr=5e-2",
        TOO_FAST,
    ),
    fails(
        "ring: rates 100 times too high",
        "RING --steps 1500 --set techniques.generator.lr=0.1 \
         --set techniques.discriminator.lr=0.1",
        TOO_FAST,
    ),
    fails("digits: constant noise", "MLP --steps 500 --set prior=constant", &["collapse"]),
    fails("digits: DCGAN, constant noise", "CONV --steps 240 --set prior=constant", &["collapse"]),
    fails("ring: constant noise", "RING --steps 1000 --set prior=constant", &["collapse"]),
    fails(
        "digits: DCGAN, no norm, minimax",
        "CONV --steps 240 --set techniques.generator_norm=none \
         --set techniques.discriminator_norm=none --set techniques.loss=minimax",
        &["collapse", "saturation", "vanishing-gradient"],
    ),
    fails(
        "digits: labels that say nothing",
        "cgan --data SHUFFLED --batch 32 --steps 800 --sample-every 50 \
         --set generator_hidden=[128,256] --set discriminator_hidden=[256,128] \
         --set techniques.generator.lr=1e-3 --set techniques.discriminator.lr=1e-3",
        &["ignored-labels"],
    ),
    fails(
        "digits: only 16 of them",
        "vanilla --limit 16 --batch 16 --steps 3000 --sample-every 250 \
         --set generator_hidden=[128,256] --set discriminator_hidden=[256,128] \
         --set techniques.generator.lr=1e-3 --set techniques.discriminator.lr=1e-3",
        &["memorisation"],
    ),
    fails(
        // A D that is a slope sees the mean of samples and no spread: G keeps the one and loses the
        // other, to 0.1 to 0.5 % of the data's variance.
        "Gaussian: D is a slope",
        "gaussian1d --steps 2000 --sample-every 200",
        &["collapse"],
    ),
    works("digits: vanilla", "MLP --steps 1500"),
    works("digits: vanilla, least squares", "MLP --steps 1500 --set techniques.loss=least-squares"),
    works("digits: DCGAN", "CONV --steps 300"),
    works(
        "digits: DCGAN, hinge, spectral norm",
        "CONV --steps 300 --set techniques.loss=hinge --set techniques.spectral_norm=true",
    ),
    works(
        "digits: DCGAN, label smoothing",
        "CONV --steps 300 --set techniques.label_smoothing=0.1",
    ),
    works("digits: DCGAN, instance noise", "CONV --steps 300 --set techniques.instance_noise=0.1"),
    works(
        "digits: conditional",
        "cgan --batch 32 --steps 1500 --sample-every 100 \
         --set generator_hidden=[128,256] --set discriminator_hidden=[256,128] \
         --set techniques.generator.lr=5e-4 --set techniques.discriminator.lr=5e-4",
    ),
    works("Gaussian, small networks", "gaussian1d-mlp --steps 2000 --sample-every 200"),
    works("ring: packing", "RING --steps 2500 --set techniques.packing=4 --ema 0.99"),
    works(
        "ring: gradient penalty",
        "wgan-gp --data toy:ring --steps 800 --batch 64 --sample-every 100 --set z=2 \
         --set generator_hidden=[128,128] --set discriminator_hidden=[128,128] \
         --set techniques.gradient_penalty=0.1 --set techniques.generator.lr=1e-3 \
         --set techniques.discriminator.lr=1e-3",
    ),
    works(
        "swiss roll: vanilla",
        "vanilla --data toy:swiss-roll --steps 2500 --batch 100 --sample-every 250 --set z=2 \
         --set generator_hidden=[128,128] --set discriminator_hidden=[128,128]",
    ),
];

/// Words that stand for several: small networks, so that a run takes seconds.
pub const SHORT: &[(&str, &str)] = &[
    (
        "MLP",
        "vanilla --batch 32 --sample-every 50 --set generator_hidden=[128,256] \
         --set discriminator_hidden=[256,128] --set techniques.generator.lr=5e-4 \
         --set techniques.discriminator.lr=5e-4",
    ),
    (
        "CONV",
        "dcgan --batch 16 --sample-every 20 --set features=8 --set techniques.generator.lr=1e-3 \
         --set techniques.discriminator.lr=1e-3",
    ),
    (
        "RING",
        "vanilla --data toy:ring --batch 100 --sample-every 100 --set z=2 \
         --set generator_hidden=[128,128] --set discriminator_hidden=[128,128] \
         --set techniques.generator.lr=1e-3 --set techniques.discriminator.lr=1e-3",
    ),
];
