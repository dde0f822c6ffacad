//! `gan check`: does a device compute what the CPU does, in every operation and every model?

pub mod args;
mod child;
mod models;

use crate::check::args::CheckArgs;
use crate::failure::usage;
use crate::format::table;
use crate::output::{self, note};
use anyhow::{Context, Result};
use candle_core::Device;
use gan_kernels::Agreement;
use gan_models::ZOO;
use serde_json::json;

/// Differences from f64 above which an operation is wrong, and not only rounded.
const OPERATION: f64 = 1e-4;

/// Runs the command.
pub fn run(args: &CheckArgs) -> Result<u8> {
    for name in &args.models {
        if gan_models::find(name).is_none() {
            return Err(usage(format!("no model is called {name:?}; `gan list` shows them all")));
        }
    }
    let device = args.compute.start()?;
    let mut good = true;
    if args.models.is_empty() {
        good &= operations(args, &device)?;
    }
    if !args.operations {
        let wanted = |name: &str| args.models.is_empty() || args.models.iter().any(|m| m == name);
        let names: Vec<&str> = ZOO.iter().map(|entry| entry.name).filter(|n| wanted(n)).collect();
        good &= models::check(args, &names)?;
    }
    Ok(u8::from(!good))
}

/// Checks every operation; whether all are right.
fn operations(args: &CheckArgs, device: &Device) -> Result<bool> {
    let head = ["operation", "result", "gradient", "second", "twice", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut good = true;
    for (index, name) in gan_kernels::functions().enumerate() {
        let found = gan_kernels::agreement(index, device).with_context(|| name.to_owned());
        let right = found.as_ref().is_ok_and(is_right);
        good &= right;
        if args.json {
            output::json(&match &found {
                Ok(Agreement { name, apart: [result, gradient, second], same_twice }) => json!({
                    "operation": name, "right": right, "result": result, "gradient": gradient,
                    "second_gradient": second, "same_twice": same_twice,
                }),
                Err(error) => json!({
                    "operation": name, "right": false, "error": format!("{error:#}"),
                }),
            })?;
            continue;
        }
        rows.push(match found {
            Ok(found) => row(&found, right),
            Err(error) => vec![name.to_owned(), format!("{error:#}")],
        });
    }
    if !args.json {
        output::result(&table(&rows))?;
        if !good {
            note("some operations differ from f64 on the CPU by more than 1e-4");
        }
    }
    Ok(good)
}

fn is_right(found: &Agreement) -> bool {
    found.apart.iter().flatten().all(|apart| *apart <= OPERATION)
}

fn row(found: &Agreement, right: bool) -> Vec<String> {
    let mut cells = vec![found.name.to_owned()];
    cells.extend(found.apart.map(|apart| apart.map_or("–".to_owned(), |x| format!("{x:.0e}"))));
    cells.push(if found.same_twice { "same" } else { "differs" }.to_owned());
    cells.push(if right { "" } else { "wrong" }.to_owned());
    cells
}
