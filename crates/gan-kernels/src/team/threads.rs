//! A team whose ranks are threads of one process: what tests and small machines have.

use super::Exchange;
use candle_core::{Result, bail};
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What lies on the table while the ranks hand numbers to each other.
#[derive(Default)]
struct Table {
    /// What each rank has laid down in this round.
    laid: Vec<Option<Vec<f64>>>,
    /// How many have read this round.
    read: usize,
    /// How many ranks are gone.
    gone: usize,
}

struct Room {
    table: Mutex<Table>,
    changed: Condvar,
}

struct Member {
    rank: usize,
    ranks: usize,
    room: Arc<Room>,
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, Table> {
        // Every change is a single step, so a panic leaves the table usable.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready`, or says that a rank is gone.
    fn wait(&self, ready: impl Fn(&Table) -> bool) -> Result<MutexGuard<'_, Table>> {
        let mut table = self.lock();
        while !ready(&table) {
            if table.gone > 0 {
                bail!("a rank of the team is gone")
            }
            table = self.changed.wait(table).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(table)
    }
}

impl Exchange for Member {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.ranks
    }

    fn gather(&self, mine: &[f64]) -> Result<Vec<f64>> {
        let mut table = self.room.wait(|table| table.laid[self.rank].is_none())?;
        table.laid[self.rank] = Some(mine.to_vec());
        self.room.changed.notify_all();
        drop(table);
        let mut table = self.room.wait(|table| table.laid.iter().all(Option::is_some))?;
        let all = table.laid.iter().flatten().flatten().copied().collect();
        table.read += 1;
        if table.read == self.ranks {
            table.read = 0;
            table.laid.fill(None);
            self.room.changed.notify_all();
        }
        Ok(all)
    }

    fn collect(&self, mine: &[f32]) -> Result<Vec<f32>> {
        let wide: Vec<f64> = mine.iter().map(|v| f64::from(*v)).collect();
        Ok(self.gather(&wide)?.into_iter().map(|v| v as f32).collect())
    }

    fn swap(&self, mine: &[f32]) -> Result<Vec<f32>> {
        let all = self.collect(mine)?;
        let stretch = mine.len() / self.ranks;
        let of = |rank: usize| &all[rank * mine.len() + self.rank * stretch..][..stretch];
        Ok((0..self.ranks).flat_map(of).copied().collect())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.room.lock().gone += 1;
        self.room.changed.notify_all();
    }
}

/// Does `work` as every rank of a team of threads, and gives what each comes to, in order.
///
/// # Panics
/// Where a rank's work does.
pub fn on_threads<R: Send>(ranks: usize, work: &(dyn Fn(Rc<dyn Exchange>) -> R + Sync)) -> Vec<R> {
    let table = Mutex::new(Table { laid: vec![None; ranks], ..Table::default() });
    let room = Arc::new(Room { table, changed: Condvar::new() });
    std::thread::scope(|scope| {
        let start = |rank: usize| {
            let room = room.clone();
            scope.spawn(move || work(Rc::new(Member { rank, ranks, room })))
        };
        let threads: Vec<_> = (0..ranks).map(start).collect();
        let ended = threads.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        ended.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_handed_round_many_times() {
        let found = on_threads(3, &|team| {
            let mut last = Vec::new();
            for turn in 0..200 {
                let mine = [team.rank() as f64, f64::from(turn)];
                last = team.gather(&mine).unwrap();
                assert_eq!(last, [0, 1, 2].map(|r| [f64::from(r), f64::from(turn)]).concat());
            }
            let swapped = team.swap(&[0.0, 1.0, 2.0].map(|k| 10.0 * team.rank() as f32 + k));
            (last.len(), swapped.unwrap())
        });
        for (rank, (count, swapped)) in found.into_iter().enumerate() {
            assert_eq!((count, swapped), (6, [0.0, 10.0, 20.0].map(|v| v + rank as f32).to_vec()));
        }
    }

    #[test]
    fn who_waits_for_a_rank_that_is_gone_is_told() {
        let found = on_threads(2, &|team| match team.rank() {
            0 => team.gather(&[1.0]).map_err(|error| error.to_string()),
            _ => Ok(Vec::new()),
        });
        assert!(found[0].as_ref().unwrap_err().contains("gone"), "{found:?}");
    }
}
