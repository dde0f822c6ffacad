//! Historical averaging (arXiv 1606.03498, section 3.3): ‖θ − (1/t) Σᵢ θ[i]‖² beside each loss.

use candle_core::{Result, Tensor};
use gan_kernels::read::scalar;
use gan_kernels::update;
use gan_layers::{Buffer, Init, Param, ParamStore};

/// The mean of all that a player's parameters have been, kept in the store.
#[derive(Debug, Clone)]
pub(crate) struct HistoricalAverage {
    means: Vec<(Param, Buffer)>,
    count: Buffer,
}

impl HistoricalAverage {
    /// Buffers `past.{player}.{parameter}` and `past.{player}.count`; the start counts as one.
    pub fn new(store: &mut ParamStore, player: &str, owns: &[String]) -> Result<Self> {
        let params: Vec<(String, Param)> =
            store.owned(owns).map(|(name, param)| (name.to_owned(), param.clone())).collect();
        let mut means = Vec::new();
        for (name, param) in params {
            let name = format!("past.{player}.{name}");
            let buffer = store.buffer(&name, param.var().dims(), Init::Constant(0.0))?;
            buffer.set(&param.var().copy()?)?;
            means.push((param, buffer));
        }
        let one = Init::Constant(1.0);
        Ok(Self { means, count: store.buffer(&format!("past.{player}.count"), &[], one)? })
    }

    /// `Σ ‖θ − mean‖²` over the player's parameters, a scalar; after the loss of the turn, whose
    /// first batch may set parameters.
    pub fn distance(&self) -> Result<Option<Tensor>> {
        if scalar(&self.count.get())? == 1.0 {
            // What the first batch sets, as minibatch discrimination's scales, belongs to the start.
            for (param, mean) in &self.means {
                mean.set(&param.var().copy()?)?;
            }
        }
        let mut total: Option<Tensor> = None;
        for (param, mean) in &self.means {
            // A copy: the buffer changes after the update, and the graph must not.
            let squares = (param.get() - mean.get().copy()?)?.sqr()?.sum_all()?;
            total = Some(match total {
                None => squares,
                Some(sum) => (sum + squares)?,
            });
        }
        Ok(total)
    }

    /// Takes the present parameters into the mean.
    pub fn update(&self) -> Result<()> {
        let count = scalar(&self.count.get())? + 1.0;
        for (param, mean) in &self.means {
            let now = param.var().as_detached_tensor();
            update::blend(mean.var(), &now, 1.0 - 1.0 / count, 1.0 / count)?;
        }
        let dtype = self.count.get().dtype();
        self.count.set(&Tensor::new(count, self.count.get().device())?.to_dtype(dtype)?)
    }
}
