//! What the command line of `cargo xtask bench` asks for.

use crate::command::Failure;
use std::path::PathBuf;

/// A benchmark case, as `gan bench` and the peer's script both know it.
#[derive(Debug, PartialEq, Eq)]
pub struct Case {
    pub name: &'static str,
    /// Samples a batch.
    pub batch: usize,
    /// Sides in pixels for the scaling by resolution, the case's own among them; none for points.
    pub sides: &'static [usize],
    /// The case's own side; 0 for points.
    pub side: usize,
    /// Steps of one process when scaling: enough for a median, few enough for the largest batch.
    pub scaling_steps: usize,
}

pub const CASES: &[Case] = &[
    Case { name: "dcgan64", batch: 64, sides: &[32, 64, 128], side: 64, scaling_steps: 6 },
    Case { name: "dcgan28", batch: 128, sides: &[28, 56, 112], side: 28, scaling_steps: 30 },
    Case { name: "fc28", batch: 128, sides: &[], side: 0, scaling_steps: 60 },
    Case { name: "ring", batch: 100, sides: &[], side: 0, scaling_steps: 600 },
];

/// PyTorch's modes; `benches/peers/torch_steps.py` says what each is.
pub const MODES: &[&str] = &["usual", "channels_last", "frozen", "both", "bf16"];

impl Case {
    /// The modes that a full run compares with: the faster ones where convolutions dominate.
    pub fn modes(&self) -> &'static [&'static str] {
        if self.name == "dcgan64" { MODES } else { &MODES[..1] }
    }
}

/// The instruction sets that both programs can be capped to.
pub const ISAS: &[&str] = &["avx2", "avx512"];

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Steps,
    Scaling,
    Kernels,
    Scores,
}

/// The whole command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub what: What,
    pub cases: Vec<&'static Case>,
    pub threads: Vec<usize>,
    pub rounds: usize,
    pub modes: Option<Vec<&'static str>>,
    pub steps: Option<usize>,
    /// Samples a batch, one number after the other; the case's own where there is none.
    pub batches: Vec<usize>,
    pub size: Option<usize>,
    /// What both programs are capped to.
    pub isa: Option<&'static str>,
    /// Where both compute.
    pub device: Option<String>,
    pub gan: Option<PathBuf>,
    pub peer: bool,
    pub json: bool,
    /// What stands after `--`.
    pub passed: Vec<String>,
}

/// Options that `--kernels` takes, and those that `--scaling` does not, because it varies them.
const OF_KERNELS: &[&str] = &["--kernels", "--threads", "--isa", "--json"];
const OF_SCORES: &[&str] = &["--scores", "--threads", "--rounds", "--isa"];
const NOT_OF_SCALING: &[&str] = &["--batch", "--size", "--json"];

pub fn parse(args: &[String]) -> Result<Options, Failure> {
    let end = args.iter().position(|a| a == "--").unwrap_or(args.len());
    let mut options = Options {
        what: What::Steps,
        cases: Vec::new(),
        threads: Vec::new(),
        rounds: 0,
        modes: None,
        steps: None,
        batches: Vec::new(),
        size: None,
        isa: None,
        device: None,
        gan: None,
        peer: true,
        json: false,
        passed: args.get(end + 1..).unwrap_or_default().to_vec(),
    };
    let mut given: Vec<&str> = Vec::new();
    let mut words = args[..end].iter().map(String::as_str);
    while let Some(word) = words.next() {
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word, None),
        };
        given.push(name);
        let mut value = || {
            let value = attached.or_else(|| words.next());
            value.ok_or_else(|| Failure::Usage(format!("`{name}` needs a value")))
        };
        match name {
            "--threads" => options.threads = list(name, value()?, count)?,
            "--modes" => options.modes = Some(list(name, value()?, mode)?),
            "--rounds" => options.rounds = count(name, value()?)?,
            "--steps" => options.steps = Some(count(name, value()?)?),
            "--batch" => options.batches = list(name, value()?, count)?,
            "--isa" => options.isa = Some(one_of(ISAS, name, value()?)?),
            "--device" => options.device = Some(value()?.to_owned()),
            "--size" => options.size = Some(count(name, value()?)?),
            "--gan" => options.gan = Some(value()?.into()),
            _ if attached.is_some() => {
                return Err(Failure::Usage(format!("`{name}` takes no value, found `{word}`")));
            }
            "--scaling" => options.what = What::Scaling,
            "--kernels" => options.what = What::Kernels,
            "--scores" => options.what = What::Scores,
            "--no-peer" => options.peer = false,
            "--json" => options.json = true,
            _ if name.starts_with('-') => {
                return Err(Failure::Usage(format!(
                    "`bench` has no option `{name}`; options of `gan bench` stand after `--`"
                )));
            }
            _ => options.cases.push(case(name)?),
        }
    }
    fits(&options, &given)?;
    fill(&mut options);
    Ok(options)
}

