//! The options of `gan data`, and those of every command that opens data as they are.

use crate::values::{one_or_more, range};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Commands about data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Say what is there, and name every bad file.
    Check(DataCheckArgs),
}

/// `gan data check`.
#[derive(Debug, Args)]
#[command(after_help = "\
SPEC is mnist, stacked-mnist, fashion-mnist, toy:gaussian, toy:mixture, toy:ring, toy:grid,
toy:swiss-roll (with parameters as in 'toy:ring?modes=8&std=0.02'), texture:honeycomb, texture:PATH
(crops of one image, --size pixels each), or a path to a folder of image files (PNG, JPEG,
WebP, BMP, TIFF, GIF, PNM), a folder of IDX or CIFAR-10 files, or one .npz, .npy, .zip, IDX or
CIFAR-10 file. Content says what a file is, not its name. Sub-folders become classes, unless they
are named train, val and test.

Nothing is written unless --sheet or --out asks for it. Exit code 1 when files are bad, unless
--skip-bad.

Examples:
  gan data check mnist
  gan data check photos/ --size 64
  gan data check photos.zip --sheet sheet.png
  gan data check photos/ --out checked/
  gan data check 'toy:ring?modes=12' --json")]
pub struct DataCheckArgs {
    /// The data: a name or a path.
    pub spec: String,
    /// How it is loaded.
    #[command(flatten)]
    pub load: LoadArgs,
    /// Draw a contact sheet into this file.
    #[arg(long, value_name = "FILE.png", conflicts_with_all = ["no_sheet", "out"])]
    pub sheet: Option<PathBuf>,
    /// Write sheet.png and check.json, the JSON object, into this folder, new or empty.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Draw no contact sheet into --out.
    #[arg(long)]
    pub no_sheet: bool,
    /// Replace what is at --sheet, or in --out.
    #[arg(long)]
    pub force: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// How data is loaded; shared by training and checking.
#[derive(Debug, Default, Args)]
pub struct LoadArgs {
    /// Side in pixels of the square that images are brought to.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub size: Option<u64>,
    /// How an image becomes a square: cut the middle out, distort, or fill up with white.
    #[arg(long, value_name = "HOW", value_parser = ["crop", "resize", "pad"])]
    pub fit: Option<String>,
    /// Gray (1) or color (3).
    #[arg(long, value_name = "N", value_parser = ["1", "3"])]
    pub channels: Option<String>,
    /// Which part of the data: where sub-folders are named train, val and test (or files are), those
    /// are the parts, and `all` takes the one to train on; elsewhere a seeded tenth is held out as test. Training
    /// takes train unless told, or all where fewer than 100 samples would be held out.
    #[arg(long, value_name = "PART", value_parser = ["train", "val", "test", "all"])]
    pub split: Option<String>,
    /// Leave out files that cannot be read, instead of stopping.
    #[arg(long)]
    pub skip_bad: bool,
    /// Use only the first N samples.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub limit: Option<u64>,
    /// Refuse image files of more pixels (134217728 unless given). A JPEG that is too large is read
    /// at a part of its size where --size leaves room for that.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub max_pixels: Option<u64>,
    /// The values that become black and white, such as 0..4095: of image files with 16 bits a
    /// sample, and of arrays.
    #[arg(long, value_name = "LO..HI", value_parser = range, allow_hyphen_values = true)]
    pub range: Option<[f64; 2]>,
    /// Take for --range what the image files with 16 bits a sample use, all together.
    #[arg(long, conflicts_with = "range")]
    pub stretch: bool,
}
