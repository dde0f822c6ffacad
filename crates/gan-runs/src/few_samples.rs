//! Data of fewer samples than a batch: whether they are repeated, what that cannot do, and the words.

use crate::configuration::Layers;
use crate::error::{Result, refused};
use gan_data::DataInfo;
use gan_train::RunConfig;

/// Whether the user has said how large a batch is, or whether it may hold a sample twice.
pub fn is_settled(layers: &Layers<'_>) -> bool {
    layers.gives("train.batch") || layers.gives("data.repeat")
}

/// Lets batches repeat samples where the data have fewer than the model's own batch and nobody has
/// `settled` it; run.toml then says so, and a resume goes on the same way.
///
/// # Errors
/// Where repetition would leave a technique nothing to do.
pub fn settle(config: &mut RunConfig, settled: bool, info: &DataInfo) -> Result<()> {
    config.data.repeat |= !settled && info.len < config.train.batch;
    if !are_repeated(config, info) {
        return Ok(());
    }
    let (len, batch) = (info.len, config.train.batch);
    let packing = technique(config, "packing");
    if packing > 1 && len < packing {
        return Err(refused(format!(
            "techniques.packing: every pack of {packing} would hold one of the {} twice, and D would \
             take sameness for a mark of the data; use more data, or packing of {len} at most",
            samples(info)
        )));
    }
    if technique(config, "minibatch_kernels") > 0 && len == 1 {
        return Err(refused(format!(
            "techniques.minibatch_kernels: a batch of {batch} would hold the one {} again and again, \
             and D would take sameness for a mark of the data; use more data, or set it to 0",
            word(info)
        )));
    }
    Ok(())
}

/// What is to be said at the start of a run whose batches repeat samples.
pub fn told(config: &RunConfig, info: &DataInfo) -> Vec<String> {
    if !are_repeated(config, info) {
        return Vec::new();
    }
    let (len, batch) = (info.len, config.train.batch);
    let how = match len {
        1 => "it again and again",
        _ if batch < 2 * len => "some of them twice",
        _ => "each of them several times",
    };
    let mut lines = vec![format!("{}, batch of {batch}: a batch holds {how}", samples(info))];
    if technique(config, "minibatch_kernels") > 0 {
        lines.push(format!(
            "techniques.minibatch_kernels: D sees those repetitions as likeness of real {0}s, which \
             weakens it; --batch {len} takes every {0} once",
            word(info)
        ));
    }
    lines
}

fn are_repeated(config: &RunConfig, info: &DataInfo) -> bool {
    config.data.repeat && info.len < config.train.batch
}

/// A technique's number; 0 where the model does not have it.
fn technique(config: &RunConfig, name: &str) -> usize {
    let techniques = config.model.get("techniques").and_then(toml::Value::as_table);
    let value = techniques.and_then(|all| all.get(name)).and_then(toml::Value::as_integer);
    value.and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
}

fn word(info: &DataInfo) -> &'static str {
    if info.shape().len() == 3 { "picture" } else { "sample" }
}

/// Such as `40 pictures`.
fn samples(info: &DataInfo) -> String {
    let (len, word) = (info.len, word(info));
    if len == 1 { format!("1 {word}") } else { format!("{len} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_data::LoadOptions;
    use gan_train::{DataConfig, TrainConfig};

    /// The start of a run on the first `len` digits, or the refusal.
    fn start(len: usize, batch: usize, settled: bool, model: &str) -> Result<(bool, Vec<String>)> {
        let options = LoadOptions { limit: Some(len), ..LoadOptions::default() };
        let data = gan_data::open("mnist", &options).unwrap();
        let mut config = RunConfig {
            entry: "toy".to_owned(),
            version: "0".to_owned(),
            data: DataConfig::new("mnist"),
            train: TrainConfig { batch, ..TrainConfig::default() },
            model: toml::from_str(model).unwrap(),
        };
        settle(&mut config, settled, data.info())?;
        Ok((config.data.repeat, told(&config, data.info())))
    }

    #[test]
    fn data_are_repeated_only_where_there_are_fewer_and_nobody_settled_it() {
        let (repeat, lines) = start(40, 64, false, "").unwrap();
        assert!(repeat);
        assert_eq!(lines, ["40 pictures, batch of 64: a batch holds some of them twice"]);
        let (_, lines) = start(10, 64, false, "").unwrap();
        assert_eq!(lines, ["10 pictures, batch of 64: a batch holds each of them several times"]);
        let (_, lines) = start(1, 64, false, "").unwrap();
        assert_eq!(lines, ["1 picture, batch of 64: a batch holds it again and again"]);
        assert_eq!(start(64, 64, false, "").unwrap(), (false, Vec::new()));
        assert_eq!(start(40, 64, true, "").unwrap(), (false, Vec::new()));
    }

    #[test]
    fn what_repetition_leaves_nothing_to_do_is_refused() {
        let packing = "[techniques]\npacking = 4\n";
        let error = start(3, 64, false, packing).unwrap_err().to_string();
        assert!(
            error.contains("every pack of 4 would hold one of the 3 pictures twice"),
            "{error}"
        );
        assert_eq!(start(4, 64, false, packing).unwrap().1.len(), 1);
        let kernels = "[techniques]\nminibatch_kernels = 16\n";
        let error = start(1, 64, false, kernels).unwrap_err().to_string();
        assert!(error.contains("the one picture again and again"), "{error}");
        let (_, lines) = start(40, 64, false, kernels).unwrap();
        assert!(lines[1].contains("--batch 40 takes every picture once"), "{lines:?}");
    }
}
