//! How many packs a step has where D judges several samples together.

use gan_train::RunConfig;

/// Makes a batch of as many packs as the model's own batch has samples, where nobody has `settled`
/// how large it is: the code of PacGAN (arXiv 1712.04086) draws a whole batch for each place in a
/// pack, and a quarter of the packs is another experiment.
pub fn fill(config: &mut RunConfig, settled: bool) {
    if !settled {
        config.train.batch = config.train.batch.saturating_mul(packing(config));
    }
}

/// What is to be said at the start of a run that packs.
pub fn told(config: &RunConfig) -> Option<String> {
    let (packing, batch) = (packing(config), config.train.batch);
    (packing > 1).then(|| {
        format!("techniques.packing: a batch of {batch} is {} packs of {packing}", batch / packing)
    })
}

fn packing(config: &RunConfig) -> usize {
    let techniques = config.model.get("techniques").and_then(toml::Value::as_table);
    let value = techniques.and_then(|all| all.get("packing")).and_then(toml::Value::as_integer);
    value.and_then(|n| usize::try_from(n).ok()).unwrap_or(1).max(1)
}
