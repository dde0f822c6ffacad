//! Samples with their classes, and what becomes of them when units are dropped.

use super::super::eyes::Eyes;
use super::super::latents::{self, Made};
use super::super::look::Opened;
use anyhow::Result;
use gan_inspect::feature_maps::Units;
use gan_train::Tap;
use std::ops::Range;

/// Samples of the whole generator.
pub struct Before {
    z: Vec<Vec<f32>>,
    labels: Option<Vec<u32>>,
    classes: Vec<u32>,
    pub made: Made,
}

impl Before {
    /// Draws the samples of these numbers, the hidden layers shown to `tap`, and classifies them.
    pub fn draw(
        opened: &Opened,
        eyes: &mut Eyes,
        numbers: Range<usize>,
        tap: &mut Tap<'_>,
    ) -> Result<Self> {
        let numbers: Vec<usize> = numbers.collect();
        let z = latents::numbered(opened, &numbers)?;
        let classes = opened.session.game.classes();
        let labels = classes.map(|c| numbers.iter().map(|k| (k % c) as u32).collect::<Vec<_>>());
        let made =
            opened.with(|game| latents::make_with(game, opened, &z, labels.as_deref(), tap))?;
        let classes = eyes.classify(&made.images)?;
        Ok(Self { z, labels, classes, made })
    }

    /// Which are of a class.
    pub fn has(&self, class: u32) -> Vec<bool> {
        self.classes.iter().map(|c| *c == class).collect()
    }
}

/// What dropping so many units comes to.
pub struct Effect {
    pub dropped: usize,
    /// Samples of the class afterwards, over all samples.
    pub share: f64,
    /// Those of the class that have left it, over all of the class.
    pub gone: f64,
    /// Other samples that keep their class.
    pub kept: f64,
    pub made: Made,
}

impl Effect {
    /// 1 where the class alone is gone, 0 where the others have lost as much.
    pub fn selectivity(&self) -> f64 {
        self.gone + self.kept - 1.0
    }
}

/// Draws the same latents with some units set to other values.
pub fn effect(
    opened: &Opened,
    eyes: &mut Eyes,
    before: &Before,
    (layer, units): (usize, Units),
    set: &[(usize, f32)],
    class: u32,
) -> Result<Effect> {
    let labels = before.labels.as_deref();
    let made = opened.with(|game| {
        latents::make_with(game, opened, &before.z, labels, &mut |at, y| {
            if at == layer { units.set(y, set) } else { Ok(y.clone()) }
        })
    })?;
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
