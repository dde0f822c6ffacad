//! TensorBoard's event files: written while a run trains, and read back to test what was written.

mod checksum;
mod histogram;
mod message;
mod reader;
mod record;
mod writer;

pub use histogram::Histogram;
pub use reader::{Event, EventValue, read_events};
pub use writer::EventWriter;
