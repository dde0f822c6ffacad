//! The same bytes for any number of threads.

use crate::differences::tensor;
use candle_core::{DType, Tensor, Var};
use gan_kernels::conv::{Conv2d, conv_transpose2d, conv2d};
use gan_kernels::{activation, linear, norm};

fn bits(t: &Tensor) -> Vec<u32> {
    t.flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().map(|v| v.to_bits()).collect()
}

fn work() -> Vec<Vec<u32>> {
    let single = |dims: &[usize], seed| tensor(dims, seed).to_dtype(DType::F32).unwrap();
    let w1 = Var::from_tensor(&single(&[24, 6, 4, 4], 1)).unwrap();
    let w2 = Var::from_tensor(&single(&[24, 6, 4, 4], 2)).unwrap();
    let w3 = Var::from_tensor(&single(&[300, 6 * 32 * 32], 3)).unwrap();
    let x = single(&[21, 6, 32, 32], 4);
    let y = conv2d(&x, w1.as_tensor(), None, &Conv2d::new(2, 1)).unwrap();
    let y = norm::normalize(&y, 1e-5).unwrap();
    let y = activation::leaky_relu(&y, 0.2).unwrap();
    let y = conv_transpose2d(&y, w2.as_tensor(), None, &Conv2d::new(2, 1), [0, 0]).unwrap();
    let y = activation::tanh(&y).unwrap();
    let y = linear::linear(&y.flatten_from(1).unwrap(), w3.as_tensor(), None).unwrap();
    let grads = y.sqr().unwrap().mean_all().unwrap().backward().unwrap();
    let mut out = vec![bits(&y)];
    out.extend([&w1, &w2, &w3].map(|w| bits(grads.get(w).unwrap())));
    out
}

#[test]
fn results_do_not_depend_on_the_thread_count() {
    let with = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
    };
    let one = with(1);
    for threads in [2, 3, 5] {
        assert!(one == with(threads), "{threads} threads change the result");
    }
}
