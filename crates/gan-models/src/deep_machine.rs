//! The layers of a deep Boltzmann machine: energy, Gibbs steps, mean field, and the machine it is.

use crate::pixels::draw;
use crate::restricted::Machine;
use candle_core::{DType, Result, Tensor};
use gan_kernels::activation::sigmoid;
use gan_kernels::linear::{matmul, matmul_nt};
use gan_layers::{Init, Param, ParamStore, StepRng};
use gan_losses::energy::energy;

/// The parameters: `visible.bias`, and `layer1.weight`, `layer1.bias` and so on from the bottom.
#[derive(Debug)]
pub(crate) struct DeepParams {
    visible_bias: Param,
    /// `(width, width below)` and `(width,)`.
    layers: Vec<(Param, Param)>,
}

/// Their values at one moment. Layer 0 is the visible one.
#[derive(Debug, Clone)]
pub(crate) struct DeepMachine {
    /// One a layer, the visible one included.
    biases: Vec<Tensor>,
    /// `weights[k]` couples layer k below and layer k + 1 above, `(above, below)`.
    weights: Vec<Tensor>,
}

impl DeepParams {
    /// Weights start at N(0, 0.01²), biases at 0 but for the visible ones.
    pub fn new(store: &mut ParamStore, start: &[f64], hidden: &[usize]) -> Result<Self> {
        let (small, zero) = (Init::Normal { mean: 0.0, std: 0.01 }, Init::Constant(0.0));
        let visible_bias = store.param("visible.bias", &[start.len()], zero)?;
        let start_bias = Tensor::new(start, store.device())?.to_dtype(store.dtype())?;
        visible_bias.var().set(&start_bias)?;
        let (mut layers, mut below) = (Vec::new(), start.len());
        for (k, width) in hidden.iter().enumerate() {
            let name = format!("layer{}", k + 1);
            let weight = store.param(&format!("{name}.weight"), &[*width, below], small)?;
            layers.push((weight, store.param(&format!("{name}.bias"), &[*width], zero)?));
            below = *width;
        }
        Ok(Self { visible_bias, layers })
    }

    fn values(&self, get: impl Fn(&Param) -> Tensor) -> DeepMachine {
        let biases = std::iter::once(&self.visible_bias).chain(self.layers.iter().map(|l| &l.1));
        DeepMachine {
            biases: biases.map(&get).collect(),
            weights: self.layers.iter().map(|l| get(&l.0)).collect(),
        }
    }

    /// The values, tracked where their player trains.
    pub fn tracked(&self) -> DeepMachine {
        self.values(Param::get)
    }

    /// The values as constants.
    pub fn constant(&self) -> DeepMachine {
        self.values(|p| p.var().as_detached_tensor())
    }
}

impl DeepMachine {
    /// Hidden layers.
    pub fn depth(&self) -> usize {
        self.weights.len()
    }

    /// Logits of layer `k` given its neighbors; `up` and `down` weigh what comes from below and
    /// from above. A neighbor that is `None` is left out.
    fn logits(
        &self,
        k: usize,
        (below, up): (Option<&Tensor>, f64),
        (above, down): (Option<&Tensor>, f64),
    ) -> Result<Tensor> {
        let mut sum: Option<Tensor> = None;
        let mut add = |t: Tensor| -> Result<()> {
            sum = Some(match sum.take() {
                None => t,
                Some(sum) => (sum + t)?,
            });
            Ok(())
        };
        if let Some(below) = below {
            add(matmul_nt(below, &self.weights[k - 1])?.affine(up, 0.0)?)?;
        }
        if let Some(above) = above {
            add(matmul(above, &self.weights[k])?.affine(down, 0.0)?)?;
        }
        match sum {
            Some(sum) => gan_kernels::channel::add(&sum, &self.biases[k]),
            None => candle_core::bail!("layer {k} of a deep machine has no neighbor"),
        }
    }

    /// `p(on)` of layer `k` given its neighbors in `states`, `(n, width)`.
    fn prob(&self, k: usize, states: &[Tensor]) -> Result<Tensor> {
        let below = k.checked_sub(1).and_then(|k| states.get(k));
        sigmoid(&self.logits(k, (below, 1.0), (states.get(k + 1), 1.0))?)
    }

