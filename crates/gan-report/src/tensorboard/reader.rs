//! Reading an event file back.

use super::histogram::Histogram;
use super::message::{Wire, fields};
use super::record::next;
use crate::{Error, Result};
use std::path::Path;

/// One event of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// Seconds since 1970.
    pub wall_time: f64,
    /// The step.
    pub step: u64,
    /// The format's name and version, in a file's first event.
    pub version: String,
    /// Whether what other files say of this step and later ones is to be forgotten.
    pub start: bool,
    /// What was written, by tag.
    pub values: Vec<(String, EventValue)>,
}

/// A value of an event.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum EventValue {
    /// One number.
    Scalar(f32),
    /// An image file's bytes, its width and height.
    Image(Vec<u8>, usize, usize),
    /// How numbers are spread.
    Histogram(Histogram),
}

/// Every event of a file; one that was cut short at the end, as by a kill, is left out.
///
/// # Errors
/// Where the file cannot be read, or is damaged.
pub fn read_events(path: &Path) -> Result<Vec<Event>> {
    let bytes = std::fs::read(path).map_err(Error::io(path, "read"))?;
    let bad = |what: String| Error::format(path, format!("no event file: {what}"));
    let mut rest = bytes.as_slice();
    let mut events = Vec::new();
    while let Some(record) = next(&mut rest).map_err(bad)? {
        events.push(event(record).map_err(bad)?);
    }
    Ok(events)
}

fn event(bytes: &[u8]) -> std::result::Result<Event, String> {
    let mut event = Event::default();
    for field in fields(bytes)? {
        match field {
            (1, Wire::Eight(time)) => event.wall_time = f64::from_le_bytes(time),
            (2, Wire::Integer(step)) => event.step = step,
            (3, Wire::Bytes(text)) => event.version = String::from_utf8_lossy(text).into_owned(),
            (5, Wire::Bytes(summary)) => {
                for (_, value) in fields(summary)? {
                    if let Wire::Bytes(value) = value {
                        event.values.extend(tagged(value)?);
                    }
                }
            }
            (7, Wire::Bytes(log)) => event.start = fields(log)?.contains(&(1, Wire::Integer(1))),
            _ => {}
        }
    }
    Ok(event)
}

fn tagged(bytes: &[u8]) -> std::result::Result<Option<(String, EventValue)>, String> {
    let (mut tag, mut found) = (String::new(), None);
    for field in fields(bytes)? {
        match field {
            (1, Wire::Bytes(text)) => tag = String::from_utf8_lossy(text).into_owned(),
            (2, Wire::Four(value)) => found = Some(EventValue::Scalar(f32::from_le_bytes(value))),
            (4, Wire::Bytes(value)) => found = Some(image(value)?),
            (5, Wire::Bytes(value)) => found = Some(EventValue::Histogram(histogram(value)?)),
            _ => {}
        }
    }
    Ok(found.map(|value| (tag, value)))
}

fn image(bytes: &[u8]) -> std::result::Result<EventValue, String> {
    let (mut file, mut width, mut height) = (Vec::new(), 0, 0);
    for field in fields(bytes)? {
        match field {
            (1, Wire::Integer(n)) => height = n as usize,
            (2, Wire::Integer(n)) => width = n as usize,
            (4, Wire::Bytes(bytes)) => file = bytes.to_vec(),
            _ => {}
        }
    }
    Ok(EventValue::Image(file, width, height))
}

fn histogram(bytes: &[u8]) -> std::result::Result<Histogram, String> {
    let mut all = Histogram {
        min: 0.0,
        max: 0.0,
        sum: 0.0,
        sum_squares: 0.0,
        limits: Vec::new(),
        counts: Vec::new(),
    };
    let doubles = |bytes: &[u8]| -> Vec<f64> {
        bytes.chunks_exact(8).filter_map(|c| c.try_into().ok()).map(f64::from_le_bytes).collect()
    };
    for field in fields(bytes)? {
        match field {
            (1, Wire::Eight(v)) => all.min = f64::from_le_bytes(v),
            (2, Wire::Eight(v)) => all.max = f64::from_le_bytes(v),
            (4, Wire::Eight(v)) => all.sum = f64::from_le_bytes(v),
            (5, Wire::Eight(v)) => all.sum_squares = f64::from_le_bytes(v),
            (6, Wire::Bytes(v)) => all.limits = doubles(v),
            (7, Wire::Bytes(v)) => all.counts = doubles(v),
            _ => {}
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::EventWriter;
    use super::*;
    use gan_images::Image;
    use std::fs;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::create(folder.path(), 1).unwrap();
        let histogram = Histogram::of(&[0.0, 0.5, 1.0]).unwrap();
        let png = Image::filled(5, 3, &[9]).unwrap().to_png().unwrap();
        writer.scalars(7, [("a/loss", 0.25), ("b", -1e9)]).unwrap();
        writer.image(8, "samples", &png).unwrap();
        writer.histogram(9, "weights/g.w", &histogram).unwrap();
        writer.scalars(10, []).unwrap();
        assert!(writer.image(11, "x", b"no image").is_err());
        drop(writer);
        let path = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        assert!(path.file_name().unwrap().to_str().unwrap().starts_with("events.out.tfevents."));
        let events = read_events(&path).unwrap();
        assert_eq!(events[0].version, "brain.Event:2");
        assert!(events[1].start && events[1].step == 1 && events[1].wall_time > 1e9);
        let values: Vec<_> = events[2..].iter().map(|e| (e.step, e.values.clone())).collect();
        let expected = [
            (
                7,
                vec![
                    ("a/loss".to_owned(), EventValue::Scalar(0.25)),
                    ("b".to_owned(), EventValue::Scalar(-1e9)),
                ],
            ),
            (8, vec![("samples".to_owned(), EventValue::Image(png, 5, 3))]),
            (9, vec![("weights/g.w".to_owned(), EventValue::Histogram(histogram))]),
        ];
        assert_eq!(values, expected);
        // A kill in the middle of a record costs that record; damage is told.
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
        assert_eq!(read_events(&path).unwrap().len(), events.len() - 1);
        let mut damaged = bytes;
        damaged[30] ^= 1;
        fs::write(&path, damaged).unwrap();
        assert!(read_events(&path).unwrap_err().to_string().contains("checksum"));
    }

    #[test]
    fn two_writers_of_one_second_have_a_file_each() {
        let folder = tempfile::tempdir().unwrap();
        let _first = EventWriter::create(folder.path(), 1).unwrap();
        let _second = EventWriter::create(folder.path(), 5).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
