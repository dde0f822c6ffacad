//! How long a sum over ranks takes by its size: `mpirun -n 2 messages` prints bytes and milliseconds.
//!
//! Needs the feature `mpi`; alone it says so.

#![allow(clippy::print_stdout)]

use gan_kernels::team;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _session = gan_runs::ranks::start()?;
    let Some(ranks) = gan_runs::ranks::team() else {
        println!("start it with others: mpirun -n 2 messages (built with the feature mpi)");
        return Ok(());
    };
    for exponent in [8, 12, 16, 18, 20, 22] {
        let mut values = vec![1.0f32; 1 << exponent];
        let rounds = if exponent > 16 { 20 } else { 200 };
        let mut times = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            let begin = Instant::now();
            team::sum(ranks.as_ref(), &mut values)?;
            times.push(begin.elapsed().as_secs_f64() * 1e3);
            values.fill(1.0);
        }
        times.sort_by(f64::total_cmp);
        if ranks.rank() == 0 {
            println!("{} {:.4}", 4 * values.len(), times[rounds / 2]);
        }
    }
    Ok(())
}
