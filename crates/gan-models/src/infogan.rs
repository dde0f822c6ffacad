//! InfoGAN (Chen et al. 2016, arXiv 1606.03657): a part of the latent that says what it means.
//!
//! G makes an image of noise z and codes c; Q, which reads D's convolutions, guesses the codes.
//! G's loss and that of a third player, who owns Q, hold −λ·L_I beside the GAN's game, where
//! L_I = E[log Q(c|G(z, c))] + H(c) ≤ I(c; G(z, c)) (equations 5 and 6). G weighs both in one sum,
//! as there: an optimizer of its own for L_I would move G as far for a bound that is reached as for
//! one that is not, and λ would mean nothing. Other than there, L_I does not move D's convolutions:
//! Q reads what D has learned.

use crate::codes::Codes;
use crate::convolutional::{ConvDiscriminator, ConvGenerator, ConvShape, sizes};
use crate::duel::{Duel, Roles, Sides};
use crate::entry::{parse, run_config};
use crate::latents::check_samples;
use crate::networks::Judged;
use crate::reference::of_data;
use crate::{Ask, Entry, Prior, Setup, Techniques};
use candle_core::Tensor;
use gan_data::Field;
use gan_kernels::activation::leaky_relu;
use gan_layers::{Init, Linear, Norm, Normalization, ParamStore, Pass, StepRng};
use gan_train::{
    Batch, Discriminator, Drawings, Encoder, Error, Fields, Game, Generator, Inside, Loss,
    OptimizerConfig, Player, Result, Sample, SampleRequest, Sheet, Tap, TrainConfig, Turn,
};
use serde::{Deserialize, Serialize};

/// The table's line.
pub(crate) const ENTRY: Entry = Entry {
    name: "infogan",
    title: "InfoGAN: codes that a third player reads back",
    paper: "1606.03657",
    takes: &[Ask::DOUBLED],
    defaults: || {
        let train = TrainConfig {
            steps: 5000,
            batch: 64,
            sample_every: 250,
            samples: 100,
            checkpoint_every: 250,
            ema: 0.99,
            ..TrainConfig::default()
        };
        run_config("infogan", "mnist", train, &InfoganConfig::default())
    },
    build: |model, setup| Ok(Box::new(Infogan::new(parse("infogan", model)?, setup)?)),
};

/// Settings of InfoGAN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InfoganConfig {
    /// Dimensions of the noise beside the codes.
    pub z: usize,
    /// The noise's distribution.
    pub prior: Prior,
    /// Values of each categorical code, all alike probable.
    pub categorical: Vec<usize>,
    /// Continuous codes, each from U(−1, 1).
    pub continuous: usize,
    /// Standard deviation of Q's densities of continuous codes; 0 lets Q give it.
    pub continuous_std: f64,
    /// Width of the layer in which G mixes noise and codes before its first image; 0 for none.
    pub mixing: usize,
    /// Channels beside the image in the networks; each halving of the size doubles them.
    pub features: usize,
    /// Width of Q's hidden layer.
    pub hidden: usize,
    /// λ of the categorical codes.
    pub categorical_weight: f64,
    /// λ of the continuous codes.
    pub continuous_weight: f64,
    /// The optimizer of the information player.
    pub information: OptimizerConfig,
    /// How D and G are trained.
    pub techniques: Techniques,
}

