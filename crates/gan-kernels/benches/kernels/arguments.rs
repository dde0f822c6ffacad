//! The bench's command line.

use std::time::Duration;

pub const HELP: &str = "\
Rates of the kernels, beside the machine's own in the same run.

Usage: cargo bench -p gan-kernels --bench kernels -- [OPTIONS]

  --threads N   threads to compute with (default: all cores)
  --only WORD   only the rows whose group or name contains WORD
  --budget MS   milliseconds to spend on each number, after one warm-up (default: 300)
  --json        one JSON object a line: the machine, then every number

GAN_ISA=baseline, avx2 or avx512 measures the paths of older processors.
";

/// What was asked for.
pub struct Arguments {
    pub threads: usize,
    pub only: Option<String>,
    pub budget: Duration,
    pub json: bool,
}

impl Arguments {
    /// Whether a row is asked for.
    pub fn wants(&self, group: &str, name: &str) -> bool {
        self.only.as_ref().is_none_or(|word| group.contains(word) || name.contains(word))
    }
}

/// `None` when help is asked for.
pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut arguments = Arguments {
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        only: None,
        budget: Duration::from_millis(300),
        json: false,
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "-h" | "--help" => return Ok(None),
            // Cargo says this to every bench.
            "--bench" => {}
            "--json" => arguments.json = true,
            "--only" => arguments.only = Some(value()?),
            "--threads" => arguments.threads = count(&value()?)? as usize,
            "--budget" => arguments.budget = Duration::from_millis(count(&value()?)?.into()),
            _ => {
                return Err(format!("there is no option `{word}`; `--help` shows those there are"));
            }
        }
    }
    Ok(Some(arguments))
}

fn count(word: &str) -> Result<u32, String> {
    let number = word.parse().ok().filter(|n| *n > 0);
    number.ok_or_else(|| format!("expected a whole number, 1 or more, found `{word}`"))
}
