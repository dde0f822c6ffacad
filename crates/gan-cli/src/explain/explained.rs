//! What an experiment of `gan explain` came to.

use gan_images::Image;
use serde_json::Value;

/// What an experiment came to.
pub struct Explained {
    /// In words, with its numbers.
    pub text: String,
    /// The numbers alone.
    pub object: Value,
    /// Drawn.
    pub picture: Image,
}
