//! `cargo xtask gpu`: a build for NVIDIA's cards on any machine, the folder that travels to one, and
//! what is run there.

mod build;
mod card;
mod pack;
mod toolkit;

use crate::command::Failure;
use crate::workspace;

pub const HELP: &str = "\
Build for an NVIDIA GPU on a machine that needs neither a GPU nor a toolkit, and check and time the
program on a machine that has one.

Usage: cargo xtask gpu build [--cap CAPABILITY]
       cargo xtask gpu check [OPTIONS OF `gan check`]
       cargo xtask gpu bench [OPTIONS OF `cargo xtask bench`]

`build` fetches NVIDIA's compiler and headers with pip (about 200 MB, once), builds `gan` with CUDA, and
lays it with the scripts that time PyTorch and with this program, `xtask`, into `target/cuda/pack`. Beside that folder a machine with a
card needs the NVIDIA driver, and either CUDA 13 or a `python3` whose PyTorch is for CUDA 13, whose
folders hold the libraries. The program starts on machines without a driver too, and says what is
missing when a GPU is asked for.

  --cap CAPABILITY  the least compute capability to build for, such as 80 or 90; of a list such as
                    80,90 the least is taken, since its code runs on every later card [default: 90]

`check` runs `gan check --device cuda`: every kernel with its gradients beside f64 on the processor, and
every model trained, killed, resumed, sampled and scored; about 3 minutes.
`bench` times steps of the four cases beside PyTorch's on the card, at batches from 64 to 1024.
Both take the program of the pack, and neither needs cargo there: `target/cuda/pack/xtask gpu check`.

With a toolkit installed, `cargo build --release -p gan-cli --features cuda` is enough.
Needed are `python3` with pip and a C++ compiler. The build takes about 20 minutes of two cores.

Examples:
  cargo xtask gpu build
  cargo xtask gpu build --cap 80,90
  target/cuda/pack/xtask gpu check --json             # on the machine with the card
  target/cuda/pack/xtask gpu bench --rounds 3
  target/cuda/pack/gan train dcgan --device cuda
";

/// The capability that is built for unless told otherwise: Hopper.
const CAP: u32 = 90;

pub fn run(args: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["check", ..] => card::check(&args[1..]),
        ["bench", ..] => card::bench(&args[1..]),
        ["build"] => build(CAP),
        ["build", "--cap", list] => build(least(list)?),
        ["build", word] if word.starts_with("--cap=") => build(least(&word["--cap=".len()..])?),
        _ => Err(Failure::Usage(format!(
            "`gpu` expects `build [--cap CAPABILITY]`, `check` or `bench`, found `{}`; `cargo xtask gpu --help` says more",
            words.join(" ")
        ))),
    }
}

fn build(cap: u32) -> Result<(), Failure> {
    let root = workspace::root()?;
    let folder = root.join("target").join("cuda");
    let toolkit = toolkit::ready(&folder)?;
    let program = build::program(&root, &folder, &toolkit, cap)?;
    pack::lay(&root, &folder.join("pack"), &program)
}

/// The least of some compute capabilities, `80` or `8.0`.
fn least(list: &str) -> Result<u32, Failure> {
    let one = |word: &str| {
        let number = word.trim().replace('.', "").parse::<u32>().ok();
        number.filter(|cap| (50..=200).contains(cap)).ok_or_else(|| {
            Failure::Usage(format!(
                "--cap: expected compute capabilities such as 80 or 80,90, found `{list}`"
            ))
        })
    };
    let caps = list.split(',').map(one).collect::<Result<Vec<u32>, Failure>>()?;
    let cap = caps.iter().copied().min().unwrap_or(CAP);
    if caps.len() > 1 {
        eprintln!("gpu: the code is built for {cap}, which runs on every later card");
    }
    Ok(cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_read_and_the_least_is_taken() {
        assert_eq!(least("90").unwrap(), 90);
        assert_eq!(least("9.0, 80").unwrap(), 80);
        for wrong in ["", "x", "80,", "7", "9000"] {
            assert!(matches!(least(wrong), Err(Failure::Usage(why)) if why.contains("--cap")));
        }
    }

    #[test]
    fn other_words_are_refused() {
        for words in [&[][..], &["look"], &["build", "--cap"], &["build", "90"]] {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            assert!(matches!(run(&words), Err(Failure::Usage(_))), "{words:?}");
        }
    }
}
