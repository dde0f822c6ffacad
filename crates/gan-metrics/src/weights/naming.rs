//! Whose names a file uses, and which of its tensors is which of the network's.

use crate::inception::{Layout, head_name};
use std::collections::BTreeMap;

/// Names and shapes of a file.
pub(super) type Listing = [(String, Vec<usize>)];

/// How a tensor of the network is made from one of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// As it stands there.
    Same(String),
    /// `(kh, kw, in, out)` to `(out, in, kh, kw)`.
    Convolution(String),
    /// `(in, out)` to `(out, in)`.
    Dense(String),
    /// Ones: a batch norm without a scale.
    Ones,
}

impl Source {
    /// The name and shape in the file of what becomes a tensor of `shape`.
    pub fn expected(&self, shape: &[usize]) -> Option<(&str, Vec<usize>)> {
        match (self, shape) {
            (Self::Same(name), _) => Some((name, shape.to_vec())),
            (Self::Convolution(name), &[o, c, h, w]) => Some((name, vec![h, w, c, o])),
            (Self::Dense(name), &[o, i]) => Some((name, vec![i, o])),
            _ => None,
        }
    }
}

/// Where each tensor of the network comes from.
#[derive(Debug)]
pub(super) struct Plan {
    pub layout: Layout,
    pub head: Vec<usize>,
    /// `(network's name, shape, source)` in the order of the network.
    pub tensors: Vec<(String, Vec<usize>, Source)>,
}

/// Assigns the tensors of a file to those of a network: of the layout that the file states, else of
/// the one that its names and classes show. Missing, extra and misshapen tensors are named, and so
/// is a layout that is asked for in vain.
pub(super) fn plan(
    listing: &Listing,
    asked: Option<Layout>,
    stated: Option<Layout>,
) -> Result<Plan, String> {
    if let (Some(stated), Some(asked)) = (stated, asked)
        && stated != asked
    {
        return Err(format!("weights of {stated}, but {asked} is asked for"));
    }
    let keras = listing.iter().any(|(name, _)| name.split(':').next().is_some_and(is_kernel));
    let plan =
        if keras { keras_plan(listing, asked)? } else { torch_plan(listing, asked, stated)? };
    check(listing, &plan)?;
    Ok(plan)
}

fn is_kernel(name: &str) -> bool {
    name.ends_with("/kernel")
}

/// Tensors that no layout needs: counters, and the classifier that only training uses.
fn is_spare(name: &str) -> bool {
    name.ends_with(".num_batches_tracked") || name.split('.').any(|part| part == "AuxLogits")
}

/// Names as in torchvision and pytorch-fid, perhaps behind a prefix such as `module.`.
fn torch_plan(
    listing: &Listing,
    asked: Option<Layout>,
    stated: Option<Layout>,
) -> Result<Plan, String> {
    const FIRST: &str = "Conv2d_1a_3x3.conv.weight";
    let prefix =
        listing.iter().find_map(|(name, _)| name.strip_suffix(FIRST)).ok_or_else(|| {
            format!(
                "no Inception-v3: neither `{FIRST}` nor `conv2d_1/kernel` among its {} tensors{}",
                listing.len(),
                listing.first().map_or(String::new(), |(name, _)| format!(", such as `{name}`")),
            )
        })?;
    let width = |name: &str| {
        let full = format!("{prefix}{name}.weight");
        listing.iter().find(|(n, _)| *n == full).and_then(|(_, shape)| shape.first().copied())
    };
    let mut head: Vec<usize> = width("fc").into_iter().collect();
    if head.is_empty() {
        head = (1..).map_while(|layer| width(&format!("fc{layer}"))).collect();
    }
    let auxiliary = listing.iter().any(|(name, _)| name.contains("AuxLogits."));
    let found = match head.as_slice() {
        [1000] => Some(Layout::Torchvision),
        _ if auxiliary => Some(Layout::Torchvision),
        [1008] => Some(Layout::Fid),
        _ => None,
    };
    if let (Some(asked), None, Some(found)) = (asked, stated, found)
        && asked != found
    {
        return Err(format!(
            "the tensors and {head:?} classes of {found}, but {asked} is asked for"
        ));
    }
    let layout = stated.or(asked).or(found).ok_or_else(|| {
        format!(
            "its layout cannot be told: {head:?} classes, where fid-inception has 1008 and \
             torchvision-inception 1000; name it with `--layout`"
        )
    })?;
    // A network of one's own may have other classes, the one that FID is defined on may not.
    if layout == Layout::Fid || head.is_empty() {
        head = layout.usual_head().to_vec();
    }
    let tensors = layout
        .tensors(&head)
        .into_iter()
        .map(|(name, shape)| {
            let source = Source::Same(format!("{prefix}{name}"));
            (name, shape, source)
        })
        .collect();
    Ok(Plan { layout, head, tensors })
}

