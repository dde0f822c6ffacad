//! TFRecord: the framing of event files, each record with two checksums.

use super::checksum::masked;

/// Longer records are taken for damage: a picture has a few megabytes.
const LONGEST: u64 = 1 << 30;

/// Length, its checksum, data, its checksum; all little-endian.
pub(super) fn framed(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(data.len() + 16);
    record.extend(length);
    record.extend(masked(&length).to_le_bytes());
    record.extend(data);
    record.extend(masked(data).to_le_bytes());
    record
}

/// Takes the first record off `bytes`. `Ok(None)` at the end, or where the last record was cut
/// short, as a kill leaves it.
pub(super) fn next<'a>(bytes: &mut &'a [u8]) -> Result<Option<&'a [u8]>, String> {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else { return Ok(None) };
    let Some((sum, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    if masked(length) != u32::from_le_bytes(*sum) {
        return Err("the checksum of a record's length is wrong".to_owned());
    }
    let length = u64::from_le_bytes(*length);
    if length > LONGEST {
        return Err(format!("a record of {length} bytes is longer than any event"));
    }
    let length = length as usize;
    if rest.len() < length + 4 {
        return Ok(None);
    }
    let (data, rest) = rest.split_at(length);
    let Some((sum, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    if masked(data) != u32::from_le_bytes(*sum) {
        return Err("the checksum of a record's data is wrong".to_owned());
    }
    *bytes = rest;
    Ok(Some(data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn records_come_back(all in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..5)) {
            let bytes: Vec<u8> = all.iter().flat_map(|data| framed(data)).collect();
            let mut rest = bytes.as_slice();
            for data in &all {
                prop_assert_eq!(next(&mut rest).unwrap().unwrap(), data.as_slice());
            }
            prop_assert!(next(&mut rest).unwrap().is_none());
        }

        #[test]
        fn damage_and_cuts_never_pass(data in prop::collection::vec(any::<u8>(), 1..50), at in 0usize..66, bit in 0u8..8) {
            let mut bytes = framed(&data);
            let at = at % bytes.len();
            prop_assert!(next(&mut &bytes[..at]).unwrap().is_none());
            bytes[at] ^= 1 << bit;
            prop_assert!(next(&mut bytes.as_slice()).is_err());
        }
    }
}
