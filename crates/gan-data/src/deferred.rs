//! Data that are known before they are opened.

use std::sync::{Arc, OnceLock};

use crate::{DataInfo, Dataset, Error, LoadOptions, Result, Slot, open};

/// Data whose description is known from elsewhere, such as a run's own file: they are opened when
/// the first sample is read, and who never reads one needs none.
pub struct Deferred {
    info: DataInfo,
    options: LoadOptions,
    opened: OnceLock<Arc<dyn Dataset>>,
}

impl Deferred {
    /// The data of `info.spec`, to be opened with `options`.
    pub fn new(info: DataInfo, options: LoadOptions) -> Self {
        Self { info, options, opened: OnceLock::new() }
    }

    fn opened(&self) -> Result<&Arc<dyn Dataset>> {
        if let Some(data) = self.opened.get() {
            return Ok(data);
        }
        let data = open(&self.info.spec, &self.options)?;
        let (known, found) = (&self.info, data.info());
        if (known.len, known.shape()) != (found.len, found.shape()) {
            let problem = format!(
                "the data have changed: expected {} samples of {:?}, found {} of {:?}",
                known.len,
                known.shape(),
                found.len,
                found.shape()
            );
            return Err(Error::Unusable { path: known.spec.clone().into(), problem });
        }
        // Another thread may have been first; both have opened the same.
        Ok(self.opened.get_or_init(|| data))
    }
}

impl Dataset for Deferred {
    fn info(&self) -> &DataInfo {
        &self.info
    }

    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> Result<()> {
        self.opened()?.read(index, out)
    }

    fn later_notes(&self) -> Vec<String> {
        self.opened.get().map_or_else(Vec::new, |data| data.later_notes())
    }

    /// Those of the data, once a sample of them was read.
    fn unpaired(&self) -> &[Arc<dyn Dataset>] {
        self.opened.get().map_or(&[], |data| data.unpaired())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_are_opened_when_a_sample_is_read() {
        let options = LoadOptions::default();
        let data = open("toy:ring?n=50", &options).unwrap();
        let deferred = Deferred::new(data.info().clone(), options.clone());
        let (mut here, mut there) = ([0.0; 2], [0.0; 2]);
        assert_eq!(deferred.labeled(7, &mut here).unwrap(), data.labeled(7, &mut there).unwrap());
        assert_eq!(here, there);
        let gone = DataInfo { spec: "nowhere".to_owned(), ..data.info().clone() };
        let gone = Deferred::new(gone, options.clone());
        assert_eq!(gone.info().len, 50);
        assert!(gone.labeled(0, &mut here).unwrap_err().to_string().contains("nowhere"));
        let other = Deferred::new(DataInfo { len: 40, ..data.info().clone() }, options);
        let told = other.labeled(0, &mut here).unwrap_err().to_string();
        assert!(told.contains("expected 40 samples of [2], found 50"), "{told}");
    }
}
