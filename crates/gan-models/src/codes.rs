//! InfoGAN's codes (arXiv 1606.03657): drawing them, and how likely a guess makes them.

use crate::Setup;
use candle_core::{D, DType, Result, Tensor};
use gan_kernels::softmax::{log_softmax, softmax};
use gan_layers::StepRng;
use gan_train::Error;
use std::f64::consts::{E, PI};

/// Independent codes: some categorical, alike probable in each value, some from U(−1, 1).
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    categorical: Vec<usize>,
    continuous: usize,
    /// Standard deviation of Q's densities of continuous codes; 0 where Q gives it.
    std: f64,
}

/// Codes that were drawn.
pub(crate) struct Drawn {
    /// One-hot, `(n, Σ values)`; nothing where there are no categorical codes.
    categorical: Option<Tensor>,
    /// `(n, continuous)`.
    continuous: Option<Tensor>,
}

impl Drawn {
    /// All codes side by side, `(n, width)`.
    pub fn both(&self) -> Result<Tensor> {
        let parts: Vec<&Tensor> = self.categorical.iter().chain(&self.continuous).collect();
        Tensor::cat(&parts, 1)
    }

    /// Replaces the first categorical code by given values.
    pub fn set_first(&mut self, values: &[u32], codes: &Codes, setup: &Setup) -> Result<()> {
        let (Some(all), Some(&count)) = (&self.categorical, codes.categorical.first()) else {
            candle_core::bail!("infogan: there is no categorical code to set")
        };
        if let Some(bad) = values.iter().find(|v| **v as usize >= count) {
            candle_core::bail!("infogan: value {bad}; the code knows 0 to {}", count - 1)
        }
        let first = one_hot(values, count, setup)?;
        let rest = all.narrow(1, count, all.dim(1)? - count)?;
        self.categorical = Some(match rest.dim(1)? {
            0 => first,
            _ => Tensor::cat(&[&first, &rest], 1)?,
        });
        Ok(())
    }
}

fn one_hot(values: &[u32], count: usize, setup: &Setup) -> Result<Tensor> {
    let values = Tensor::from_vec(values.to_vec(), values.len(), &setup.device)?;
    Tensor::eye(count, setup.dtype, &setup.device)?.index_select(&values, 0)
}

impl Codes {
    /// # Errors
    /// Where there is no code, a categorical one with fewer than two values, or a negative `std`.
    pub fn new(categorical: &[usize], continuous: usize, std: f64) -> gan_train::Result<Self> {
        if categorical.is_empty() && continuous == 0 {
            return Err(Error::Config("infogan: expected a code or more, found none".into()));
        }
        if let Some(bad) = categorical.iter().find(|n| **n < 2) {
            return Err(Error::Config(format!(
                "infogan: categorical: expected 2 values or more in each code, found {bad}"
            )));
        }
        if !(std >= 0.0 && std.is_finite()) {
            return Err(Error::Config(format!(
                "infogan: continuous_std: expected 0, for one that Q gives, or more, found {std}"
            )));
        }
        Ok(Self { categorical: categorical.to_vec(), continuous, std })
    }

    fn values(&self) -> usize {
        self.categorical.iter().sum()
    }

    /// Width of all codes side by side.
    pub fn width(&self) -> usize {
        self.values() + self.continuous
    }

    /// Outputs of Q: a logit for each value, a mean and the logarithm of a variance for each
    /// continuous code.
    pub fn answers(&self) -> usize {
        self.values() + 2 * self.continuous
    }

    /// `count` draws.
    pub fn draw(&self, count: usize, rng: &mut StepRng, setup: &Setup) -> Result<Drawn> {
        let mut parts = Vec::new();
        for values in &self.categorical {
            let drawn = rng.integers("code", *values as u32, count, &setup.device)?;
            let eye = Tensor::eye(*values, setup.dtype, &setup.device)?;
            parts.push(eye.index_select(&drawn, 0)?);
        }
        let categorical = match parts.is_empty() {
            true => None,
            false => Some(Tensor::cat(&parts, 1)?),
        };
        let continuous = match self.continuous {
            0 => None,
            n => {
                let (dtype, device) = (setup.dtype, &setup.device);
                Some(rng.uniform("continuous code", (-1.0, 1.0), &[count, n], dtype, device)?)
            }
        };
        Ok(Drawn { categorical, continuous })
    }

