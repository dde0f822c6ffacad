//! Samples in chunks of a fixed size: sample k is a function of the seed and k, memory is bounded.

use candle_core::{Device, Tensor};
use gan_layers::StepRng;
use gan_train::{Fields, Game, Sample, SampleRequest, Trainer};

/// Samples that are drawn together. All chunks are drawn whole: sample k must not depend on how
/// many follow it.
pub const CHUNK: usize = 64;

/// What is drawn.
pub struct Plan {
    /// How many samples.
    pub count: usize,
    /// The seed of the latents.
    pub seed: u64,
    /// Classes dealt out in turn, or nothing.
    pub labels: Option<Vec<u32>>,
    /// Other conditions, whose rows are dealt out in turn.
    pub beside: Fields,
}

impl Plan {
    /// So many samples under seed 0, of whatever the model chooses.
    pub fn of(count: usize) -> Self {
        Self { count, seed: 0, labels: None, beside: Fields::none() }
    }

    /// The class of sample `k`.
    pub fn label(&self, k: usize) -> Option<u32> {
        self.labels.as_ref().filter(|all| !all.is_empty()).map(|all| all[k % all.len()])
    }

    /// The classes of the samples in `range`.
    pub fn labels_of(&self, range: std::ops::Range<usize>) -> Option<Vec<u32>> {
        range.map(|k| self.label(k)).collect()
    }

    /// The conditions of the samples in `range`.
    fn given(&self, range: std::ops::Range<usize>, device: &Device) -> gan_train::Result<Fields> {
        let mut given = match self.labels_of(range.clone()) {
            Some(labels) => Fields::of_classes(&labels, device)?,
            None => Fields::none(),
        };
        for (name, rows) in self.beside.iter() {
            let count = rows.dim(0)?.max(1);
            let which: Vec<u32> = range.clone().map(|k| (k % count) as u32).collect();
            let which = Tensor::new(which, rows.device())?;
            given = given.with(name, rows.index_select(&which, 0)?.to_device(device)?);
        }
        Ok(given)
    }
}

/// Draws chunk after chunk and hands each to `take`.
///
/// # Errors
/// Where the plan does not fit the model; those of `take`.
pub fn each<E: From<gan_train::Error>>(
    trainer: &Trainer,
    game: &dyn Game,
    plan: &Plan,
    take: &mut dyn FnMut(&Sample) -> Result<(), E>,
) -> Result<(), E> {
    let drawn = trainer.drawn(game, |game| {
        for chunk in 0..plan.count.div_ceil(CHUNK) {
            let first = chunk * CHUNK;
            let given = plan.given(first..first + CHUNK, game.params().device())?;
            let request = SampleRequest { count: CHUNK, given };
            // From the far end of the steps, where no training run draws: chunk 0 is what the
            // run's own pictures begin with.
            let mut rng = StepRng::new(plan.seed, u64::MAX - chunk as u64);
            let sample = cut(game.sample(&request, &mut rng)?, plan.count - first)?;
            if let Err(error) = take(&sample) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    });
    drawn?
}

/// The first `most` samples.
fn cut(sample: Sample, most: usize) -> gan_train::Result<Sample> {
    let keep = |t: &candle_core::Tensor| t.detach().narrow(0, 0, most.min(t.dim(0)?));
    Ok(match &sample {
        Sample::Images(t) => Sample::Images(keep(t)?),
        Sample::Points(t) => Sample::Points(keep(t)?),
        _ => sample,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_dealt_out_in_turn() {
        let plan = Plan { labels: Some(vec![3, 1]), ..Plan::of(5) };
        assert_eq!(plan.labels_of(1..4), Some(vec![1, 3, 1]));
        let plan = Plan { labels: None, ..plan };
        assert_eq!(plan.labels_of(0..4), None);
    }
}