impl Default for InfoganConfig {
    /// Section 7.1 and appendix C.1 for MNIST: one code of ten values and two continuous ones, a
    /// layer that mixes them with the noise, Q's layer of 128, Adam with 2e-4 for D and 1e-3 for G.
    /// λ is 1 for all codes, and the densities of continuous ones have a standard deviation of 1, in
    /// the authors' code (`openai/InfoGAN`, `run_mnist_exp.py`: `info_reg_coeff`, `fix_std`); section 6
    /// has a smaller λ for those, and no number.
    ///
    /// Half the paper's width, 16 dimensions of noise for its 62, and two techniques that it does
    /// not have, to train in minutes: with noise on what D sees, the codes cannot hide in differences
    /// that nobody sees but Q's batch norm, and minibatch discrimination keeps the noise from being
    /// ignored once the code says enough.
    fn default() -> Self {
        let fast = OptimizerConfig { lr: 1e-3, ..OptimizerConfig::default() };
        Self {
            z: 16,
            prior: Prior::Uniform,
            categorical: vec![10],
            continuous: 2,
            continuous_std: 1.0,
            mixing: 256,
            features: 32,
            hidden: 128,
            categorical_weight: 1.0,
            continuous_weight: 1.0,
            information: fast,
            techniques: Techniques {
                generator: fast,
                instance_noise: 0.3,
                minibatch_kernels: 16,
                ..Techniques::default()
            },
        }
    }
}

/// Techniques that InfoGAN cannot take.
const REFUSES: &[(&str, &str)] = &[(
    "packing",
    "infogan: Q reads the codes of one sample, and D's layers see packs; set it to 1",
)];

/// The generator's place in the turn order.
const GENERATOR: usize = 1;
/// The information player's.
const INFORMATION: usize = 2;
/// Images a row or column of a traversal.
const ROWS: usize = 10;

struct Infogan {
    config: InfoganConfig,
    setup: Setup,
    codes: Codes,
    store: ParamStore,
    g: ConvGenerator,
    d: ConvDiscriminator,
    q: (Linear, Option<Norm>, Linear),
    duel: Duel,
    players: Vec<Player>,
}

impl Infogan {
    fn new(config: InfoganConfig, setup: &Setup) -> Result<Self> {
        let sizes = sizes("infogan", setup)?;
        if config.z.min(config.features).min(config.hidden) == 0 {
            return Err(Error::Config("infogan: expected widths of 1 or more, found a 0".into()));
        }
        for (name, weight) in [
            ("categorical_weight", config.categorical_weight),
            ("continuous_weight", config.continuous_weight),
        ] {
            if !(weight >= 0.0 && weight.is_finite()) {
                let what = format!("infogan: {name}: expected 0 or more, found {weight}");
                return Err(Error::Config(what));
            }
        }
        let codes = Codes::new(&config.categorical, config.continuous, config.continuous_std)?;
        let channels = setup.shape()[0];
        let z = config.z + codes.width();
        let shape = ConvShape { z, channels, features: config.features, sizes };
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let (own, techniques) = (Normalization::Batch, &config.techniques);
        let reference = |count: usize| {
            let mut rng = StepRng::new(setup.seed, 0);
            let z = config.prior.draw((count, config.z), &mut rng, setup)?;
            Tensor::cat(&[&z, &codes.draw(count, &mut rng, setup)?.both()?], 1)
        };
        let for_g = techniques.generator_options(own, reference)?;
        let for_d = techniques.discriminator_options(own, |n| of_data(setup, n))?;
        let g = ConvGenerator::mixed(&mut store, "g", config.mixing, &shape, &for_g)?;
        let d = ConvDiscriminator::split(&mut store, ["d.trunk", "d.head"], &shape, &for_d)?;
        let (start, doublings) = sizes;
        let trunk = (config.features << (doublings - 1)) * start * start;
        let size = (trunk, config.hidden);
        let hidden = Linear::new(&mut store, "q.fc1", size, Init::fan_in(trunk), false, false)?;
        let norm = Norm::new(Normalization::Batch, &mut store, "q.bn1", config.hidden)?;
        let size = (config.hidden, codes.answers());
        let init = Init::fan_in(config.hidden);
        let answers = Linear::new(&mut store, "q.fc2", size, init, true, false)?;
        let roles = Roles { refuses: REFUSES, ..Roles::default() };
        let duel = Duel::new(techniques, roles, &mut store, setup)?;
        let mut players = duel.players().to_vec();
        let information = Player::new("information", &["q."], config.information);
        players.push(Player { sees_data: false, ..information });
        let (q, setup) = ((hidden, norm, answers), setup.clone());
        Ok(Self { config, setup, codes, store, g, d, q, duel, players })
    }

