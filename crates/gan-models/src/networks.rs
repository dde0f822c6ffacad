//! What a duel knows of networks: what a discriminator answers, and which layers techniques change.

use candle_core::Tensor;
use gan_layers::Normalization;

/// A discriminator's answer.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// `(n,)`, or a map `(n, …)` of one logit a position.
    pub logits: Tensor,
    /// The last hidden layer, `(n, features)`.
    pub features: Tensor,
}

/// What techniques ask of a network's layers.
#[derive(Debug, Clone)]
pub(crate) struct NetworkOptions {
    /// Spectral normalization of every weight.
    pub spectral: bool,
    /// What follows the hidden layers.
    pub norm: Normalization,
    /// The input of virtual batch norm's reference batch, `(count, …)`.
    pub reference: Option<Tensor>,
    /// Kernels and their dimensions of minibatch discrimination before the last layer.
    pub minibatch: Option<(usize, usize)>,
    /// How many samples stand side by side in one input.
    pub packing: usize,
}

impl NetworkOptions {
    /// Whether a network answers each sample of a batch by itself, whatever else is in it.
    pub fn each_alone(&self) -> bool {
        let by_sample = matches!(self.norm, Normalization::None | Normalization::Layer);
        by_sample && self.minibatch.is_none() && self.reference.is_none() && !self.spectral
    }
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            spectral: false,
            norm: Normalization::None,
            reference: None,
            minibatch: None,
            packing: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mlp::{Mlp, MlpShape};
    use candle_core::{DType, Device};
    use gan_layers::{ParamStore, Pass, StepRng};

    /// Whether the first two of five samples get the same answers by themselves.
    fn same_alone(options: &NetworkOptions) -> bool {
        let mut store = ParamStore::new(1, DType::F64, &Device::Cpu);
        let shape = MlpShape {
            inputs: 3,
            hidden: &[6, 4],
            outputs: 1,
            options: options.clone(),
            ..MlpShape::default()
        };
        let d = Mlp::new(&mut store, "d", &shape).unwrap();
        let mut rng = StepRng::new(7, 0);
        let x = rng.normal("x", &[5, 3], DType::F64, &Device::Cpu).unwrap();
        let mut judge = |x: &Tensor| {
            let judged = d.judge(x, &mut Pass { train: true, rng: &mut rng }).unwrap();
            judged.logits.flatten_all().unwrap().to_vec1::<f64>().unwrap()
        };
        judge(&x)[..2] == judge(&x.narrow(0, 0, 2).unwrap())
    }

    #[test]
    fn who_answers_each_sample_alone_is_known() {
        use Normalization::{Batch, Layer, None};
        let options = |norm, minibatch| NetworkOptions { norm, minibatch, ..Default::default() };
        let all = [(None, Option::None), (Layer, Option::None), (Batch, Option::None)];
        for (norm, minibatch) in all.into_iter().chain([(None, Some((5, 3)))]) {
            let options = options(norm, minibatch);
            assert_eq!(options.each_alone(), same_alone(&options), "{options:?}");
        }
    }
}
