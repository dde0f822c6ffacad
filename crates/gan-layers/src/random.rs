//! What a training step draws, as tensors, from the streams of [`gan_statistics::step_stream`].

use candle_core::{DType, Device, Result, Tensor};
use gan_statistics::step_stream;
use rand::{Rng, RngCore};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::collections::BTreeMap;

/// The random streams of one training step.
#[derive(Debug, Clone)]
pub struct StepRng {
    seed: u64,
    step: u64,
    turns: BTreeMap<&'static str, u64>,
    part: Part,
}

/// Which part of a batch is drawn for: parts are equally large, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 0.
    pub index: usize,
    /// How many parts the batch has.
    pub of: usize,
}

impl Part {
    /// A batch as a whole.
    pub const WHOLE: Self = Self { index: 0, of: 1 };
}

impl StepRng {
    /// The streams of `step` under `seed`.
    pub fn new(seed: u64, step: u64) -> Self {
        Self { seed, step, turns: BTreeMap::new(), part: Part::WHOLE }
    }

    /// The same streams for a part of the batch: tensors drawn with [`StepRng::normal`],
    /// [`StepRng::uniform`] and [`StepRng::integers`], whose first axis is that of the batch, are the
    /// rows of this part of those that the whole batch would get.
    #[must_use]
    pub fn of_part(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// Which part of a batch is drawn for.
    pub fn part(&self) -> Part {
        self.part
    }

    /// How many numbers come before those of this part, where each part has `count`.
    fn before(&self, count: usize) -> usize {
        self.part.index * count
    }

    /// The step whose streams these are.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The next stream for `purpose`; each call within a step gives another.
    pub fn stream(&mut self, purpose: &'static str) -> ChaCha8Rng {
        let turn = self.turns.entry(purpose).or_insert(0);
        *turn += 1;
        step_stream(self.seed, purpose, self.step, *turn)
    }

    /// The next stream for `purpose`, as numbers uniform in `[0, 1)`, for chains that run apart.
    pub fn uniforms(&mut self, purpose: &'static str) -> impl FnMut() -> f64 + Send + use<> {
        let mut rng = self.stream(purpose);
        move || rng.random()
    }

    /// The next stream for `purpose`, as levels that are read at any place.
    pub fn levels(&mut self, purpose: &'static str) -> Levels {
        Levels(self.stream(purpose))
    }

    /// Independent draws of N(0, 1). The first axis is that of the batch.
    ///
    /// # Errors
    /// Candle's, where the tensor cannot be made.
    pub fn normal(
        &mut self,
        purpose: &'static str,
        shape: &[usize],
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        let rng = self.stream(purpose);
        let count = shape.iter().product();
        let draws = rng.sample_iter(StandardNormal).skip(self.before(count)).take(count);
        let draws: Vec<f32> = draws.collect();
        Tensor::from_vec(draws, shape, device)?.to_dtype(dtype)
    }

    /// Independent draws of U(low, high). The first axis is that of the batch.
    ///
    /// # Errors
    /// Candle's, where the tensor cannot be made.
    pub fn uniform(
        &mut self,
        purpose: &'static str,
        (low, high): (f64, f64),
        shape: &[usize],
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        let mut rng = self.stream(purpose);
        let count = shape.iter().product();
        let before = self.before(count);
        let draw = |_| low as f32 + (high - low) as f32 * rng.random::<f32>();
        let draws: Vec<f32> = (0..before + count).map(draw).skip(before).collect();
        Tensor::from_vec(draws, shape, device)?.to_dtype(dtype)
    }

    /// Independent uniform integers in `0..below`, as a `u32` tensor of shape `(count,)`.
    ///
    /// # Errors
    /// Candle's, where the tensor cannot be made.
    pub fn integers(
        &mut self,
        purpose: &'static str,
        below: u32,
        count: usize,
        device: &Device,
    ) -> Result<Tensor> {
        let mut rng = self.stream(purpose);
        let before = self.before(count);
        let draw = |_| rng.random_range(0..below.max(1));
        let draws: Vec<u32> = (0..before + count).map(draw).skip(before).collect();
        Tensor::from_vec(draws, count, device)
    }
}

/// The numbers of one stream, uniform in `[0, 1)`, to be read at any place: threads may share them.
#[derive(Debug, Clone)]
pub struct Levels(ChaCha8Rng);

impl Levels {
    /// Writes the numbers from number `first` on: those of [`StepRng::uniform`] from 0 to 1.
    pub fn read(&self, first: u64, out: &mut [f32]) {
        let mut rng = self.0.clone();
        rng.set_word_pos(u128::from(first));
        let mut bytes = [0; 256];
        for out in out.chunks_mut(bytes.len() / 4) {
            let bytes = &mut bytes[..4 * out.len()];
            rng.fill_bytes(bytes);
            for (out, bytes) in out.iter_mut().zip(bytes.as_chunks().0) {
                // The upper 24 bits, as many as a mantissa holds.
                *out = (u32::from_le_bytes(*bytes) >> 8) as f32 / (1 << 24) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_of_one_purpose_do_not_move_another() {
        let mut a = StepRng::new(1, 5);
        let mut b = StepRng::new(1, 5);
        b.stream("dropout");
        assert_eq!(a.stream("latent").random::<u64>(), b.stream("latent").random::<u64>());
        assert_ne!(
            a.stream("latent").random::<u64>(),
            StepRng::new(1, 5).stream("latent").random::<u64>()
        );
    }

    #[test]
    fn parts_draw_the_rows_of_the_whole() {
        let (dtype, device) = (DType::F32, Device::Cpu);
        let draw = |part: Part, n: usize| {
            let mut rng = StepRng::new(3, 9).of_part(part);
            let normal = rng.normal("latent", &[n, 5], dtype, &device).unwrap();
            let uniform = rng.uniform("penalty", (-1.0, 2.0), &[n], dtype, &device).unwrap();
            let integers = rng.integers("labels", 10, n, &device).unwrap();
            let again = rng.normal("latent", &[n, 3], dtype, &device).unwrap();
            let flat = |t: &Tensor| t.to_dtype(dtype).unwrap().flatten_all().unwrap();
            [normal, uniform, integers, again].map(|t| flat(&t).to_vec1::<f32>().unwrap())
        };
        let whole = draw(Part::WHOLE, 12);
        let parts: Vec<_> = (0..4).map(|index| draw(Part { index, of: 4 }, 3)).collect();
        for (k, all) in whole.iter().enumerate() {
            let joined: Vec<f32> = parts.iter().flat_map(|part| part[k].clone()).collect();
            assert_eq!(*all, joined, "draw {k}");
        }
    }

    #[test]
    fn uniforms_are_a_stream_of_their_own() {
        let mut rng = StepRng::new(1, 5);
        let (mut first, mut second) = (rng.uniforms("chains"), rng.uniforms("chains"));
        let [a, b]: [Vec<f64>; 2] =
            [(0..1000).map(|_| first()).collect(), (0..1000).map(|_| second()).collect()];
        assert_ne!(a, b);
        let mut again = StepRng::new(1, 5).uniforms("chains");
        assert!(a.iter().all(|v| *v == again() && (0.0..1.0).contains(v)));
        assert!((a.iter().sum::<f64>() / 1000.0 - 0.5).abs() < 0.05);
    }

    #[test]
    fn levels_are_those_of_uniform_from_any_place() {
        let shape = [1000];
        let mut rng = StepRng::new(1, 5);
        let all = rng.uniform("gibbs", (0.0, 1.0), &shape, DType::F32, &Device::Cpu).unwrap();
        let all = all.to_vec1::<f32>().unwrap();
        let levels = StepRng::new(1, 5).levels("gibbs");
        for (first, count) in [(0, 1000), (16, 48), (7, 130), (999, 1), (500, 0)] {
            let mut found = vec![0.0; count];
            levels.read(first as u64, &mut found);
            assert_eq!(found, all[first..first + count]);
        }
    }

    #[test]
    fn moments_are_those_of_the_named_distributions() {
        let mut rng = StepRng::new(7, 0);
        let n = rng.normal("latent", &[20_000], DType::F64, &Device::Cpu).unwrap();
        assert!(n.mean_all().unwrap().to_scalar::<f64>().unwrap().abs() < 0.03);
        assert!(
            (n.sqr().unwrap().mean_all().unwrap().to_scalar::<f64>().unwrap() - 1.0).abs() < 0.05
        );
        let u = rng.uniform("latent", (-1.0, 3.0), &[20_000], DType::F64, &Device::Cpu).unwrap();
        assert!((u.mean_all().unwrap().to_scalar::<f64>().unwrap() - 1.0).abs() < 0.05);
        let all = u.to_vec1::<f64>().unwrap();
        assert!(all.iter().all(|v| (-1.0..3.0).contains(v)));
        let i = rng.integers("labels", 3, 100, &Device::Cpu).unwrap().to_vec1::<u32>().unwrap();
        assert!((0..3).all(|k| i.contains(&k)) && i.iter().all(|v| *v < 3));
    }
}
