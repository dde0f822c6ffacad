//! WebP, BMP, TIFF, GIF and PNM files, samples of 16 bits, and pictures that are too large.

use std::io::Cursor;
use std::path::Path;

use gan_images::{Decoding, Format, Image, Mode, read_header_of, used_range};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, Rgba};

fn decode(bytes: &[u8]) -> Image {
    Image::decode(bytes, Path::new("test")).unwrap()
}

fn decode_as(bytes: &[u8], how: Decoding) -> gan_images::Result<Image> {
    Image::decode_with(bytes, Path::new("test"), &how)
}

/// An image as a file of another program.
fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Values without order, but few enough for a palette.
fn noise(count: usize) -> Vec<u8> {
    (0..count as u32).map(|i| (i * i * 37 / 11 % 16 * 17) as u8).collect()
}

fn rgb(width: u32, height: u32) -> DynamicImage {
    let pixels = noise((width * height * 3) as usize);
    DynamicImage::ImageRgb8(ImageBuffer::from_raw(width, height, pixels).unwrap())
}

fn grey(width: u32, height: u32) -> DynamicImage {
    let pixels = noise((width * height) as usize);
    DynamicImage::ImageLuma8(ImageBuffer::from_raw(width, height, pixels).unwrap())
}

#[test]
fn lossless_formats_give_back_every_pixel() {
    use ImageFormat::{Bmp, Pnm, Tiff, WebP};
    let (color, plain) = (rgb(7, 5), grey(7, 5));
    for (written, format) in
        [(WebP, Format::WebP), (Bmp, Format::Bmp), (Tiff, Format::Tiff), (Pnm, Format::Pnm)]
    {
        let bytes = file(&color, written);
        let header = read_header_of(&bytes, Path::new("test")).unwrap();
        assert_eq!((header.format, header.mode), (format, Mode::Rgb), "{format:?}");
        assert_eq!((header.width, header.height, header.deep, header.more), (7, 5, false, false));
        let image = decode(&bytes);
        assert_eq!((image.channels, &image.pixels[..]), (3, color.as_bytes()), "{format:?}");
    }
    for written in [Tiff, Pnm] {
        let image = decode(&file(&plain, written));
        assert_eq!((image.channels, &image.pixels[..]), (1, plain.as_bytes()), "{written:?}");
    }
    let clear = DynamicImage::ImageRgba8(ImageBuffer::from_pixel(2, 2, Rgba([9, 8, 7, 6])));
    for written in [WebP, Bmp, Tiff] {
        assert_eq!(decode(&file(&clear, written)).channels, 4, "{written:?}");
    }
}

#[test]
fn of_a_gif_the_first_frame_is_read() {
    let frame =
        |v: u8| image::Frame::new(ImageBuffer::from_pixel(3, 2, Rgba([v, 0, 255 - v, 255])));
    let gif = |count: u8| {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
        encoder.encode_frames((0..count).map(|i| frame(i * 100))).unwrap();
        drop(encoder);
        bytes
    };
    for count in [1, 2, 3] {
        let bytes = gif(count);
        let header = read_header_of(&bytes, Path::new("test")).unwrap();
        assert_eq!((header.width, header.height, header.mode), (3, 2, Mode::Palette));
        assert_eq!(header.more, count > 1, "{count}");
        let image = decode(&bytes);
        assert_eq!((image.channels, &image.pixels[..3]), (3, &[0, 0, 255][..]));
    }
}

#[test]
fn every_form_of_pnm() {
    for (bytes, channels, pixels) in [
        (&b"P1\n# a comment\n2 1\n0 1\n"[..], 1, &[255, 0][..]),
        (b"P2 2 1 15\n0 15\n", 1, &[0, 255]),
        (b"P3 1 1 255\n1 2 3\n", 3, &[1, 2, 3]),
        (b"P4 2 1\n\x40", 1, &[255, 0]),
        (b"P5 2 1 255\n\x07\xc8", 1, &[7, 200]),
        (b"P6 1 1 255\n\x01\x02\x03", 3, &[1, 2, 3]),
        (b"P5 2 1 65535\n\x00\x00\xff\xff", 1, &[0, 255]),
    ] {
        let image = decode(bytes);
        assert_eq!((image.channels, &image.pixels[..]), (channels, pixels), "{bytes:?}");
    }
}

#[test]
fn cut_files_are_refused_and_flipped_bytes_do_not_panic() {
    use ImageFormat::{Bmp, Gif, Pnm, Tiff, WebP};
    for written in [WebP, Bmp, Tiff, Gif, Pnm] {
        let bytes = file(&rgb(16, 12), written);
        decode(&bytes);
        for len in (0..bytes.len() * 9 / 10).step_by(7) {
            let error = Image::decode(&bytes[..len], Path::new("x")).err();
            assert!(error.is_some_and(|e| e.to_string().starts_with("x: ")), "{written:?} {len}");
        }
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0xff;
            let _ = Image::decode(&bytes, Path::new("x")); // either way, but no panic
        }
    }
}