    /// What layer `k` answers to the layer below while layers are trained one by one: its input
    /// counts twice where another layer will stand above it (AISTATS 2009, section 3.2).
    pub fn up(&self, k: usize, below: &Tensor) -> Result<Tensor> {
        let twice = if k < self.depth() { 2.0 } else { 1.0 };
        sigmoid(&self.logits(k, (Some(below), twice), (None, 0.0))?)
    }

    /// What the layer below layer `k` answers to it: twice where another stands below that.
    pub fn down(&self, k: usize, above: &Tensor) -> Result<Tensor> {
        let twice = if k > 1 { 2.0 } else { 1.0 };
        sigmoid(&self.logits(k - 1, (None, 0.0), (Some(above), twice))?)
    }

    /// The energy of layer `k` and the one below alone; the visible bias belongs to layer 1.
    pub fn pair_energy(&self, k: usize, below: &Tensor, above: &Tensor) -> Result<Tensor> {
        let visible = (k == 1).then(|| &self.biases[0]);
        energy((below, above), &self.weights[k - 1], visible, Some(&self.biases[k]))
    }

    /// E(v, h¹, …) of states of every layer, `(n,)` (AISTATS 2009, equation 9).
    pub fn energy(&self, states: &[Tensor]) -> Result<Tensor> {
        let mut sum = self.pair_energy(1, &states[0], &states[1])?;
        for k in 2..=self.depth() {
            sum = (sum + self.pair_energy(k, &states[k - 1], &states[k])?)?;
        }
        Ok(sum)
    }

    /// The mean-field posterior of `v`: first a pass from the bottom, then `steps` times the odd
    /// layers and the even ones in turn; `states[0]` is `v` itself.
    pub fn mean_field(&self, v: &Tensor, steps: usize) -> Result<Vec<Tensor>> {
        let mut states = vec![v.clone()];
        for k in 1..=self.depth() {
            states.push(self.up(k, &states[k - 1])?);
        }
        for _ in 0..steps {
            for start in [1, 2] {
                for k in (start..=self.depth()).step_by(2) {
                    states[k] = self.prob(k, &states)?;
                }
            }
        }
        Ok(states)
    }

    /// `steps` times the even layers given the odd ones, and the reverse; returns draws of all
    /// layers and, in their place for the odd ones, the probabilities that they were drawn from.
    pub fn gibbs(
        &self,
        states: &[Tensor],
        steps: usize,
        rng: &mut StepRng,
    ) -> Result<(Vec<Tensor>, Vec<Tensor>)> {
        let mut states = states.to_vec();
        let mut smooth = states.clone();
        for _ in 0..steps {
            for parity in [0, 1] {
                for k in (parity..=self.depth()).step_by(2) {
                    let prob = self.prob(k, &states)?;
                    states[k] = draw(&prob, "gibbs", rng)?;
                    smooth[k] = if parity == 0 { states[k].clone() } else { prob };
                }
            }
        }
        Ok((states, smooth))
    }

    /// The same in f64.
    pub fn wide(&self) -> Result<Self> {
        let wide = |all: &[Tensor]| -> Result<Vec<Tensor>> {
            all.iter().map(|t| t.detach().to_dtype(DType::F64)).collect()
        };
        Ok(Self { biases: wide(&self.biases)?, weights: wide(&self.weights)? })
    }

    /// The restricted machine that this one is, with its even layers as the visible units and its
    /// odd ones as the hidden units: what no two neighboring layers share is zero.
    pub fn folded(&self) -> Result<Machine> {
        let side = |parity: usize| -> Result<Tensor> {
            let biases: Vec<&Tensor> = self.biases.iter().skip(parity).step_by(2).collect();
            Tensor::cat(&biases, 0)
        };
        let mut rows = Vec::new();
        for odd in (1..=self.depth()).step_by(2) {
            let mut blocks = Vec::new();
            for even in (0..=self.depth()).step_by(2) {
                blocks.push(if even + 1 == odd {
                    self.weights[even].clone()
                } else if even == odd + 1 {
                    self.weights[odd].t()?.contiguous()?
                } else {
                    let size = (self.biases[odd].dim(0)?, self.biases[even].dim(0)?);
                    Tensor::zeros(size, self.biases[0].dtype(), self.biases[0].device())?
                });
            }
            rows.push(Tensor::cat(&blocks, 1)?);
        }
        Ok(Machine {
            weight: Tensor::cat(&rows, 0)?,
            visible_bias: side(0)?,
            hidden_bias: side(1)?,
        })
    }

