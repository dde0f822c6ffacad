//! Trains a classifier of digits on the 9,000 that the program carries for training, writes it where
//! it was asked to, and says how many of the 1,000 others it knows.

use gan_data::{LoadOptions, Split, open};
use gan_metrics::digits::Digits;
use gan_runs::digit_classifier::{BATCH, accuracy, train};
use std::io::Write;
use std::path::PathBuf;

/// As many batches, and the seed, of the one that gan-metrics carries.
const STEPS: u64 = 2400;
const SEED: u64 = 28;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [file] = <[_; 1]>::try_from(std::env::args_os().skip(1).collect::<Vec<_>>())
        .map_err(|found| format!("expected one argument, the file to write; found {found:?}"))?;
    let file = PathBuf::from(file);
    let part = |split| open("mnist", &LoadOptions { split, ..LoadOptions::default() });
    let mut out = std::io::stdout();
    let mut recent = 0.0;
    let digits = train(part(Split::Train)?, STEPS, SEED, &mut |tick| {
        recent += tick.report.players.iter().map(|player| player.loss).sum::<f64>();
        if tick.report.step.is_multiple_of(400) {
            let _ =
                writeln!(out, "step {} of {STEPS}: loss {:.4}", tick.report.step, recent / 400.0);
            recent = 0.0;
        }
    })?;
    let about = [
        ("use", "scores that compare with nothing but scores of this same file".to_owned()),
        ("training", format!("9000 digits of data/mnist, {STEPS} batches of {BATCH}")),
    ];
    digits.write(&file, &about)?;
    // What is reported is what the file gives.
    let held_out = part(Split::Test)?;
    let share = |digits: &Digits| accuracy(digits, held_out.as_ref());
    let (written, carried) = (share(&Digits::open(&file)?)?, share(&Digits::embedded()?)?);
    writeln!(out, "{}: {written:.3} of the held-out digits are right", file.display())?;
    writeln!(out, "the one that gan-metrics carries: {carried:.3}")?;
    Ok(())
}
