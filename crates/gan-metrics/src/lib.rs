//! Scores of generators that agree with the reference programs, each with a receipt.

mod class_fid;
mod collector;
pub mod digits;
mod distances;
mod error;
mod extract;
pub mod extractor;
mod feature_cache;
mod feature_file;
mod feature_matrix;
mod fid;
mod fid_spread;
mod image_set;
mod image_source;
pub mod inception;
mod inception_score;
mod kid;
mod look;
mod moment_sum;
mod neighbors;
mod numpy_random;
mod prdc;
mod protocol;
mod random_stream;
pub mod receipt;
mod score;
mod score_json;
mod scored_set;
pub mod statistics;
pub mod weights;

pub use class_fid::{ClassFid, fid_by_class};
pub use collector::{Collected, Keep};

pub use error::{Error, Result};
pub use extract::{ExtractOptions, Extracted, extract};
pub use extractor::{Extractor, Features, InputSpec, Wanted};
pub use feature_cache::{CacheKey, FeatureCache};
pub use feature_file::FeatureFile;
pub use feature_matrix::FeatureMatrix;
pub use fid::{Fid, FidOptions, FidSide, SquareRoot, fid};
pub use fid_spread::{FidInfinity, FidInterval, fid_infinity, fid_interval};
pub use image_set::{ImageSet, everything};
pub use image_source::{Found, Glance, ImageSource};
pub use inception_score::{
    InceptionScore, SplitRule, inception_score, mode_score, neighbor_agreement,
};
pub use kid::{Kid, KidOptions, kid, mmd_squared};
pub use look::{Look, look};
pub use moment_sum::MomentSum;
pub use neighbors::{COPIED_RATIO, Memorization, Nearest, memorization, nearest};
pub use numpy_random::RandomState;
pub use prdc::{Prdc, PrdcOptions, prdc, radii};
pub use protocol::{Preparer, Protocol};
pub use score::{Metrics, ScoreOptions, Scores, score};
pub use score_json::to_json;
pub use scored_set::{Images, Input, ScoredSet};
