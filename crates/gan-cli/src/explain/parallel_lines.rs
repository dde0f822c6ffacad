//! `gan explain parallel-lines`: five divergences of two lines, and which of them says where to go.

use super::explained::Explained;
use crate::format::table;
use anyhow::Result;
use gan_images::{Figure, Series, Style, draw, grid};
use gan_info::{ValueAndGradient, parallel_lines};
use serde_json::{Value, json};

/// Distances of the lines in the table.
const SHOWN: [f64; 5] = [-1.0, -0.25, 0.0, 0.25, 1.0];
/// Places on each side of 0 in the picture.
const PLACES: i32 = 100;

/// Runs the experiment.
pub fn run() -> Result<Explained> {
    let head = ["theta", "KL", "reverse KL", "JSD", "total variation", "earth mover"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut all = Vec::new();
    for theta in SHOWN {
        let lines = parallel_lines(theta)?;
        let each = [lines.kl, lines.reverse_kl, lines.js, lines.total_variation, lines.earth_mover];
        let mut row = vec![format!("{theta}")];
        row.extend(each.map(cell));
        rows.push(row);
        let names = ["kl", "reverse_kl", "jsd", "total_variation", "earth_mover"];
        let mut object = json!({ "theta": theta });
        for (name, one) in names.into_iter().zip(each) {
            object[name] = number(one);
        }
        all.push(object);
    }
    let text = format!(
        "The data lie on a line at 0, the generator's on a parallel one at theta (arXiv 1701.07875, \
         example 1).\nEach cell is a divergence and, after the slash, its slope by theta:\n\n{}\n\
         Wherever theta is not 0 the lines share no point. So both KL are infinite and have no slope, \
         and JSD = log 2 and\nTV = 1 are flat: a generator that descends them stands still. The earth \
         mover's distance is |theta|, and its slope\npoints home from everywhere. A GAN whose D is as \
         good as can be follows JSD; a critic of bounded slope follows the\nearth mover. That is why \
         `gan train wgan-gp` can learn where data and samples do not overlap yet.",
        table(&rows)
    );
    Ok(Explained { text, object: json!({ "lines": all }), picture: grid(&pictures()?, 2, 6)? })
}

fn cell(one: ValueAndGradient) -> String {
    let value = if one.value.is_finite() { format!("{:.4}", one.value) } else { "inf".into() };
    let slope = one.gradient.map_or("none".to_owned(), |slope| format!("{slope}"));
    format!("{value} / {slope}")
}

fn number(one: ValueAndGradient) -> Value {
    json!({ "value": one.value, "infinite": one.value.is_infinite(), "gradient": one.gradient })
}

/// The three finite ones, and their slopes.
fn pictures() -> Result<[gan_images::Image; 2]> {
    const EARTH: [u8; 3] = [31, 119, 180];
    const TOTAL: [u8; 3] = [44, 160, 44];
    const JENSEN: [u8; 3] = [214, 39, 40];
    let mut values: [Vec<(f64, f64)>; 3] = Default::default();
    let mut slopes = values.clone();
    for place in -PLACES..=PLACES {
        let theta = 1.2 * f64::from(place) / f64::from(PLACES);
        let lines = parallel_lines(theta)?;
        for (i, one) in [lines.earth_mover, lines.total_variation, lines.js].iter().enumerate() {
            // At 0 the two flat ones jump down to 0: a point of its own, drawn as a gap.
            values[i].push((theta, if place == 0 && i > 0 { f64::NAN } else { one.value }));
            slopes[i].push((theta, one.gradient.unwrap_or(f64::NAN)));
        }
    }
    let one =
        |name: &str, color, points| Series { name: name.into(), color, style: Style::Line, points };
    let figure = |title: &str, y_label: &str, range, series| Figure {
        title: title.into(),
        x_label: "theta: where the generator's line stands".into(),
        y_label: y_label.into(),
        x_range: Some((-1.2, 1.2)),
        y_range: Some(range),
        series,
    };
    let [earth, total, jensen] = values;
    let lines = vec![
        one("earth mover", EARTH, earth),
        one("total variation", TOTAL, total),
        one("JSD", JENSEN, jensen),
    ];
    let first = figure("Divergences of two lines", "value", (0.0, 1.3), lines);
    // The slopes of the other two are one line, at 0.
    let [earth, _, flat] = slopes;
    let lines =
        vec![one("earth mover", EARTH, earth), one("total variation and JSD", JENSEN, flat)];
    let second = figure("Their slopes", "slope", (-1.5, 1.5), lines);
    Ok([draw(&first, 520, 400)?, draw(&second, 520, 400)?])
}
