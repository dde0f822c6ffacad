//! What a generator draws a class with, and what is left without it: Radford et al. 2016 (arXiv
//! 1511.06434), section 6.3.1.

use super::eyes::Eyes;
use super::latents::{Made, make, numbered};
use crate::error::{Result, refused};
use crate::session::Session;
use candle_core::{DType, Device};
use gan_inspect::feature_maps::{Units, speaking_for, usual, weights};
use gan_train::{Tap, untouched};
use std::ops::Range;

/// Images of the class that a regression needs, and of others.
const LEAST: usize = 5;

/// What to forget, and how.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The class, as the classifier numbers them.
    pub class: u32,
    /// The hidden layer of the generator, counted from 0 at the latent's side; the second highest
    /// where none is given.
    pub layer: Option<usize>,
    /// What of it is dropped at a time.
    pub units: Units,
    /// Whether a dropped unit is set to its mean over samples without the class, and not to 0.
    pub usual: bool,
    /// How many units are dropped; 1, 2, 4, … and all that speak for the class where none is given.
    pub drop: Option<usize>,
    /// Samples that units are found with; as many others show the effect.
    pub count: usize,
    /// The seed of latents.
    pub seed: u64,
}

/// What was found and what dropping it comes to.
#[derive(Debug)]
pub struct Forgotten {
    /// The hidden layer.
    pub layer: usize,
    /// Units of it.
    pub width: usize,
    /// Samples of the class among those that units were found with.
    pub found: usize,
    /// Units that speak for the class, the strongest first.
    pub order: Vec<usize>,
    /// Which of the other samples show the class with the whole generator.
    pub has: Vec<bool>,
    /// These samples.
    pub before: Made,
    /// Each number of dropped units.
    pub effects: Vec<Effect>,
    /// The most selective of [`Self::effects`], the first of equals.
    pub best: usize,
}

/// What dropping so many units comes to.
#[derive(Debug)]
pub struct Effect {
    /// How many.
    pub dropped: usize,
    /// Samples of the class afterwards, over all samples.
    pub share: f64,
    /// Those of the class that have left it, over all of the class.
    pub gone: f64,
    /// Other samples that keep their class.
    pub kept: f64,
    /// The same samples afterwards.
    pub made: Made,
}

impl Effect {
    /// 1 where the class alone is gone, 0 where the others have lost as much.
    pub fn selectivity(&self) -> f64 {
        self.gone + self.kept - 1.0
    }
}

/// Finds the units of a hidden layer that speak for a class, and draws other samples without them.
///
/// # Errors
/// Refusals: of a class that the classifier does not know or that too few samples or too many show,
/// of a layer or more units than there are, and where no unit speaks for the class.
pub fn forget(
    session: &Session,
    eyes: &mut Eyes,
    plan: &Plan,
    device: &Device,
) -> Result<Forgotten> {
    if plan.class as usize >= eyes.classes() {
        return Err(refused(format!(
            "--class {}: {} knows {} classes, from 0",
            plan.class,
            eyes.name(),
            eyes.classes()
        )));
    }
    let stage = Stage { session, plan, device };
    let layer = stage.layer()?;
    let (count, units) = (plan.count, plan.units);
    // Units are found with some samples and judged by others, or what fits by chance would count.
    let mut rows = Vec::new();
    let samples = stage.samples(eyes, 0..count, &mut |at, y| {
        if at == layer {
            let values = units.values(&y.detach())?.to_dtype(DType::F32)?;
            rows.extend(values.flatten_all()?.to_vec1::<f32>()?);
        }
        Ok(y.clone())
    })?;
    let has = samples.has(plan.class);
    let found = enough(plan.class, &has)?;
    let width = rows.len() / count;
    let order = speaking_for(&weights(&rows, width, &has)?);
    let fill = if plan.usual { usual(&rows, width, &has)? } else { vec![0.0; width] };
    drop(rows);
    let tried = match plan.drop {
        Some(n) if n > order.len() => {
            return Err(refused(format!(
                "--drop {n}: {} of the layer's {width} {} speak for the class",
                order.len(),
                name(units)
            )));
        }
        Some(n) => vec![n],
        None => doubling(order.len()),
    };
    let judged = stage.samples(eyes, count..2 * count, &mut untouched)?;
    let has = judged.has(plan.class);
    enough(plan.class, &has)?;
    let effect = |n: usize| {
        let set: Vec<(usize, f32)> = order[..n].iter().map(|k| (*k, fill[*k])).collect();
        stage.effect(eyes, &judged, layer, &set)
    };
    let effects: Vec<Effect> = tried.into_iter().map(effect).collect::<Result<_>>()?;
    let more = |best: usize, k: usize| {
        if effects[k].selectivity() > effects[best].selectivity() { k } else { best }
    };
    let best = (0..effects.len()).reduce(more).ok_or_else(|| {
        refused("no unit of this layer speaks for the class: choose another --layer")
    })?;
    Ok(Forgotten { layer, width, found, order, has, before: judged.made, effects, best })
}

