//! Two layers of a Boltzmann machine: their parameters, conditionals, Gibbs steps and numbers.

use crate::pixels::draw;
use candle_core::{DType, Result, Tensor};
use gan_kernels::activation::sigmoid;
use gan_kernels::bernoulli::draw_given;
use gan_kernels::linear::{linear, matmul};
use gan_kernels::read::values;
use gan_layers::random::Levels;
use gan_layers::{Init, Param, ParamStore, StepRng};
use gan_losses::energy;
use std::ops::Range;

/// Chains that draw from one stream when sampling. They are run whole, so that no sample depends on
/// how many are asked for.
const BLOCK: usize = 16;

/// The parameters of a restricted Boltzmann machine, `p(v, h) ∝ exp(b·v + c·h + h·W v)`.
#[derive(Debug, Clone)]
pub(crate) struct Restricted {
    pub weight: Param,
    pub visible_bias: Param,
    pub hidden_bias: Param,
}

/// Its values at one moment, tracked or not.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// `(hidden, visible)`.
    pub weight: Tensor,
    /// `(visible,)`.
    pub visible_bias: Tensor,
    /// `(hidden,)`.
    pub hidden_bias: Tensor,
}

/// The parameters as `gan-info` takes them.
pub(crate) struct Numbers {
    pub weights: Vec<f64>,
    pub visible_bias: Vec<f64>,
    pub hidden_bias: Vec<f64>,
}

impl Restricted {
    /// Parameters `{name}.weight`, `{name}.visible`, `{name}.hidden`. Weights start at N(0, 0.01²),
    /// biases at 0, but for the visible ones where a start is given (Hinton 2010, section 8: the
    /// log-odds of the data).
    pub fn new(
        store: &mut ParamStore,
        name: &str,
        (visible, hidden): (usize, usize),
        visible_start: Option<&[f64]>,
    ) -> Result<Self> {
        let small = Init::Normal { mean: 0.0, std: 0.01 };
        let zero = Init::Constant(0.0);
        let made = Self {
            weight: store.param(&format!("{name}.weight"), &[hidden, visible], small)?,
            visible_bias: store.param(&format!("{name}.visible"), &[visible], zero)?,
            hidden_bias: store.param(&format!("{name}.hidden"), &[hidden], zero)?,
        };
        if let Some(start) = visible_start {
            let start = Tensor::new(start, store.device())?.to_dtype(store.dtype())?;
            made.visible_bias.var().set(&start)?;
        }
        Ok(made)
    }

    /// The values, tracked while the parameters' player trains.
    pub fn tracked(&self) -> Machine {
        Machine {
            weight: self.weight.get(),
            visible_bias: self.visible_bias.get(),
            hidden_bias: self.hidden_bias.get(),
        }
    }

    /// The values as constants.
    pub fn constant(&self) -> Machine {
        Machine {
            weight: self.weight.var().as_detached_tensor(),
            visible_bias: self.visible_bias.var().as_detached_tensor(),
            hidden_bias: self.hidden_bias.var().as_detached_tensor(),
        }
    }
}

impl Machine {
    /// `p(h = 1 | v)`. `v`: `(n, visible)`; result `(n, hidden)`.
    pub fn hidden(&self, v: &Tensor) -> Result<Tensor> {
        sigmoid(&linear(v, &self.weight, Some(&self.hidden_bias))?)
    }

    /// Logits of `p(v = 1 | h)`. `h`: `(n, hidden)`; result `(n, visible)`.
    pub fn visible_logits(&self, h: &Tensor) -> Result<Tensor> {
        gan_kernels::channel::add(&matmul(h, &self.weight)?, &self.visible_bias)
    }

    /// `p(v = 1 | h)`. `h`: `(n, hidden)`; result `(n, visible)`.
    pub fn visible(&self, h: &Tensor) -> Result<Tensor> {
        sigmoid(&self.visible_logits(h)?)
    }

    /// `F(v)`, `(n,)`.
    pub fn free_energy(&self, v: &Tensor) -> Result<Tensor> {
        energy::free_energy(v, &self.weight, &self.visible_bias, &self.hidden_bias)
    }

    /// `steps` times h from v and v from h; the last `p(v = 1 | h)` and a draw of it.
    pub fn gibbs(&self, v: &Tensor, steps: usize, rng: &mut StepRng) -> Result<(Tensor, Tensor)> {
        let (mut prob, mut v) = (v.clone(), v.clone());
        for _ in 0..steps {
            let h = draw(&self.hidden(&v)?, "gibbs", rng)?;
            prob = self.visible(&h)?;
            v = draw(&prob, "gibbs", rng)?;
        }
        Ok((prob, v))
    }

