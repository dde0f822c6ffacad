//! Seeded initialisers: each parameter's start is a function of the seed and its own name.

use candle_core::{DType, Device, Result, Tensor};
use gan_statistics::step_stream;
use rand::Rng;
use rand_distr::StandardNormal;

/// How a parameter starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// Every entry the same.
    Constant(f64),
    /// N(mean, std²); DCGAN (arXiv 1511.06434, section 4) has mean 0 and std 0.02.
    Normal {
        /// Center.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// U(−bound, bound).
    Uniform {
        /// Half the width.
        bound: f64,
    },
}

impl Init {
    /// DCGAN's weights, N(0, 0.02²).
    pub const DCGAN: Self = Self::Normal { mean: 0.0, std: 0.02 };

    /// PyTorch's default for weights and biases of linear and convolution layers,
    /// U(−1/√fan_in, 1/√fan_in) (Kaiming uniform with a = √5).
    pub fn fan_in(fan_in: usize) -> Self {
        Self::Uniform { bound: 1.0 / (fan_in.max(1) as f64).sqrt() }
    }

    /// Glorot and Bengio 2010: U(±√(6/(fan_in + fan_out))).
    pub fn glorot(fan_in: usize, fan_out: usize) -> Self {
        Self::Uniform { bound: (6.0 / (fan_in + fan_out).max(1) as f64).sqrt() }
    }

    /// The tensor for the parameter `name`.
    ///
    /// # Errors
    /// Candle's, where the tensor cannot be made.
    pub fn tensor(
        self,
        seed: u64,
        name: &str,
        shape: &[usize],
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        let mut rng = step_stream(seed, &format!("init:{name}"), 0, 0);
        let count: usize = shape.iter().product();
        let values: Vec<f32> = match self {
            Init::Constant(v) => vec![v as f32; count],
            Init::Normal { mean, std } => (0..count)
                .map(|_| mean as f32 + std as f32 * rng.sample::<f32, _>(StandardNormal))
                .collect(),
            Init::Uniform { bound } => {
                (0..count).map(|_| bound as f32 * (2.0 * rng.random::<f32>() - 1.0)).collect()
            }
        };
        Tensor::from_vec(values, shape, device)?.to_dtype(dtype)
    }
}