    /// One code as numbers: a value of the first categorical one, 0 in the others, and one
    /// continuous code set, the others 0.
    pub fn plain(&self, value: usize, set: Option<(usize, f32)>) -> Vec<f32> {
        let mut all = vec![0.0; self.width()];
        let mut at = 0;
        for (k, values) in self.categorical.iter().enumerate() {
            all[at + if k == 0 { value.min(values - 1) } else { 0 }] = 1.0;
            at += values;
        }
        if let Some((k, to)) = set {
            all[at + k] = to;
        }
        all
    }

    /// Entropies H(c) in nats: of the categorical codes, and the differential one, ln 2 each, of
    /// the continuous.
    pub fn entropies(&self) -> [f64; 2] {
        let discrete = self.categorical.iter().map(|n| (*n as f64).ln()).sum();
        [discrete, self.continuous as f64 * 2f64.ln()]
    }

    /// The mean over the batch of log Q(c|x), of both kinds of codes, in nats: categorical by
    /// softmax, continuous by normal densities.
    pub fn log_likelihoods(&self, answers: &Tensor, drawn: &Drawn) -> Result<(Tensor, Tensor)> {
        let zero = Tensor::zeros((), answers.dtype(), answers.device())?;
        let (mut categorical, mut continuous) = (zero.clone(), zero);
        let n = answers.dim(0)? as f64;
        if let Some(codes) = &drawn.categorical {
            let mut at = 0;
            for values in &self.categorical {
                let logs = log_softmax(&answers.narrow(1, at, *values)?.contiguous()?)?;
                let of = (logs * codes.narrow(1, at, *values)?)?.sum_all()?;
                categorical = (categorical + of.affine(1.0 / n, 0.0)?)?;
                at += values;
            }
        }
        if let Some(codes) = &drawn.continuous {
            let (mean, log_var) = self.normal(answers)?;
            let squares = ((codes - mean)?.sqr()? * log_var.neg()?.exp()?)?;
            let each = (squares + log_var)?.affine(-0.5, -0.5 * (2.0 * PI).ln())?;
            continuous = each.sum_all()?.affine(1.0 / n, 0.0)?;
        }
        Ok((categorical, continuous))
    }

    /// E[log Q(c|x)] + H(c) of the continuous codes, a scalar in nats: a bound on what samples tell
    /// of them (arXiv 1606.03657, equation 4), whatever density Q is. Where the standard deviation
    /// is fixed for training, Q is here the normal density around the same mean whose variance fits
    /// best, E[(c − μ)²]: `ln 2 − ½ ln(2πe·E[(c − μ)²])` a code. At the 1 of the
    /// authors' code the bound itself could not pass ln 2 − ½ ln 2π = −0.23 a code, however well Q
    /// reads it.
    pub fn continuous_bound(&self, answers: &Tensor, drawn: &Drawn) -> Result<Tensor> {
        let (answers, [_, entropy]) = (&answers.detach(), self.entropies());
        let Some(codes) = &drawn.continuous else {
            return Tensor::zeros((), answers.dtype(), answers.device());
        };
        if self.std == 0.0 {
            return self.log_likelihoods(answers, drawn)?.1.affine(1.0, entropy);
        }
        let (mean, _) = self.normal(answers)?;
        let squares = (codes - mean)?.sqr()?.mean(0)?.affine(1.0, 1e-12)?;
        let logs = squares.affine(2.0 * PI * E, 0.0)?.log()?;
        logs.sum_all()?.affine(-0.5, entropy)
    }