#[test]
fn samples_of_16_bits_are_rounded_or_stretched() {
    use ImageFormat::{Png, Tiff};
    let deep: ImageBuffer<Luma<u16>, _> =
        ImageBuffer::from_raw(4, 1, vec![0u16, 1024, 2048, 4095]).unwrap();
    let deep = DynamicImage::ImageLuma16(deep);
    for written in [Png, Tiff] {
        let bytes = file(&deep, written);
        assert!(read_header_of(&bytes, Path::new("test")).unwrap().deep);
        assert_eq!(decode(&bytes).pixels, [0, 4, 8, 16], "{written:?}");
        let used = used_range(&bytes, Path::new("test"), &Decoding::default()).unwrap();
        assert_eq!(used, Some([0, 4095]));
        let range = Decoding { range: Some([0.0, 4095.0]), ..Decoding::default() };
        assert_eq!(decode_as(&bytes, range).unwrap().pixels, [0, 64, 128, 255]);
        let narrow = Decoding { range: Some([1024.0, 2048.0]), ..Decoding::default() };
        assert_eq!(decode_as(&bytes, narrow).unwrap().pixels, [0, 0, 255, 255]);
    }
    // Opacity is no color: it neither counts nor is stretched.
    let clear = ImageBuffer::from_pixel(1, 1, LumaA([1000u16, 65_535]));
    let bytes = file(&DynamicImage::ImageLumaA16(clear), Png);
    let used = used_range(&bytes, Path::new("test"), &Decoding::default()).unwrap();
    assert_eq!(used, Some([1000, 1000]));
    let range = Decoding { range: Some([0.0, 1000.0]), ..Decoding::default() };
    assert_eq!(decode_as(&bytes, range).unwrap().pixels, [255, 255, 255, 255]);
    // Files of 8 bits stay as they are.
    assert_eq!(decode_as(&file(&grey(2, 1), Png), range).unwrap().pixels, noise(2));
    assert_eq!(used_range(&file(&grey(2, 1), Png), Path::new("x"), &range).unwrap(), None);
}

#[test]
fn floating_point_samples_are_refused_in_words() {
    let floats = ImageBuffer::from_pixel(2, 2, Rgb([0.5f32, 100.0, -3.0]));
    let bytes = file(&DynamicImage::ImageRgb32F(floats), ImageFormat::Tiff);
    let error = Image::decode(&bytes, Path::new("f.tif")).unwrap_err().to_string();
    assert!(error.starts_with("f.tif: samples are floating-point numbers (expected"), "{error}");
}

#[test]
fn too_many_pixels_are_refused_or_scaled() {
    let image = DynamicImage::ImageRgb8(ImageBuffer::from_fn(640, 480, |x, y| {
        Rgb([(x / 3) as u8, (y / 2) as u8, 77])
    }));
    let (png, jpeg) = (file(&image, ImageFormat::Png), file(&image, ImageFormat::Jpeg));
    let few = |needed| Decoding { max_pixels: 30_000, needed, ..Decoding::default() };
    for bytes in [&png, &jpeg] {
        let error = decode_as(bytes, few(None)).unwrap_err().to_string();
        assert!(error.contains("640x480 are 307200 pixels (expected at most 30000)"), "{error}");
        assert!(error.contains("--max-pixels 307200"), "{error}");
    }
    assert!(decode_as(&png, few(Some(64))).is_err());
    assert!(decode_as(&jpeg, few(Some(200))).is_err());
    let quarter = decode_as(&jpeg, few(Some(64))).unwrap();
    assert_eq!((quarter.width, quarter.height, quarter.channels), (160, 120, 3));
    // The same picture, at a quarter: each pixel is near the mean of sixteen.
    let whole = decode(&jpeg);
    for (x, y) in [(0, 0), (80, 60), (159, 119), (40, 100)] {
        for channel in 0..3 {
            let at = |dx: usize, dy: usize| {
                whole.pixels[((4 * y + dy) * 640 + 4 * x + dx) * 3 + channel]
            };
            let sum: f64 = (0..16).map(|i| f64::from(at(i % 4, i / 4))).sum();
            let found = f64::from(quarter.pixels[(y * 160 + x) * 3 + channel]);
            assert!((found - sum / 16.0).abs() < 6.0, "{x} {y}: {found} and {}", sum / 16.0);
        }
    }
    // Where it is asked for, whatever fits, as long as twice of what is needed is left.
    let fast = |needed| Decoding { needed, scaled: true, ..Decoding::default() };
    assert_eq!(decode_as(&jpeg, fast(Some(60))).unwrap(), quarter);
    assert_eq!(decode_as(&jpeg, fast(Some(30))).unwrap().width, 80);
    assert_eq!(decode_as(&jpeg, fast(Some(61))).unwrap(), whole);
    assert_eq!(decode_as(&jpeg, fast(None)).unwrap(), whole);
    assert_eq!(decode_as(&png, fast(Some(8))).unwrap().width, 640);
}
