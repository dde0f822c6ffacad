"""Small image files of every format and mode, and what Pillow makes of them, for crates/gan-images.

    python3 -m venv venv && venv/bin/pip install pillow numpy
    venv/bin/python data/golden/images/make_formats.py     # writes formats.json beside this file

`rgb` holds what `Image.open(file).convert("RGB")` gives, the way in which the programs that score images
open them. The test is crates/gan-images/tests/images/pillow.rs.
"""

import base64
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

y, x = np.mgrid[0:4, 0:6]
GREY = (x * 40 + y * 17).astype(np.uint8)
RGB = np.stack([x * 50, y * 80, 255 - x * 30 - y * 9], axis=2).astype(np.uint8)
ALPHA = (255 - x * 40 - y * 10).astype(np.uint8)
SMOOTH = np.stack([100 + x * 4, 120 + y * 5, 90 + x * 3 + y], axis=2).astype(np.uint8)
GREY16 = (x * 11003 + y * 257).astype(np.uint16)
RGB16 = np.stack([x * 13001, y * 20011, 65535 - x * 7001], axis=2).astype(np.uint16)
RGBA = np.dstack([RGB, ALPHA])
CMYK = np.dstack([RGB, ALPHA // 2])


def palette(pixels=RGB):
    return Image.fromarray(pixels).quantize(16)


def saved(image, format, **how):
    file = io.BytesIO()
    image.save(file, format, **how)
    return file.getvalue()


def png16(samples, color):
    """A PNG of 16 bits, which Pillow does not write in colors."""
    height, width = samples.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(
        ">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, color, 0, 0, 0)) \
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(samples, photometric, bits):
    """An uncompressed TIFF of one strip, of samples of 8 or 16 bits."""
    height, width = samples.shape[:2]
    count = samples.shape[2] if samples.ndim == 3 else 1
    data = samples.astype("<u2" if bits == 16 else "u1").tobytes()
    depths = struct.pack(f"<{count}H", *[bits] * count)
    at = 8 + len(data)
    where = at if count > 2 else struct.unpack("<I", depths.ljust(4, b"\0"))[0]
    after = at + len(depths) if count > 2 else at
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, count, where), (259, 3, 1, 1),
            (262, 3, 1, photometric), (273, 4, 1, 8), (277, 3, 1, count), (278, 3, 1, height),
            (279, 4, 1, len(data)), (284, 3, 1, 1)]
    table = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + b"\0" * 4
    return b"II*\0" + struct.pack("<I", after) + data + (depths if count > 2 else b"") + table


def pnm(magic, samples, most):
    height, width = samples.shape[:2]
    return f"{magic} {width} {height} {most}\n".encode() + samples.astype(">u2" if most > 255 else "u1").tobytes()


grey, rgb, rgba = Image.fromarray(GREY), Image.fromarray(RGB), Image.fromarray(RGBA)
grey_alpha = Image.fromarray(np.dstack([GREY, ALPHA]), "LA")
bilevel = Image.fromarray(GREY > 120)
cases = {
    "png gray": saved(grey, "PNG"),
    "png bilevel": saved(bilevel, "PNG"),
    "png rgb": saved(rgb, "PNG"),
    "png palette": saved(palette(), "PNG"),
    "png palette alpha": saved(palette(), "PNG", transparency=bytes(range(0, 256, 16))),
    "png gray alpha": saved(grey_alpha, "PNG"),
    "png rgba": saved(rgba, "PNG"),
    "png gray key": saved(grey, "PNG", transparency=40),
    "png gray 16": png16(GREY16, 0),
    "png rgb 16": png16(RGB16, 2),
    "jpeg gray": saved(Image.fromarray(SMOOTH[:, :, 0]), "JPEG", quality=95),
    "jpeg rgb": saved(Image.fromarray(SMOOTH), "JPEG", quality=95, subsampling=0),
    "jpeg cmyk": saved(Image.fromarray(np.dstack([SMOOTH, SMOOTH[:, :, 0] // 2]), "CMYK"), "JPEG", quality=95, subsampling=0),
    "webp rgb": saved(rgb, "WEBP", lossless=True),
    "webp rgba": saved(rgba, "WEBP", lossless=True, exact=True),
    "webp lossy": saved(Image.fromarray(SMOOTH), "WEBP", quality=90),
    "webp lossy alpha": saved(Image.fromarray(np.dstack([SMOOTH, ALPHA])), "WEBP", quality=90),
    "bmp gray": saved(grey, "BMP"),
    "bmp bilevel": saved(bilevel, "BMP"),
    "bmp rgb": saved(rgb, "BMP"),
    "bmp palette": saved(palette(), "BMP"),
    "bmp rgba": saved(rgba, "BMP"),
    "tiff gray": saved(grey, "TIFF"),
    "tiff bilevel": saved(bilevel, "TIFF"),
    "tiff rgb": saved(rgb, "TIFF"),
    "tiff palette": saved(palette(), "TIFF"),
    "tiff rgba": saved(rgba, "TIFF"),
    "tiff cmyk": saved(Image.fromarray(CMYK, "CMYK"), "TIFF"),
    "tiff gray 16": tiff(GREY16, 1, 16),
    "tiff rgb 16": tiff(RGB16, 2, 16),
    "tiff white is zero": tiff(GREY, 0, 8),
    "gif palette": saved(palette(), "GIF"),
    "gif transparent": saved(palette(), "GIF", transparency=3),
    "gif frames": saved(palette(), "GIF", save_all=True, append_images=[palette(255 - RGB)]),
    "png frames": saved(rgb, "PNG", save_all=True, append_images=[Image.fromarray(255 - RGB)]),
    "webp frames": saved(rgb, "WEBP", save_all=True, append_images=[Image.fromarray(255 - RGB)], lossless=True),
    "tiff pages": saved(rgb, "TIFF", save_all=True, append_images=[Image.fromarray(255 - RGB)]),
    "pnm bilevel": saved(bilevel, "PPM"),
    "pnm gray": saved(grey, "PPM"),
    "pnm rgb": saved(rgb, "PPM"),
    "pnm gray 16": pnm("P5", GREY16, 65535),
    "pnm rgb 16": pnm("P6", RGB16, 65535),
    "pnm gray 15": pnm("P5", GREY // 17, 15),
}


def pillow(data):
    try:
        image = Image.open(io.BytesIO(data))
        return image.mode, base64.b64encode(np.asarray(image.convert("RGB")).tobytes()).decode()
    except Exception as error:
        return f"{type(error).__name__}: {error}", None


rows = []
for name, data in cases.items():
    mode, pixels = pillow(data)
    rows.append({"name": name, "file": base64.b64encode(data).decode(), "mode": mode, "rgb": pixels})
Path(__file__).with_name("formats.json").write_text(json.dumps({
    "made_by": "data/golden/images/make_formats.py", "versions": {"pillow": PIL.__version__},
    "size": [4, 6], "cases": rows}) + "\n")
