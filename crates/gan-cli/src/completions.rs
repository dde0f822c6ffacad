//! `gan completions`: a shell's completion script.

use crate::args::{Cli, CompletionsArgs};
use crate::output;
use anyhow::Result;
use clap::CommandFactory;

/// Runs the command.
pub fn run(args: &CompletionsArgs) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "gan", &mut script);
    output::result(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
