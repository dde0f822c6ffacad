//! What every function gives on a device, beside the same in f64 on the CPU.
//!
//! A card computes with other code than the CPU does, and nobody sees a wrong gradient. Each
//! function of the list runs with its gradients of the first and the second order on both, twice on
//! the device.

mod cases;

use crate::read;
use candle_core::{DType, Device, Result, Tensor, Var};
use cases::{CASES, Case};

/// What one function gives on a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// The function, as this crate calls it.
    pub name: &'static str,
    /// The largest differences from f64 on the CPU, of the result, of its gradients and of their
    /// gradients, each over the largest value there; none where there is no such gradient.
    pub apart: [Option<f64>; 3],
    /// Whether the same call gave the same bits again.
    pub same_twice: bool,
}

/// Names of the functions, in the order of [`agreement`].
pub fn functions() -> impl ExactSizeIterator<Item = &'static str> {
    CASES.iter().map(|case| case.name)
}

/// Function number `index` of [`functions`] on `device` in f32. Call
/// [`second_order::enable`](crate::second_order::enable) before, at the program's start.
///
/// # Errors
/// Candle's, such as an operation that the device has not.
pub fn agreement(index: usize, device: &Device) -> Result<Agreement> {
    let case = CASES.get(index).ok_or_else(|| {
        candle_core::Error::Msg(format!("function {index} of {}: there is none", CASES.len()))
    })?;
    // On the host: this is what the device is compared with.
    let exact = orders(case, &Device::Cpu, DType::F64)?;
    let found = orders(case, device, DType::F32)?;
    let again = orders(case, device, DType::F32)?;
    let mut apart = [None; 3];
    for (apart, (found, exact)) in apart.iter_mut().zip(found.iter().zip(&exact)) {
        *apart = Some(difference(found, exact));
    }
    let same = |a: &Vec<f64>, b: &Vec<f64>| {
        a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()) && a.len() == b.len()
    };
    let same_twice = found.iter().zip(&again).all(|(a, b)| same(a, b));
    Ok(Agreement { name: case.name, apart, same_twice })
}

/// The largest difference of two lists over the largest value of `exact`; infinite where their lengths
/// differ or a difference is no number.
pub fn difference(found: &[f64], exact: &[f64]) -> f64 {
    let largest = exact.iter().fold(f64::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let apart = found.iter().zip(exact).map(|(a, b)| (a - b).abs());
    let apart =
        apart.fold(0.0, |most: f64, x| if x.is_nan() { f64::INFINITY } else { most.max(x) });
    if found.len() == exact.len() { apart / largest } else { f64::INFINITY }
}

/// The values of the result, of the gradients of a curved function of it, and of the gradients of a
/// sum over those: as many as the function has.
fn orders(case: &Case, device: &Device, dtype: DType) -> Result<Vec<Vec<f64>>> {
    let mut vars = Vec::new();
    for (index, dims) in case.shapes.iter().enumerate() {
        vars.push(Var::from_tensor(&weyl(dims, index as u64, device, dtype)?)?);
    }
    let inputs: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
    let y = (case.run)(&inputs)?;
    let mut all = vec![read::values(&y)?];
    if case.orders == 0 {
        return Ok(all);
    }
    let weights = weyl(y.dims(), 77, device, dtype)?;
    let loss = (y.mul(&weights)? + y.sqr()?.affine(0.5, 0.0)?)?.sum_all()?;
    let first = loss.backward()?;
    let mut values = Vec::new();
    let mut total: Option<Tensor> = None;
    for (index, var) in vars.iter().enumerate() {
        let Some(gradient) = first.get(var) else { continue };
        values.extend(read::values(gradient)?);
        let direction = weyl(gradient.dims(), 900 + index as u64, device, dtype)?;
        let slope = gradient.mul(&direction)?.sum_all()?;
        total = Some(total.map_or(Ok(slope.clone()), |total| total + &slope)?);
    }
    all.push(values);
    let Some(total) = total.filter(|_| case.orders == 2) else { return Ok(all) };
    let second = total.backward()?;
    let mut values = Vec::new();
    for var in &vars {
        if let Some(gradient) = second.get(var) {
            values.extend(read::values(gradient)?);
        }
    }
    all.push(values);
    Ok(all)
}

/// Numbers in (−1, 1) without ties: a Weyl sequence, the same on every device.
fn weyl(dims: &[usize], seed: u64, device: &Device, dtype: DType) -> Result<Tensor> {
    let start = seed as f64 * 0.569_840_290_998;
    let value = |i: usize| {
        // What f32 holds, so that both precisions begin with the same numbers.
        f64::from((2.0 * ((i as f64 + 1.0) * 0.754_877_666_246_692_7 + start).fract() - 1.0) as f32)
    };
    let all: Vec<f64> = (0..dims.iter().product()).map(value).collect();
    // On the host: both precisions begin with the same numbers, and Metal has no f64.
    Tensor::from_vec(all, dims, &Device::Cpu)?.to_dtype(dtype)?.to_device(device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{second_order, with_composed};

    /// Far above what f32 rounds, far below a wrong gradient.
    const CLOSE: f64 = 2e-5;

    fn check(how: &str) {
        second_order::enable().unwrap();
        for index in 0..functions().len() {
            let found = agreement(index, &Device::Cpu).unwrap();
            for apart in found.apart.into_iter().flatten() {
                assert!(apart < CLOSE, "{how}: {found:?}");
            }
            assert!(found.same_twice, "{how}: {found:?}");
        }
    }

    #[test]
    fn every_function_agrees_with_f64_in_both_branches() {
        check("kernels");
        with_composed(|| check("composed"));
    }

    #[test]
    fn what_differs_is_seen() {
        assert_eq!(difference(&[1.0, 2.0], &[1.0, 2.0]), 0.0);
        assert_eq!(difference(&[1.0, 3.0], &[1.0, 2.0]), 0.5);
        assert_eq!(difference(&[1.0, f64::NAN], &[1.0, 2.0]), f64::INFINITY);
        assert_eq!(difference(&[1.0], &[1.0, 2.0]), f64::INFINITY);
    }
}