    /// Images of noise and of these codes, `(n, width)`.
    fn generate(&self, codes: &Tensor, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let size = (codes.dim(0)?, self.config.z);
        let z = self.config.prior.draw(size, pass.rng, &self.setup)?;
        self.g.forward(&Tensor::cat(&[&z, codes], 1)?, pass)
    }

    /// Q's answers, `(n, answers)`.
    fn guess(&self, judged: &Judged, pass: &mut Pass<'_>) -> candle_core::Result<Tensor> {
        let (hidden, norm, answers) = &self.q;
        let mut x = hidden.forward(&judged.features, pass)?;
        if let Some(norm) = norm {
            x = norm.forward(&x, 0, pass)?;
        }
        answers.forward(&leaky_relu(&x, 0.2)?, pass)
    }

    /// −L_I by λ, and the bound itself.
    fn information(&self, batch: usize, pass: &mut Pass<'_>) -> Result<Loss> {
        let drawn = self.codes.draw(batch, pass.rng, &self.setup)?;
        let fake = self.generate(&drawn.both()?, pass)?;
        let shown = self.duel.shown(&[fake], pass)?;
        let answers = self.guess(&self.d.judge(&shown[0], pass)?, pass)?;
        let (categorical, continuous) = self.codes.log_likelihoods(&answers, &drawn)?;
        let [discrete, _] = self.codes.entropies();
        let value = (categorical.affine(-self.config.categorical_weight, 0.0)?
            + continuous.affine(-self.config.continuous_weight, 0.0)?)?;
        let terms = vec![
            ("l_info", categorical.detach().affine(1.0, discrete)?),
            ("l_continuous", self.codes.continuous_bound(&answers, &drawn)?),
        ];
        Ok(Loss { value, terms })
    }

    /// Ten rows of noise; in each, the columns differ in one code only.
    fn traversal(
        &self,
        name: String,
        rng: &mut StepRng,
        columns: usize,
        code: impl Fn(usize, usize) -> Vec<f32>,
    ) -> Result<Sheet> {
        let rows: Vec<f32> =
            (0..ROWS * columns).flat_map(|i| code(i / columns, i % columns)).collect();
        let width = self.codes.width();
        let codes = Tensor::from_vec(rows, (ROWS * columns, width), &self.setup.device)?;
        let size = (ROWS, self.config.z);
        let z = self.config.prior.draw(size, rng, &self.setup)?;
        let row: Vec<u32> = (0..ROWS * columns).map(|i| (i / columns) as u32).collect();
        let row = Tensor::from_vec(row, ROWS * columns, &self.setup.device)?;
        let z = Tensor::cat(&[&z.index_select(&row, 0)?, &codes.to_dtype(self.setup.dtype)?], 1)?;
        let images = self.g.forward(&z, &Pass { train: false, rng })?;
        Ok(Sheet { name, images, columns })
    }
}

impl Game for Infogan {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn turn(&mut self, player: usize, _: u64) -> Result<Turn> {
        Ok(if player == INFORMATION { Turn::default() } else { self.duel.turn(player) })
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        let mut pass = Pass { train: true, rng };
        if player == INFORMATION {
            return self.information(self.setup.batch, &mut pass);
        }
        let fake = |count: usize, pass: &mut Pass<'_>| {
            let codes = self.codes.draw(count, pass.rng, &self.setup)?.both()?;
            Ok(vec![self.generate(&codes, pass)?])
        };
        let sides = Sides {
            real: &|batch, _| Ok(vec![batch.real()?.clone()]),
            fake: &fake,
            judge: &|x, pass| self.d.judge(&x[0], pass),
        };
        let mut loss = self.duel.loss(player, &self.store, batch, &mut pass, &sides)?;
        if player == GENERATOR {
            loss.value = (loss.value + self.information(self.setup.batch, &mut pass)?.value)?;
        }
        Ok(loss)
    }

    fn couples(&self) -> Option<&'static str> {
        self.duel.couples()
    }

    fn after_update(&mut self, player: usize) -> Result<()> {
        if player == INFORMATION { Ok(()) } else { self.duel.after_update(player, &self.store) }
    }

    fn inside(&self) -> Inside<'_> {
        Inside {
            generator: Some(self),
            discriminator: Some(self),
            encoder: Some(self),
            drawings: Some(self),
            ..Inside::default()
        }
    }
}

