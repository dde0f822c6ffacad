//! Whether a file holds more pictures than its first: animations and pages.

use std::io::{Read, Seek, SeekFrom};

/// Whether a PNG is animated; the reader stands within its first chunk, after the 26th byte.
///
/// Every damage is left to the decoder: here it only means no.
pub(crate) fn png_moves(reader: &mut (impl Read + Seek)) -> bool {
    // What is left of the first chunk: compression, filter, interlace and checksum.
    let mut rest = [0; 7];
    if reader.read_exact(&mut rest).is_err() {
        return false;
    }
    loop {
        let mut head = [0; 8];
        if reader.read_exact(&mut head).is_err() {
            return false;
        }
        let [a, b, c, d, kind @ ..] = head;
        match &kind {
            b"acTL" => return true,
            b"IDAT" | b"IEND" => return false,
            _ => {}
        }
        let len = i64::from(u32::from_be_bytes([a, b, c, d]));
        if reader.seek(SeekFrom::Current(len + 4)).is_err() {
            return false;
        }
    }
}

/// Whether a GIF has a second picture; the reader stands at its beginning.
pub(crate) fn gif_moves(reader: &mut (impl Read + Seek)) -> bool {
    pictures(reader).is_some_and(|count| count > 1)
}

/// The pictures of a GIF, counted up to two.
fn pictures(reader: &mut (impl Read + Seek)) -> Option<usize> {
    let mut screen = [0; 13];
    reader.read_exact(&mut screen).ok()?;
    skip_colors(reader, screen[10])?;
    let mut found = 0;
    loop {
        let mut kind = [0];
        if reader.read_exact(&mut kind).is_err() {
            return Some(found);
        }
        match kind[0] {
            0x2c => {
                found += 1;
                if found > 1 {
                    return Some(found);
                }
                let mut place = [0; 9];
                reader.read_exact(&mut place).ok()?;
                skip_colors(reader, place[8])?;
                reader.seek(SeekFrom::Current(1)).ok()?;
            }
            0x21 => {
                reader.seek(SeekFrom::Current(1)).ok()?;
            }
            _ => return Some(found),
        }
        // The data of either, in blocks up to an empty one.
        loop {
            let mut len = [0];
            reader.read_exact(&mut len).ok()?;
            if len[0] == 0 {
                break;
            }
            reader.seek(SeekFrom::Current(len[0].into())).ok()?;
        }
    }
}

/// Passes over a table of colors where the flags say that there is one.
fn skip_colors(reader: &mut impl Seek, flags: u8) -> Option<()> {
    if flags & 0x80 != 0 {
        reader.seek(SeekFrom::Current(3 << ((flags & 7) + 1))).ok()?;
    }
    Some(())
}
