//! What one sees who looks into a trained model, and into data with one.
//!
//! | question | where |
//! | --- | --- |
//! | What does the generator make of these latents? | [`latents`] |
//! | What does a classifier see in images? | [`eyes`] |
//! | How good are the discriminator's features for a linear classifier? | [`probe`] |
//! | Which hidden units draw a class, and what is left without them? | [`forgetting`] |
//! | Which images of the data are near-duplicates? | [`near_duplicates`] |

pub mod eyes;
pub mod forgetting;
pub mod latents;
pub mod near_duplicates;
pub mod probe;
