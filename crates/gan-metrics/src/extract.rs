//! From images to features: decoding and resizing on a thread of their own, ahead of the network.
//!
//! One pass over the images serves any number of protocols. Memory holds a few batches and what is
//! kept; features that are only summed up are let go when they outnumber their width.
//!
//! On the host: decoded images are there, and a network moves them where its weights are.

use crate::collector::{Collector, Extracted, Keep};
use crate::extractor::{Extractor, Wanted};
use crate::image_source::{Found, ImageSource};
use crate::protocol::{Preparer, Protocol};
use crate::{Error, Result};
use candle_core::{Device, Tensor};
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Batches that are ready before the network takes them.
const AHEAD: usize = 2;
/// Names of unreadable images that a message lists.
const LISTED: usize = 5;

/// What to make of images.
#[derive(Debug, Clone)]
pub struct ExtractOptions {
    /// In which ways; each gives its own features.
    pub protocols: Vec<Protocol>,
    /// What the network is asked for.
    pub wanted: Wanted,
    /// What is kept.
    pub keep: Keep,
    /// Images a batch; changes no bit of the result.
    pub batch: usize,
    /// Leave out images that cannot be read, instead of failing.
    pub skip_bad: bool,
}

/// Images on their way to the network.
struct Batch {
    /// `(count, channels, height, width)` for each protocol.
    values: Vec<Vec<f32>>,
    count: usize,
    bad: Vec<(usize, String)>,
    /// Images looked at so far, the unreadable ones included.
    done: usize,
}

/// Extracts features of the images of `range`.
///
/// `progress` is called with the number of images done. The result does not depend on the batch
/// size or the number of threads.
///
/// # Errors
/// Images that cannot be read unless they are to be skipped (named and counted), none that can,
/// or what the network refuses.
pub fn extract(
    source: &ImageSource,
    range: Range<usize>,
    extractor: &dyn Extractor,
    options: &ExtractOptions,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Extracted>> {
    if options.protocols.is_empty() || options.batch == 0 {
        return Err(Error::argument("no protocol, or batches of 0 images"));
    }
    if !extractor.taps().contains(&options.wanted.tap) {
        let taps: Vec<String> = extractor.taps().iter().map(usize::to_string).collect();
        return Err(Error::argument(format!(
            "--tap {}: {} has features of width {}",
            options.wanted.tap,
            extractor.layout(),
            taps.join(", ")
        )));
    }
    let mut collectors: Vec<Collector> = options
        .protocols
        .iter()
        .map(|p| Collector::new(*p, &options.wanted, options.keep))
        .collect();
    let mut bad: Vec<(usize, String)> = Vec::new();
    let total = range.len();
    thread::scope(|scope| -> Result<()> {
        let (sender, batches) = sync_channel(AHEAD);
        let (spec, shown) = (extractor.input(), range.clone());
        let mut preparers: Vec<Preparer> =
            options.protocols.iter().map(|p| Preparer::new(*p, spec)).collect();
        let producer =
            scope.spawn(move || produce(source, shown, &mut preparers, options.batch, &sender));
        let consumed = consume(batches, extractor, options, &mut collectors, &mut bad, progress);
        let produced =
            producer.join().map_err(|_| Error::argument("images: the decoder failed"))?;
        consumed.and(produced)
    })?;
    if !bad.is_empty() && !options.skip_bad {
        return Err(unreadable(source, &bad, total));
    }
    if bad.len() == total {
        return Err(unreadable(source, &bad, total));
    }
    let labels = source.labels().map(|labels| {
        let kept = range.filter(|index| bad.binary_search_by_key(index, |(i, _)| *i).is_err());
        kept.map(|index| labels[index].clone()).collect::<Vec<_>>()
    });
    let skipped: Vec<String> = bad.into_iter().map(|(_, reason)| reason).collect();
    Ok(collectors.into_iter().map(|c| c.finish(&skipped, labels.as_ref())).collect())
}

fn unreadable(source: &ImageSource, bad: &[(usize, String)], total: usize) -> Error {
    let listed: Vec<&str> = bad.iter().take(LISTED).map(|(_, reason)| reason.as_str()).collect();
    let more = match bad.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    Error::format(
        source.path(),
        format!(
            "{} of {total} images cannot be read: {}{more} (mend or remove them, or leave them out \
             with --skip-bad)",
            bad.len(),
            listed.join("; ")
        ),
    )
}

/// Decodes, resizes and sends batch after batch.
fn produce(
    source: &ImageSource,
    range: Range<usize>,
    preparers: &mut [Preparer],
    size: usize,
    sender: &SyncSender<Batch>,
) -> Result<()> {
    let ways = preparers.len();
    let new = |done| Batch { values: vec![Vec::new(); ways], count: 0, bad: Vec::new(), done };
    let mut batch = new(0);
    let mut failed = None;
    let mut open = true;
    let last = range.end;
    source.visit(range, &mut |index, found: Found| {
        batch.done += 1;
        match found.image {
            Err(error) => batch.bad.push((index, error.to_string())),
            Ok(image) => {
                for (preparer, values) in preparers.iter_mut().zip(&mut batch.values) {
                    let start = values.len();
                    values.resize(start + preparer.values(), 0.0);
                    if let Err(error) = preparer.image(&image, &mut values[start..]) {
                        failed = Some(error);
                        return false;
                    }
                }
                batch.count += 1;
            }
        }
        if batch.count == size || index + 1 == last {
            let next = new(batch.done);
            // Nobody listens any more where the network failed.
            open = sender.send(std::mem::replace(&mut batch, next)).is_ok();
        }
        open
    })?;
    match failed {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Runs the network on batch after batch.
fn consume(
    batches: Receiver<Batch>,
    extractor: &dyn Extractor,
    options: &ExtractOptions,
    collectors: &mut [Collector],
    bad: &mut Vec<(usize, String)>,
    progress: &mut dyn FnMut(usize),
) -> Result<()> {
    let spec = extractor.input();
    for batch in batches {
        bad.extend(batch.bad);
        progress(batch.done);
        // What is left only counts what cannot be read.
        if (!bad.is_empty() && !options.skip_bad) || batch.count == 0 {
            continue;
        }
        for (values, collector) in batch.values.into_iter().zip(collectors.iter_mut()) {
            let shape = (batch.count, spec.channels, spec.size[0], spec.size[1]);
            let images = Tensor::from_vec(values, shape, &Device::Cpu)?;
            let features = extractor.extract(&images, &options.wanted)?;
            collector.add(&features)?;
        }
    }
    Ok(())
}
