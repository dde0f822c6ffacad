//! The history of fakes (Shrivastava et al. 2016, arXiv 1612.07828, section 2.3): D sees old
//! fakes again, so that G cannot return to what D has forgotten.

use candle_core::{Result, Tensor, bail};
use gan_kernels::read::scalar;
use gan_layers::{Buffer, Init, ParamStore, StepRng};

/// Past fakes, kept in the store so that a checkpoint holds them.
#[derive(Debug, Clone)]
pub(crate) struct History {
    fakes: Buffer,
    filled: Buffer,
}

impl History {
    /// Buffers `history.{player}.fakes`, `(size, …shape)`, and `history.{player}.filled`, the
    /// number of places used.
    pub fn new(store: &mut ParamStore, player: &str, size: usize, shape: &[usize]) -> Result<Self> {
        let zero = Init::Constant(0.0);
        let full = [&[size], shape].concat();
        Ok(Self {
            fakes: store.buffer(&format!("history.{player}.fakes"), &full, zero)?,
            filled: store.buffer(&format!("history.{player}.filled"), &[], zero)?,
        })
    }

    /// `fake` with up to half of it replaced by past fakes; half of the new ones take places in
    /// the history, empty places first. Both draw with replacement. Shape as `fake`.
    pub fn mix(&self, fake: &Tensor, rng: &mut StepRng) -> Result<Tensor> {
        let past = self.fakes.get().copy()?;
        let (size, count) = (past.dim(0)?, fake.dim(0)?);
        if past.dims()[1..] != fake.dims()[1..] {
            bail!("history: kept {:?}, found fakes of {:?}", past.dims(), fake.dims())
        }
        let filled = (scalar(&self.filled.get())? as usize).min(size);
        let half = count / 2;
        if half == 0 {
            return Ok(fake.clone());
        }
        let old = half.min(filled);
        let mut mixed = fake.clone();
        if old > 0 {
            let which = rng.integers("history", filled as u32, old, fake.device())?;
            mixed = Tensor::cat(
                &[&fake.narrow(0, 0, count - old)?, &past.index_select(&which, 0)?],
                0,
            )?;
        }
        self.keep(&past, &fake.narrow(0, 0, half)?.detach(), filled, rng)?;
        Ok(mixed)
    }

    fn keep(&self, past: &Tensor, new: &Tensor, filled: usize, rng: &mut StepRng) -> Result<()> {
        let (size, count) = (past.dim(0)?, new.dim(0)?);
        let mut source: Vec<u32> = (0..size as u32).collect();
        let fresh = count.min(size - filled);
        let places = rng.integers("history", size as u32, count - fresh, past.device())?;
        let places = (filled..filled + fresh)
            .chain(places.to_vec1::<u32>()?.into_iter().map(|p| p as usize))
            .zip(size as u32..);
        for (place, from) in places {
            source[place] = from;
        }
        let source = Tensor::from_vec(source, size, past.device())?;
        self.fakes.set(&Tensor::cat(&[past, new], 0)?.index_select(&source, 0)?)?;
        let filled = Tensor::new((filled + fresh) as f64, past.device())?;
        self.filled.set(&filled.to_dtype(past.dtype())?)
    }
}
