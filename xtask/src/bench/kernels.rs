//! `cargo xtask bench --kernels`: run gan-kernels' own benchmark, once for each thread count.

use super::options::Options;
use crate::command::{self, Failure};
use std::path::Path;
use std::process::Command;

/// Each thread count needs a process of its own: a pool of threads is made once.
pub fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    for (at, &threads) in options.threads.iter().enumerate() {
        if at > 0 && !options.json {
            println!();
        }
        command::run(&mut process(root, threads, options))?;
    }
    Ok(())
}

fn process(root: &Path, threads: usize, options: &Options) -> Command {
    let args = ["bench", "--package", "gan-kernels", "--bench", "kernels", "--"];
    let mut bench = command::cargo(root, &args);
    bench.arg("--threads").arg(threads.to_string());
    if options.json {
        bench.arg("--json");
    }
    if let Some(isa) = options.isa {
        bench.env("GAN_ISA", isa);
    }
    bench.args(&options.passed);
    bench
}

#[cfg(test)]
mod tests {
    use super::super::options;
    use super::*;

    #[test]
    fn options_reach_the_kernels_bench() {
        let words = ["--kernels", "--threads", "2", "--json", "--", "--only", "conv"];
        let options = options::parse(&words.map(str::to_owned)).unwrap();
        let line = command::shown(&process(Path::new("."), options.threads[0], &options));
        let end = "--bench kernels -- --threads 2 --json --only conv";
        assert!(line.starts_with("cargo bench") && line.ends_with(end), "{line}");
    }
}
