//! Scores of generators that agree with the reference programs, each with a receipt.
//!
//! FID, KID, Inception score, precision and recall and their relatives, as pytorch-fid,
//! torch-fidelity, torchmetrics, clean-fid and prdc compute them: the same resizing to the bit or
//! to rounding, the same random subsets, the same conventions. Faster, in bounded memory, with the
//! same bits for any batch size and number of threads, and refusing to compare what is unlike.
//!
//! # Scoring two paths
//!
//! ```
//! use gan_metrics::{NetworkChoice, ScoreOptions, compare};
//! # let folder = std::env::temp_dir().join(format!("gan-metrics-{}", std::process::id()));
//! # let (samples, real) = (folder.join("samples"), folder.join("real"));
//! # for (path, step) in [(&samples, 3), (&real, 5)] {
//! #     std::fs::create_dir_all(path).unwrap();
//! #     for k in 0..20 {
//! #         let pixels = (0..784).map(|i| (i * step + 12 * k) as u8).collect();
//! #         let image = gan_images::Image::new(28, 28, 1, pixels).unwrap();
//! #         image.write_png(&path.join(format!("{k:02}.png"))).unwrap();
//! #     }
//! # }
//!
//! // Folders, zips, npz or IDX files; `NetworkChoice::Stored` is the Inception of papers.
//! let found = compare(&samples, &real, &NetworkChoice::Digits, &ScoreOptions::default())?;
//! assert!(found.scores.fid.as_ref().is_some_and(|fid| fid.value > 1.0));
//! assert_eq!(found.object["receipt"]["extractor"]["layout"], "digits");
//! // Twenty images are few, and that is said.
//! assert!(!found.remarks.is_empty());
//! # std::fs::remove_dir_all(&folder).ok();
//! # Ok::<(), gan_metrics::Error>(())
//! ```
//!
//! # Scoring tensors
//!
//! With `candle-core` beside it (`cargo add candle-core@0.11`):
//!
//! ```
//! use candle_core::{Device, Tensor};
//! use gan_metrics::digits::Digits;
//! use gan_metrics::{ImageSet, Metrics, Protocol, ScoreOptions, score, to_json};
//!
//! # fn main() -> Result<(), gan_metrics::Error> {
//! // A network: `Inception::open(path)`, your own `impl Extractor`, or the one that is carried.
//! let network = Digits::embedded()?;
//! let protocol = Protocol::PytorchFid;
//!
//! // Images in [0, 1], (n, channels, height, width), a batch at a time; here two kinds of ramps.
//! let ramps = |falling: bool| -> Result<Tensor, candle_core::Error> {
//!     let value = |i: usize| {
//!         let (image, x) = (i / 784, if falling { 27 - i % 28 } else { i % 28 });
//!         ((x + image % 9) % 28) as f32 / 27.0
//!     };
//!     let pixels: Vec<f32> = (0..50 * 784).map(value).collect();
//!     Tensor::from_vec(pixels, (50, 1, 28, 28), &Device::Cpu)
//! };
//! let mut samples = ImageSet::of_everything(&network, protocol);
//! samples.add(&ramps(false)?)?;
//! let mut real = ImageSet::of_everything(&network, protocol);
//! real.add(&ramps(true)?)?;
//!
//! let (samples, real) = (samples.finish("rising")?, real.finish("falling")?);
//! let metrics = Metrics { fid: true, kid: true, prdc: true, ..Metrics::default() };
//! let options = ScoreOptions::new(metrics, protocol);
//! let scores = score(&samples, Some(&real), &options)?;
//! assert!(scores.fid.as_ref().is_some_and(|fid| fid.value > 1.0));
//!
//! // One JSON object with the scores and the receipt: counts, protocol, network, seed, version.
//! let object = to_json(&scores, &options, &samples, Some(&real));
//! assert_eq!(object["receipt"]["extractor"]["layout"], "digits");
//! # Ok(()) }
//! ```
//!
//! Features of any network are scored by the functions below: a [`FeatureMatrix`] is rows of
//! numbers. Files and folders are opened by [`Input`], and made into a [`ScoredSet`] by [`Images`].
//!
//! # What is where
//!
//! | question | functions |
//! | --- | --- |
//! | How good are the samples in a path, against the images in another? | [`compare`]; [`sets()`] and [`Comparison::of`] for its halves |
//! | How far are two sets of features apart? | [`fid()`], [`kid()`], [`mmd_squared`] |
//! | How sure is that, and what would it be with endless images? | [`fid_interval`], [`fid_infinity`] |
//! | Which classes are bad? | [`fid_by_class`] |
//! | Are images sharp and varied, by their class probabilities? | [`inception_score()`], [`mode_score`] |
//! | Are samples real, and is all that is real sampled? | [`prdc()`] |
//! | Is it copied? | [`memorization`], [`nearest`] |
//! | Mean and covariance, in files, out of parts | [`statistics`], [`MomentSum`] |
//! | Networks and their weights | [`extractor`], [`inception`], [`digits`], [`weights`] |
//! | What a reference program does to an image | [`Protocol`], [`Preparer`] |
//! | What is in a folder, before the work | [`look()`] |
//! | What was computed from what | [`receipt`], [`to_json`] |
//!
//! # Where digits come from
//!
//! **Agreement** (tests against the programs themselves, `data/golden/metrics`): resizing for
//! torch-fidelity to the bit, the others to rounding; features of files to 5·10⁻⁷; FID of given
//! features to 10⁻⁹ with more images than features; KID, whose kernels are f32 there, to 10⁻⁶; the
//! Inception score to 10⁻¹⁰; precision and recall by equal counts.
//!
//! **Fewer images than features.** The programs' matrix roots then carry noise of about 10⁻⁵; ours
//! is the nuclear norm of the centered samples' product, to 10⁻⁹ of itself, and never complex.
//! [`Fid::form`] says which form was taken, [`SquareRoot::Eigenvalues`] is theirs.
//!
//! **f32 means.** torch-fidelity and clean-fid average features in f32, which changes FID by 10⁻⁷
//! to 10⁻⁶; their protocols do so here, except from merged parts, which cannot reproduce it.
//!
//! **JPEG.** The decoder is written in Rust. Of photographs with 4:2:0 colors 14 % of its values
//! differ from libjpeg-turbo's, which Pillow and so every reference program uses: nearly all by 1
//! or 2 of 255, at most by 10 at odd edges; with 4:4:4 colors 1 % do, of gray digits 0.9 % (by 1).
//! The same 252 such photographs, small and strongly compressed, decoded in both ways are at a FID
//! of 7·10⁻⁴ from one another (Keras' Inception, 2048 features), and their FID of 0.530 to others
//! became 0.519; for digits 2.541 became 2.538. Where that matters, build with the feature
//! `libjpeg-turbo` (a C compiler is needed), which gives Pillow's pixels to the bit.
//! (`benches/peers/make_jpegs.py` and the example `jpeg_pixels` measure it.)
//!
//! # Speed
//!
//! `benches/peers/score_speed.py` runs this crate in turn with pytorch-fid's network, with scipy's
//! `sqrtm` and with prdc, and prints how many times faster ours is; its first lines say what it
//! needs. Inception takes 16 images at a time: a batch of fewer costs as much as one of 16.
//!
//! # Features
//!
//! `cli` (default) builds the program `gan-metrics`; `fetch` (default) lets it download weights;
//! `libjpeg-turbo` is described above. `default-features = false` leaves the library alone.

