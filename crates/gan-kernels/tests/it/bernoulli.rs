//! Draws of units against a loop, on every instruction set and for any number of threads.

use crate::differences::tensor;
use candle_core::{DType, Device, Tensor};
use gan_kernels::bernoulli::{draw, draw_given};
use gan_kernels::isa::{Isa, with_isa};
use gan_kernels::with_composed;
use std::ops::Range;

const ALL: [Isa; 4] = [Isa::Baseline, Isa::Avx2, Isa::Avx512, Isa::Amx];

fn flat(t: &Tensor) -> Vec<f64> {
    t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// The level of an element: equidistributed, and a function of the place alone.
fn level(place: usize) -> f32 {
    (place as f64 * 0.618_033_988_749_894_9).fract() as f32
}

fn levels(first: usize, out: &mut [f32]) {
    out.iter_mut().enumerate().for_each(|(i, out)| *out = level(first + i));
}

/// The levels of `(units, chains)`, of which there are never more than 100 chains.
fn of_units(units: Range<usize>, chains: Range<usize>, out: &mut [f32]) {
    assert_eq!((out.len(), chains.start % 32), (units.len() * chains.len(), 0));
    for (unit, row) in units.zip(out.chunks_mut(chains.len())) {
        levels(100 * unit + chains.start, row);
    }
}

#[test]
fn draws_compare_each_level_with_its_probability() {
    for dtype in [DType::F32, DType::F64] {
        for shape in [vec![], vec![7], vec![3, 5, 2], vec![50, 700], vec![0, 4]] {
            let prob = tensor(&shape, 3).affine(0.5, 0.5).unwrap().to_dtype(dtype).unwrap();
            let wanted: Vec<f64> = (flat(&prob).iter().enumerate())
                .map(|(i, p)| f64::from(u8::from(f64::from(level(i)) < *p)))
                .collect();
            let drawn = draw(&prob, levels).unwrap();
            assert_eq!((drawn.dims(), drawn.dtype()), (shape.as_slice(), dtype));
            assert_eq!(flat(&drawn), wanted);
            assert_eq!(flat(&with_composed(|| draw(&prob, levels)).unwrap()), wanted);
        }
    }
}

/// Units, inputs and chains.
const SIZES: [[usize; 3]; 5] =
    [[1, 1, 1], [13, 40, 16], [5, 300, 33], [130, 90, 48], [300, 70, 64]];

fn parts([units, inputs, chains]: [usize; 3], dtype: DType) -> [Tensor; 3] {
    [(vec![units, inputs], 1), (vec![units], 2), (vec![inputs, chains], 3)]
        .map(|(dims, seed)| tensor(&dims, seed).to_dtype(dtype).unwrap())
}

#[test]
fn units_are_drawn_given_others_as_a_loop_does() {
    for size in SIZES {
        let [units, inputs, chains] = size;
        let [w, b, s] = parts(size, DType::F64).map(|t| flat(&t));
        let wanted = |drawn: &Tensor, name: &str| {
            assert_eq!(drawn.dims(), [units, chains]);
            for (place, drawn) in flat(drawn).into_iter().enumerate() {
                let (unit, chain) = (place / chains, place % chains);
                let input: f64 =
                    (0..inputs).map(|i| w[unit * inputs + i] * s[i * chains + chain]).sum();
                let prob = 1.0 / (1.0 + (-input - b[unit]).exp());
                let gap = prob - f64::from(level(100 * unit + chain));
                let right = drawn == f64::from(u8::from(gap > 0.0)) || gap.abs() < 1e-5;
                assert!(right, "{name} {size:?}: unit {unit}, chain {chain}: {prob}");
            }
        };
        let run = |dtype| {
            let [w, b, s] = parts(size, dtype);
            draw_given((&w, &b), &s, of_units).unwrap()
        };
        wanted(&run(DType::F64), "f64");
        wanted(&with_composed(|| run(DType::F32)), "composed");
        for isa in ALL {
            with_isa(isa, || wanted(&run(DType::F32), isa.name()));
        }
    }
}

#[test]
fn a_chain_depends_on_its_own_column_and_on_no_thread_count() {
    let run = |chains: usize, threads: usize| {
        let [w, b, s] = parts([300, 200, 64], DType::F32);
        let s = s.narrow(1, 0, chains).unwrap().contiguous().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let drawn = pool.install(|| draw_given((&w, &b), &s, of_units)).unwrap();
        flat(&drawn.narrow(1, 0, 16).unwrap())
    };
    let one = run(64, 1);
    for (chains, threads) in [(64, 3), (48, 2), (16, 2), (16, 1)] {
        assert!(one == run(chains, threads), "{chains} chains, {threads} threads");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let zeros = |dims: &[usize]| Tensor::zeros(dims, DType::F32, &Device::Cpu).unwrap();
    let refused = |w: &[usize], b: &[usize], s: &[usize]| {
        draw_given((&zeros(w), &zeros(b)), &zeros(s), of_units).is_err()
    };
    assert!(!refused(&[3, 2], &[3], &[2, 4]));
    assert!(refused(&[3, 2], &[3], &[3, 4]));
    assert!(refused(&[3, 2], &[2], &[2, 4]));
    assert!(draw(&zeros(&[2]).to_dtype(DType::U8).unwrap(), levels).is_err());
}
