//! PNG and JPEG files of every mode, damaged ones, and folders of them.

use std::fs;
use std::io::Write;
use std::path::Path;

use gan_images::{Format, Image, Mode, list_images, read_header, read_header_of};
use png::{BitDepth, ColorType};

/// A PNG of raw samples, as the png crate writes it.
pub fn png(
    width: u32,
    height: u32,
    color: ColorType,
    depth: BitDepth,
    data: &[u8],
    palette: Option<(&[u8], &[u8])>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some((colors, alpha)) = palette {
        encoder.set_palette(colors.to_vec());
        if !alpha.is_empty() {
            encoder.set_trns(alpha.to_vec());
        }
    }
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    bytes
}

fn decode(bytes: &[u8]) -> Image {
    Image::decode(bytes, Path::new("test")).unwrap()
}

fn error(bytes: &[u8]) -> String {
    Image::decode(bytes, Path::new("bad.png")).unwrap_err().to_string()
}

#[test]
fn every_mode_of_png_decodes() {
    use BitDepth::{Eight, One, Sixteen};
    let colors: &[u8] = &[255, 0, 0, 0, 0, 255];
    let cases: [(Vec<u8>, Mode, usize, Vec<u8>); 9] = [
        (png(2, 1, ColorType::Grayscale, Eight, &[7, 200], None), Mode::Grey, 1, vec![7, 200]),
        (png(2, 1, ColorType::Grayscale, One, &[0b0100_0000], None), Mode::Grey, 1, vec![0, 255]),
        (
            png(2, 1, ColorType::Grayscale, Sixteen, &[1, 1, 255, 255], None),
            Mode::Grey,
            1,
            vec![1, 255],
        ),
        (
            png(1, 1, ColorType::GrayscaleAlpha, Eight, &[10, 20], None),
            Mode::GreyAlpha,
            4,
            vec![10, 10, 10, 20],
        ),
        (png(1, 1, ColorType::Rgb, Eight, &[1, 2, 3], None), Mode::Rgb, 3, vec![1, 2, 3]),
        (
            png(1, 1, ColorType::Rgb, Sixteen, &[1, 1, 2, 2, 3, 3], None),
            Mode::Rgb,
            3,
            vec![1, 2, 3],
        ),
        (png(1, 1, ColorType::Rgba, Eight, &[1, 2, 3, 4], None), Mode::Rgba, 4, vec![1, 2, 3, 4]),
        (
            png(2, 1, ColorType::Indexed, Eight, &[1, 0], Some((colors, &[]))),
            Mode::Palette,
            3,
            vec![0, 0, 255, 255, 0, 0],
        ),
        (
            png(2, 1, ColorType::Indexed, Eight, &[1, 0], Some((colors, &[0, 255]))),
            Mode::Palette,
            4,
            vec![0, 0, 255, 255, 255, 0, 0, 0],
        ),
    ];
    for (bytes, mode, channels, pixels) in cases {
        let header = read_header_of(&bytes, Path::new("test")).unwrap();
        let image = decode(&bytes);
        assert_eq!((header.mode, header.format), (mode, Format::Png));
        assert_eq!((header.width, header.height), (image.width, image.height));
        assert_eq!((image.channels, &image.pixels), (channels, &pixels), "{mode:?}");
    }
}

#[test]
fn alpha_is_put_on_white_and_grey_is_luma() {
    let image = Image::new(3, 1, 4, vec![255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 128]).unwrap();
    assert_eq!(image.to_channels(3).unwrap().pixels, [255, 0, 0, 255, 255, 255, 127, 127, 127]);
    assert_eq!(image.to_channels(1).unwrap().pixels, [76, 255, 127]);
    let grey = Image::new(256, 1, 1, (0..=255).collect()).unwrap();
    let back = grey.to_channels(3).unwrap().to_channels(4).unwrap().to_channels(1).unwrap();
    assert_eq!(back, grey);
    assert!(grey.to_channels(2).unwrap_err().to_string().contains("1, 3 or 4"));
}

fn jpeg(image: &Image) -> Vec<u8> {
    let color = if image.channels == 1 {
        image::ExtendedColorType::L8
    } else {
        image::ExtendedColorType::Rgb8
    };
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95)
        .encode(&image.pixels, image.width as u32, image.height as u32, color)
        .unwrap();
    bytes
}

/// `bytes` with an Exif segment that asks for `orientation`.
fn turned(bytes: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut with = bytes[..2].to_vec();
    with.extend([0xff, 0xe1]);
    with.extend((exif.len() as u16 + 2).to_be_bytes());
    with.extend(exif);
    with.extend(&bytes[2..]);
    with
}

