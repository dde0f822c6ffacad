//! Guided backpropagation (Springenberg et al. 2014, arXiv 1412.6806, section 3.4): which pixels
//! speak for an answer.

use crate::{Error, Result};
use candle_core::{Tensor, Var};
use gan_kernels::activation::relu;
use gan_kernels::gradients;

/// Shown each hidden layer's number and result, after its activation; what it gives back goes on.
pub type Tap<'a> = dyn FnMut(usize, &Tensor) -> candle_core::Result<Tensor> + 'a;

/// A network as these functions call it: `(n, …)` to outputs `(n, …)`, with its hidden layers shown.
pub type Network<'a> = dyn Fn(&Tensor, &mut Tap<'_>) -> Result<Tensor> + 'a;

/// What the pixels should speak for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The sum of the network's outputs: a discriminator's logit.
    Output,
    /// The largest value of one map of a hidden layer, or one unit of a layer without maps.
    Map {
        /// The layer, as taps count.
        layer: usize,
        /// The map.
        map: usize,
    },
}

/// What goes back through a layer's activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The gradient itself.
    Plain,
    /// Where both the activation and what comes from above are positive, that; 0 elsewhere:
    /// `R = (f > 0)·(R' > 0)·R'`. A leaky ReLU's negative side counts as not active, so nothing of
    /// what speaks against the target comes through it.
    Guided,
}

/// What goes back to `x`, `(n, …)`, from the target; of `x`'s shape, a constant.
///
/// The network is cut behind every hidden layer and the pieces are differentiated one after the
/// other, so that the rule stands between them and no layer need know of it. Parameters should be
/// constants while this runs, or their gradients are computed for nothing.
///
/// # Errors
/// Those of the network, and a layer or map that it has not.
pub fn backpropagate(
    network: &Network<'_>,
    x: &Tensor,
    target: Target,
    rule: Rule,
) -> Result<Tensor> {
    // `inputs[i]` begins piece i, `ends[i]` ends it; piece 0 begins with x.
    let mut inputs = vec![Var::from_tensor(&x.detach())?];
    let mut ends = Vec::new();
    let begin = inputs[0].as_tensor().clone();
    let output = network(&begin, &mut |_, y| {
        ends.push(y.clone());
        let next = Var::from_tensor(&y.detach())?;
        let value = next.as_tensor().clone();
        inputs.push(next);
        Ok(value)
    })?;
    let (value, last) = match target {
        Target::Output => (output.sum_all()?, ends.len()),
        Target::Map { layer, map } => (strongest(&ends, layer, map)?, layer),
    };
    let mut back = gradient(&value, &inputs[last])?;
    for piece in (0..last).rev() {
        let y = ends[piece].detach();
        if rule == Rule::Guided {
            let active = y.gt(0.0)?.to_dtype(y.dtype())?;
            back = (relu(&back)? * active)?;
        }
        let weighted = (&ends[piece] * &back.detach())?.sum_all()?;
        back = gradient(&weighted, &inputs[piece])?;
    }
    Ok(back.detach())
}

/// The largest value of a map in each of the samples, summed up.
fn strongest(ends: &[Tensor], layer: usize, map: usize) -> Result<Tensor> {
    let Some(end) = ends.get(layer) else {
        return Err(Error::argument(format!(
            "hidden layer {layer}: this network has {}, counted from 0",
            ends.len()
        )));
    };
    let maps = end.dim(1)?;
    if map >= maps {
        return Err(Error::argument(format!(
            "map {map} of hidden layer {layer}: expected 0 to {}",
            maps - 1
        )));
    }
    let flat = end.narrow(1, map, 1)?.flatten_from(1)?; // (n, positions)
    let best = flat.detach().argmax_keepdim(1)?;
    let here = Tensor::arange(0, flat.dim(1)? as u32, flat.device())?.unsqueeze(0)?;
    let mask = here.broadcast_eq(&best)?.to_dtype(flat.dtype())?;
    Ok((flat * mask)?.sum_all()?)
}

