//! Protocol buffers by hand: the few wire types that events are made of.

/// A message that is being written.
#[derive(Debug, Default)]
pub(super) struct Message(pub Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn key(&mut self, field: u32, wire: u32) {
        self.varint(u64::from(field << 3 | wire));
    }

    pub fn integer(mut self, field: u32, value: u64) -> Self {
        self.key(field, 0);
        self.varint(value);
        self
    }

    pub fn double(mut self, field: u32, value: f64) -> Self {
        self.key(field, 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub fn float(mut self, field: u32, value: f32) -> Self {
        self.key(field, 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub fn bytes(mut self, field: u32, value: &[u8]) -> Self {
        self.key(field, 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    /// Repeated doubles, packed.
    pub fn doubles(self, field: u32, values: &[f64]) -> Self {
        let packed: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.bytes(field, &packed)
    }

    pub fn message(self, field: u32, value: &Self) -> Self {
        self.bytes(field, &value.0)
    }
}

/// A field's value as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wire<'a> {
    Integer(u64),
    Eight([u8; 8]),
    Bytes(&'a [u8]),
    Four([u8; 4]),
}

/// Every field of a message with its number, in order.
pub(super) fn fields(mut bytes: &[u8]) -> Result<Vec<(u64, Wire<'_>)>, String> {
    let mut all = Vec::new();
    let cut = || "a message ends in the middle of a field".to_owned();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let wire = match key & 7 {
            0 => Wire::Integer(varint(&mut bytes)?),
            1 => {
                let (value, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
                bytes = rest;
                Wire::Eight(*value)
            }
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).map_err(|_| cut())?;
                let (value, rest) = bytes.split_at_checked(length).ok_or_else(cut)?;
                bytes = rest;
                Wire::Bytes(value)
            }
            5 => {
                let (value, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
                bytes = rest;
                Wire::Four(*value)
            }
            other => return Err(format!("a field of wire type {other}")),
        };
        all.push((key >> 3, wire));
    }
    Ok(all)
}

fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or("a message ends in the middle of a number")?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("a number of more than ten bytes".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fields_come_back(n in any::<u64>(), d in any::<f64>(), f in any::<f32>(), b in prop::collection::vec(any::<u8>(), 0..300)) {
            let message = Message::default().integer(1, n).double(2, d).bytes(300, &b).float(5, f);
            let expected = [
                (1, Wire::Integer(n)), (2, Wire::Eight(d.to_le_bytes())), (300, Wire::Bytes(&b)),
                (5, Wire::Four(f.to_le_bytes())),
            ];
            prop_assert_eq!(fields(&message.0).unwrap(), expected);
        }

        #[test]
        fn a_message_that_is_cut_within_a_field_is_an_error(n in any::<u64>(), b in prop::collection::vec(any::<u8>(), 0..30)) {
            let ends = [
                Message::default().integer(1, n),
                Message::default().integer(1, n).double(2, 1.5),
                Message::default().integer(1, n).double(2, 1.5).bytes(300, &b),
                Message::default().integer(1, n).double(2, 1.5).bytes(300, &b).float(5, 2.5),
            ];
            let ends: Vec<usize> = [0].into_iter().chain(ends.iter().map(|m| m.0.len())).collect();
            let whole = Message::default().integer(1, n).double(2, 1.5).bytes(300, &b).float(5, 2.5).0;
            for cut in 0..=whole.len() {
                let found = fields(&whole[..cut]).ok().map(|found| found.len());
                prop_assert_eq!(found, ends.iter().position(|end| *end == cut), "{} bytes", cut);
            }
        }

        #[test]
        fn anything_else_is_no_panic_and_no_field_of_nothing(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            // A key and a value, of a byte or more each.
            let found = fields(&bytes).map_or(0, |found| found.len());
            prop_assert!(2 * found <= bytes.len(), "{} fields", found);
        }
    }

    #[test]
    fn what_the_format_does_not_have_is_refused() {
        for wire in [3, 4, 6, 7] {
            let told = fields(&[1 << 3 | wire, 0]).unwrap_err();
            assert_eq!(told, format!("a field of wire type {wire}"));
        }
        let endless = [&[0x08][..], &[0xff; 10]].concat();
        assert_eq!(fields(&endless).unwrap_err(), "a number of more than ten bytes");
    }

    #[test]
    fn as_the_specification_has_it() {
        // "Protocol Buffers: Encoding": field 1 with 150; field 2 with "testing".
        assert_eq!(Message::default().integer(1, 150).0, [0x08, 0x96, 0x01]);
        let text = Message::default().bytes(2, b"testing").0;
        assert_eq!(text, [&[0x12, 0x07], b"testing".as_slice()].concat());
    }
}
