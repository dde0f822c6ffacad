//! `gan-metrics weights`: converting, fetching and checking weight files.

/// Convert, fetch and check weight files.
#[derive(Debug, clap::Args)]
pub struct WeightsArgs {}

/// Runs `gan-metrics weights`.
pub fn run(_args: &WeightsArgs) -> anyhow::Result<()> {
    Ok(())
}