/// The gradient of a scalar in a variable; zeros where it does not depend on it.
fn gradient(value: &Tensor, variable: &Var) -> Result<Tensor> {
    let found = gradients::backward(value)?;
    Ok(match found.get(variable.as_tensor()) {
        Some(gradient) => gradient.clone(),
        None => variable.as_tensor().zeros_like()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use gan_kernels::activation::leaky_relu;
    use gan_kernels::linear::{linear, matmul_nt};
    use gan_kernels::read::values;

    fn tensor(rows: &[&[f64]]) -> Tensor {
        let flat: Vec<f64> = rows.concat();
        Tensor::from_vec(flat, (rows.len(), rows[0].len()), &Device::Cpu).unwrap()
    }

    /// Two hidden layers of leaky ReLUs and one output.
    fn network(x: &Tensor, tap: &mut Tap<'_>) -> Result<Tensor> {
        let (a, b, c) = weights();
        let x = tap(0, &leaky_relu(&matmul_nt(x, &a)?, 0.2)?)?;
        let x = tap(1, &leaky_relu(&matmul_nt(&x, &b)?, 0.2)?)?;
        Ok(matmul_nt(&x, &c)?)
    }

    fn weights() -> (Tensor, Tensor, Tensor) {
        let a =
            tensor(&[&[1.0, -2.0, 0.5], &[-1.0, 1.0, 2.0], &[0.5, 0.5, -1.0], &[2.0, 0.1, 0.3]]);
        let b = tensor(&[&[1.0, -1.0, 0.5, 0.2], &[-0.5, 1.0, 1.0, -1.0], &[0.3, 0.2, -2.0, 1.0]]);
        (a, b, tensor(&[&[1.0, -2.0, 0.7]]))
    }

    /// The rule by hand, with plain loops over matrices.
    fn by_hand(x: &[f64], guided: bool) -> Vec<f64> {
        let (a, b, c) = weights();
        let rows = |t: &Tensor| t.to_vec2::<f64>().unwrap();
        let times = |w: &[Vec<f64>], x: &[f64]| -> Vec<f64> {
            w.iter().map(|r| r.iter().zip(x).map(|(a, b)| a * b).sum()).collect()
        };
        let back = |w: &[Vec<f64>], r: &[f64]| -> Vec<f64> {
            (0..w[0].len()).map(|j| w.iter().zip(r).map(|(row, r)| row[j] * r).sum()).collect()
        };
        let leaky = |v: Vec<f64>| -> Vec<f64> {
            v.into_iter().map(|v| if v > 0.0 { v } else { 0.2 * v }).collect()
        };
        let through = |y: &[f64], r: Vec<f64>| -> Vec<f64> {
            let one = |(y, r): (&f64, f64)| match (guided, *y > 0.0) {
                (true, true) => r.max(0.0),
                (true, false) => 0.0,
                (false, true) => r,
                (false, false) => 0.2 * r,
            };
            y.iter().zip(r).map(one).collect()
        };
        let y0 = leaky(times(&rows(&a), x));
        let y1 = leaky(times(&rows(&b), &y0));
        let r1 = through(&y1, back(&rows(&c), &[1.0]));
        let r0 = through(&y0, back(&rows(&b), &r1));
        back(&rows(&a), &r0)
    }

    #[test]
    fn both_rules_are_those_of_the_paper() {
        for x in [[0.3, -1.0, 2.0], [-0.7, 0.4, 0.1], [1.5, 1.0, -0.2], [0.2, 0.9, 0.8]] {
            let at = tensor(&[&x]);
            for (rule, guided) in [(Rule::Plain, false), (Rule::Guided, true)] {
                let found = backpropagate(&network, &at, Target::Output, rule).unwrap();
                let expected = by_hand(&x, guided);
                for (f, e) in values(&found).unwrap().iter().zip(&expected) {
                    assert!((f - e).abs() < 1e-12, "{rule:?} at {x:?}: {f} against {e}");
                }
            }
        }
        // The examples are no accident: the rules differ somewhere.
        assert_ne!(by_hand(&[0.3, -1.0, 2.0], true), by_hand(&[0.3, -1.0, 2.0], false));
    }

    #[test]
    fn the_plain_rule_is_the_slope() {
        let x = [0.2, 0.9, 0.8];
        let answer = |x: &[f64]| {
            let out = network(&tensor(&[x]), &mut |_, y| Ok(y.clone())).unwrap();
            values(&out).unwrap()[0]
        };
        let found = backpropagate(&network, &tensor(&[&x]), Target::Output, Rule::Plain).unwrap();
        for (i, slope) in values(&found).unwrap().iter().enumerate() {
            let mut ends = [x, x];
            ends[0][i] += 1e-6;
            ends[1][i] -= 1e-6;
            let numeric = (answer(&ends[0]) - answer(&ends[1])) / 2e-6;
            assert!((slope - numeric).abs() < 1e-8, "{slope} against {numeric}");
        }
    }

    #[test]
    fn a_map_is_followed_from_its_largest_value() {
        let image = Var::from_tensor(&tensor(&[&[1.0, 3.0, 2.0, 0.0]])).unwrap();
        // One layer of two maps: the image and its negative doubled.
        let net = |x: &Tensor, tap: &mut Tap<'_>| -> Result<Tensor> {
            let maps = Tensor::stack(&[x, &(x * -2.0)?], 1)?.unsqueeze(2)?; // (1, 2, 1, 4)
            let maps = tap(0, &relu(&maps)?)?;
            Ok(linear(&maps.flatten_from(1)?, &tensor(&[&[1.0; 8]]), None)?)
        };
        let of = |map| {
            let target = Target::Map { layer: 0, map };
            backpropagate(&net, image.as_tensor(), target, Rule::Guided)
        };
        assert_eq!(values(&of(0).unwrap()).unwrap(), [0.0, 1.0, 0.0, 0.0]);
        assert!(of(2).unwrap_err().to_string().contains("map 2 of hidden layer 0"));
        let deep = Target::Map { layer: 4, map: 0 };
        let told = backpropagate(&net, image.as_tensor(), deep, Rule::Plain).unwrap_err();
        assert!(told.to_string().contains("this network has 1"), "{told}");
    }
}