    /// The first layer's weights.
    pub fn first_weight(&self) -> &Tensor {
        &self.weights[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use gan_kernels::read::{scalar, values};

    const WIDTHS: [usize; 3] = [3, 4, 2];

    fn states(seed: u64, count: usize) -> Vec<Tensor> {
        let mut rng = StepRng::new(seed, 1);
        let of = |width: &usize| {
            rng.uniform("states", (0.0, 1.0), &[count, *width], DType::F64, &Device::Cpu).unwrap()
        };
        std::iter::once(&5).chain(&WIDTHS).map(of).collect()
    }

    /// Weights of deviation 1, so that no gradient is small.
    fn params() -> (ParamStore, DeepParams) {
        let mut store = ParamStore::new(1, DType::F64, &Device::Cpu);
        let made = DeepParams::new(&mut store, &[0.5; 5], &WIDTHS).unwrap();
        for (i, (_, var)) in store.tensors().enumerate() {
            let mut rng = StepRng::new(9, i as u64);
            var.set(&rng.normal("w", var.dims(), DType::F64, &Device::Cpu).unwrap()).unwrap();
        }
        (store, made)
    }

    #[test]
    fn gradients_of_the_energy_of_all_layers_and_of_each_pair() {
        let (store, params) = params();
        let (data, dreamt) = (states(1, 4), states(2, 3));
        let loss = |pair: usize| {
            let machine = params.tracked();
            let of = |s: &[Tensor]| match pair {
                0 => machine.energy(s).unwrap(),
                k => machine.pair_energy(k, &s[k - 1], &s[k]).unwrap(),
            };
            gan_losses::energy::contrast(&of(&data), &of(&dreamt)).unwrap()
        };
        for pair in 0..=3 {
            let grads = loss(pair).backward().unwrap();
            for (name, param) in store.owned(&[""]) {
                let Some(exact) = grads.get(param.var()) else {
                    assert!(pair > 0, "{name}");
                    continue;
                };
                let exact = values(exact).unwrap();
                let before = values(param.var()).unwrap();
                for i in 0..exact.len() {
                    let at = |by: f64| {
                        let mut moved = before.clone();
                        moved[i] += by;
                        let t = Tensor::from_slice(&moved, param.var().dims(), &Device::Cpu);
                        param.var().set(&t.unwrap()).unwrap();
                        scalar(&loss(pair)).unwrap()
                    };
                    let numeric = (at(1e-6) - at(-1e-6)) / 2e-6;
                    at(0.0);
                    assert!((exact[i] - numeric).abs() < 1e-7, "{pair} {name} {i}: {numeric}");
                }
            }
        }
    }

    #[test]
    fn a_folded_machine_has_the_same_energies() {
        let (_, params) = params();
        let machine = params.constant();
        let folded = machine.folded().unwrap();
        let s = states(1, 4);
        let visible = Tensor::cat(&[&s[0], &s[2]], 1).unwrap();
        let hidden = Tensor::cat(&[&s[1], &s[3]], 1).unwrap();
        let (b, c) = (Some(&folded.visible_bias), Some(&folded.hidden_bias));
        let found = energy((&visible, &hidden), &folded.weight, b, c).unwrap();
        let (found, expected) = (values(&found).unwrap(), machine.energy(&s).unwrap());
        for (a, b) in found.iter().zip(values(&expected).unwrap()) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn mean_field_settles_where_every_layer_answers_its_neighbours() {
        let (_, params) = params();
        let machine = params.constant();
        let settled = machine.mean_field(&states(1, 4)[0], 500).unwrap();
        for k in 1..=3 {
            let error = (machine.prob(k, &settled).unwrap() - &settled[k]).unwrap();
            let worst = values(&error).unwrap().iter().fold(0.0f64, |m, e| m.max(e.abs()));
            assert!(worst < 1e-9, "layer {k}: {worst}");
        }
    }
}
