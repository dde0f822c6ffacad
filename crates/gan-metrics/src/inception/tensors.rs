//! The tensors that weights of an Inception have, in the order of the network.

use super::blocks;
use super::layout::{Layout, head_name};

impl Layout {
    /// Every tensor that weights of this layout have, with its shape, in the order of the network.
    ///
    /// `head` are the widths of the fully connected layers, the number of classes last: one layer
    /// `fc` where it has one element, else `fc1`, `fc2`, …; all but the last end in a ReLU.
    pub fn tensors(self, head: &[usize]) -> Vec<(String, Vec<usize>)> {
        let mut all = Vec::new();
        for (name, shape) in blocks::convolutions(self) {
            all.push((format!("{name}.conv.weight"), shape.to_vec()));
            for part in ["weight", "bias", "running_mean", "running_var"] {
                all.push((format!("{name}.bn.{part}"), vec![shape[0]]));
            }
        }
        let mut input = 2048;
        for (index, &out) in head.iter().enumerate() {
            let name = head_name(index, head.len());
            all.push((format!("{name}.weight"), vec![out, input]));
            all.push((format!("{name}.bias"), vec![out]));
            input = out;
        }
        all
    }
}
