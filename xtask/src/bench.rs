//! `cargo xtask bench`: time training steps, ours and PyTorch's in turn, or the kernels by themselves.

mod contest;
mod isa;
mod json;
mod kernels;
mod launch;
mod measurement;
mod options;
mod peer;
mod report;
mod scaling;
mod scores;
mod table;

use crate::command::Failure;
use crate::{gan_binary, workspace};
use contest::{Contender, Contest, Point};
use launch::Launcher;
use options::{Options, What};
use std::path::Path;

pub const HELP: &str = "\
Time one training step of each benchmark case, ours and PyTorch's in turn, and print the ratios.

Usage: cargo xtask bench [CASE…] [OPTIONS] [-- OPTIONS OF `gan bench`]
       cargo xtask bench --scaling [CASE…] [OPTIONS] [-- OPTIONS OF `gan bench`]
       cargo xtask bench --kernels [--threads N,…] [--json] [-- OPTIONS OF THE KERNELS' BENCH]
       cargo xtask bench --scores [--threads N] [--rounds N] [-- OPTIONS OF score_speed.py]

  CASE           dcgan64, dcgan28, fc28 or ring (default: all four; with --scaling: dcgan64)
  --threads N,…  thread counts, one after the other (default: all cores, then 1)
  --rounds N     rounds that count, after one that does not (default: 5; with --scaling: 2, and
                 none that does not)
  --modes M,…    PyTorch's modes: usual, channels_last, frozen, both, bf16
                 (default: usual, and for dcgan64 all of them; with --scaling: usual)
  --steps N      steps that count in each process (default: the case's own)
  --batch N,…    samples a batch, one number after the other (default: the case's own)
  --size N       side of the images in pixels, for dcgan64 and dcgan28
  --isa ISA      cap both programs to avx2 or avx512: ours by GAN_ISA, PyTorch by its own, oneDNN's
                 and MKL's settings, which is checked by oneDNN's own word
  --device DEV   where both compute, such as cuda (default: the processor)
  --gan PATH     time this program instead of building `gan` in release
  --no-peer      ours alone
  --json         one JSON object, with the numbers of every round
  --scaling      how the time grows with the batch (16 to 256), the resolution (32 to 128 pixels)
                 and the threads
  --kernels      each kernel by itself, beside the rate of a large matrix product in the same run
  --scores       the network and the distances of scores, beside pytorch-fid, scipy and prdc

Times are milliseconds for one step: a discriminator update and a generator update on one batch.
A round starts one process for ours and one for each mode of PyTorch, in an order that turns round
with every round; each process gives the median of its steps. `ratio` divides the medians over the
rounds; `by round` is the median of the ratios within each round, which a machine that is fast in
one minute and slow in the next disturbs less. Below 1 ours is faster, or smaller.

PyTorch comes from $GAN_PYTHON, .venv/bin/python or python3, the first that can import torch. To
have one:
  python3 -m venv .venv && .venv/bin/pip install -r benches/peers/requirements.txt

Examples:
  cargo xtask bench
  cargo xtask bench dcgan28 ring --threads 1
  cargo xtask bench dcgan64 --modes both,bf16 --rounds 3 --json
  cargo xtask bench fc28 --no-peer -- --seed 3
  cargo xtask bench --scaling
  cargo xtask bench --isa avx2 --threads 2
  cargo xtask bench --kernels -- --only conv
  cargo xtask bench --scores --isa avx2 -- --what inception
";

/// Above this many tasks a core, times are those of the others too.
const BUSY: f64 = 0.5;

pub fn run(args: &[String]) -> Result<(), Failure> {
    if args.iter().take_while(|a| *a != "--").any(|a| a == "-h" || a == "--help") {
        print!("{HELP}");
        return Ok(());
    }
    let options = options::parse(args)?;
    let root = workspace::root()?;
    if let Some(load) = report::load().filter(|load| *load > BUSY) {
        eprintln!(
            "bench: the machine is busy ({load:.1} tasks a core in the last minute): times will be \
             too long and ratios wrong"
        );
    }
    if options.what == What::Kernels {
        return kernels::run(&root, &options);
    }
    if options.what == What::Scores {
        return scores::run(&root, &options);
    }
    let launcher = launcher(&root, &options)?;
    match options.what {
        What::Scaling => scaling::run(&options, &launcher),
        _ => steps(&options, &launcher),
    }
}

fn launcher(root: &Path, options: &Options) -> Result<Launcher, Failure> {
    let peer = if options.peer { peer::find(root)? } else { None };
    if options.peer && peer.is_none() {
        eprintln!("{}", peer::HOW_TO_GET_IT);
    }
    let gan = match &options.gan {
        // A relative path is meant from here, wherever the child runs.
        Some(path) => std::path::absolute(path).map_err(|e| Failure::io("find", path, &e))?,
        None => gan_binary::build_release(root)?,
    };
    if let (Some(isa), Some(peer)) = (options.isa, &peer) {
        eprintln!("bench: {}", isa::check(isa, peer.python())?);
    }
    let Options { isa, device, passed, .. } = options.clone();
    Ok(Launcher { gan, peer, isa, device, passed })
}

/// Every case with every thread count.
fn steps(options: &Options, launcher: &Launcher) -> Result<(), Failure> {
    let mut contests: Vec<Contest> = Vec::new();
    for case in &options.cases {
        let modes = options.modes.clone().unwrap_or_else(|| case.modes().to_vec());
        for &threads in &options.threads {
            let batches: Vec<Option<usize>> = match options.batches.as_slice() {
                [] => vec![None],
                list => list.iter().copied().map(Some).collect(),
            };
            for batch in batches {
                let Options { size, steps, .. } = *options;
                let point = Point { case: case.name, threads, batch, size, steps };
                let who = contenders(launcher, &modes);
                let launch = |who, point: &Point| launcher.launch(who, point);
                contests.push(contest::hold(point, &who, (1, options.rounds), &launch)?);
            }
        }
    }
    match options.json {
        true => println!("{}", report::json(&contests, launcher)),
        false => print!("{}", report::text(&contests, launcher)),
    }
    Ok(())
}

/// Ours, then PyTorch in each mode where there is one.
fn contenders(launcher: &Launcher, modes: &[&'static str]) -> Vec<Contender> {
    let peers = modes.iter().filter(|_| launcher.peer.is_some()).map(|&m| Contender::PyTorch(m));
    std::iter::once(Contender::Ours).chain(peers).collect()
}
