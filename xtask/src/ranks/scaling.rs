//! How long a step of several ranks takes, and what a model of it says of many more.

use super::mpirun;
use crate::command::{self, Failure};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Steps that are timed: those of the longer run beyond the shorter one, so that the start is left
/// out.
const STEPS: [u64; 2] = [10, 50];
const ROUNDS: usize = 3;
/// The batch that one rank has, or that all share.
const BATCH: usize = 64;

pub fn run(_: &Path, gan: &Path) -> Result<(), Failure> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "dcgan at 28 pixels, one thread a rank, {cores} cores; milliseconds a step, medians of {ROUNDS} rounds"
    );
    println!("ranks  strong: batch {BATCH} shared  speed-up  weak: batch {BATCH} each  efficiency");
    let (mut first, mut two) = ((f64::NAN, f64::NAN), f64::NAN);
    for ranks in [1, 2, 4] {
        let (strong, weak) = (step(gan, ranks, BATCH)?, step(gan, ranks, BATCH * ranks)?);
        if ranks == 1 {
            first = (strong, weak);
        }
        if ranks == 2 {
            two = weak;
        }
        println!(
            "{ranks:>5}  {strong:>23.1}  {:>8.2}  {weak:>19.1}  {:>10.2}",
            first.0 / strong,
            first.1 / weak
        );
    }
    model(gan, first.1, two)
}

/// The median time of a step in milliseconds.
fn step(gan: &Path, ranks: usize, batch: usize) -> Result<f64, Failure> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let short = seconds(gan, ranks, batch, STEPS[0])?;
        let long = seconds(gan, ranks, batch, STEPS[1])?;
        times.push((long - short) * 1e3 / (STEPS[1] - STEPS[0]) as f64);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[ROUNDS / 2])
}

fn seconds(gan: &Path, ranks: usize, batch: usize, steps: u64) -> Result<f64, Failure> {
    let folder = gan.with_file_name(format!("ranks-scaling-{}", std::process::id()));
    let mut command = if ranks == 1 { Command::new(gan) } else { mpirun(ranks, gan) };
    let line = format!(
        "train dcgan --batch {batch} --steps {steps} --checkpoint-every 0 --sample-every 0 --quiet \
         --threads 1 --out"
    );
    command.args(line.split_whitespace()).arg(&folder);
    let begin = Instant::now();
    let output = command.output().map_err(|error| {
        Failure::Failed(format!("cannot run `{}`: {error}", command::shown(&command)))
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    let _ = std::fs::remove_dir_all(&folder);
    match output.status.success() {
        true => Ok(seconds),
        false => Err(Failure::Failed(format!(
            "`{}` failed: {}",
            command::shown(&command),
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}

/// Numbers in the gradients of a step of both players of the default dcgan: 347 thousand of G and 37
/// thousand of D, each summed once a step.
const GRADIENTS: f64 = 3.84e5;

/// Fits the time of a sum over two ranks to α + β·bytes, and says what that makes of more workers.
fn model(gan: &Path, alone: f64, two: f64) -> Result<(), Failure> {
    let messages = gan.with_file_name("release").join("examples").join("messages");
    let text = command::stdout(&mut mpirun(2, &messages))?;
    let points: Vec<(f64, f64)> = text
        .lines()
        .filter_map(|line| {
            let (bytes, ms) = line.split_once(' ')?;
            Some((bytes.parse().ok()?, ms.parse().ok()?))
        })
        .collect();
    let (alpha, beta) = line_through(&points);
    println!("\nA sum over 2 ranks of this machine: {alpha:.3} ms and {:.3} ms a MB", beta * 1e6);
    for (bytes, ms) in &points {
        println!("{:>10.0} bytes: {ms:.3} ms, fitted {:.3}", bytes, alpha + beta * bytes);
    }
    println!(
        "\nModel, not measured: each sum goes round once to be made and once to be handed out, so a rank \
         sends\n2·(P − 1)/P times the gradients' {:.1} MB whatever P is, in 2·log₂ P messages or more; a \
         step of\n{alone:.1} ms (one rank) then takes, with a batch for each:",
        4e-6 * GRADIENTS
    );
    println!("workers  ms a step  efficiency");
    // Per byte sent: two ranks send half the gradients twice.
    let (per_byte, per_message) = (beta, alpha / 2.0);
    for workers in [2.0f64, 8.0, 64.0, 512.0] {
        let bytes = 2.0 * (workers - 1.0) / workers * 4.0 * GRADIENTS;
        let messages = 2.0 * 2.0 * workers.log2();
        let step = alone + per_byte * bytes + per_message * messages;
        println!("{workers:>7.0}  {step:>9.1}  {:>10.2}", alone / step);
    }
    println!("(measured with 2 on these cores: {two:.1} ms)");
    Ok(())
}

/// ms = α + β·bytes through the shortest and the longest message: least squares would see the longest
/// alone, and give short ones less than nothing.
fn line_through(points: &[(f64, f64)]) -> (f64, f64) {
    let (Some(short), Some(long)) = (points.first(), points.last()) else { return (0.0, 0.0) };
    let beta = (long.1 - short.1) / (long.0 - short.0);
    (short.1 - beta * short.0, beta)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found() {
        let (alpha, beta) = line_through(&[(1.0, 5.0), (2.0, 7.0), (4.0, 11.0)]);
        assert!((alpha - 3.0).abs() < 1e-12 && (beta - 2.0).abs() < 1e-12);
    }
}
