//! What a model says of samples: log-likelihoods or bounds on them, and what they cost.

/// How much an estimate of a likelihood may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Independent chains of annealed importance sampling.
    pub chains: usize,
    /// Intermediate distributions that each chain passes through.
    pub temperatures: usize,
    /// Draws of a latent for each sample.
    pub draws: usize,
}

impl Default for Effort {
    /// 100 chains as in Salakhutdinov and Murray (ICML 2008, section 4), through 1,000
    /// temperatures (theirs: 14,500); 50 draws, as arXiv 1509.00519 trains with.
    fn default() -> Self {
        Self { chains: 100, temperatures: 1000, draws: 50 }
    }
}

/// What the numbers of a [`Likelihood`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// log p(x), as well as its normalizing constant is known.
    Estimate,
    /// At most log p(x).
    LowerBound,
}

/// Log-likelihoods of samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Likelihood {
    /// What [`Likelihood::each`] is.
    pub meaning: Meaning,
    /// One a sample, in nats: log-probabilities of binary samples, log-densities of others.
    pub each: Vec<f64>,
    /// What it consists of or rests on, by name; means over the samples where they differ.
    pub terms: Vec<(&'static str, f64)>,
}

impl Likelihood {
    /// Mean over the samples and its standard error, in nats; NaN where there are too few.
    pub fn mean(&self) -> (f64, f64) {
        let n = self.each.len() as f64;
        let mean = self.each.iter().sum::<f64>() / n;
        let squares: f64 = self.each.iter().map(|v| (v - mean) * (v - mean)).sum();
        (mean, (squares / (n - 1.0) / n).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_has_the_standard_error_of_the_textbooks() {
        let each = vec![1.0, 2.0, 3.0, 6.0];
        let likelihood = Likelihood { meaning: Meaning::Estimate, each, terms: Vec::new() };
        let (mean, error) = likelihood.mean();
        // Sample variance 14/3 over 4.
        assert!((mean - 3.0).abs() < 1e-15 && (error - (14.0_f64 / 12.0).sqrt()).abs() < 1e-15);
    }
}
