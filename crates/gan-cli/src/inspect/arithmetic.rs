//! `gan arithmetic`: sums and differences of averaged latents.

use super::latents::{self, LabelArgs};
use super::look::{LookArgs, fields};
use super::sheet::{blank, sheet};
use anyhow::Result;
use clap::Args;
use gan_images::Image;
use gan_inspect::arithmetic::{Term, around, combine, mean};
use serde_json::{Value, json};
use std::str::FromStr;

/// Columns of the sheet to choose from: a sample's number can be read off rows of ten.
const COLUMNS: usize = 10;
/// Samples to choose from.
const CHOICE: usize = 100;
/// Largest number of a sample.
const MOST: usize = 1_000_000;
/// How far the results around the sum lie (arXiv 1511.06434, figure 7).
const NEAR: f32 = 0.25;
/// How many of them.
const VARIANTS: usize = 8;

/// `gan arithmetic`.
#[derive(Debug, Args)]
#[command(after_help = "\
Samples are numbered as `gan sample` draws them with the same seed. Without --plus and --minus the
first 100 are drawn in rows of ten, so that row 3, column 7 (from 0) is sample 37: choose from these.
Each --plus and --minus is a group whose latents are averaged: single latents give unstable results
(arXiv 1511.06434, section 6.3.2). A row of the picture is a group and, to its right, what its mean
makes; the last row is the result and eight of its neighbours.

Examples:
  gan arithmetic runs/dcgan-1
  gan arithmetic runs/dcgan-1 --plus 3,5,8 --minus 1,2,4 --plus 7,9,12
  gan arithmetic runs/dcgan-1 --seed 4 --plus 3,5,8 --minus 1,2 --json")]
pub struct ArithmeticArgs {
    /// What is looked into.
    #[command(flatten)]
    pub look: LookArgs,
    /// A group that is averaged and added; may be repeated.
    #[arg(long, value_name = "K,L,…")]
    pub plus: Vec<Group>,
    /// A group that is averaged and subtracted; may be repeated.
    #[arg(long, value_name = "K,L,…")]
    pub minus: Vec<Group>,
    /// Which class.
    #[command(flatten)]
    pub label: LabelArgs,
}

/// Numbers of samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group(Vec<usize>);

impl FromStr for Group {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |word: &str| {
            word.trim().parse().ok().filter(|n| *n <= MOST).ok_or_else(|| {
                format!("expected samples' numbers, 0 to {MOST}, with commas between them")
            })
        };
        Ok(Self(text.split(',').map(number).collect::<Result<_, _>>()?))
    }
}

/// Runs the command.
pub fn run(args: &ArithmeticArgs) -> Result<u8> {
    let opened = args.look.open("arithmetic")?;
    let shape = opened.shape()?;
    let class = args.label.class(&opened)?;
    let groups: Vec<(f64, &Group)> =
        args.plus.iter().map(|g| (1.0, g)).chain(args.minus.iter().map(|g| (-1.0, g))).collect();
    if groups.is_empty() {
        let all = latents::numbered(&opened, &(0..CHOICE).collect::<Vec<_>>())?;
        let picture = sheet(&latents::make(&opened, &all, &class)?.images, COLUMNS)?;
        let text =
            format!("{CHOICE} samples{} to choose from, {COLUMNS} a row, from 0", class.words());
        let mut extra =
            json!({ "samples": CHOICE, "columns": COLUMNS, "groups": [], "latent": null });
        class.add_to(&mut extra);
        return args.look.finish(&opened, &picture, fields(extra), &text);
    }
    let widest = groups.iter().map(|(_, g)| g.0.len()).max().unwrap_or(1);
    // A group with an empty place and its mean after it, or the result with its neighbors.
    let columns = (widest + 2).max(VARIANTS + 1);
    let mut tiles: Vec<Image> = Vec::new();
    let mut terms = Vec::new();
    for (weight, group) in &groups {
        let members = latents::numbered(&opened, &group.0)?;
        tiles.extend(latents::make(&opened, &members, &class)?.images);
        tiles.push(blank(shape)?);
        tiles.extend(latents::make(&opened, &[mean(&members)?], &class)?.images);
        fill(&mut tiles, columns, shape)?;
        terms.push(Term { weight: *weight, latents: members });
    }
    let result = combine(&terms)?;
    let mut last = vec![result.clone()];
    last.extend(around(&result, VARIANTS, NEAR, opened.seed));
    tiles.extend(latents::make(&opened, &last, &class)?.images);
    fill(&mut tiles, columns, shape)?;
    let length = |z: &[f32]| z.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    let told: Vec<Value> = groups
        .iter()
        .map(|(weight, group)| json!({ "weight": weight, "samples": group.0 }))
        .collect();
    let words: Vec<String> = groups
        .iter()
        .map(|(weight, group)| {
            let numbers: Vec<String> = group.0.iter().map(usize::to_string).collect();
            format!("{} mean({})", if *weight > 0.0 { "+" } else { "−" }, numbers.join(", "))
        })
        .collect();
    let text =
        format!("{}: a latent of length {:.2}{}", words.join(" "), length(&result), class.words());
    let mut extra = json!({ "groups": told, "latent": result, "length": length(&result) });
    class.add_to(&mut extra);
    args.look.finish(&opened, &sheet(&tiles, columns)?, fields(extra), &text)
}

/// Empty places up to the row's end.
fn fill(tiles: &mut Vec<Image>, columns: usize, shape: [usize; 3]) -> Result<()> {
    while !tiles.len().is_multiple_of(columns) {
        tiles.push(blank(shape)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_numbers_with_commas() {
        assert_eq!("3, 5,8".parse(), Ok(Group(vec![3, 5, 8])));
        for wrong in ["", "3,", "-1", "x", "1000001"] {
            assert!(wrong.parse::<Group>().unwrap_err().contains("samples' numbers"), "{wrong}");
        }
    }
}
