//! Packing: D judges several samples at once (PacGAN, arXiv 1712.04086).

use candle_core::{Result, Tensor, bail};

/// Stacks each run of `packing` samples along axis 1: `(n, c, …)` becomes
/// `(n/packing, packing·c, …)`, and labels `(n,)` become `(n/packing, packing)`. Samples that fill
/// no pack are left out.
pub(crate) fn pack(parts: &[Tensor], packing: usize) -> Result<Vec<Tensor>> {
    if packing == 1 {
        return Ok(parts.to_vec());
    }
    let one = |x: &Tensor| {
        let packs = x.dim(0)? / packing;
        if packs == 0 {
            bail!("packing: {} samples do not fill a pack of {packing}", x.dim(0)?)
        }
        let x = x.narrow(0, 0, packs * packing)?.contiguous()?;
        let mut shape = vec![packs];
        match x.dims() {
            [_] => shape.push(packing),
            [_, channels, rest @ ..] => {
                shape.push(packing * channels);
                shape.extend(rest);
            }
            [] => bail!("packing: expected a batch, found a scalar"),
        }
        x.reshape(shape)
    };
    parts.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn neighbours_share_a_pack() {
        let x = Tensor::arange(0f64, 10.0, &Device::Cpu).unwrap().reshape((5, 2, 1, 1)).unwrap();
        let labels = Tensor::new(&[0u32, 1, 2, 3, 4], &Device::Cpu).unwrap();
        let packed = pack(&[x, labels], 2).unwrap();
        assert_eq!(packed[0].dims(), [2, 4, 1, 1]);
        let rows = packed[0].flatten_from(1).unwrap().to_vec2::<f64>().unwrap();
        assert_eq!(rows, [[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]);
        assert_eq!(packed[1].to_vec2::<u32>().unwrap(), [[0, 1], [2, 3]]);
        let few = Tensor::new(&[0u32], &Device::Cpu).unwrap();
        assert!(pack(&[few], 2).unwrap_err().to_string().contains("pack of 2"));
    }
}
