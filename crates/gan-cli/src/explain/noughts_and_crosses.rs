//! `gan explain noughts-and-crosses`: a game solved to its end, by minimax with cuts.

use super::explained::Explained;
use crate::format::table;
use anyhow::Result;
use gan_images::{Figure, Image, Series, Style, draw, grid};
use gan_info::{Board, solve_board};
use serde_json::json;

/// Positions of the whole tree, which plain minimax looks at.
const WHOLE: u64 = 549_946;
/// The three openings that are not mirrors of each other.
const OPENINGS: [(&str, usize); 3] =
    [("in the corner", 0), ("on the edge", 1), ("in the middle", 4)];

/// Runs the experiment.
pub fn run() -> Result<Explained> {
    let empty = solve_board(&Board::default())?;
    let head = ["position", "value to crosses", "replies that keep it", "positions looked at"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut row = |name: &str, value: i8, keep: String, nodes: u64| {
        rows.push(vec![name.to_owned(), format!("{value}"), keep, nodes.to_string()]);
    };
    let all = format!("all {}", empty.best_moves.len());
    row("empty", empty.value, all, empty.nodes);
    let (mut openings, mut pictures) = (Vec::new(), Vec::new());
    for (name, cell) in OPENINGS {
        let board = Board::default().play(cell)?;
        let found = solve_board(&board)?;
        let keep: Vec<String> = found.best_moves.iter().map(usize::to_string).collect();
        row(&format!("X {name}"), found.value, keep.join(" "), found.nodes);
        openings.push(json!({
            "opening": cell, "value": found.value, "replies": found.best_moves,
            "nodes": found.nodes,
        }));
        pictures.push(picture(name, cell, &board, &found.best_moves)?);
    }
    let text = format!(
        "Every position has a value: +1 if crosses can force a win, -1 if noughts can, 0 for a draw \
         (cells 0 to 8, row by row):\n\n{}\nThe value of a position is the largest over one's own \
         moves of the smallest over the other's replies, and so on to\nthe end: minimax. Played well \
         the game is a draw, and every opening keeps it; of the replies only some do, and one\nwrong \
         one loses. Alpha-beta leaves out what cannot change the value: {} of {WHOLE} positions were \
         looked at. A GAN's\ngame is minimax too, but its moves are the weights of networks: no tree \
         can be searched, and gradients take the\nplace of looking ahead. They see one move far, which \
         is why their play can circle where a search would settle.",
        table(&rows),
        empty.nodes
    );
    let object = json!({
        "value": empty.value, "nodes": empty.nodes, "whole": WHOLE, "openings": openings,
    });
    Ok(Explained { text, object, picture: grid(&pictures, OPENINGS.len(), 6)? })
}

/// A cell's middle; rows count from the top.
fn middle(cell: usize) -> (f64, f64) {
    ((cell % 3) as f64 + 0.5, 2.5 - (cell / 3) as f64)
}

/// The board with a cross, and where a nought keeps the draw.
fn picture(name: &str, cross: usize, board: &Board, keep: &[usize]) -> Result<Image> {
    let gap = (f64::NAN, f64::NAN);
    let mut lines = Vec::new();
    for at in [1.0, 2.0] {
        lines.extend([(at, 0.0), (at, 3.0), gap, (0.0, at), (3.0, at), gap]);
    }
    let (x, y) = middle(cross);
    let r = 0.32;
    let strokes = vec![(x - r, y - r), (x + r, y + r), gap, (x - r, y + r), (x + r, y - r)];
    let ring = |cells: Vec<usize>| -> Vec<(f64, f64)> {
        let circle = |cell: usize| {
            let (x, y) = middle(cell);
            let turn = move |i: i32| (std::f64::consts::TAU * f64::from(i) / 40.0).sin_cos();
            let at = move |i| (x + r * turn(i).0, y + r * turn(i).1);
            (0..=40).map(at).chain([(f64::NAN, f64::NAN)])
        };
        cells.into_iter().flat_map(circle).collect()
    };
    let loses = board.legal_moves().into_iter().filter(|cell| !keep.contains(cell)).collect();
    let one =
        |name: &str, color, points| Series { name: name.into(), color, style: Style::Line, points };
    let figure = Figure {
        title: format!("X {name}"),
        x_range: Some((0.0, 3.0)),
        y_range: Some((0.0, 3.0)),
        series: vec![
            one("", [120, 120, 120], lines),
            one("X", [31, 119, 180], strokes),
            one("O draws", [44, 160, 44], ring(keep.to_vec())),
            one("O loses", [214, 39, 40], ring(loses)),
        ],
        ..Figure::default()
    };
    Ok(draw(&figure, 330, 375)?)
}