/// Refuses options that would do nothing.
fn fits(options: &Options, given: &[&str]) -> Result<(), Failure> {
    let whats = ["--kernels", "--scaling", "--scores"];
    if whats.iter().filter(|what| given.contains(what)).count() > 1 {
        return Err(Failure::Usage("give one of `--kernels`, `--scaling`, `--scores`".to_owned()));
    }
    if options.what == What::Scores && !options.cases.is_empty() {
        return Err(Failure::Usage("`--scores` takes no case".to_owned()));
    }
    let (of, wrong) = match options.what {
        What::Steps => return Ok(()),
        What::Kernels => ("--kernels", given.iter().find(|g| !OF_KERNELS.contains(g))),
        What::Scores => ("--scores", given.iter().find(|g| !OF_SCORES.contains(g))),
        What::Scaling => ("--scaling", given.iter().find(|g| NOT_OF_SCALING.contains(g))),
    };
    wrong.map_or(Ok(()), |w| Err(Failure::Usage(format!("`{w}` does not go with `{of}`"))))
}

/// Puts the defaults where nothing was given.
fn fill(options: &mut Options) {
    let scaling = options.what == What::Scaling;
    if options.cases.is_empty() {
        let count = if scaling { 1 } else { CASES.len() };
        options.cases = CASES[..count].iter().collect();
    }
    if options.threads.is_empty() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // A card does the work: one thread count is enough.
        options.threads = if options.device.is_some() { vec![cores] } else { vec![cores, 1] };
        options.threads.dedup();
    }
    if options.rounds == 0 {
        options.rounds = match options.what {
            What::Scaling => 2,
            What::Scores => 3,
            _ => 5,
        };
    }
}

fn case(name: &str) -> Result<&'static Case, Failure> {
    CASES.iter().find(|c| c.name == name).ok_or_else(|| {
        let known: Vec<_> = CASES.iter().map(|c| c.name).collect();
        Failure::Usage(format!("no case is called `{name}`; there are: {}", known.join(", ")))
    })
}

fn mode(option: &str, word: &str) -> Result<&'static str, Failure> {
    one_of(MODES, option, word)
}

fn one_of(
    known: &'static [&'static str],
    option: &str,
    word: &str,
) -> Result<&'static str, Failure> {
    known.iter().find(|m| **m == word).copied().ok_or_else(|| {
        let known = known.join(", ");
        Failure::Usage(format!("`{option}`: expected some of {known}, found `{word}`"))
    })
}

fn count(option: &str, word: &str) -> Result<usize, Failure> {
    word.parse().ok().filter(|n| *n > 0).ok_or_else(|| {
        Failure::Usage(format!("`{option}`: expected a whole number, 1 or more, found `{word}`"))
    })
}

/// The parts of `a,b,c`, each once.
fn list<T: PartialEq>(
    option: &str,
    words: &str,
    read: impl Fn(&str, &str) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut parts = Vec::new();
    for word in words.split(',') {
        let part = read(option, word.trim())?;
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, Failure> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn names(options: &Options) -> Vec<&str> {
        options.cases.iter().map(|c| c.name).collect()
    }

    #[test]
    fn nothing_means_everything() {
        let o = read("").unwrap();
        assert_eq!((o.what, o.rounds, o.peer, o.json), (What::Steps, 5, true, false));
        assert_eq!(names(&o), ["dcgan64", "dcgan28", "fc28", "ring"]);
        assert_eq!(o.threads.last(), Some(&1));
        assert_eq!((o.cases[0].modes().len(), o.cases[3].modes()), (5, &["usual"][..]));
        let o = read("--scaling").unwrap();
        assert_eq!((names(&o), o.rounds), (vec!["dcgan64"], 2));
    }

    #[test]
    fn everything_can_be_said() {
        let o = read(
            "ring --threads 4,2,4 fc28 --rounds=3 --modes both,bf16 --steps 9 --batch 8,64 --size 32 \
             --isa avx2 --device cuda:1 --gan a/gan --no-peer --json -- --seed 7 --help",
        )
        .unwrap();
        assert_eq!((names(&o), &o.threads[..]), (vec!["ring", "fc28"], &[4, 2][..]));
        assert_eq!((o.rounds, o.modes), (3, Some(vec!["both", "bf16"])));
        assert_eq!((o.steps, &o.batches[..], o.size), (Some(9), &[8, 64][..], Some(32)));
        assert_eq!((o.isa, o.device.as_deref()), (Some("avx2"), Some("cuda:1")));
        assert_eq!((o.gan, o.peer, o.json), (Some(PathBuf::from("a/gan")), false, true));
        assert_eq!(o.passed, ["--seed", "7", "--help"]);
    }

    #[test]
    fn slips_are_explained() {
        for (line, word) in [
            ("dcgan65", "dcgan64, dcgan28"),
            ("--threads 0", "1 or more"),
            ("--threads 2,x", "found `x`"),
            ("--modes fast", "channels_last"),
            ("--rounds", "needs a value"),
            ("--json=yes", "takes no value"),
            ("--seed 3", "after `--`"),
            ("--kernels ring", "does not go with `--kernels`"),
            ("--scaling --batch 3", "does not go with `--scaling`"),
            ("--scaling --kernels", "give one of"),
            ("--isa sse", "avx2"),
            ("--scores ring", "takes no case"),
            ("--scores --json", "does not go with `--scores`"),
        ] {
            match read(line) {
                Err(Failure::Usage(message)) => assert!(message.contains(word), "{message}"),
                other => panic!("{line}: expected wrong usage, found {other:?}"),
            }
        }
    }
}
