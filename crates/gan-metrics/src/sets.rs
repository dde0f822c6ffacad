//! From paths to sets that can be scored: warnings before the work, then the work.

use crate::collector::Keep;
use crate::extract::ExtractOptions;
use crate::extractor::{Extractor, Wanted};
use crate::feature_cache::FeatureCache;
use crate::image_source::SourceOptions;
use crate::network_choice::NetworkChoice;
use crate::protocol::Protocol;
use crate::receipt::{Origin, Receipt, check_alike};
use crate::score::ScoreOptions;
use crate::scored_set::{Images, Input, ScoredSet};
use crate::{Error, Result};
use std::path::Path;

/// How paths become sets.
#[derive(Debug, Clone)]
pub struct SetOptions {
    /// What looks at images; files of features and statistics need no network.
    pub network: NetworkChoice,
    /// The width of the features; the widest there are unless given.
    pub tap: Option<usize>,
    /// Which images are taken, and how they are read.
    pub source: SourceOptions,
    /// Part i of k of the images, counted from 1; all of them unless given.
    pub shard: Option<[u64; 2]>,
    /// Where features are found and kept.
    pub cache: FeatureCache,
    /// Images a batch; changes no bit of the result.
    pub batch: usize,
    /// Leave out images that cannot be read, instead of failing.
    pub skip_bad: bool,
    /// In which ways images are brought to the network; each gives a set of its own.
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
    /// Whether a FID will be made of them: what is said of few images.
    pub fid: bool,
    /// Whether the order of the images matters: what is said of sorted ones.
    pub in_order: bool,
}

impl SetOptions {
    /// What scores with these options need, from the stored Inception and with the user's cache.
    pub fn of(score: &ScoreOptions) -> Self {
        let metrics = score.metrics;
        let keeps_features = metrics.kid
            || metrics.mmd
            || metrics.prdc
            || metrics.memorization
            || metrics.by_class
            || score.bootstrap > 0
            || score.infinity;
        Self {
            network: NetworkChoice::default(),
            tap: None,
            source: SourceOptions::default(),
            shard: None,
            cache: FeatureCache::user(),
            batch: 16,
            skip_bad: false,
            protocols: vec![score.protocol],
            keep: if keeps_features { Keep::Features } else { Keep::Moments },
            logits: metrics.inception,
            spatial: metrics.fid && score.lenient,
            lenient: score.lenient,
            force: score.force,
            fid: metrics.fid || metrics.by_class,
            in_order: metrics.inception && !score.protocol.shuffles_splits(),
        }
    }
}

/// What is told while paths become sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told<'a> {
    /// What somebody who reads the scores should know, before the work.
    Warning(&'a str),
    /// So many images of `what` are done, of `total`.
    Progress {
        /// What is being done.
        what: &'a str,
        /// Images done.
        done: usize,
        /// All of them.
        total: usize,
    },
}

/// Opens the inputs and makes, for each protocol, the sets of all of them. `told` hears of warnings,
/// all before any image goes through the network, and of progress.
///
/// # Errors
/// What is no input, images that cannot be read, and, as [`Error::Refused`], what the network does
/// not give.
pub fn sets(
    paths: &[&Path],
    wish: &SetOptions,
    told: &mut dyn FnMut(Told<'_>),
) -> Result<Vec<Vec<ScoredSet>>> {
    let open = |path: &&Path| Input::open_with(path, &wish.source);
    let inputs: Vec<Input> = paths.iter().map(open).collect::<Result<_>>()?;
    let needs_network = inputs.iter().any(|input| matches!(input, Input::Images(_)));
    let network = if needs_network { Some(wish.network.open()?) } else { None };
    let options = match &network {
        Some(network) => Some(extract_options(network.as_ref(), wish)?),
        None => None,
    };
    if let (Some(network), Some(options)) = (&network, &options) {
        refuse_unlike(&inputs, paths, network.as_ref(), options, wish)?;
    }
    unnamed(&inputs, paths).iter().for_each(|text| told(Told::Warning(text)));
    // Every warning comes before any work.
    let mut ready = Vec::new();
    for (input, path) in inputs.into_iter().zip(paths) {
        let name = path.display().to_string();
        ready.push(match (input, &options) {
            (Input::Images(source), Some(options)) => {
                let (what, total) = (format!("looking at {name}"), source.len());
                let mut progress = |done| told(Told::Progress { what: &what, done, total });
                let images = Images::new(*source, wish.shard, &mut progress)?;
                let width = wish.fid.then_some(options.wanted.tap);
                let warnings = images.look.warnings(&name, width, wish.in_order);
                warnings.iter().for_each(|text| told(Told::Warning(text)));
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
    let mut by_protocol: Vec<Vec<ScoredSet>> = vec![Vec::new(); wish.protocols.len()];
    for ready in ready {
        let sets = match (ready, &network, &options) {
            (Ready::Images(images), Some(network), Some(options)) => {
                let (what, total) = (images.source.path().display().to_string(), images.look.n);
                let mut progress = |done| told(Told::Progress { what: &what, done, total });
                images.score(network.as_ref(), options, &wish.cache, &mut progress)?
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

fn extract_options(network: &dyn Extractor, wish: &SetOptions) -> Result<ExtractOptions> {
    if wish.logits && network.classes() == 0 && !wish.lenient {
        let layout = network.layout();
        return Err(Error::refused(format!("{layout} does not classify: no Inception score")));
    }
    if wish.spatial && !network.has_spatial() && !wish.lenient {
        return Err(Error::refused(format!(
            "--sfid: {} has no spatial features",
            network.layout()
        )));
    }
    let wanted = Wanted {
        tap: tap(network, wish.tap)?,
        logits: wish.logits && network.classes() > 0,
        spatial: wish.spatial && network.has_spatial(),
    };
    let (protocols, keep) = (wish.protocols.clone(), wish.keep);
    let (batch, skip_bad) = (wish.batch, wish.skip_bad);
    Ok(ExtractOptions { protocols, wanted, keep, batch, skip_bad })
}

/// The width of the features that are asked for.
fn tap(network: &dyn Extractor, asked: Option<usize>) -> Result<usize> {
    let (taps, layout) = (network.taps(), network.layout());
    match (asked, taps.last()) {
        (Some(tap), _) if taps.contains(&tap) => Ok(tap),
        (Some(tap), _) => {
            let all: Vec<String> = taps.iter().map(usize::to_string).collect();
            let all = all.join(", ");
            Err(Error::refused(format!("--tap {tap}: {layout} has features of width {all}")))
        }
        (None, Some(widest)) => Ok(*widest),
        (None, None) => Err(Error::refused(format!("{layout} has no features"))),
    }
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
    wish: &SetOptions,
) -> Result<()> {
    for (input, path) in inputs.iter().zip(paths) {
        let (receipt, width) = match input {
            Input::Images(_) => continue,
            Input::Features(file) => (&file.receipt, file.features.width()),
            Input::Statistics(statistics) => (&statistics.receipt, statistics.width()),
        };
        let name = path.display();
        if width != options.wanted.tap {
            return Err(Error::refused(format!(
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
