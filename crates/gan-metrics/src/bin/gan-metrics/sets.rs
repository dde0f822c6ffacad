//! From paths to sets that can be scored: warnings before the work, then the work.

use crate::args::{NetworkArgs, RunArgs};
use crate::failure::usage;
use crate::network;
use crate::output::warn;
use crate::progress::Progress;
use anyhow::Result;
use gan_images::{ArrayOptions, OpenOptions};
use gan_metrics::receipt::{Origin, Receipt, check_alike};
use gan_metrics::{
    ExtractOptions, Extractor, Images, Input, Keep, Protocol, ScoredSet, SourceOptions, Wanted,
};
use std::path::Path;

/// What sets are wanted for.
pub struct Wish {
    /// In which ways.
    pub protocols: Vec<Protocol>,
    /// What is kept of the features.
    pub keep: Keep,
    /// Whether logits are needed; where a network has none, it is an error unless `lenient`.
    pub logits: bool,
    /// Whether spatial features are.
    pub spatial: bool,
    /// Do without what a network has not.
    pub lenient: bool,
    /// Compare unlike sets.
    pub force: bool,
    /// Whether a FID will be made of them.
    pub fid: bool,
    /// Whether the order of the images matters.
    pub in_order: bool,
}

/// Opens the inputs and makes, for each protocol, the sets of all of them.
pub fn sets(
    paths: &[&Path],
    shard: Option<[u64; 2]>,
    args: &NetworkArgs,
    run: &RunArgs,
    wish: &Wish,
) -> Result<Vec<Vec<ScoredSet>>> {
    let arrays = ArrayOptions { range: args.range };
    let open = OpenOptions { split: args.split, arrays, ..OpenOptions::default() };
    let from = SourceOptions { open, max_pixels: args.max_pixels };
    let inputs: Vec<Input> =
        paths.iter().map(|path| Input::open_with(path, &from)).collect::<Result<_, _>>()?;
    let needs_network = inputs.iter().any(|input| matches!(input, Input::Images(_)));
    let network = if needs_network { Some(network::open(args)?) } else { None };
    let options = match &network {
        Some(network) => Some(extract_options(args, network.as_ref(), wish)?),
        None => None,
    };
    if let (Some(network), Some(options)) = (&network, &options) {
        refuse_unlike(&inputs, paths, network.as_ref(), options, wish)?;
    }
    if !run.quiet {
        unnamed(&inputs, paths).iter().for_each(|text| warn(text));
    }
    // Every warning comes before any work.
    let mut ready = Vec::new();
    for (input, path) in inputs.into_iter().zip(paths) {
        let name = path.display().to_string();
        ready.push(match (input, &options) {
            (Input::Images(source), Some(options)) => {
                let progress =
                    Progress::new(run.quiet, &format!("looking at {name}"), source.len());
                let images = Images::new(*source, shard, &mut |done| progress.at(done))?;
                drop(progress);
                if !run.quiet {
                    let look = &images.look;
                    let width = wish.fid.then_some(options.wanted.tap);
                    let warnings = look.warnings(&name, width, wish.in_order);
                    warnings.iter().for_each(|text| warn(text));
                }
                Ready::Images(Box::new(images))
            }
            (Input::Images(_), None) => continue, // images have a network
            (Input::Features(file), _) => {
                Ready::Set(Box::new(ScoredSet::of_features(*file, &name)))
            }
            (Input::Statistics(file), _) => {
                Ready::Set(Box::new(ScoredSet::of_statistics(*file, &name)))
            }
        });
    }
    let cache = network::cache(args);
    let mut by_protocol: Vec<Vec<ScoredSet>> = vec![Vec::new(); wish.protocols.len()];
    for ready in ready {
        let sets = match (ready, &network, &options) {
            (Ready::Images(images), Some(network), Some(options)) => {
                let name = images.source.path().display().to_string();
                let progress = Progress::new(run.quiet, &name, images.look.n);
                images.score(network.as_ref(), options, &cache, &mut |done| progress.at(done))?
            }
            (Ready::Images(_), ..) => continue,
            (Ready::Set(set), ..) => vec![*set; wish.protocols.len()],
        };
        for (all, set) in by_protocol.iter_mut().zip(sets) {
            all.push(set);
        }
    }
    Ok(by_protocol)
}

/// An input that needs no more reading.
#[allow(clippy::large_enum_variant)] // two of them live at once, for the whole run
enum Ready {
    Images(Box<Images>),
    Set(Box<ScoredSet>),
}

fn extract_options(
    args: &NetworkArgs,
    network: &dyn Extractor,
    wish: &Wish,
) -> Result<ExtractOptions> {
    if wish.logits && network.classes() == 0 && !wish.lenient {
        return Err(usage(format!("{} does not classify: no Inception score", network.layout())));
    }
    if wish.spatial && !network.has_spatial() && !wish.lenient {
        return Err(usage(format!("--sfid: {} has no spatial features", network.layout())));
    }
    let wanted = Wanted {
        tap: network::tap(args, network)?,
        logits: wish.logits && network.classes() > 0,
        spatial: wish.spatial && network.has_spatial(),
    };
    let (protocols, keep) = (wish.protocols.clone(), wish.keep);
    let (batch, skip_bad) = (args.batch, args.skip_bad);
    Ok(ExtractOptions { protocols, wanted, keep, batch, skip_bad })
}

/// Warnings about files that do not say what made them, beside a set of which it is known.
fn unnamed(inputs: &[Input], paths: &[&Path]) -> Vec<String> {
    let known = |input: &Input| match input {
        Input::Images(_) => true,
        Input::Features(file) => file.receipt.as_ref().is_some_and(|r| r.origin.is_some()),
        Input::Statistics(file) => file.receipt.as_ref().is_some_and(|r| r.origin.is_some()),
    };
    if !inputs.iter().any(known) {
        return Vec::new();
    }
    let without = inputs.iter().zip(paths).filter(|(input, _)| !known(input));
    without
        .map(|(_, path)| {
            format!(
                "{}: no receipt: that network, tap and protocol were those of the other set is for \
                 you to know",
                path.display()
            )
        })
        .collect()
}

/// Refuses before the work what would be refused after it.
fn refuse_unlike(
    inputs: &[Input],
    paths: &[&Path],
    network: &dyn Extractor,
    options: &ExtractOptions,
    wish: &Wish,
) -> Result<()> {
    for (input, path) in inputs.iter().zip(paths) {
        let (receipt, width) = match input {
            Input::Images(_) => continue,
            Input::Features(file) => (&file.receipt, file.features.width()),
            Input::Statistics(statistics) => (&statistics.receipt, statistics.width()),
        };
        let name = path.display();
        if width != options.wanted.tap {
            return Err(usage(format!(
                "{name}: features of width {width}, but {} gives {} here (expected equal widths: \
                 --tap says which)",
                network.layout(),
                options.wanted.tap
            )));
        }
        let Some(receipt) = receipt else { continue };
        for protocol in &options.protocols {
            let origin = Origin::new(*protocol, network, options.wanted.tap);
            let images = Receipt::new(0, "images scored now", Some(origin));
            check_alike(receipt, &images, wish.force)?;
        }
    }
    Ok(())
}
