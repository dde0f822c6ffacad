//! What the study measures: scores at places of a curve, and at sample sizes.

use gan_inspect::disturbance::Disturbance;

/// A number of images, and each score's mean and deviation over draws of so many.
pub type OfSize = (usize, [(f64, f64); 8]);
/// A disturbance, and scores at rising strength.
pub type Curve = (Disturbance, Vec<Place>);

/// Draws of each sample size.
pub const REPEATS: usize = 5;
/// Smallest number of images a side.
pub const LEAST: usize = 50;

/// Scores at one place of a curve.
pub struct Place {
    /// Where: a strength, or a number of classes.
    pub at: f64,
    /// The scores, in the order of their names.
    pub scores: [f64; 8],
}
