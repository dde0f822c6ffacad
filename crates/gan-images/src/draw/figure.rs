//! What a plot shows: axes, ranges and series.

/// A plot: one pair of axes and what is drawn on them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// Above the plot; may be empty.
    pub title: String,
    /// Below the horizontal axis; may be empty.
    pub x_label: String,
    /// Beside the vertical axis; may be empty.
    pub y_label: String,
    /// Ends of the horizontal axis; `None` fits the data.
    pub x_range: Option<(f64, f64)>,
    /// Ends of the vertical axis; `None` fits the data.
    pub y_range: Option<(f64, f64)>,
    /// What is drawn, the first at the back.
    pub series: Vec<Series>,
}

/// Points with a name, a color and a style.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// In the legend; an empty name has no entry.
    pub name: String,
    /// RGB.
    pub color: [u8; 3],
    /// How the points are drawn.
    pub style: Style,
    /// `(x, y)` in the figure's units; non-finite ones are gaps.
    pub points: Vec<(f64, f64)>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// A line through the points.
    #[default]
    Line,
    /// A dot at each point.
    Points,
    /// A bar from zero to each point.
    Bars,
    /// A line, and its color thinly down to zero.
    Area,
}
