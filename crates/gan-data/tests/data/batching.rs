//! Batches: every sample once an epoch, a pure function of the number, the same ahead of time.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use gan_data::{
    BatchSize, Batches, DataInfo, Dataset, Error, Field, Kind, Prefetch, Result, Slot, open,
};
use proptest::prelude::*;

use crate::options;

/// Counts, tells what it reads, and misbehaves at one index if told to.
struct Numbers {
    info: DataInfo,
    pause: Duration,
    told: Option<Sender<usize>>,
    panics_at: Option<usize>,
    fails_at: Option<usize>,
}

fn numbers(len: usize) -> Numbers {
    let info = DataInfo::new("numbers", Kind::Toy, len, vec![Field::point(1)]);
    Numbers { info, pause: Duration::ZERO, told: None, panics_at: None, fails_at: None }
}

impl Dataset for Numbers {
    fn info(&self) -> &DataInfo {
        &self.info
    }

    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> Result<()> {
        if let Some(told) = &self.told {
            told.send(index).unwrap();
        }
        std::thread::sleep(self.pause);
        if self.panics_at == Some(index) {
            panic!("index {index} is cursed");
        }
        if self.fails_at == Some(index) {
            return Err(Error::Access {
                spec: "numbers".to_owned(),
                problem: format!("index {index} fails"),
            });
        }
        let [Slot::Reals(values)] = out else { panic!("{out:?}: expected one field of reals") };
        values[0] = index as f32;
        Ok(())
    }
}

fn epoch(batches: &Batches, epoch: u64) -> Vec<usize> {
    let first = epoch * batches.per_epoch();
    (first..first + batches.per_epoch()).flat_map(|n| batches.get(n).unwrap().indices).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_epoch_holds_every_sample_at_most_once(len in 1_usize..200, size in 1_usize..50, seed: u64, n in 0_u64..5) {
        prop_assume!(size <= len);
        let batches = Batches::new(Arc::new(numbers(len)), size, seed).unwrap();
        prop_assert_eq!(batches.per_epoch(), (len / size) as u64);
        let order = epoch(&batches, n);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        sorted.dedup();
        prop_assert_eq!(sorted.len(), len / size * size);
        prop_assert!(sorted.iter().all(|index| *index < len));
        // asking in another order changes nothing
        let fresh = Batches::new(Arc::new(numbers(len)), size, seed).unwrap();
        let _ = epoch(&fresh, n + 1);
        prop_assert_eq!(epoch(&fresh, n), order);
    }
}

#[test]
fn epochs_and_seeds_have_their_own_order() {
    let batches = |seed| Batches::new(Arc::new(numbers(100)), 10, seed).unwrap();
    let first = epoch(&batches(0), 0);
    assert_ne!(first, epoch(&batches(0), 1));
    assert_ne!(first, epoch(&batches(1), 0));
    assert_ne!(first, (0..100).collect::<Vec<_>>());
    // pinned: another order would break the resuming of old runs
    assert_eq!(batches(0).get(0).unwrap().indices, PINNED);
}

const PINNED: [usize; 10] = [90, 8, 19, 45, 67, 65, 84, 57, 5, 42];

#[test]
fn a_batch_holds_the_samples_it_names() {
    let data = open("mnist", &options()).unwrap();
    let batch = Batches::new(data.clone(), 32, 7).unwrap().get(1000).unwrap();
    assert_eq!(batch.fields[0].shape, [32, 1, 28, 28]);
    for (i, &index) in batch.indices.iter().enumerate() {
        let (values, label) = crate::sample(data.as_ref(), index);
        assert_eq!(values, batch.reals("image").unwrap()[i * 784..(i + 1) * 784]);
        assert_eq!(label, Some(batch.numbers("class").unwrap()[i]));
    }
    assert_eq!(
        Batches::new(Arc::new(numbers(5)), 5, 0).unwrap().get(3).unwrap().numbers("class"),
        None
    );
}

#[test]
fn batch_sizes_that_cannot_be_are_refused() {
    for size in [0, 11] {
        let message = Batches::new(Arc::new(numbers(10)), size, 0).err().unwrap().to_string();
        assert!(
            message.contains(&format!("batch size {size} with 10 samples in numbers")),
            "{message}"
        );
    }
}

#[test]
fn made_ahead_is_made_the_same_whatever_the_timing() {
    for pause in [0, 300] {
        let slow = || Numbers { pause: Duration::from_micros(pause), ..numbers(50) };
        let direct = Batches::new(Arc::new(slow()), 8, 3).unwrap();
        let mut ahead = Prefetch::start(Batches::new(Arc::new(slow()), 8, 3).unwrap(), 4);
        for n in 4..24 {
            if n % 5 == 0 {
                std::thread::sleep(Duration::from_millis(5)); // now the reader is the slow one
            }
            assert_eq!(ahead.next().unwrap(), direct.get(n).unwrap());
        }
    }
}