/// What such units are called.
pub fn name(units: Units) -> &'static str {
    match units {
        Units::Maps => "maps",
        Units::Places => "places",
    }
}

struct Stage<'a> {
    session: &'a Session,
    plan: &'a Plan,
    device: &'a Device,
}

/// Samples with their classes.
struct Samples {
    z: Vec<Vec<f32>>,
    labels: Option<Vec<u32>>,
    classes: Vec<u32>,
    made: Made,
}

impl Samples {
    fn has(&self, class: u32) -> Vec<bool> {
        self.classes.iter().map(|c| *c == class).collect()
    }
}

impl Stage<'_> {
    /// The layer that was asked for, or the second highest.
    fn layer(&self) -> Result<usize> {
        let mut layers = 0;
        self.made(&[0], &mut |at, y| {
            layers = at + 1;
            Ok(y.clone())
        })?;
        match self.plan.layer {
            _ if layers == 0 => Err(refused("this generator has no hidden layers")),
            Some(layer) if layer >= layers => Err(refused(format!(
                "--layer {layer}: the generator has hidden layers 0 to {}",
                layers - 1
            ))),
            Some(layer) => Ok(layer),
            None => Ok(layers.saturating_sub(2)),
        }
    }

    /// Latents, labels and images of the samples of these numbers, the hidden layers shown to `tap`.
    fn made(&self, numbers: &[usize], tap: &mut Tap<'_>) -> Result<Drawn> {
        let game = self.session.game.as_ref();
        let z = numbered(game, numbers, self.plan.seed)?;
        let labels: Option<Vec<u32>> =
            game.classes().map(|c| numbers.iter().map(|k| (k % c) as u32).collect());
        let made =
            self.session.drawn(|game| make(game, &z, labels.as_deref(), self.device, tap))?;
        Ok((z, labels, made))
    }

    fn samples(
        &self,
        eyes: &mut Eyes,
        numbers: Range<usize>,
        tap: &mut Tap<'_>,
    ) -> Result<Samples> {
        let (z, labels, made) = self.made(&numbers.collect::<Vec<_>>(), tap)?;
        let classes = eyes.classify(&made.images)?;
        Ok(Samples { z, labels, classes, made })
    }

    /// Draws the same latents with some units set to other values.
    fn effect(
        &self,
        eyes: &mut Eyes,
        before: &Samples,
        layer: usize,
        set: &[(usize, f32)],
    ) -> Result<Effect> {
        let (class, units) = (self.plan.class, self.plan.units);
        let tap = &mut |at: usize, y: &candle_core::Tensor| {
            if at == layer { units.set(y, set) } else { Ok(y.clone()) }
        };
        let labels = before.labels.as_deref();
        let made = self.session.drawn(|game| make(game, &before.z, labels, self.device, tap))?;
        let after = eyes.classify(&made.images)?;
        let share = |of: &dyn Fn(u32, u32) -> bool, over: &dyn Fn(u32) -> bool| {
            let pairs = || before.classes.iter().zip(&after).filter(|(b, _)| over(**b));
            let hits = pairs().filter(|(b, a)| of(**b, **a)).count();
            hits as f64 / pairs().count().max(1) as f64
        };
        Ok(Effect {
            dropped: set.len(),
            share: share(&|_, a| a == class, &|_| true),
            gone: share(&|_, a| a != class, &|b| b == class),
            kept: share(&|b, a| a == b, &|b| b != class),
            made,
        })
    }
}

/// Latents, labels where the model is conditional, and images.
type Drawn = (Vec<Vec<f32>>, Option<Vec<u32>>, Made);

/// How many samples show the class; a refusal where too few do, or too few do not.
fn enough(class: u32, has: &[bool]) -> Result<usize> {
    let (found, count) = (has.iter().filter(|h| **h).count(), has.len());
    if found < LEAST || found + LEAST > count {
        return Err(refused(format!(
            "--class {class}: {found} of {count} samples are of it; {LEAST} at least must be, and as \
             many not: raise --count, or choose another class"
        )));
    }
    Ok(found)
}

/// 1, 2, 4, … and all.
fn doubling(all: usize) -> Vec<usize> {
    let mut list: Vec<usize> = (0..).map(|k| 1 << k).take_while(|n| *n < all).collect();
    if all > 0 {
        list.push(all);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_double_up_to_all() {
        assert_eq!(doubling(0), Vec::<usize>::new());
        assert_eq!(doubling(1), [1]);
        assert_eq!(doubling(8), [1, 2, 4, 8]);
        assert_eq!(doubling(11), [1, 2, 4, 8, 11]);
    }
}
