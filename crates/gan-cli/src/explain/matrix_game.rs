//! `gan explain matrix-game`: why players mix, and the saddle where neither gains by moving alone.

use super::explained::Explained;
use crate::format::table;
use anyhow::Result;
use gan_images::{Figure, Image, Series, Style, draw, grid};
use gan_info::{Equilibrium, expected_payoff, solve_matrix_game};
use serde_json::json;

/// A game: its name, the count of rows, and the row player's payoffs, row by row.
type Game = (&'static str, usize, &'static [f64]);

/// The games of the table, the drawn one first.
const GAMES: [Game; 4] = [
    ("matching pennies, heads count 3", 2, &[3.0, -1.0, -1.0, 1.0]),
    ("matching pennies", 2, &[1.0, -1.0, -1.0, 1.0]),
    ("rock, paper, scissors", 3, &[0.0, -1.0, 1.0, 1.0, 0.0, -1.0, -1.0, 1.0, 0.0]),
    ("a saddle of pure moves", 2, &[3.0, 5.0, 6.0, 1.0, 2.0, 9.0]),
];

/// Runs the experiment.
pub fn run() -> Result<Explained> {
    let head =
        ["game", "rows are played", "columns are played", "value", "best gain by moving alone"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut all = Vec::new();
    for (name, count, payoff) in GAMES {
        let columns = payoff.len() / count;
        let game = solve_matrix_game(payoff, count, columns)?;
        let gain = gain(&game, payoff)?;
        rows.push(vec![
            name.to_owned(),
            shares(&game.row_strategy),
            shares(&game.column_strategy),
            // The value of a fair game is rounding, of either sign.
            format!("{:.4}", if game.value.abs() < 1e-9 { 0.0 } else { game.value }),
            format!("{gain:.1e}"),
        ]);
        all.push(json!({
            "game": name, "rows": game.row_strategy, "columns": game.column_strategy,
            "value": game.value, "gain": gain,
        }));
    }
    let text = format!(
        "Two players choose at once; what one gains the other loses (von Neumann 1928):\n\n{}\n\
         Where every pure move has an answer, as in pennies, the players must mix: only then has the \
         other nothing to aim at.\nAt the equilibrium max min = min max, and neither gains by moving \
         alone; the last column is rounding. A GAN is such a\ngame, with networks for moves: its \
         equilibrium is a generator that draws the data and a D that answers 1/2. Networks\nplay pure \
         moves and change them by gradients, so they can circle an equilibrium that they never reach \
         (`gan explain\ndirac`). A generator that always plays the best answer to the D of the moment \
         is one that collapses (`gan explain collapse`).",
        table(&rows)
    );
    let object = json!({ "games": all });
    Ok(Explained { text, object, picture: grid(&pictures()?, 2, 6)? })
}

/// The most that a player gains by a pure move against the other's equilibrium.
fn gain(game: &Equilibrium, payoff: &[f64]) -> Result<f64> {
    let (rows, columns) = (game.row_strategy.len(), game.column_strategy.len());
    let pure = |count: usize, at: usize| -> Vec<f64> {
        (0..count).map(|i| f64::from(u8::from(i == at))).collect()
    };
    let mut most = 0f64;
    for at in 0..rows {
        let found = expected_payoff(payoff, &pure(rows, at), &game.column_strategy)?;
        most = most.max(found - game.value);
    }
    for at in 0..columns {
        let found = expected_payoff(payoff, &game.row_strategy, &pure(columns, at))?;
        most = most.max(game.value - found);
    }
    Ok(most)
}

fn shares(strategy: &[f64]) -> String {
    strategy.iter().map(|p| format!("{p:.3}")).collect::<Vec<_>>().join(" ")
}

/// What each player can expect of a mixture, against every answer; the dot is the equilibrium.
fn pictures() -> Result<[Image; 2]> {
    let (_, _, payoff) = GAMES[0];
    let game = solve_matrix_game(payoff, 2, 2)?;
    let mixed = |first: f64| [first, 1.0 - first];
    let places: Vec<f64> = (0..=100).map(|i| f64::from(i) / 100.0).collect();
    let of = |payoff_at: &dyn Fn(f64) -> Result<f64>| -> Result<Vec<(f64, f64)>> {
        places.iter().map(|x| Ok((*x, payoff_at(*x)?))).collect()
    };
    let against = |column: [f64; 2]| of(&|x| Ok(expected_payoff(payoff, &mixed(x), &column)?));
    let answered = |row: [f64; 2]| of(&|x| Ok(expected_payoff(payoff, &row, &mixed(x))?));
    let (heads, tails) = ([1.0, 0.0], [0.0, 1.0]);
    let figure = |title: &str,
                  x_label: &str,
                  answers: [Vec<(f64, f64)>; 2],
                  worst: bool,
                  at: f64| {
        let [a, b] = answers;
        let edge =
            a.iter().zip(&b).map(|(a, b)| (a.0, if worst { a.1.min(b.1) } else { a.1.max(b.1) }));
        let edge: Vec<(f64, f64)> = edge.collect();
        let one =
            |name: &str, color, style, points| Series { name: name.into(), color, style, points };
        let name = if worst { "the worst of both" } else { "the best of both" };
        Figure {
            title: title.into(),
            x_label: x_label.into(),
            y_label: "payoff to the row player".into(),
            x_range: Some((0.0, 1.0)),
            y_range: Some((-1.5, 3.5)),
            series: vec![
                one(name, [150, 150, 150], Style::Area, edge),
                one("against heads", [31, 119, 180], Style::Line, a),
                one("against tails", [255, 127, 14], Style::Line, b),
                one("equilibrium", [214, 39, 40], Style::Points, vec![(at, game.value)]),
            ],
        }
    };
    let rows = figure(
        "The row player raises the worst",
        "how often the row player plays heads",
        [against(heads)?, against(tails)?],
        true,
        game.row_strategy[0],
    );
    let columns = figure(
        "The column player lowers the best",
        "how often the column player plays heads",
        [answered(heads)?, answered(tails)?],
        false,
        game.column_strategy[0],
    );
    Ok([draw(&rows, 520, 400)?, draw(&columns, 520, 400)?])
}
