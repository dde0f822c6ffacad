//! The bits of a game's tensors, to tell what moved.

use candle_core::DType;
use gan_train::Game;
use std::collections::BTreeMap;

/// Every tensor's bits by name; f32 widens to f64 without loss.
pub fn bits(game: &dyn Game) -> BTreeMap<String, Vec<u64>> {
    let all = game.params().tensors().map(|(name, var)| {
        let flat = var.copy().unwrap().to_dtype(DType::F64).unwrap().flatten_all().unwrap();
        let values = flat.to_vec1::<f64>().unwrap();
        (name.to_owned(), values.into_iter().map(f64::to_bits).collect())
    });
    all.collect()
}

/// Names of the tensors that differ.
pub fn moved(before: &BTreeMap<String, Vec<u64>>, game: &dyn Game) -> Vec<String> {
    let now = bits(game);
    assert_eq!(before.len(), now.len());
    now.into_iter().filter(|(name, v)| before[name] != *v).map(|(name, _)| name).collect()
}