    /// `count` states of the visible units after `steps` Gibbs steps, as `(probabilities, draws)`,
    /// `(count, visible)` each. Chains begin at draws of the visible biases, and are independent.
    pub fn dream(&self, count: usize, steps: usize, rng: &mut StepRng) -> Result<(Tensor, Tensor)> {
        let (hidden, visible) = self.weight.dims2()?;
        let blocks = count.div_ceil(BLOCK).max(1);
        let streams: Vec<Levels> = (0..blocks).map(|_| rng.levels("gibbs")).collect();
        // Units are rows here and chains columns: so weights are read where they lie, both ways.
        let (up, down) = (&self.weight, self.weight.t()?.contiguous()?);
        let mut h = Tensor::zeros((hidden, blocks * BLOCK), up.dtype(), up.device())?;
        for step in 0..steps {
            let first = step * (visible + hidden);
            let v = draw_given((&down, &self.visible_bias), &h, levels(&streams, first))?;
            h = draw_given((up, &self.hidden_bias), &v, levels(&streams, first + visible))?;
        }
        let prob = self.visible(&h.t()?.contiguous()?)?;
        let v = draw(&prob, "dreamt", rng)?;
        Ok((prob.narrow(0, 0, count)?, v.narrow(0, 0, count)?))
    }

    /// `log σ(F(ṽ) − F(v))` times the number of units, ṽ being v with one unit flipped, drawn anew
    /// for each row: an estimate of the log-pseudo-likelihood (Besag 1975), `(n,)`, in nats.
    pub fn pseudo_likelihood(&self, v: &Tensor, rng: &mut StepRng) -> Result<Tensor> {
        let (n, units) = v.dims2()?;
        let most = u32::try_from(units).unwrap_or(u32::MAX);
        // On the host: the units are read one by one.
        let chosen = rng.integers("flips", most, n, &candle_core::Device::Cpu)?.to_vec1::<u32>()?;
        let mut mask = vec![0f32; n * units];
        for (row, unit) in chosen.iter().enumerate() {
            mask[row * units + *unit as usize] = 1.0;
        }
        let mask = Tensor::from_vec(mask, (n, units), v.device())?.to_dtype(v.dtype())?;
        let flipped = (v + mask.mul(&v.affine(-2.0, 1.0)?)?)?;
        let gap = (self.free_energy(&flipped)? - self.free_energy(v)?)?;
        gan_kernels::activation::softplus(&gap.neg()?)?.affine(-(units as f64), 0.0)
    }

    /// The same in f64.
    pub fn wide(&self) -> Result<Self> {
        let wide = |t: &Tensor| t.detach().to_dtype(DType::F64);
        Ok(Self {
            weight: wide(&self.weight)?,
            visible_bias: wide(&self.visible_bias)?,
            hidden_bias: wide(&self.hidden_bias)?,
        })
    }

    /// The same as plain numbers.
    pub fn numbers(&self) -> Result<Numbers> {
        Ok(Numbers {
            weights: values(&self.weight)?,
            visible_bias: values(&self.visible_bias)?,
            hidden_bias: values(&self.hidden_bias)?,
        })
    }
}

/// The levels of units of some chains, [`BLOCK`] chains a stream; `first` units come before them.
fn levels(
    streams: &[Levels],
    first: usize,
) -> impl Fn(Range<usize>, Range<usize>, &mut [f32]) + Sync {
    move |units, chains, out| {
        let mut block = vec![0.0; units.len() * BLOCK];
        for column in (0..chains.len()).step_by(BLOCK) {
            let stream = &streams[(chains.start + column) / BLOCK];
            stream.read(((first + units.start) * BLOCK) as u64, &mut block);
            for (row, levels) in out.chunks_mut(chains.len()).zip(block.chunks(BLOCK)) {
                row[column..column + BLOCK].copy_from_slice(levels);
            }
        }
    }
}

/// Rows of weights as images, each scaled to `[-1, 1]` by its largest: `(n, …shape)`, n at most 100.
pub(crate) fn filters(weight: &Tensor, shape: &[usize]) -> Result<Tensor> {
    let weight = weight.detach();
    let count = weight.dim(0)?.min(100);
    let weight = weight.narrow(0, 0, count)?;
    let largest = (weight.abs()?.max_keepdim(1)? + 1e-12)?;
    let mut full = vec![count];
    full.extend_from_slice(shape);
    weight.broadcast_div(&largest)?.reshape(full)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn machine(visible: usize, hidden: usize) -> Machine {
        let mut rng = StepRng::new(1, 1);
        let mut normal = |dims: &[usize]| rng.normal("w", dims, DType::F32, &Device::Cpu).unwrap();
        Machine {
            weight: normal(&[hidden, visible]),
            visible_bias: normal(&[visible]),
            hidden_bias: normal(&[hidden]),
        }
    }

    #[test]
    fn no_dream_depends_on_how_many_are_asked_for() {
        // So many hidden units that no two chains end in the same state by chance.
        let machine = machine(20, 64);
        let dream = |count: usize, of: usize| {
            let (prob, v) = machine.dream(count, 7, &mut StepRng::new(4, 1)).unwrap();
            assert_eq!((prob.dims(), v.dims()), (&[count, 20][..], &[count, 20][..]));
            [prob, v].map(|t| values(&t.narrow(0, 0, of).unwrap()).unwrap())
        };
        for count in [9, 16, 17, 32, 33] {
            assert!(dream(count, 9) == dream(70, 9), "{count}");
            assert!(dream(count, count) == dream(70, count), "{count}");
        }
        // Chains of one block and of others go ways of their own.
        let [prob, _] = dream(70, 70);
        let rows: Vec<&[f64]> = prob.chunks(20).collect();
        assert!((1..70).all(|i| !rows[..i].contains(&rows[i])));
        assert_eq!(dream(0, 0), [Vec::<f64>::new(), Vec::new()]);
    }
}
