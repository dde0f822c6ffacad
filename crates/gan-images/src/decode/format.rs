//! Image formats by their first bytes, and endings that promise one.

use std::path::Path;

/// The file formats that can be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG in a JFIF or Exif file.
    Jpeg,
    /// WebP, lossy or lossless.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// Tagged Image File Format.
    Tiff,
    /// Graphics Interchange Format.
    Gif,
    /// Portable bitmap, graymap, pixmap or arbitrary map (`P1` to `P7`).
    Pnm,
}

/// What lists of formats say in messages.
pub(crate) const READABLE: &str = "PNG, JPEG, WebP, BMP, TIFF, GIF or PNM";

/// Endings of files that are decoded.
const ENDINGS: [&str; 15] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "dib", "tif", "tiff", "gif", "pbm", "pgm",
    "ppm", "pnm",
];

/// Endings of image files that are not decoded, and the format's name.
const FOREIGN: [(&str, &str); 33] = [
    ("avif", "AVIF"),
    ("heic", "HEIC"),
    ("heif", "HEIF"),
    ("jxl", "JPEG XL"),
    ("jp2", "JPEG 2000"),
    ("j2k", "JPEG 2000"),
    ("jpx", "JPEG 2000"),
    ("svg", "SVG"),
    ("svgz", "SVG"),
    ("tga", "TGA"),
    ("ico", "ICO"),
    ("psd", "Photoshop"),
    ("xcf", "GIMP"),
    ("exr", "OpenEXR"),
    ("hdr", "Radiance HDR"),
    ("dds", "DDS"),
    ("qoi", "QOI"),
    ("pfm", "PFM"),
    ("pcx", "PCX"),
    ("eps", "EPS"),
    ("pdf", "PDF"),
    ("dcm", "DICOM"),
    // These begin as TIFF does, with a small preview: what they show is not the photo.
    ("dng", "camera raw"),
    ("nef", "camera raw"),
    ("nrw", "camera raw"),
    ("cr2", "camera raw"),
    ("cr3", "camera raw"),
    ("arw", "camera raw"),
    ("srf", "camera raw"),
    ("pef", "camera raw"),
    ("orf", "camera raw"),
    ("rw2", "camera raw"),
    ("raf", "camera raw"),
];

impl Format {
    /// `png`, `jpeg`, `webp`, `bmp`, `tiff`, `gif` or `pnm`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::WebP => "webp",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Gif => "gif",
            Self::Pnm => "pnm",
        }
    }

    /// Whether it may store less than every pixel, so that its traces show.
    pub fn is_lossy(self) -> bool {
        matches!(self, Self::Jpeg | Self::WebP | Self::Gif)
    }

    /// The format of a file that begins with `start`; 32 bytes are enough.
    pub(crate) fn of(start: &[u8]) -> Option<Self> {
        let after = |at: usize, what: &[u8]| start.get(at..).is_some_and(|s| s.starts_with(what));
        if start.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        if start.starts_with(&[0xff, 0xd8]) {
            return Some(Self::Jpeg);
        }
        if start.starts_with(b"RIFF") && after(8, b"WEBP") {
            return Some(Self::WebP);
        }
        if start.starts_with(b"GIF87a") || start.starts_with(b"GIF89a") {
            return Some(Self::Gif);
        }
        if [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|m| start.starts_with(m)) {
            return Some(Self::Tiff);
        }
        // Two letters are not much: the length of the second header must be a known one.
        if start.starts_with(b"BM")
            && start.get(14..18).is_some_and(|len| {
                matches!(len, [12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0])
            })
        {
            return Some(Self::Bmp);
        }
        let plain =
            |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_digit() || *byte == b'#';
        match start {
            [b'P', b'1'..=b'6', space, next, ..] if space.is_ascii_whitespace() && plain(next) => {
                Some(Self::Pnm)
            }
            [b'P', b'7', b'\n', ..] if after(3, b"WIDTH") || after(3, b"#") => Some(Self::Pnm),
            _ => None,
        }
    }
}

/// What a file that is no readable image is by its first bytes, where that is plain to see.
pub(crate) fn looks_like(start: &[u8]) -> Option<&'static str> {
    let brand = start.get(4..12).filter(|part| part.starts_with(b"ftyp")).map(|part| &part[4..]);
    match brand {
        Some(b"avif" | b"avis") => return Some("AVIF"),
        Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1") => {
            return Some("HEIC");
        }
        Some(_) => return Some("a film"),
        None => {}
    }
    let known: [(&[u8], &str); 17] = [
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cJXL ", "JPEG XL"),
        (b"\0\0\0\x0cjP  ", "JPEG 2000"),
        (b"8BPS", "Photoshop"),
        (b"v/1\x01", "OpenEXR"),
        (b"DDS ", "DDS"),
        (b"qoif", "QOI"),
        (b"gimp xcf", "GIMP"),
        (b"#?RADIANCE", "Radiance HDR"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x93NUMPY", "an array of NumPy's"),
        (b"\x1f\x8b", "packed by gzip"),
        (b"<svg", "SVG"),
        (b"%PDF", "PDF"),
        (b"<!DOCTYPE", "a web page"),
        (b"<!doctype", "a web page"),
        (b"<html", "a web page"),
    ];
    known.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, name)| *name)
}

/// What a file name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A format that is decoded.
    Image,
    /// An image of a format that is not.
    Foreign(&'static str),
    /// No image, or nothing: the first bytes decide.
    Other,
}

impl Ending {
    pub(crate) fn of(path: &Path) -> Self {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        if ENDINGS.iter().any(|known| ending == *known) {
            return Self::Image;
        }
        match FOREIGN.iter().find(|(known, _)| ending == *known) {
            Some((_, name)) => Self::Foreign(name),
            None => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_decide_and_text_is_no_image() {
        let cases: [(&[u8], Option<Format>); 11] = [
            (b"\x89PNG\r\n\x1a\n....", Some(Format::Png)),
            (b"\xff\xd8\xff\xe0", Some(Format::Jpeg)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(Format::WebP)),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Some(Format::Bmp)),
            (b"BMW is a maker of cars and motorcycles", None),
            (b"P5 3 3 255\n", Some(Format::Pnm)),
            (b"P7\nWIDTH 3\n", Some(Format::Pnm)),
            (b"P1 is the first of our projects", None),
            (b"Page 1", None),
            (b"", None),
        ];
        for (start, expected) in cases {
            assert_eq!(Format::of(start), expected, "{start:?}");
        }
        assert_eq!(Ending::of(Path::new("a/b.JPG")), Ending::Image);
        assert_eq!(Ending::of(Path::new("a.heic")), Ending::Foreign("HEIC"));
        assert_eq!(Ending::of(Path::new("png")), Ending::Other);
    }
}