    /// Means and logarithms of variances of the continuous codes. Where Q gives the latter they keep
    /// within ±4 by tanh: without a bound the density of a code that is read well grows without end.
    fn normal(&self, answers: &Tensor) -> Result<(Tensor, Tensor)> {
        let mean = answers.narrow(1, self.values(), self.continuous)?;
        if self.std > 0.0 {
            return Ok((mean.clone(), mean.zeros_like()?.affine(0.0, 2.0 * self.std.ln())?));
        }
        let spread = answers.narrow(1, self.values() + self.continuous, self.continuous)?;
        let bounded = gan_kernels::activation::tanh(&spread.affine(0.25, 0.0)?.contiguous()?)?;
        Ok((mean, bounded.affine(4.0, 0.0)?))
    }

    /// Probabilities and means, or draws.
    pub fn read(&self, answers: &Tensor, draw: Option<&mut StepRng>) -> Result<Tensor> {
        let (mut parts, mut at) = (Vec::new(), 0);
        let mut noise = draw;
        for values in &self.categorical {
            let logits = answers.narrow(1, at, *values)?.contiguous()?;
            at += values;
            parts.push(match &mut noise {
                None => softmax(&logits)?,
                Some(rng) => {
                    // Gumbel's trick: the largest of logit − ln(−ln u) is a draw of the softmax.
                    let (dtype, device) = (logits.dtype(), logits.device());
                    let u =
                        rng.uniform("guess", (1e-6, 1.0 - 1e-6), logits.dims(), dtype, device)?;
                    let gumbel = u.log()?.neg()?.log()?.neg()?;
                    let chosen = (&logits + gumbel)?.argmax(D::Minus1)?.to_dtype(DType::U32)?;
                    Tensor::eye(*values, dtype, device)?.index_select(&chosen, 0)?
                }
            });
        }
        if self.continuous > 0 {
            let (mean, log_var) = self.normal(answers)?;
            parts.push(match &mut noise {
                None => mean,
                Some(rng) => {
                    let (dtype, device) = (mean.dtype(), mean.device());
                    let draws = rng.normal("guess", mean.dims(), dtype, device)?;
                    (mean + (log_var.affine(0.5, 0.0)?.exp()? * draws)?)?
                }
            });
        }
        Tensor::cat(&parts, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_bound_of_continuous_codes_says_what_a_good_guess_tells() {
        let cpu = Device::Cpu;
        let count = 4000;
        let mut rng = StepRng::new(0, 1);
        let uniform = rng.uniform("c", (-1.0, 1.0), &[count, 2], DType::F64, &cpu).unwrap();
        let noise = rng.normal("noise", &[count, 2], DType::F64, &cpu).unwrap();
        let drawn = Drawn { categorical: None, continuous: Some(uniform.clone()) };
        // Q's means, within 0.1 of the codes or knowing nothing, and log-variances that nobody reads.
        let bound = |mean: Tensor, std: f64| {
            let answers = Tensor::cat(&[&mean, &mean.zeros_like().unwrap()], 1).unwrap();
            let codes = Codes::new(&[], 2, std).unwrap();
            codes.continuous_bound(&answers, &drawn).unwrap().to_scalar::<f64>().unwrap()
        };
        let good = (&uniform + (noise * 0.1).unwrap()).unwrap();
        let exact = 2.0 * (2f64.ln() - 0.5 * (2.0 * PI * E * 0.01).ln());
        for std in [1.0, 0.3] {
            assert!((bound(good.clone(), std) - exact).abs() < 0.03, "{exact}");
        }
        // Knowing nothing: the entropy of the best normal density is above ln 2, that of U(−1, 1).
        let nothing = bound(uniform.zeros_like().unwrap(), 1.0);
        let exact = 2.0 * (2f64.ln() - 0.5 * (2.0 * PI * E / 3.0).ln());
        assert!((nothing - exact).abs() < 0.03 && nothing < 0.0, "{nothing} for {exact}");
        // The density that Q gives itself, of variance 1 here, is taken as it is.
        assert!(bound(good, 0.0) < -0.45);
    }
}
