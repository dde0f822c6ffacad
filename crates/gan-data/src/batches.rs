//! Shuffled batches as a pure function of (seed, batch number).

use std::sync::{Arc, Mutex, PoisonError};

use rand::Rng;

use crate::{Dataset, Error, Field, Result, Slot, Values};
use gan_statistics::stream;

/// Some samples, in the order of their indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The samples' indices in the data set.
    pub indices: Vec<usize>,
    /// The fields of the data, then those of domains that are not paired with them.
    pub fields: Vec<Column>,
}

/// A field of every sample of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The field's name.
    pub name: String,
    /// Batch size first, then the field's shape; classes are `[batch]`.
    pub shape: Vec<usize>,
    /// One sample after the other.
    pub values: Values,
}

impl Batch {
    /// The values of the field of this name, where they are reals.
    pub fn reals(&self, name: &str) -> Option<&[f32]> {
        match &self.get(name)?.values {
            Values::Reals(values) => Some(values),
            Values::Numbers(_) => None,
        }
    }

    /// The values of the field of this name, where they are whole numbers.
    pub fn numbers(&self, name: &str) -> Option<&[u32]> {
        match &self.get(name)?.values {
            Values::Numbers(values) => Some(values),
            Values::Reals(_) => None,
        }
    }

    /// The field of this name.
    pub fn get(&self, name: &str) -> Option<&Column> {
        self.fields.iter().find(|column| column.name == name)
    }
}

/// How many samples a batch holds, and whether it may hold one of them twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSize {
    /// Samples a batch.
    pub samples: usize,
    /// Whether data of fewer samples than that fill a batch by repetition, instead of being
    /// refused. Data of at least a batch are never repeated.
    pub repeat: bool,
}

impl From<usize> for BatchSize {
    /// A batch of different samples.
    fn from(samples: usize) -> Self {
        Self { samples, repeat: false }
    }
}

/// A batch that repeats samples holds no more than this: nothing else bounds it.
const MOST_REPEATED: usize = 1 << 16;

/// An epoch and its order.
type Order = (u64, Arc<Vec<usize>>);

/// Shuffled batches of a data set; batch `n` is a pure function of `(seed, n)`.
///
/// Epoch `n / per_epoch` has its own permutation, drawn from a stream keyed by `(seed, "order",
/// epoch)`; the last samples that would not fill a batch are left out of that epoch.
///
/// Domains that are not paired with the samples ([`Dataset::unpaired`]) come in an order of their own,
/// from a stream whose purpose names their first field.
///
/// Where the data have fewer samples than a batch and may be repeated, batch `n` is made of the
/// places from `n · batch` on of the endless sequence of all epochs' permutations: every sample
/// comes equally often, and no place is left out.
pub struct Batches {
    dataset: Arc<dyn Dataset>,
    batch_size: usize,
    seed: u64,
    per_epoch: u64,
    threads: usize,
    /// Which part of each batch is read, of how many.
    share: (usize, usize),
    /// The purpose of the stream that orders are drawn from.
    purpose: String,
    order: Mutex<Option<Order>>,
    /// The batches of domains that are not paired with these.
    unpaired: Vec<Batches>,
}

impl Batches {
    /// Batches of `size` samples of `dataset`: a number, or a [`BatchSize`] that may repeat.
    ///
    /// # Errors
    ///
    /// A batch size of zero, or one larger than the data where samples may not be repeated; a
    /// repeating one of more than 65,536 samples.
    pub fn new(dataset: Arc<dyn Dataset>, size: impl Into<BatchSize>, seed: u64) -> Result<Self> {
        let info = dataset.info();
        let names: Vec<&str> = info.all_fields().map(|field| field.name.as_str()).collect();
        if let Some(twice) = (1..names.len()).find(|k| names[..*k].contains(&names[*k])) {
            let problem = format!("{}: two fields are called {}", info.spec, names[twice]);
            return Err(Error::Option { problem });
        }
        Self::ordered(dataset, size.into(), seed, "order".to_owned())
    }

    /// Batches in the order of the stream of this purpose.
    fn ordered(
        dataset: Arc<dyn Dataset>,
        BatchSize { samples: batch_size, repeat }: BatchSize,
        seed: u64,
        purpose: String,
    ) -> Result<Self> {
        let info = dataset.info();
        let repeats = repeat && batch_size > info.len && info.len > 0;
        if batch_size == 0 || (batch_size > info.len && !repeats) {
            return Err(Error::BatchSize { batch_size, len: info.len, spec: info.spec.clone() });
        }
        if repeats && batch_size > MOST_REPEATED {
            let problem = format!(
                "a batch of {batch_size} that repeats the {} samples in {}: expected at most \
                 {MOST_REPEATED}; choose a smaller batch",
                info.len, info.spec
            );
            return Err(Error::Option { problem });
        }
        let per_epoch = (info.len / batch_size) as u64;
        let size = BatchSize { samples: batch_size, repeat };
        let domain = |other: &Arc<dyn Dataset>| {
            let first = other.info().fields.first().map_or("", |field| field.name.as_str());
            Self::ordered(other.clone(), size, seed, format!("{purpose} of {first}"))
        };
        let unpaired = dataset.unpaired().iter().map(domain).collect::<Result<_>>()?;
        let order = Mutex::new(None);
        Ok(Self {
            dataset,
            batch_size,
            seed,
            per_epoch,
            threads: 1,
            share: (0, 1),
            purpose,
            order,
            unpaired,
        })
    }