impl Generator for Infogan {
    /// Labels are values of the first categorical code; without them all codes are drawn.
    fn sample(&self, request: &SampleRequest, rng: &mut StepRng) -> Result<Sample> {
        let mut drawn = self.codes.draw(request.count, rng, &self.setup)?;
        if let Some(labels) = request.given.classes()? {
            drawn.set_first(&labels, &self.codes, &self.setup)?;
        }
        let codes = drawn.both()?;
        Ok(Sample::Images(self.generate(&codes, &mut Pass { train: false, rng })?))
    }

    fn takes(&self) -> Vec<Field> {
        // Values that the model found itself are no classes of the data, however many there are.
        let values = self.config.categorical.first();
        values.map(|count| Field::class(*count, Vec::new())).into_iter().collect()
    }
}

impl Discriminator for Infogan {
    /// Labels are values of the first code, of which D sees nothing.
    fn judge(&self, x: &Tensor, _: &Fields, tap: &mut Tap<'_>) -> Result<Tensor> {
        check_samples(x, self.setup.shape(), 1)?;
        let pass = Pass { train: false, rng: &mut StepRng::new(self.setup.seed, 0) };
        let logits = self.d.judge_tapped(x, Some(tap), &pass)?.logits;
        Ok(logits.reshape((x.dim(0)?, ()))?.mean(1)?)
    }
}

impl Encoder for Infogan {
    /// What Q guesses: probabilities of each value, then means; with a stream, draws of both.
    fn encode(&self, x: &Tensor, draw: Option<&mut StepRng>) -> Result<Tensor> {
        let mut unused = StepRng::new(0, 0);
        let mut pass = Pass { train: false, rng: &mut unused };
        let judged = self.d.judge(&x.to_dtype(self.setup.dtype)?, &pass)?;
        let answers = self.guess(&judged, &mut pass)?;
        Ok(self.codes.read(&answers, draw)?)
    }

    fn guesses(&self) -> usize {
        self.config.categorical.first().copied().unwrap_or(0)
    }

    fn prior(&self, count: usize, rng: &mut StepRng) -> Result<Option<Tensor>> {
        Ok(Some(self.codes.draw(count, rng, &self.setup)?.both()?))
    }
}

impl Drawings for Infogan {
    /// Figure 2 of the paper: what each value of the first code, and the range of each continuous
    /// one, changes.
    fn sheets(&self, rng: &mut StepRng) -> Result<Vec<Sheet>> {
        let mut sheets = Vec::new();
        if let Some(values) = self.config.categorical.first().copied() {
            let code = |_: usize, column: usize| self.codes.plain(column, None);
            sheets.push(self.traversal("categories".into(), rng, values, code)?);
        }
        for k in 0..self.config.continuous {
            let values = self.config.categorical.first().copied().unwrap_or(1);
            // From −2 to 2 as in the paper: beyond what training has seen.
            let at = |column: usize| -2.0 + 4.0 * column as f32 / (ROWS - 1) as f32;
            let code =
                |row: usize, column: usize| self.codes.plain(row % values, Some((k, at(column))));
            sheets.push(self.traversal(format!("continuous-{}", k + 1), rng, ROWS, code)?);
        }
        Ok(sheets)
    }
}
