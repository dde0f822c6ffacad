//! Several processes that train one model together, by MPI where this crate was built with the
//! feature `mpi`.
//!
//! Every rank holds the whole model and reads its share of every batch; sums of gradients go round
//! ([`gan_kernels::team`]). Rank 0 alone writes.

use crate::error::{Result, refused};
use gan_kernels::team::Exchange;
use gan_train::RunConfig;
use std::rc::Rc;

pub use gan_kernels::team::place;

/// What a launcher tells the processes that it starts: OpenMPI's name for the number of ranks, and
/// that of MPICH and others.
const SIZES: [&str; 2] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];

/// How many processes a launcher such as `mpirun` says that it started; 1 without one.
pub fn launched() -> usize {
    let said = SIZES.iter().find_map(|name| std::env::var(name).ok()?.parse().ok());
    said.unwrap_or(1).max(1)
}

/// MPI, from the program's start to its end.
pub struct Session {
    #[cfg(feature = "mpi")]
    _universe: mpi::environment::Universe,
}

/// Starts MPI where a launcher started this process with others. Call it once, first of all, and keep
/// what it gives to the end.
///
/// # Errors
/// A program without MPI that was started as one of several, which would all do the same; an MPI that
/// does not start.
pub fn start() -> Result<Option<Session>> {
    match launched() {
        1 => Ok(None),
        ranks => begin(ranks).map(Some),
    }
}

#[cfg(not(feature = "mpi"))]
fn begin(ranks: usize) -> Result<Session> {
    Err(refused(format!(
        "{ranks} processes were started, and this program was built without mpi: each would do the \
         same; build it with `cargo build --release -p gan-cli --features mpi`, or start one"
    )))
}

#[cfg(feature = "mpi")]
fn begin(_: usize) -> Result<Session> {
    let started = mpi::initialize_with_threading(mpi::Threading::Serialized);
    let (universe, had) = started.ok_or_else(|| refused("MPI was started before"))?;
    if had < mpi::Threading::Serialized {
        return Err(refused(
            "this MPI serves the main thread alone; another build of it is needed",
        ));
    }
    Ok(Session { _universe: universe })
}

/// The ranks that were started with this one; nothing where it is alone.
pub fn team() -> Option<Rc<dyn Exchange>> {
    #[cfg(feature = "mpi")]
    if launched() > 1 {
        return Some(Rc::new(world::World::new()));
    }
    None
}

/// Ends all ranks at once: what a rank does that cannot go on, and that the others would wait for.
pub fn abort(code: i32) -> ! {
    #[cfg(feature = "mpi")]
    if launched() > 1 {
        use mpi::topology::Communicator;
        mpi::topology::SimpleCommunicator::world().abort(code);
    }
    std::process::exit(code)
}

/// Divides the batch of a configuration among so many ranks, where it is not divided already: the
/// sums, and with them the bytes of the run, are then those of any number of ranks that share as many
/// parts.
///
/// # Errors
/// A batch that does not divide into so many.
pub fn divide(config: &mut RunConfig, ranks: usize) -> Result<()> {
    let train = &mut config.train;
    if ranks == 1 || train.accumulate > 1 {
        return Ok(());
    }
    if !train.batch.is_multiple_of(ranks) {
        return Err(refused(format!(
            "a batch of {} does not divide among {ranks} ranks; choose --batch {}",
            train.batch,
            train.batch.div_ceil(ranks) * ranks
        )));
    }
    train.accumulate = ranks;
    Ok(())
}

#[cfg(feature = "mpi")]
mod world {
    use candle_core::Result;
    use gan_kernels::team::Exchange;
    use mpi::topology::{Communicator, SimpleCommunicator};
    use mpi::traits::CommunicatorCollectives;

    /// All processes that were started together.
    pub struct World(SimpleCommunicator);

    impl World {
        pub fn new() -> Self {
            Self(SimpleCommunicator::world())
        }
    }

    impl Exchange for World {
        fn rank(&self) -> usize {
            usize::try_from(self.0.rank()).unwrap_or_default()
        }

        fn ranks(&self) -> usize {
            usize::try_from(self.0.size()).unwrap_or(1)
        }

        fn gather(&self, mine: &[f64]) -> Result<Vec<f64>> {
            let mut all = vec![0.0; mine.len() * self.ranks()];
            self.0.all_gather_into(mine, &mut all[..]);
            Ok(all)
        }

        fn collect(&self, mine: &[f32]) -> Result<Vec<f32>> {
            let mut all = vec![0.0; mine.len() * self.ranks()];
            self.0.all_gather_into(mine, &mut all[..]);
            Ok(all)
        }

        fn swap(&self, mine: &[f32]) -> Result<Vec<f32>> {
            let mut all = vec![0.0; mine.len()];
            self.0.all_to_all_into(mine, &mut all[..]);
            Ok(all)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_divided_once() {
        let mut config = crate::configure("vanilla", &["train.batch=12"]).unwrap();
        divide(&mut config, 1).unwrap();
        assert_eq!(config.train.accumulate, 1);
        let told = divide(&mut config, 5).unwrap_err().to_string();
        assert!(told.contains("--batch 15"), "{told}");
        divide(&mut config, 4).unwrap();
        divide(&mut config, 2).unwrap();
        assert_eq!(config.train.accumulate, 4);
        assert_eq!((place(None), launched()), ((0, 1), 1));
    }
}