#[test]
fn dropping_stops_the_thread_after_the_batch_in_hand() {
    // While it makes a batch, and while it waits with one: two more lie in the queue by then.
    for reads in [1, 7, 15] {
        let (told, heard) = channel();
        let slow = Numbers { pause: Duration::from_millis(2), told: Some(told), ..numbers(50) };
        let data: Arc<dyn Dataset> = Arc::new(slow);
        let ahead = Prefetch::start(Batches::new(data.clone(), 5, 0).unwrap(), 0);
        assert_eq!(heard.iter().take(reads).count(), reads);
        drop(ahead);
        assert_eq!(Arc::strong_count(&data), 1); // the thread is gone
        let all = reads + heard.try_iter().count();
        assert!(all.is_multiple_of(5) && all <= 15, "{all} samples were read");
    }
}

#[test]
fn errors_and_panics_of_the_thread_come_out() {
    let failing = Numbers { fails_at: Some(3), ..numbers(5) };
    let mut ahead = Prefetch::start(Batches::new(Arc::new(failing), 5, 0).unwrap(), 0);
    assert!(ahead.next().unwrap_err().to_string().contains("index 3 fails"));
    assert!(ahead.next().unwrap_err().to_string().contains("an earlier batch failed"));

    let cursed = Numbers { panics_at: Some(3), ..numbers(5) };
    let mut ahead = Prefetch::start(Batches::new(Arc::new(cursed), 5, 0).unwrap(), 0);
    let message = ahead.next().unwrap_err().to_string();
    assert!(message.contains("stopped: it panicked: index 3 is cursed"), "{message}");
    assert!(ahead.next().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fewer_samples_than_a_batch_are_taken_in_the_order_of_the_epochs(len in 1_usize..40, more in 1_usize..90, seed: u64, n in 0_u64..6) {
        let size = BatchSize { samples: len + more, repeat: true };
        let batches = Batches::new(Arc::new(numbers(len)), size, seed).unwrap();
        prop_assert_eq!(batches.per_epoch(), 0);
        let taken: Vec<usize> = (0..=n).flat_map(|n| batches.get(n).unwrap().indices).collect();
        // The sequence is that of whole epochs, as batches of all samples have them.
        let whole = Batches::new(Arc::new(numbers(len)), len, seed).unwrap();
        let epochs = (taken.len() / len + 1) as u64;
        let order: Vec<usize> = (0..epochs).flat_map(|k| whole.get(k).unwrap().indices).collect();
        prop_assert_eq!(&taken[..], &order[..taken.len()]);
        // A batch is a function of its number, whatever was asked before.
        let fresh = Batches::new(Arc::new(numbers(len)), size, seed).unwrap();
        prop_assert_eq!(fresh.get(n).unwrap(), batches.get(n).unwrap());
    }

    #[test]
    fn repetition_changes_nothing_where_there_are_enough(len in 1_usize..200, size in 1_usize..50, seed: u64, n in 0_u64..500) {
        prop_assume!(size <= len);
        let may = BatchSize { samples: size, repeat: true };
        let may = Batches::new(Arc::new(numbers(len)), may, seed).unwrap();
        let may_not = Batches::new(Arc::new(numbers(len)), size, seed).unwrap();
        prop_assert_eq!(may.get(n).unwrap(), may_not.get(n).unwrap());
    }
}

#[test]
fn repetition_has_bounds_and_the_refusal_names_it() {
    let new = |len, samples, repeat| {
        Batches::new(Arc::new(numbers(len)), BatchSize { samples, repeat }, 0).map(|_| ())
    };
    let told = new(40, 64, false).unwrap_err().to_string();
    assert!(told.contains("batch size 64 with 40 samples in numbers"), "{told}");
    assert!(told.contains("--set data.repeat=true"), "{told}");
    assert!(new(40, 1 << 16, true).is_ok());
    let told = new(40, usize::MAX, true).unwrap_err().to_string();
    assert!(told.contains("repeats the 40 samples in numbers: expected at most 65536"), "{told}");
    assert!(new(40, 0, true).is_err() && new(0, 3, true).is_err());
    // The last batch there is: its number times its size is no u64.
    let size = BatchSize { samples: 64, repeat: true };
    let batches = Batches::new(Arc::new(numbers(40)), size, 0).unwrap();
    assert_eq!(batches.get(u64::MAX).unwrap().indices.len(), 64);
}
