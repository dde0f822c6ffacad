//! `gan bench`: times training steps on made-up data, with the keys that the peers' scripts print.

pub mod args;

use crate::bench::args::BenchArgs;
use crate::failure::usage;
use crate::format::table;
use crate::output::{self, note};
use anyhow::{Context, Result};
use candle_core::{DType, Device};
use gan_layers::StepRng;
use gan_models::Setup;
use gan_models::cases::{CASES, Case};
use gan_runs::assign;
use gan_runs::configuration;
use gan_statistics::quantile;
use gan_train::{Batch, Tick, TrainConfig, Trainer, fit};
use serde_json::{Value, json};
use std::ops::ControlFlow;

/// Runs the command.
pub fn run(args: &BenchArgs) -> Result<u8> {
    let chosen: Vec<&Case> =
        CASES.iter().filter(|c| args.case == "all" || args.case == c.name).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = CASES.iter().map(|c| c.name).collect();
        let (found, names) = (&args.case, names.join(", "));
        return Err(usage(format!("no case is called {found:?} (there are: {names}, all)")));
    }
    let shapes = chosen.iter().map(|c| shape(c, args.size)).collect::<Result<Vec<_>>>()?;
    let device = args.compute.start()?;
    let head = ["case", "threads", "batch", "median ms", "min ms", "images/s", "peak MiB"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (case, shape) in chosen.into_iter().zip(shapes) {
        if !args.json {
            note(&format!("{}…", case.name));
        }
        let measured = measure(case, shape, args, &device).with_context(|| case.name)?;
        if args.json {
            output::json(&measured.json())?;
        }
        rows.push(measured.row());
    }
    if !args.json {
        output::result(&table(&rows))?;
    }
    Ok(0)
}

/// The shape of one sample of a case, with another side where one is asked for.
fn shape(case: &Case, size: Option<u64>) -> Result<Vec<usize>> {
    let Some(size) = size else { return Ok(case.shape.to_vec()) };
    case.with_side(usize::try_from(size)?).ok_or_else(|| {
        let sided: Vec<&str> =
            CASES.iter().filter(|c| c.with_side(1).is_some()).map(|c| c.name).collect();
        let (sided, name) = (sided.join(" or "), case.name);
        usage(format!("--size: expected a case of images ({sided}), found {name:?}"))
    })
}

struct Measured {
    case: &'static str,
    threads: usize,
    batch: usize,
    ms_median: f64,
    ms_min: f64,
    peak_mib: Option<f64>,
}

impl Measured {
    fn json(&self) -> Value {
        let round = |ms: f64| (ms * 1e3).round() / 1e3;
        json!({
            "case": self.case,
            "threads": self.threads,
            "batch": self.batch,
            "ms_median": round(self.ms_median),
            "ms_min": round(self.ms_min),
            "peak_mib": self.peak_mib.map(|mib| (mib * 10.0).round() / 10.0),
        })
    }

    fn row(&self) -> Vec<String> {
        let images = self.batch as f64 * 1e3 / self.ms_median;
        vec![
            self.case.to_owned(),
            self.threads.to_string(),
            self.batch.to_string(),
            format!("{:.3}", self.ms_median),
            format!("{:.3}", self.ms_min),
            format!("{images:.0}"),
            self.peak_mib.map_or_else(|| "?".to_owned(), |mib| format!("{mib:.0}")),
        ]
    }
}

fn measure(case: &Case, shape: Vec<usize>, args: &BenchArgs, device: &Device) -> Result<Measured> {
    let entry = configuration::entry(case.entry)?;
    let mut model = (entry.defaults)()?.model;
    let part = toml::from_str(case.model).context("the case's settings")?;
    assign::merge(&mut model, part).map_err(anyhow::Error::msg)?;

    let size = |n: Option<u64>, default: usize| n.map_or(Ok(default), usize::try_from);
    let (batch, counted) = (size(args.batch, case.batch)?, size(args.steps, case.steps)?);
    let warm_up = (counted / 6).max(2);
    let steps = (counted + warm_up) as u64;
    let config = TrainConfig { seed: args.seed, steps, batch, ..TrainConfig::default() };
    let dtype = DType::F32;
    let sizes = [&[batch], &shape[..]].concat();
    let mut rng = StepRng::new(args.seed, u64::MAX);
    let real = rng.uniform("bench", (-1.0, 1.0), &sizes, dtype, device)?;
    let examples = Some(real.clone());
    let (seed, device) = (args.seed, device.clone());
    let fields = gan_data::fields_of(&shape, None);
    let setup = Setup { fields, batch, seed, dtype, device, examples };
    let mut game = (entry.build)(&model, &setup)?;
    let mut trainer = Trainer::new(game.as_ref(), &config)?;

    let data = Batch::of(real);
    let mut times = Vec::with_capacity(counted + warm_up);
    fit(
        game.as_mut(),
        &mut trainer,
        &config,
        &mut |_| Ok(data.clone()),
        None,
        &mut |tick: &Tick<'_>| {
            times.push(tick.seconds * 1e3);
            ControlFlow::Continue(())
        },
    )?;
    let mut times = times.split_off(warm_up.min(times.len()));
    times.sort_by(f64::total_cmp);
    Ok(Measured {
        case: case.name,
        threads: rayon::current_num_threads(),
        batch,
        ms_median: quantile(&times, 0.5),
        ms_min: times.first().copied().unwrap_or(f64::NAN),
        peak_mib: std::fs::read_to_string("/proc/self/status").ok().as_deref().and_then(peak_mib),
    })
}

/// The most memory that the process has held, in MiB, from what Linux says of it.
fn peak_mib(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_of_memory_is_read() {
        let status = "Name:\tgan\nVmPeak:\t  999 kB\nVmHWM:\t    2560 kB\nVmRSS:\t 12 kB\n";
        assert_eq!(peak_mib(status), Some(2.5));
        assert_eq!(peak_mib("Name:\tgan\n"), None);
        assert_eq!(peak_mib("VmHWM:\tmuch\n"), None);
    }

    #[test]
    fn a_side_is_for_images() {
        let case = |name: &str| CASES.iter().find(|c| c.name == name).unwrap();
        assert_eq!(shape(case("dcgan64"), Some(128)).unwrap(), [3, 128, 128]);
        assert_eq!(shape(case("dcgan28"), None).unwrap(), [1, 28, 28]);
        let error = shape(case("ring"), Some(32)).unwrap_err().to_string();
        assert!(error.contains("dcgan64 or dcgan28") && error.contains("\"ring\""), "{error}");
    }
}
