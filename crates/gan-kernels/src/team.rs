//! Several processes or threads that compute one step together: each holds parts of the batch, and
//! what is a mean over the batch is a mean over all of them.
//!
//! Sums are made in a fixed order, that of a binary tree over the parts, so that they do not depend
//! on who was first: a rank with several parts makes a branch of the same tree.

mod mean;
mod threads;

use candle_core::{Result, bail};
use std::cell::RefCell;
use std::rc::Rc;

pub use mean::mean;
pub use threads::on_threads;

/// How the ranks of a team hand numbers to each other. Everybody calls the same functions in the
/// same order, with as many numbers.
pub trait Exchange {
    /// Which of them this is, from 0.
    fn rank(&self) -> usize;

    /// How many there are.
    fn ranks(&self) -> usize;

    /// Everybody's numbers, rank after rank.
    ///
    /// # Errors
    /// Where a rank is gone.
    fn gather(&self, mine: &[f64]) -> Result<Vec<f64>>;

    /// As [`Exchange::gather`], of many numbers.
    ///
    /// # Errors
    /// Where a rank is gone.
    fn collect(&self, mine: &[f32]) -> Result<Vec<f32>>;

    /// `mine` holds as many numbers for each rank, one rank after the other; everybody gets what all
    /// have for it, rank after rank.
    ///
    /// # Errors
    /// Where a rank is gone.
    fn swap(&self, mine: &[f32]) -> Result<Vec<f32>>;
}

thread_local! {
    static TEAM: RefCell<Option<Rc<dyn Exchange>>> = const { RefCell::new(None) };
}

/// Does `work` with the team in place: batch statistics within it are those of all ranks.
pub fn within<R>(team: Option<&Rc<dyn Exchange>>, work: impl FnOnce() -> R) -> R {
    /// Restores what was in place outside even when the work unwinds.
    struct Restore(Option<Rc<dyn Exchange>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            TEAM.replace(self.0.take());
        }
    }
    let _restore = Restore(TEAM.replace(team.cloned()));
    work()
}

/// The team that is in place on this thread.
pub(crate) fn current() -> Option<Rc<dyn Exchange>> {
    TEAM.with_borrow(Clone::clone)
}

/// This rank of a team and how many there are; 0 and 1 without one.
pub fn place(team: Option<&Rc<dyn Exchange>>) -> (usize, usize) {
    team.map_or((0, 1), |team| (team.rank(), team.ranks()))
}

/// How many ranks the team in place has; 1 without one.
pub fn size() -> usize {
    place(current().as_ref()).1
}

/// Sums of several lists of equal length, in the order of a binary tree: neighbors first, then
/// neighbors of these, and so on. Empty without lists.
pub fn tree<T: Copy + std::ops::Add<Output = T>>(mut lists: Vec<Vec<T>>) -> Vec<T> {
    let mut step = 1;
    while step < lists.len() {
        for left in (0..lists.len() - step).step_by(2 * step) {
            let right = std::mem::take(&mut lists[left + step]);
            lists[left].iter_mut().zip(right).for_each(|(a, b)| *a = *a + b);
        }
        step *= 2;
    }
    lists.into_iter().next().unwrap_or_default()
}

/// The sum over all ranks of these numbers, in place: each rank sums a stretch of them for all, in
/// the order of the tree, and hands it out. Twice the numbers travel, however many ranks there are.
///
/// # Errors
/// Where a rank is gone.
pub fn sum(team: &dyn Exchange, values: &mut [f32]) -> Result<()> {
    let ranks = team.ranks();
    if ranks < 2 || values.is_empty() {
        return Ok(());
    }
    let stretch = values.len().div_ceil(ranks);
    let mut padded = values.to_vec();
    padded.resize(stretch * ranks, 0.0);
    let of_all = team.swap(&padded)?;
    if of_all.len() != padded.len() {
        bail!("a sum over ranks: expected {} numbers, found {}", padded.len(), of_all.len());
    }
    let mine = tree(of_all.chunks_exact(stretch).map(<[f32]>::to_vec).collect());
    let all = team.collect(&mine)?;
    values.copy_from_slice(&all[..values.len()]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_of_the_tree_is_a_tree() {
        // Numbers whose sum depends on the order.
        let list = |k: usize| vec![(1.0f32 / (k as f32 + 1.0)).powi(7) * 1e7, k as f32 * 0.1];
        for (parts, each) in [(8, 2), (8, 4), (6, 2), (12, 4), (7, 1), (1, 1)] {
            let whole = tree((0..parts).map(list).collect());
            let branch = |r: usize| tree((r * each..(r + 1) * each).map(list).collect());
            assert_eq!(whole, tree((0..parts / each).map(branch).collect()), "{parts} by {each}");
        }
        assert!(tree::<f32>(Vec::new()).is_empty());
    }

    #[test]
    fn a_sum_is_that_of_the_tree_whatever_its_length() {
        for ranks in [1, 2, 3, 4] {
            for length in [0, 1, 5, 64] {
                let list = |r: usize| -> Vec<f32> {
                    (0..length).map(|k| ((r * 31 + k) as f32).sin() * 1e3).collect()
                };
                let found = on_threads(ranks, &|team| {
                    let mut values = list(team.rank());
                    sum(team.as_ref(), &mut values).unwrap();
                    values
                });
                let expected = tree((0..ranks).map(list).collect());
                assert!(found.iter().all(|one| *one == expected), "{ranks} ranks, {length}");
            }
        }
    }
}
