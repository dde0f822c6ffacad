//! Grids of images, and simple plots.

pub(crate) mod axes;
pub(crate) mod figure;
pub(crate) mod grid;
pub(crate) mod legend;
pub(crate) mod pen;
pub(crate) mod plot;
pub(crate) mod text;
pub(crate) mod ticks;
