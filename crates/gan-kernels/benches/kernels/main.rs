//! Rates of the kernels that a GAN spends its time in, beside those of the machine in the same run.
//!
//! Products (convolutions, their transposes, linear layers) are measured in GFLOP/s as a direct
//! loop would count them, two for each multiplication and addition, those on padding included; the
//! machine's rate is faer's large matrix product. Operations that only pass over memory are
//! measured in GB/s as if each array they need were moved once; the machine's rate is a copy.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod machine;
mod passes;
mod products;
mod report;
mod timing;

use arguments::Arguments;
use gan_kernels::isa::Isa;
use report::{Group, Machine};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{}", arguments::HELP);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(2);
        }
    };
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// As `gan` starts: on one of the threads that compute, and with memory kept between calls.
fn start(arguments: &Arguments) -> gan_kernels::Result<()> {
    gan_kernels::start::threads(arguments.threads)?;
    gan_kernels::start::keep_memory();
    gan_kernels::start::inside(|| run(arguments))
}

fn run(arguments: &Arguments) -> gan_kernels::Result<()> {
    eprintln!("kernels: the machine's own rates");
    let mut gemm = machine::gemm(arguments.threads);
    let copy = machine::copy();
    let mut groups: Vec<Group> = products::groups();
    groups.extend(passes::groups());
    for group in &mut groups {
        group.layers.retain(|layer| arguments.wants(group.title, &layer.name));
        for layer in &mut group.layers {
            eprintln!("kernels: {}, {}", group.title, layer.name);
            layer.parts = (layer.measure)(arguments.budget)?;
        }
    }
    groups.retain(|group| !group.layers.is_empty());
    // Machines get slower and faster while they work: the better reading is the harder target.
    gemm = gemm.max(machine::gemm(arguments.threads));
    let machine = Machine { isa: Isa::current().name(), threads: arguments.threads, gemm, copy };
    match arguments.json {
        true => print!("{}", report::json(&machine, &groups)),
        false => print!("{}", report::text(&machine, &groups)),
    }
    Ok(())
}
