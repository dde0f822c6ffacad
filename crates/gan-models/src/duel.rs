//! A discriminator and a generator against each other: the turns that all plain GANs share.

use crate::{RealAndFake, Techniques};
use candle_core::Tensor;
use gan_kernels::activation::sigmoid;
use gan_layers::{ParamStore, Pass};
use gan_losses::Adversarial;
use gan_train::{Batch, Error, Loss, Player, Result};
use std::cell::{Cell, RefCell};

/// The discriminator's place in the turn order.
pub(crate) const DISCRIMINATOR: usize = 0;

/// Two players over the prefixes `d.` and `g.`.
#[derive(Debug)]
pub(crate) struct Duel {
    techniques: Techniques,
    players: [Player; 2],
    /// The discriminator's last fakes, graph and all, waiting for the generator's turn.
    kept: RefCell<Option<Tensor>>,
    /// Samples in the last real batch.
    size: Cell<usize>,
}

impl Duel {
    /// `conditional` models need the batch's labels in the generator's turn too, unless it
    /// trains on the fakes that D has seen.
    pub fn new(techniques: &Techniques, conditional: bool) -> Result<Self> {
        techniques.validate()?;
        let discriminator = Player {
            name: "discriminator",
            owns: &["d."],
            optimizer: techniques.discriminator,
            sees_data: true,
        };
        let generator = Player {
            name: "generator",
            owns: &["g."],
            optimizer: techniques.generator,
            sees_data: conditional && !techniques.share_fakes,
        };
        Ok(Self {
            techniques: *techniques,
            players: [discriminator, generator],
            kept: RefCell::default(),
            size: Cell::default(),
        })
    }

    pub fn players(&self) -> &[Player] {
        &self.players
    }

    pub fn updates(&self, player: usize) -> usize {
        if player == DISCRIMINATOR { self.techniques.discriminator_steps } else { 1 }
    }

    /// What the player minimises. `generate(count, pass)` makes fakes, `discriminate(x, pass)`
    /// gives logits.
    pub fn loss(
        &self,
        player: usize,
        store: &ParamStore,
        batch: Option<&Batch>,
        pass: &mut Pass<'_>,
        generate: &dyn Fn(usize, &mut Pass<'_>) -> candle_core::Result<Tensor>,
        discriminate: &dyn Fn(&Tensor, &mut Pass<'_>) -> candle_core::Result<Tensor>,
    ) -> Result<Loss> {
        if player != DISCRIMINATOR {
            let fake = match self.kept.take() {
                Some(fake) => fake,
                None => generate(self.size.get(), pass)?,
            };
            let logits = discriminate(&fake, pass)?;
            let value = self.techniques.loss.generator(&logits)?;
            return Ok(Loss { value, terms: Vec::new() });
        }
        let real = &batch.ok_or_else(|| Error::Config("discriminator: no batch".into()))?.real;
        let size = real.dim(0)?;
        self.size.set(size);
        let fake = if self.techniques.share_fakes {
            // The generator's turn follows on the same fakes: keep their graph.
            let fake = store.also_active(&["g."], || generate(size, pass))?;
            self.kept.replace(Some(fake.clone()));
            fake.detach()
        } else {
            generate(size, pass)?
        };
        let (on_real, on_fake) = match self.techniques.real_and_fake {
            RealAndFake::Separate => (discriminate(real, pass)?, discriminate(&fake, pass)?),
            RealAndFake::Joint => {
                let both = discriminate(&Tensor::cat(&[real, &fake], 0)?, pass)?;
                (both.narrow(0, 0, size)?, both.narrow(0, size, size)?)
            }
        };
        let target = self.techniques.real_target();
        Ok(Loss {
            value: self.techniques.loss.discriminator(&on_real, &on_fake, target)?,
            terms: vec![("d_real", self.score(&on_real)?), ("d_fake", self.score(&on_fake)?)],
        })
    }

    /// D's mean answer as a person reads it: a probability, or the least-squares loss's raw value.
    fn score(&self, logits: &Tensor) -> candle_core::Result<Tensor> {
        match self.techniques.loss {
            Adversarial::LeastSquares => logits.detach().mean_all(),
            _ => sigmoid(&logits.detach())?.mean_all(),
        }
    }
}
