//! Naive twins: each kernel written as the loop of its definition, in f64.

use gan_kernels::conv::Conv2d;
use gan_kernels::pool::Pool;

/// `y[n,o,i,j] = Σ x[n,c,i·s+u·d−p,…]·w[o,c,u,v]`; `x` and `w` with their four sizes.
pub fn conv2d(x: (&[f64], [usize; 4]), w: (&[f64], [usize; 4]), how: &Conv2d) -> Vec<f64> {
    let ((x, [n, c, h, width]), (w, [o, cg, kh, kw])) = (x, w);
    let [oh, ow] = how.output([h, width], [kh, kw]).unwrap();
    let og = o / how.groups;
    let mut y = vec![0.0; n * o * oh * ow];
    each(&[n, o, oh, ow], |at, index| {
        let [b, oc, i, j] = [index[0], index[1], index[2], index[3]];
        each(&[cg, kh, kw], |tap, t| {
            let r = (i * how.stride[0] + t[1] * how.dilation[0]).wrapping_sub(how.padding[0]);
            let s = (j * how.stride[1] + t[2] * how.dilation[1]).wrapping_sub(how.padding[2]);
            if r < h && s < width {
                let channel = oc / og * cg + t[0];
                let from = ((b * c + channel) * h + r) * width + s;
                y[at] += x[from] * w[oc * cg * kh * kw + tap];
            }
        });
    });
    y
}

/// The scatter form: every input pixel adds its kernel to the output.
pub fn conv_transpose2d(
    x: (&[f64], [usize; 4]),
    w: (&[f64], [usize; 4]),
    how: &Conv2d,
    out: [usize; 2],
) -> Vec<f64> {
    let ((x, [n, c, h, width]), (w, [_, og, kh, kw])) = (x, w);
    let (cg, o) = (c / how.groups, og * how.groups);
    let mut y = vec![0.0; n * o * out[0] * out[1]];
    each(&[n, c, h, width], |at, index| {
        let [b, ch, i, j] = [index[0], index[1], index[2], index[3]];
        each(&[og, kh, kw], |tap, t| {
            let r = (i * how.stride[0] + t[1] * how.dilation[0]).wrapping_sub(how.padding[0]);
            let s = (j * how.stride[1] + t[2] * how.dilation[1]).wrapping_sub(how.padding[2]);
            if r < out[0] && s < out[1] {
                let oc = ch / cg * og + t[0];
                y[((b * o + oc) * out[0] + r) * out[1] + s] += x[at] * w[ch * og * kh * kw + tap];
            }
        });
    });
    y
}

/// Both poolings: `(average, maximum)`.
pub fn pool2d(x: &[f64], [n, c, h, w]: [usize; 4], pool: &Pool) -> (Vec<f64>, Vec<f64>) {
    let out =
        |size: usize, a: usize| (size + 2 * pool.padding[a] - pool.kernel[a]) / pool.stride[a] + 1;
    let (oh, ow) = (out(h, 0), out(w, 1));
    let (mut mean, mut max) =
        (vec![0.0; n * c * oh * ow], vec![f64::NEG_INFINITY; n * c * oh * ow]);
    each(&[n * c, oh, ow], |at, index| {
        let mut count = 0;
        each(&pool.kernel, |_, t| {
            let r = (index[1] * pool.stride[0] + t[0]).wrapping_sub(pool.padding[0]);
            let s = (index[2] * pool.stride[1] + t[1]).wrapping_sub(pool.padding[1]);
            if r < h && s < w {
                let v = x[(index[0] * h + r) * w + s];
                mean[at] += v;
                max[at] = f64::max(max[at], v);
                count += 1;
            }
        });
        let all = pool.kernel[0] * pool.kernel[1];
        mean[at] /= if pool.count_include_pad { all } else { count } as f64;
    });
    (mean, max)
}

/// Per-channel normalization by its definition.
pub fn normalize(x: &[f64], n: usize, c: usize, inner: usize, eps: f64) -> Vec<f64> {
    let mut y = x.to_vec();
    for ch in 0..c {
        let at = |b: usize, i: usize| (b * c + ch) * inner + i;
        let all: Vec<f64> = (0..n)
            .flat_map(|b| (0..inner).map(move |i| (b, i)))
            .map(|(b, i)| x[at(b, i)])
            .collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let var = all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / all.len() as f64;
        for b in 0..n {
            for i in 0..inner {
                y[at(b, i)] = (x[at(b, i)] - mean) / (var + eps).sqrt();
            }
        }
    }
    y
}

/// Calls `f(flat index, index)` for every index of a shape, in order.
fn each(dims: &[usize], mut f: impl FnMut(usize, &[usize])) {
    let total: usize = dims.iter().product();
    let mut index = vec![0; dims.len()];
    for at in 0..total {
        f(at, &index);
        for axis in (0..dims.len()).rev() {
            index[axis] += 1;
            if index[axis] < dims[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}
