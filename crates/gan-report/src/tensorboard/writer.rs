//! Writing an event file: append-only, one for each start of training.

use super::histogram::Histogram;
use super::message::Message;
use super::record::framed;
use crate::{Error, Result};
use gan_images::read_header_of;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes events beside a run's log. What is written lasts from the next [`EventWriter::flush`].
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

impl EventWriter {
    /// A new file in `folder`. `next` is the first step that will follow: whatever older files say
    /// of it and of later steps is forgotten by TensorBoard, as a resumed run's log forgets it.
    ///
    /// # Errors
    /// Where the folder does not take a file.
    pub fn create(folder: &Path, next: u64) -> Result<Self> {
        let now = now();
        // The host's name stands there elsewhere; nobody needs to know it.
        let stem = format!("events.out.tfevents.{:010}.gan.{}", now as u64, std::process::id());
        let mut number = 0;
        let (path, file) = loop {
            let path = folder.join(format!("{stem}.{number}"));
            match File::options().write(true).create_new(true).open(&path) {
                Ok(file) => break (path, file),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(e) => return Err(Error::io(&path, "create")(e)),
            }
        };
        let mut writer = Self { path, file: BufWriter::new(file) };
        let version = Message::default().double(1, now).bytes(3, b"brain.Event:2");
        writer.write(&version)?;
        // SessionLog with status START.
        let start = Message::default().integer(1, 1);
        writer.write(&Message::default().double(1, now).integer(2, next).message(7, &start))?;
        writer.flush()?;
        Ok(writer)
    }

    /// Scalars of a step, by tag.
    ///
    /// # Errors
    /// Where the disk does not take them.
    pub fn scalars<'a>(
        &mut self,
        step: u64,
        scalars: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<()> {
        let values: Vec<Message> = scalars
            .into_iter()
            .map(|(tag, value)| Message::default().bytes(1, tag.as_bytes()).float(2, value as f32))
            .collect();
        self.summary(step, &values)
    }

    /// A picture of a step: the bytes of a PNG file.
    ///
    /// # Errors
    /// Where the bytes are no image, or the disk does not take them.
    pub fn image(&mut self, step: u64, tag: &str, png: &[u8]) -> Result<()> {
        let header = read_header_of(png, Path::new(tag))?;
        let image = Message::default()
            .integer(1, header.height as u64)
            .integer(2, header.width as u64)
            // Red, green, blue: what viewers take a PNG for, whatever it is.
            .integer(3, 3)
            .bytes(4, png);
        let value = Message::default().bytes(1, tag.as_bytes()).message(4, &image);
        self.summary(step, &[value])
    }

    /// How values of a step are spread.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn histogram(&mut self, step: u64, tag: &str, histogram: &Histogram) -> Result<()> {
        let value = Message::default().bytes(1, tag.as_bytes()).message(5, &histogram.message());
        self.summary(step, &[value])
    }

    /// Hands everything to the system, so that readers see it.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(Error::io(&self.path, "write"))
    }

    fn summary(&mut self, step: u64, values: &[Message]) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let summary = values.iter().fold(Message::default(), |all, value| all.message(1, value));
        self.write(&Message::default().double(1, now()).integer(2, step).message(5, &summary))
    }

    fn write(&mut self, event: &Message) -> Result<()> {
        self.file.write_all(&framed(&event.0)).map_err(Error::io(&self.path, "write"))
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |t| t.as_secs_f64())
}
