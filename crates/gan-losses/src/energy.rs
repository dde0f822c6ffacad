//! Energies of Boltzmann machines, and the difference that contrastive learning minimizes.

use candle_core::{Result, Tensor};
use gan_kernels::activation::softplus;
use gan_kernels::linear::{linear, matmul_nt};

/// The free energy of a restricted Boltzmann machine,
/// `F(v) = −b·v − Σⱼ softplus(cⱼ + Wⱼ·v)`, so that p(v) = exp(−F(v))/Z.
///
/// Hinton, A practical guide to training restricted Boltzmann machines (2010), section 16.1.
/// `v`: `(batch, visible)` in `[0, 1]`; `weight`: `(hidden, visible)`; `visible_bias` b:
/// `(visible,)`; `hidden_bias` c: `(hidden,)`. Result `(batch,)`, nats.
///
/// # Errors
/// Where shapes do not fit.
pub fn free_energy(
    v: &Tensor,
    weight: &Tensor,
    visible_bias: &Tensor,
    hidden_bias: &Tensor,
) -> Result<Tensor> {
    let hidden = softplus(&linear(v, weight, Some(hidden_bias))?)?.sum(1)?;
    (hidden + along(v, visible_bias)?)?.neg()
}

/// The energy of two layers with their coupling, `E(v, h) = −b·v − c·h − h·W v`.
///
/// Salakhutdinov and Hinton (AISTATS 2009), equation 9, for one pair of layers; a deep machine is
/// a sum of such terms, each bias counted once. `v`: `(batch, visible)`, `h`: `(batch, hidden)`,
/// the rest as in [`free_energy`]; a bias may be left out. Result `(batch,)`, nats.
///
/// # Errors
/// Where shapes do not fit.
pub fn energy(
    (v, h): (&Tensor, &Tensor),
    weight: &Tensor,
    visible_bias: Option<&Tensor>,
    hidden_bias: Option<&Tensor>,
) -> Result<Tensor> {
    let mut sum = (matmul_nt(v, weight)? * h)?.sum(1)?;
    for (units, bias) in [(v, visible_bias), (h, hidden_bias)] {
        if let Some(bias) = bias {
            sum = (sum + along(units, bias)?)?;
        }
    }
    sum.neg()
}

/// What a Boltzmann machine minimises: the mean energy of data less that of what it dreams,
/// `E[F(v₀)] − E[F(vₖ)]`.
///
/// Its gradient is that of contrastive divergence (Hinton, Neural Computation 14 (2002) 1771) where
/// vₖ comes from k Gibbs steps from the data, and that of the log-likelihood, up to sign, where vₖ
/// is drawn from the machine; vₖ must be a constant. The value itself is no measure of progress.
/// `data`, `dreamt`: `(batch,)` energies, the sizes may differ. Scalar, nats.
///
/// # Errors
/// Where one is empty.
pub fn contrast(data: &Tensor, dreamt: &Tensor) -> Result<Tensor> {
    data.mean_all()? - dreamt.mean_all()?
}

/// `x·b` for each row. `x`: `(batch, n)`, `bias`: `(n,)`; result `(batch,)`.
fn along(x: &Tensor, bias: &Tensor) -> Result<Tensor> {
    matmul_nt(x, &bias.unsqueeze(0)?)?.squeeze(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    const V: [[f64; 3]; 2] = [[1.0, 0.0, 0.3], [0.0, 1.0, 1.0]];
    const W: [[f64; 3]; 2] = [[0.5, -1.0, 2.0], [0.3, 0.1, -0.7]];
    const B: [f64; 3] = [0.1, -0.4, 0.9];
    const C: [f64; 2] = [-0.2, 0.6];

    fn parameters() -> [Var; 3] {
        let cpu = &Device::Cpu;
        [Var::new(&W, cpu).unwrap(), Var::new(&B, cpu).unwrap(), Var::new(&C, cpu).unwrap()]
    }

    fn states() -> (Tensor, Tensor) {
        let h = [[0.0, 1.0], [0.8, 0.2]];
        (Tensor::new(&V, &Device::Cpu).unwrap(), Tensor::new(&h, &Device::Cpu).unwrap())
    }

    #[test]
    fn free_energy_sums_the_hidden_units_out() {
        let [w, b, c] = parameters();
        let (v, _) = states();
        let found = free_energy(&v, &w, &b, &c).unwrap().to_vec1::<f64>().unwrap();
        for (found, v) in found.iter().zip(V) {
            // Every state of the hidden units, one by one.
            let mut sum = 0.0;
            for state in 0..4 {
                let h = Tensor::new(&[[f64::from(state & 1), f64::from(state >> 1)]], &Device::Cpu);
                let v = Tensor::new(&[v], &Device::Cpu).unwrap();
                let e = energy((&v, &h.unwrap()), &w, Some(&b), Some(&c)).unwrap();
                sum += (-e.to_vec1::<f64>().unwrap()[0]).exp();
            }
            assert!((found + sum.ln()).abs() < 1e-13);
        }
    }

    #[test]
    fn an_energy_by_hand() {
        let [w, b, c] = parameters();
        let (v, h) = states();
        let found = energy((&v, &h), &w, Some(&b), Some(&c)).unwrap().to_vec1::<f64>().unwrap();
        // v = (1, 0, 0.3), h = (0, 1): b·v = 0.37, c·h = 0.6, W₂·v = 0.3 − 0.21.
        assert!((found[0] + 0.37 + 0.6 + 0.09).abs() < 1e-15);
        let bare = energy((&v, &h), &w, None, None).unwrap().to_vec1::<f64>().unwrap();
        assert!((bare[0] + 0.09).abs() < 1e-15);
    }

    #[test]
    fn gradients_of_both_energies() {
        let (v, h) = states();
        let dreamt = Tensor::new(&[[0.0, 1.0, 0.0]], &Device::Cpu).unwrap();
        let of_hidden = Tensor::new(&[[0.4, 0.9]], &Device::Cpu).unwrap();
        for free in [true, false] {
            let loss = |[w, b, c]: &[Var; 3]| {
                let of = |v: &Tensor, h: &Tensor| match free {
                    true => free_energy(v, w, b, c).unwrap(),
                    false => energy((v, h), w, Some(b), Some(c)).unwrap(),
                };
                contrast(&of(&v, &h), &of(&dreamt, &of_hidden)).unwrap()
            };
            let all = parameters();
            let grads = loss(&all).backward().unwrap();
            for (which, var) in all.iter().enumerate() {
                let exact = grads.get(var).unwrap().flatten_all().unwrap();
                let exact = exact.to_vec1::<f64>().unwrap();
                for (i, exact) in exact.iter().enumerate() {
                    let at = |by: f64| {
                        let moved = parameters();
                        let t = moved[which].flatten_all().unwrap();
                        let mut values = t.to_vec1::<f64>().unwrap();
                        values[i] += by;
                        let t = Tensor::new(values.as_slice(), &Device::Cpu).unwrap();
                        moved[which].set(&t.reshape(var.dims()).unwrap()).unwrap();
                        loss(&moved).to_scalar::<f64>().unwrap()
                    };
                    let numeric = (at(1e-6) - at(-1e-6)) / 2e-6;
                    assert!((exact - numeric).abs() < 1e-8, "{which} {i}: {exact}, {numeric}");
                }
            }
        }
    }
}