#[test]
fn jpeg_decodes_and_is_turned_as_the_camera_asks() {
    // dark left, bright right
    let image =
        Image::new(16, 8, 1, (0..128).map(|i| if i % 16 < 8 { 0 } else { 255 }).collect()).unwrap();
    let bytes = jpeg(&image);
    let plain = decode(&bytes);
    assert_eq!((plain.width, plain.height, plain.channels), (16, 8, 1));
    assert!(plain.pixels[0] < 40 && plain.pixels[15] > 215);

    let bytes = turned(&bytes, 6); // a quarter to the right: dark on top
    let header = read_header_of(&bytes, Path::new("x")).unwrap();
    let right = decode(&bytes);
    assert_eq!((header.width, header.height), (8, 16));
    assert_eq!((right.width, right.height), (8, 16));
    assert!(right.pixels[0] < 40 && right.pixels[127] > 215);

    let color = Image::filled(9, 9, &[200, 30, 30]).unwrap();
    let header = read_header_of(&jpeg(&color), Path::new("x")).unwrap();
    assert_eq!((header.mode, header.format), (Mode::Rgb, Format::Jpeg));
    assert!(decode(&jpeg(&color)).pixels[0].abs_diff(200) < 8);
}

#[test]
fn every_truncation_is_an_error() {
    let noise =
        Image::new(16, 8, 3, (0..384_u32).map(|i| (i * i * 37 / 11) as u8).collect()).unwrap();
    for bytes in [noise.to_png().unwrap(), jpeg(&noise)] {
        decode(&bytes);
        for len in 0..bytes.len() {
            let message = error(&bytes[..len]);
            assert!(message.starts_with("bad.png: "), "{message}");
        }
    }
}

#[test]
fn no_flipped_byte_panics() {
    let noise = Image::new(6, 5, 3, (0..90_u32).map(|i| (i * i) as u8).collect()).unwrap();
    for bytes in [noise.to_png().unwrap(), turned(&jpeg(&noise), 3)] {
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                let _ = Image::decode(&bytes, Path::new("x")); // either way, but no panic
            }
        }
    }
}

#[test]
fn absurd_sizes_and_strange_bytes_are_refused() {
    let mut huge = png(1, 1, ColorType::Grayscale, BitDepth::Eight, &[0], None);
    huge[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    assert!(error(&huge).contains("2147483647x2147483647"), "{}", error(&huge));
    huge[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]); // 10,000 x 10,000
    let mut crc = flate2::Crc::new();
    crc.update(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    assert!(error(&huge).contains("not believable"), "{}", error(&huge));
    huge[16..24].copy_from_slice(&[0; 8]);
    assert!(error(&huge).contains("0x0"));
    assert!(error(b"").contains("is empty"));
    assert!(
        error(b"hello").contains("no PNG, JPEG, WebP, BMP, TIFF, GIF or PNM, whatever its name")
    );
    assert!(error(b"\0\0\0\x1cftypavif").contains("is AVIF, no PNG"));
    assert!(error(b"<!DOCTYPE html>").contains("is a web page"));
}

#[test]
fn png_files_are_whole_and_always_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let image = Image::new(5, 4, 4, (0..80).collect()).unwrap();
    image.write_png(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), image.to_png().unwrap());
    assert_eq!(Image::open(&path).unwrap(), image);
    assert_eq!(read_header(&path).unwrap().mode, Mode::Rgba);
    let missing = folder.path().join("no/such.png");
    assert!(image.write_png(&missing).unwrap_err().to_string().contains("such.png: cannot write"));
    assert!(Image::open(&missing).unwrap_err().to_string().contains("such.png: cannot open"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn folders_are_listed_in_byte_order_without_hidden_files() {
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["b/2.png", "b/10.PNG", "B.jpg", "a.jpeg", "b.png", ".hidden.png", ".git/x.png", "note.txt"]
    {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::File::create(path).unwrap().write_all(b"x").unwrap();
    }
    let listing = list_images(folder.path()).unwrap();
    let names: Vec<_> = listing
        .images
        .iter()
        .map(|p| p.strip_prefix(folder.path()).unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["B.jpg", "a.jpeg", "b.png", "b/10.PNG", "b/2.png"]);
    assert!(listing.problems.is_empty());
    assert!(
        list_images(&folder.path().join("none")).unwrap_err().to_string().contains("cannot list")
    );
}

#[cfg(unix)]
#[test]
fn loops_dangling_links_and_devices_are_named() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/a.png"), b"x").unwrap();
    symlink(folder.path(), folder.path().join("sub/loop")).unwrap();
    symlink("nowhere", folder.path().join("dangling.png")).unwrap();
    symlink("/dev/zero", folder.path().join("zero.png")).unwrap();
    let listing = list_images(folder.path()).unwrap();
    assert_eq!(listing.images.len(), 1);
    let problems: String = listing.problems.iter().map(|p| format!("{p}\n")).collect();
    for part in
        ["loop: a link back to", "dangling.png: cannot follow", "zero.png: not a regular file"]
    {
        assert!(problems.contains(part), "{part} in\n{problems}");
    }
}
