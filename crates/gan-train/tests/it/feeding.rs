//! The feed: every batch a function of (seed, number), in whatever order it is asked for.

use crate::ring::{Setup, feed};
use candle_core::{DType, Device};
use gan_data::{BatchSize, DataInfo, Dataset, LoadOptions, Slot};
use gan_train::Feed;
use std::sync::Arc;

#[test]
fn batches_do_not_depend_on_the_order_of_asking() {
    let setup = Setup::default();
    let rows =
        |feed: &mut Feed, n| feed.batch(n).unwrap().real().unwrap().to_vec2::<f32>().unwrap();
    let mut in_order = feed(&setup);
    let all: Vec<_> = (0..8).map(|n| rows(&mut in_order, n)).collect();
    let mut jumping = feed(&setup);
    for n in [5, 0, 1, 7, 7, 2] {
        assert_eq!(rows(&mut jumping, n), all[n as usize], "batch {n}");
    }
    assert_ne!(all[0], all[1]);
    let batch = in_order.batch(8).unwrap();
    assert_eq!((batch.len().unwrap(), batch.is_empty()), (16, false));
    let labels = batch.get("class").unwrap();
    assert_eq!((labels.dims(), labels.dtype()), (&[16][..], DType::U32));
}

#[test]
fn more_than_there_is_cannot_be_asked_for() {
    let options = LoadOptions { limit: Some(10), ..LoadOptions::default() };
    let data = gan_data::open("toy:ring", &options).unwrap();
    let error = Feed::new(data, 11, 0, DType::F32, &Device::Cpu).err().unwrap().to_string();
    assert!(error.contains("batch size 11 with 10 samples in toy:ring"), "{error}");
}

#[test]
fn more_than_there_is_can_be_repeated_and_asked_for_in_any_order() {
    let options = LoadOptions { limit: Some(10), ..LoadOptions::default() };
    let data = gan_data::open("toy:ring", &options).unwrap();
    let size = BatchSize { samples: 16, repeat: true };
    let feed = || Feed::new(data.clone(), size, 0, DType::F32, &Device::Cpu).unwrap();
    let rows =
        |feed: &mut Feed, n| feed.batch(n).unwrap().real().unwrap().to_vec2::<f32>().unwrap();
    let (mut in_order, mut jumping) = (feed(), feed());
    let all: Vec<_> = (0..6).map(|n| rows(&mut in_order, n)).collect();
    for n in [4, 0, 5, 2] {
        assert_eq!(rows(&mut jumping, n), all[n as usize], "batch {n}");
    }
    // The second epoch begins where the first one ends, in an order of its own.
    assert_eq!(all[0].len(), 16);
    assert_ne!(all[0][..6], all[0][10..]);
}

/// A dataset whose samples cannot be read.
struct Broken(DataInfo);

impl Dataset for Broken {
    fn info(&self) -> &DataInfo {
        &self.0
    }

    fn read(&self, index: usize, _: &mut [Slot<'_>]) -> gan_data::Result<()> {
        let problem = format!("sample {index} is broken");
        Err(gan_data::Error::Access { spec: "broken".into(), problem })
    }
}

#[test]
fn a_failed_batch_tells_its_reason_each_time_it_is_asked_for() {
    let info = gan_data::open("toy:ring", &LoadOptions::default()).unwrap().info().clone();
    let mut feed = Feed::new(Arc::new(Broken(info)), 4, 0, DType::F32, &Device::Cpu).unwrap();
    for _ in 0..3 {
        let error = feed.batch(0).unwrap_err().to_string();
        assert!(error.contains("is broken"), "{error}");
    }
}
