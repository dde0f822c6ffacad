//! Scores of generators that agree with the reference programs, each with a receipt.

mod class_fid;
pub mod digits;
mod distances;
mod error;
pub mod extractor;
mod feature_matrix;
mod fid;
mod fid_spread;
pub mod inception;
mod inception_score;
mod kid;
mod moment_sum;
mod neighbors;
mod numpy_random;
mod prdc;
mod protocol;
mod random_stream;
pub mod receipt;
pub mod statistics;
pub mod weights;

pub use class_fid::{ClassFid, fid_by_class};

pub use error::{Error, Result};
pub use extractor::{Extractor, Features, InputSpec, Wanted};
pub use feature_matrix::FeatureMatrix;
pub use fid::{Fid, FidOptions, FidSide, SquareRoot, fid};
pub use fid_spread::{FidInfinity, FidInterval, fid_infinity, fid_interval};
pub use inception_score::{
    InceptionScore, SplitRule, inception_score, mode_score, neighbor_agreement,
};
pub use kid::{Kid, KidOptions, kid, mmd_squared};
pub use moment_sum::MomentSum;
pub use neighbors::{COPIED_RATIO, Memorization, Nearest, memorization, nearest};
pub use numpy_random::RandomState;
pub use prdc::{Prdc, PrdcOptions, prdc, radii};
pub use protocol::{Preparer, Protocol};