mod array_kind;
mod class_fid;
mod collector;
mod comparison;
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
mod moment_names;
mod moment_sum;
mod neighbors;
mod network_choice;
mod numpy_random;
mod prdc;
mod prdc_sides;
mod protocol;
pub mod receipt;
mod score;
mod score_json;
mod scored_set;
mod sets;
pub mod statistics;
pub mod weights;

pub use class_fid::{ClassFid, fid_by_class};
pub use collector::{Collected, Extracted, Keep};
pub use comparison::{Comparison, compare};
pub use error::{Error, Result};
pub use extract::{ExtractOptions, extract};
pub use extractor::{Extractor, Features, InputSpec, Wanted};
pub use feature_cache::{CacheKey, FeatureCache};
pub use feature_file::FeatureFile;
pub use feature_matrix::FeatureMatrix;
pub use fid::{Fid, FidOptions, FidSide, SquareRoot, fid};
pub use fid_spread::{FidInfinity, FidInterval, fid_infinity, fid_interval};
pub use image_set::{ImageSet, everything};
pub use image_source::{Found, Glance, ImageSource, SourceOptions};
pub use inception_score::{
    InceptionScore, LEAST_SPLIT, SplitRule, inception_score, mode_score, neighbor_agreement,
    usable_splits,
};
pub use kid::{Kid, KidOptions, kid, mmd_squared};
pub use look::{Look, look};
pub use moment_sum::MomentSum;
pub use neighbors::{COPIED_RATIO, Memorization, Nearest, memorization, nearest};
pub use network_choice::NetworkChoice;
pub use numpy_random::RandomState;
pub use prdc::{Prdc, PrdcOptions, prdc, radii};
pub use prdc_sides::{PrdcSides, expected_coverage};
pub use protocol::{Preparer, Protocol};
pub use score::{Metrics, ScoreOptions, Scores, score};
pub use score_json::to_json;
pub use scored_set::{Images, Input, ScoredSet};
pub use sets::{SetOptions, Told, sets};
