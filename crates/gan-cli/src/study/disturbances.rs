//! `gan study disturbances`: what every score makes of images that are known to be worse.

pub mod args;
mod told;

use crate::data;
use crate::failure::usage;
use crate::output::{self, note};
use anyhow::Result;
use args::DisturbancesArgs;
use gan_metrics::Protocol;
use gan_runs::networks::network;
use gan_runs::run_folder;
use gan_runs::study::disturbances::{Found, Images, disturbances};
use told::{classes_picture, disturbed_picture, object, sizes_picture, text};

/// Runs the command.
pub fn run(args: &DisturbancesArgs) -> Result<u8> {
    if args.network.protocol != Protocol::PytorchFid || args.network.no_cache {
        return Err(usage("study: its sides are all made as pytorch-fid does, and none is cached"));
    }
    if args.strengths > 20 {
        return Err(usage(format!("--strengths {}: expected 1 to 20", args.strengths)));
    }
    let data = gan_data::open(&args.data, &data::options(&args.load)?)?;
    let count = usize::try_from(args.count)?;
    let images = Images::open(data, args.foreign.as_deref(), count, args.seed)?;
    let found = network(&args.network.scoring(), images.data.as_ref())?;
    found.warning.iter().for_each(|text| note(&format!("warning: {text}")));
    let dir = run_folder::for_results(args.out.as_deref(), "study-disturbances")?;
    let network = found.extractor.as_ref();
    let Found { curves, classes, sizes } =
        disturbances(&images, network, args.strengths, &mut |kind, alpha, fid| {
            note(&format!("{} {alpha:.2}: FID {fid:.2}", kind.name()));
        })?;

    let object = object(args, &images, network, &curves, &classes, &sizes);
    let mut pictures = vec![("disturbances.png", disturbed_picture(&curves)?)];
    if !classes.is_empty() {
        pictures.push(("classes.png", classes_picture(&classes)?));
    }
    pictures.push(("sizes.png", sizes_picture(&sizes)?));
    super::write(&dir, &object, &pictures)?;
    if args.json {
        output::json(&object)?;
    } else {
        output::result(&text(&curves, &classes, &sizes))?;
        note(&format!("{0}/study.json and its pictures", dir.display()));
    }
    Ok(0)
}