    /// Reads the samples of a batch on so many threads where they have to be decoded. What comes out
    /// does not depend on it.
    pub fn on_threads(mut self, threads: usize) -> Self {
        self.unpaired = self.unpaired.into_iter().map(|other| other.on_threads(threads)).collect();
        Self { threads: threads.max(1), ..self }
    }

    /// Reads part `rank` of each batch alone, of `ranks` equally large ones, one after the other.
    ///
    /// # Errors
    ///
    /// A batch that does not divide into so many.
    pub fn share(mut self, rank: usize, ranks: usize) -> Result<Self> {
        if rank >= ranks || !self.batch_size.is_multiple_of(ranks) {
            let problem =
                format!("a batch of {} does not divide into {ranks} equal parts", self.batch_size);
            return Err(Error::Option { problem });
        }
        self.share = (rank, ranks);
        let others = std::mem::take(&mut self.unpaired).into_iter();
        self.unpaired = others.map(|other| other.share(rank, ranks)).collect::<Result<_>>()?;
        Ok(self)
    }

    /// Batch number `n`, counted from 0 over all epochs.
    ///
    /// # Errors
    ///
    /// Whatever [`Dataset::read`] reports.
    pub fn get(&self, n: u64) -> Result<Batch> {
        let (rank, ranks) = self.share;
        let count = self.batch_size / ranks;
        let indices = self.indices(n)[rank * count..][..count].to_vec();
        let fields = &self.dataset.info().fields;
        let mut values: Vec<Values> = fields.iter().map(|f| f.values(count)).collect();
        let mut samples: Vec<_> = indices.iter().map(|index| (*index, Vec::new())).collect();
        for (values, field) in values.iter_mut().zip(fields) {
            for ((_, slots), slot) in samples.iter_mut().zip(values.slots(count, field.len())) {
                slots.push(slot);
            }
        }
        self.read(&mut samples)?;
        let column = |(field, values): (&Field, Values)| {
            let shape = [&[count], field.shape().as_slice()].concat();
            Column { name: field.name.clone(), shape, values }
        };
        let mut columns: Vec<Column> = fields.iter().zip(values).map(column).collect();
        for other in &self.unpaired {
            columns.extend(other.get(n)?.fields);
        }
        Ok(Batch { indices, fields: columns })
    }

    /// Reads these samples into their slots; an error is that of the first bad one.
    fn read(&self, samples: &mut [(usize, Vec<Slot<'_>>)]) -> Result<()> {
        let read_all = |part: &mut [(usize, Vec<Slot<'_>>)]| {
            part.iter_mut().try_for_each(|(index, slots)| self.dataset.read(*index, slots))
        };
        if self.threads == 1 || !self.dataset.info().kind.is_files() {
            return read_all(samples);
        }
        let share = samples.len().div_ceil(self.threads);
        std::thread::scope(|scope| {
            let start = |part| scope.spawn(move || read_all(part));
            let parts: Vec<_> = samples.chunks_mut(share).map(start).collect();
            let ended = parts.into_iter().map(|part| match part.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            ended.collect::<Vec<_>>().into_iter().collect()
        })
    }

    /// The data the batches are drawn from.
    pub fn dataset(&self) -> &Arc<dyn Dataset> {
        &self.dataset
    }

    /// The samples of batch `n`.
    fn indices(&self, n: u64) -> Vec<usize> {
        if let Some(epoch) = n.checked_div(self.per_epoch) {
            let order = self.order(epoch);
            let first = (n % self.per_epoch) as usize * self.batch_size;
            return order[first..first + self.batch_size].to_vec();
        }
        let len = self.dataset.info().len;
        let place = u128::from(n) * self.batch_size as u128;
        // After more epochs than a u64 can count they begin anew.
        let (mut epoch, mut from) = ((place / len as u128) as u64, (place % len as u128) as usize);
        let mut indices = Vec::with_capacity(self.batch_size);
        while indices.len() < self.batch_size {
            let count = (len - from).min(self.batch_size - indices.len());
            indices.extend_from_slice(&self.order(epoch)[from..from + count]);
            (epoch, from) = (epoch.wrapping_add(1), 0);
        }
        indices
    }

    /// Whole batches in one pass over the data; 0 where a batch holds more than all of them.
    pub fn per_epoch(&self) -> u64 {
        self.per_epoch
    }

    /// The order of one epoch, kept until another epoch is asked for.
    fn order(&self, epoch: u64) -> Arc<Vec<usize>> {
        let mut kept = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, order)) = kept.as_ref()
            && *of == epoch
        {
            return Arc::clone(order);
        }
        let order = Arc::new(permutation(self.dataset.info().len, self.seed, &self.purpose, epoch));
        *kept = Some((epoch, Arc::clone(&order)));
        order
    }
}

/// The numbers `0..len` in the order of the stream of `(seed, purpose, number)` (Fisher and Yates's
/// shuffle).
fn permutation(len: usize, seed: u64, purpose: &str, number: u64) -> Vec<usize> {
    let mut rng = stream(seed, purpose, number);
    let mut order: Vec<usize> = (0..len).collect();
    for last in (1..len).rev() {
        // u64, because usize draws differ between 32 and 64 bit machines.
        let other = rng.random_range(0..=last as u64) as usize;
        order.swap(last, other);
    }
    order
}

/// `count` of the numbers `0..len`, or all where there are fewer, at random and in random order:
/// the first of them are a random subset too. A function of `(seed, purpose, len)`.
pub fn random_subset(len: usize, count: usize, seed: u64, purpose: &str) -> Vec<usize> {
    let mut all = permutation(len, seed, purpose, 0);
    all.truncate(count);
    all
}