/// Names as in Keras: `conv2d_7/kernel`, numbered in the order in which layers were made.
fn keras_plan(listing: &Listing, layout: Option<Layout>) -> Result<Plan, String> {
    if let Some(layout) = layout.filter(|l| *l != Layout::Keras) {
        return Err(format!("names as in Keras, but the layout {layout} is asked for"));
    }
    // Name with and without `:0`, by kind of layer and its number.
    let mut layers: BTreeMap<(&str, usize), &str> = BTreeMap::new();
    let mut shapes: BTreeMap<&str, &[usize]> = BTreeMap::new();
    let suffix = if listing.iter().any(|(name, _)| name.ends_with(":0")) { ":0" } else { "" };
    for (name, shape) in listing {
        let bare = name.strip_suffix(suffix).unwrap_or(name);
        shapes.insert(bare, shape);
        let Some((layer, _)) = bare.rsplit_once('/') else { continue };
        if let Some(key) = kind_and_number(layer) {
            layers.insert(key, layer);
        }
    }
    let of_kind = |kind: &str| -> Vec<&str> {
        layers.iter().filter(|((k, _), _)| *k == kind).map(|(_, layer)| *layer).collect()
    };
    let (convs, norms) = (of_kind("conv2d"), of_kind("batch_normalization"));
    let mut dense = of_kind("dense");
    dense.extend(of_kind("predictions"));
    let head: Vec<usize> = dense
        .iter()
        .filter_map(|layer| shapes.get(format!("{layer}/kernel").as_str())?.get(1).copied())
        .collect();
    let expected = Layout::Keras.tensors(&[]).len() / 5;
    if convs.len() != expected || norms.len() != expected || head.is_empty() {
        return Err(format!(
            "no Inception-v3 of Keras': expected {expected} convolutions, as many batch norms and \
             dense layers, found {}, {} and {}",
            convs.len(),
            norms.len(),
            head.len()
        ));
    }
    let mut tensors = Vec::new();
    for (index, (name, shape)) in Layout::Keras.tensors(&head).into_iter().enumerate() {
        let layer = index / 5;
        let from = |layer: &str, part: &str| format!("{layer}/{part}{suffix}");
        let norm = |part: &str| Source::Same(from(norms[layer], part));
        let source = match name.rsplit_once('.').map(|(_, part)| part) {
            _ if layer >= expected => {
                let at = (0..head.len()).find(|i| {
                    name.strip_prefix(&head_name(*i, head.len()))
                        .is_some_and(|r| r.starts_with('.'))
                });
                let layer = dense[at.unwrap_or(0)];
                if name.ends_with(".bias") {
                    Source::Same(from(layer, "bias"))
                } else {
                    Source::Dense(from(layer, "kernel"))
                }
            }
            Some("weight") if shape.len() == 4 => Source::Convolution(from(convs[layer], "kernel")),
            Some("weight") if !shapes.contains_key(format!("{}/gamma", norms[layer]).as_str()) => {
                Source::Ones
            }
            Some("weight") => norm("gamma"),
            Some("running_mean") => norm("moving_mean"),
            Some("running_var") => norm("moving_variance"),
            _ => norm("beta"),
        };
        tensors.push((name, shape, source));
    }
    Ok(Plan { layout: Layout::Keras, head, tensors })
}

/// `conv2d_7` → (`conv2d`, 7); Keras 2.3 and later call the first of a kind just `conv2d`.
fn kind_and_number(layer: &str) -> Option<(&str, usize)> {
    ["conv2d", "batch_normalization", "dense", "predictions"].into_iter().find_map(|kind| {
        match layer.strip_prefix(kind)? {
            "" => Some((kind, 0)),
            number => Some((kind, number.strip_prefix('_')?.parse().ok()?)),
        }
    })
}

/// Names everything that does not fit, a few of each kind.
fn check(listing: &Listing, plan: &Plan) -> Result<(), String> {
    let mut found: BTreeMap<&str, &[usize]> =
        listing.iter().map(|(name, shape)| (name.as_str(), shape.as_slice())).collect();
    let (mut missing, mut misshapen) = (Vec::new(), Vec::new());
    for (_, shape, source) in &plan.tensors {
        let Some((name, expected)) = source.expected(shape) else { continue };
        match found.remove(name) {
            None => missing.push(name.to_owned()),
            Some(shape) if shape != expected => {
                misshapen.push(format!("{name} is {shape:?}, expected {expected:?}"));
            }
            Some(_) => {}
        }
    }
    let extra: Vec<String> =
        found.keys().filter(|name| !is_spare(name)).map(|name| (*name).to_owned()).collect();
    let mut problems = Vec::new();
    for (what, names) in [("missing", missing), ("of another shape", misshapen), ("extra", extra)] {
        if let Some(few) = names.get(..names.len().min(3)).filter(|few| !few.is_empty()) {
            let more = if names.len() > few.len() { ", …" } else { "" };
            problems.push(format!("{} {what}: {}{more}", names.len(), few.join(", ")));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("not the tensors of {}: {}", plan.layout, problems.join("; ")))
}
