//! Elements of an array in Fortran's order, brought into rows while they are read.

use std::path::Path;

use crate::arrays::inflate::Bounded;
use crate::arrays::npy_header::NpyHeader;
use crate::{Error, Result};

/// Bytes that are read at once; more where one run along the first axis has more.
const BLOCK: usize = 1 << 20;

/// The elements after `header`, the last index running fastest.
///
/// Memory holds the array and a block of it, not the array twice.
pub(crate) fn take_rows_first(
    bytes: &mut Bounded<'_>,
    header: &NpyHeader,
    name: &Path,
) -> Result<Vec<u8>> {
    let NpyHeader { shape, columns_first, len, element, .. } = header;
    let several = shape.iter().filter(|side| **side > 1).count() > 1;
    // One index alone has one order; what the file cannot hold is refused by `take`.
    if !columns_first || !several || *len == 0 || *len > bytes.most {
        return bytes.take(*len, name);
    }
    let too_large = || Error::format(name, format!("{len} bytes of data do not fit in memory"));
    let total = usize::try_from(*len).map_err(|_| too_large())?;
    let mut rows = Vec::new();
    rows.try_reserve_exact(total).map_err(|_| too_large())?;
    rows.resize(total, 0);
    match element.size {
        1 => fill::<1>(&mut rows, shape, bytes, name)?,
        2 => fill::<2>(&mut rows, shape, bytes, name)?,
        4 => fill::<4>(&mut rows, shape, bytes, name)?,
        _ => fill::<8>(&mut rows, shape, bytes, name)?,
    }
    Ok(rows)
}

/// Fills `rows` with elements of `N` bytes. The file is a series of runs along the first axis.
fn fill<const N: usize>(
    rows: &mut [u8],
    shape: &[usize],
    bytes: &mut Bounded<'_>,
    name: &Path,
) -> Result<()> {
    let Some((&first, others)) = shape.split_first() else { return Ok(()) };
    let runs: usize = others.iter().product(); // elements of one row, too
    let mut places = Places::new(others);
    let each = first * N;
    let at_once = (BLOCK / each).clamp(1, runs);
    let mut done = 0;
    while done < runs {
        let count = at_once.min(runs - done);
        let block = bytes.take((count * each) as u64, name)?;
        let places: Vec<usize> = (0..count).map(|_| places.advance() * N).collect();
        // Row by row: a block's lines are read again from the cache, a row is written once.
        for (index, row) in rows.chunks_exact_mut(runs * N).enumerate() {
            for (run, place) in block.chunks_exact(each).zip(&places) {
                row[*place..place + N].copy_from_slice(&run[index * N..(index + 1) * N]);
            }
        }
        done += count;
    }
    Ok(())
}

/// Where the runs' elements belong in a row, run after run.
struct Places {
    shape: Vec<usize>,
    strides: Vec<usize>,
    index: Vec<usize>,
    place: usize,
}

impl Places {
    fn new(shape: &[usize]) -> Self {
        let strides = (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect();
        Self { shape: shape.to_vec(), strides, index: vec![0; shape.len()], place: 0 }
    }

    fn advance(&mut self) -> usize {
        let now = self.place;
        for axis in 0..self.shape.len() {
            self.index[axis] += 1;
            self.place += self.strides[axis];
            if self.index[axis] < self.shape[axis] {
                break;
            }
            self.place -= self.index[axis] * self.strides[axis];
            self.index[axis] = 0;
        }
        now
    }
}
