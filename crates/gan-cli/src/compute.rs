//! Where and with how many threads tensors are computed.

use crate::failure::usage;
use crate::values::one_or_more;
use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;

/// Options of every command that computes.
#[derive(Debug, Args)]
pub struct ComputeArgs {
    /// Threads to compute with; all cores unless given.
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub threads: Option<u64>,
    /// Where to compute: cpu, cuda, cuda:N, metal or metal:N.
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub device: String,
}

/// Most threads that can be asked for.
const MOST_THREADS: u64 = 1024;

impl ComputeArgs {
    /// Switches gradients of gradients on, then starts the pool of threads. Call it once, before
    /// computing anything and before any other thread exists.
    pub fn start_threads(&self) -> Result<()> {
        let threads = match self.threads {
            Some(n) if n > MOST_THREADS => {
                return Err(usage(format!("--threads: expected 1 to {MOST_THREADS}, found {n}")));
            }
            Some(n) => usize::try_from(n).unwrap_or(1),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        gan_kernels::second_order::enable()?;
        gan_kernels::start::threads(threads).context("cannot start the threads")?;
        gan_kernels::start::keep_memory();
        tracing::debug!(threads, "ready to compute");
        Ok(())
    }

    /// Opens the device.
    pub fn start(&self) -> Result<Device> {
        open(&self.device)
    }
}

fn open(name: &str) -> Result<Device> {
    let (kind, number) = match name.split_once(':') {
        None => (name, Some(0)),
        Some((kind, number)) => (kind, number.parse::<usize>().ok()),
    };
    let missing = |feature: &str| {
        usage(format!(
            "--device {name}: this program was built without {feature}; build it with \
             `cargo build --release -p gan-cli --features {feature}`"
        ))
    };
    match (kind, number) {
        // On the host: it was asked for.
        ("cpu", Some(0)) => Ok(Device::Cpu),
        ("cuda", Some(_)) if !cfg!(feature = "cuda") => Err(missing("cuda")),
        ("metal", Some(_)) if !cfg!(feature = "metal") => Err(missing("metal")),
        ("cuda", Some(n)) => open_cuda(n).with_context(|| format!("--device {name}")),
        ("metal", Some(n)) => Device::new_metal(n).with_context(|| format!("--device {name}")),
        _ => Err(usage(format!(
            "--device: expected cpu, cuda, cuda:N, metal or metal:N, found {name:?}"
        ))),
    }
}

fn open_cuda(number: usize) -> Result<Device> {
    #[cfg(unix)]
    gan_kernels::cuda_libraries::load()?;
    Ok(Device::new_cuda(number)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_by_name() {
        assert!(open("cpu").unwrap().is_cpu());
        for wrong in ["gpu", "cuda:x", "cpu:1", ""] {
            assert!(open(wrong).unwrap_err().to_string().contains("expected cpu, cuda"), "{wrong}");
        }
    }
}
