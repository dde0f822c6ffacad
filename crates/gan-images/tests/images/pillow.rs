//! Every format and mode beside Pillow's `convert("RGB")`: `data/golden/images/make_formats.py`.

use base64::{Engine, engine::general_purpose::STANDARD};
use gan_images::{Decoding, Image};
use serde_json::Value;
use std::path::Path;

/// A file, the channels that it is read with, and by how much its worst value is off Pillow's once
/// opacity is dropped: the table in `docs/data.md`.
const ROWS: [(&str, usize, u8); 43] = [
    ("png gray", 1, 0),
    ("png bilevel", 1, 0),
    ("png rgb", 3, 0),
    ("png palette", 3, 0),
    ("png palette alpha", 4, 0),
    ("png gray alpha", 4, 0),
    ("png rgba", 4, 0),
    ("png gray key", 4, 0),
    ("png gray 16", 1, CLIPPED),
    ("png rgb 16", 3, 1),
    ("jpeg gray", 1, 0),
    ("jpeg rgb", 3, 0),
    ("jpeg cmyk", 3, 0),
    ("webp rgb", 3, 0),
    ("webp rgba", 4, 0),
    ("webp lossy", 3, 0),
    ("webp lossy alpha", 4, 0),
    ("bmp gray", 3, 0),
    ("bmp bilevel", 3, 0),
    ("bmp rgb", 3, 0),
    ("bmp palette", 3, 0),
    ("bmp rgba", 3, 0),
    ("tiff gray", 1, 0),
    ("tiff bilevel", 1, 0),
    ("tiff rgb", 3, 0),
    ("tiff palette", REFUSED, 0),
    ("tiff rgba", 4, 0),
    ("tiff cmyk", 3, 1),
    ("tiff gray 16", 1, CLIPPED),
    ("tiff rgb 16", 3, 1),
    ("tiff white is zero", 1, 0),
    ("gif palette", 3, 0),
    ("gif transparent", 4, 0),
    ("gif frames", 3, 0),
    ("png frames", 3, 0),
    ("webp frames", 3, 0),
    ("tiff pages", 3, 0),
    ("pnm bilevel", 1, 0),
    ("pnm gray", 1, 0),
    ("pnm rgb", 3, 0),
    ("pnm gray 16", 1, CLIPPED),
    ("pnm rgb 16", 3, 0),
    ("pnm gray 15", 1, 0),
];
/// Pillow makes every value above 255 of a gray file of 16 bits white: 257, which is our 1, too.
const CLIPPED: u8 = 254;
/// Channels of a file that is not read.
const REFUSED: usize = 0;

#[test]
fn every_format_and_mode_is_pillows_or_differs_as_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/golden/images/formats.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), ROWS.len());
    for (case, (name, channels, off)) in cases.iter().zip(ROWS) {
        assert_eq!(case["name"], name);
        let bytes = |key: &str| STANDARD.decode(case[key].as_str().unwrap()).unwrap();
        let how = Decoding { turn: false, ..Decoding::default() };
        let read = Image::decode_with(&bytes("file"), Path::new("x"), &how);
        if channels == REFUSED {
            let error = read.unwrap_err().to_string();
            assert!(error.contains("is unsupported; convert it to PNG"), "{name}: {error}");
            continue;
        }
        let image = read.unwrap();
        assert_eq!((image.height, image.width, image.channels), (4, 6, channels), "{name}");
        let ours = image.pixels.chunks_exact(channels).flat_map(|pixel| match *pixel {
            [gray] => [gray; 3],
            [r, g, b, ..] => [r, g, b],
            _ => unreachable!(),
        });
        let theirs = bytes("rgb");
        assert_eq!(theirs.len(), 4 * 6 * 3, "{name}");
        let worst = ours.zip(&theirs).map(|(a, b)| a.abs_diff(*b)).max();
        assert_eq!(worst, Some(off), "{name}");
        if off == CLIPPED {
            // `make_formats.py`'s GREY16: x · 11003 + y · 257.
            let expected = |at: usize| ((at % 6 * 11003 + at / 6 * 257) as f64 / 257.0).round();
            let found = image.pixels.iter().map(|v| f64::from(*v));
            assert!(found.eq((0..24).map(expected)), "{name}: {:?}", image.pixels);
        }
    }
}
