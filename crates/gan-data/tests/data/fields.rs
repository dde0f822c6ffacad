//! Fields of samples: what belongs together stays together, what does not has an order of its own.

use std::sync::Arc;

use gan_data::{Batches, DataInfo, Dataset, Field, FieldKind, Kind, Result, Slot};

/// Samples of four fields, each a function of the index, and perhaps a domain beside them.
struct Captioned {
    info: DataInfo,
    other: Vec<Arc<dyn Dataset>>,
}

fn field(name: &str, kind: FieldKind) -> Field {
    Field { name: name.to_owned(), kind }
}

/// A picture, its negative, a caption of up to three words and two numbers.
fn captioned(len: usize, other: Option<Arc<dyn Dataset>>) -> Captioned {
    let vocabulary = ["", "dark", "bright"].map(str::to_owned).to_vec();
    let fields = vec![
        Field::image([1, 2, 2]),
        field("negative", FieldKind::Image { shape: [1, 2, 2] }),
        field("text", FieldKind::Tokens { vocabulary, longest: 3 }),
        field("place", FieldKind::Vector { names: vec!["x".to_owned(), "y".to_owned()] }),
    ];
    let mut info = DataInfo::new("captioned", Kind::Folder, len, fields);
    let other: Vec<_> = other.into_iter().collect();
    info.beside = other.iter().flat_map(|data| data.info().fields.clone()).collect();
    Captioned { info, other }
}

impl Dataset for Captioned {
    fn info(&self) -> &DataInfo {
        &self.info
    }

    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> Result<()> {
        let [Slot::Reals(image), Slot::Reals(negative), Slot::Numbers(text), Slot::Reals(place)] =
            out
        else {
            panic!("{out:?}: four slots were expected")
        };
        image.fill(index as f32);
        negative.fill(-(index as f32));
        text.copy_from_slice(&[1, index as u32 % 3, 0]);
        place.copy_from_slice(&[index as f32, 2.0 * index as f32]);
        Ok(())
    }

    fn unpaired(&self) -> &[Arc<dyn Dataset>] {
        &self.other
    }
}

/// One image a sample, named otherwise.
struct Sketches(DataInfo);

fn sketches(len: usize, name: &str) -> Arc<dyn Dataset> {
    let fields = vec![field(name, FieldKind::Image { shape: [1, 1, 1] })];
    Arc::new(Sketches(DataInfo::new("sketches", Kind::Folder, len, fields)))
}

impl Dataset for Sketches {
    fn info(&self) -> &DataInfo {
        &self.0
    }

    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> Result<()> {
        let [Slot::Reals(image)] = out else { panic!("{out:?}: one slot was expected") };
        image.fill(index as f32);
        Ok(())
    }
}

#[test]
fn fields_of_one_sample_travel_together() {
    let batches = Batches::new(Arc::new(captioned(50, None)), 8, 3).unwrap();
    let batch = batches.get(9).unwrap();
    let shapes: Vec<&[usize]> = batch.fields.iter().map(|f| f.shape.as_slice()).collect();
    assert_eq!(shapes, [&[8, 1, 2, 2][..], &[8, 1, 2, 2], &[8, 3], &[8, 2]]);
    let of = |name: &str| batch.reals(name).unwrap();
    for (k, &index) in batch.indices.iter().enumerate() {
        let value = index as f32;
        assert_eq!(of("image")[4 * k..4 * k + 4], [value; 4]);
        assert_eq!(of("negative")[4 * k..4 * k + 4], [-value; 4]);
        assert_eq!(batch.numbers("text").unwrap()[3 * k..3 * k + 3], [1, index as u32 % 3, 0]);
        assert_eq!(of("place")[2 * k..2 * k + 2], [value, 2.0 * value]);
    }
    assert_eq!(batches.get(9).unwrap(), batch, "a batch is a function of seed and number");
    assert_eq!(batch.reals("text"), None, "words are no reals");
    assert_eq!(batch.get("class"), None);
}

#[test]
fn an_unpaired_domain_has_an_order_of_its_own() {
    let alone = Batches::new(Arc::new(captioned(48, None)), 8, 3).unwrap();
    let data = Arc::new(captioned(48, Some(sketches(32, "sketch"))));
    let both = Batches::new(data, 8, 3).unwrap();
    let (mut seen, mut alike) = (Vec::new(), 0);
    for n in 0..4 {
        let batch = both.get(n).unwrap();
        assert_eq!(batch.indices, alone.get(n).unwrap().indices, "the first domain's order stays");
        let other = batch.reals("sketch").unwrap();
        let pairs = batch.indices.iter().zip(other);
        alike += pairs.filter(|(a, b)| **a as f32 == **b).count();
        seen.extend(other.iter().map(|value| *value as usize));
    }
    assert!(alike < 8, "{alike} of 32 pairs are of one index");
    // An epoch of the other domain is its own: 32 samples in four batches.
    seen.sort_unstable();
    assert_eq!(seen, (0..32).collect::<Vec<_>>());
}

#[test]
fn two_fields_of_one_name_are_refused() {
    let data = Arc::new(captioned(48, Some(sketches(32, "image"))));
    let told = Batches::new(data, 8, 3).err().unwrap().to_string();
    assert!(told.contains("two fields are called image"), "{told}");
    let data = Arc::new(captioned(48, Some(sketches(4, "sketch"))));
    let told = Batches::new(data, 8, 3).err().unwrap().to_string();
    assert!(told.contains("sketches") && told.contains('4'), "{told}");
}
