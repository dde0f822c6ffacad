//! `gan study disturbances`: what every score makes of images that are known to be worse.

pub mod args;
mod curve;
mod sides;
mod told;

use super::score_list::scores;
use crate::data;
use crate::failure::usage;
use crate::output::{self, note};
use anyhow::{Context, Result};
use args::DisturbancesArgs;
use curve::{LEAST, Place};
use gan_data::LoadOptions;
use gan_inspect::disturbance::Disturbance;
use gan_metrics::Protocol;
use gan_runs::networks::network;
use gan_runs::run_folder;
use sides::{Images, dropped_classes, sizes};
use told::{classes_picture, disturbed_picture, object, sizes_picture, text};

/// Runs the command.
pub fn run(args: &DisturbancesArgs) -> Result<u8> {
    if args.network.protocol != Protocol::PytorchFid || args.network.no_cache {
        return Err(usage("study: its sides are all made as pytorch-fid does, and none is cached"));
    }
    if args.strengths > 20 {
        return Err(usage(format!("--strengths {}: expected 1 to 20", args.strengths)));
    }
    let images = open(args)?;
    let found = network(&args.network.scoring(), images.data.as_ref())?;
    found.warning.iter().for_each(|text| note(&format!("warning: {text}")));
    let dir = run_folder::for_results(args.out.as_deref(), "study-disturbances")?;
    let network = found.extractor.as_ref();
    // Even numbers are the reference, odd ones are disturbed: data may be sorted.
    let reference = images.side(network, 0, &mut |_, _| Ok(()))?;
    let clean = images.side(network, 1, &mut |_, _| Ok(()))?;
    let first = scores(&clean, &reference)?;

    let mut curves = Vec::new();
    for kind in Disturbance::ALL {
        let mut places = vec![Place { at: 0.0, scores: first }];
        for step in 1..=args.strengths {
            let alpha = kind.most() * step as f64 / args.strengths as f64;
            let disturbed = images.disturbed(network, kind, alpha)?;
            places.push(Place { at: alpha, scores: scores(&disturbed, &reference)? });
            note(&format!(
                "{} {alpha:.2}: FID {:.2}",
                kind.name(),
                places[places.len() - 1].scores[0]
            ));
        }
        curves.push((kind, places));
    }
    let classes = dropped_classes(&images, &clean, &reference)?;
    let sizes = sizes(&clean, &reference, images.seed)?;

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

fn open(args: &DisturbancesArgs) -> Result<Images> {
    let data = gan_data::open(&args.data, &data::options(&args.load)?)?;
    let info = data.info();
    let shape: [usize; 3] = info.shape().try_into().map_err(|_| {
        usage(format!("{}: these are points; only images can be disturbed so", info.spec))
    })?;
    let count = usize::try_from(args.count)?.min(info.len / 2);
    if count < LEAST {
        return Err(usage(format!(
            "{count} images a side: expected {LEAST} at least, and twice as many in the data"
        )));
    }
    let foreign = match &args.foreign {
        None => None,
        Some(spec) => {
            let options = LoadOptions {
                size: Some(shape[1]),
                channels: Some(shape[0]),
                ..LoadOptions::default()
            };
            let foreign = gan_data::open(spec, &options).context("--foreign")?;
            if foreign.info().shape() != info.shape() {
                return Err(usage(format!(
                    "--foreign {spec}: images of {:?}, expected {:?}",
                    foreign.info().shape(),
                    info.shape()
                )));
            }
            Some(foreign)
        }
    };
    Ok(Images { data, foreign, shape, count, seed: args.seed })
}
