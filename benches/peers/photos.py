"""Makes photos to decode, and times Pillow on them: `python photos.py FOLDER [COUNT]`.

640x480 JPEGs of quality 90 with 4:2:0 colors, smooth noise and texture, the same on every machine.
Then one thread opens each, converts it to RGB, cuts the middle square out and resizes it to 64x64,
without and with `draft` (which decodes at a part of the size).
"""
import pathlib
import sys
import time

import numpy as np
import PIL
from PIL import Image, features

SIDE = 64


def photo(seed):
    rng = np.random.default_rng(seed)
    planes = np.zeros((480, 640, 3), np.float32)
    for cells, strength in [(4, 90), (12, 50), (48, 25), (160, 12)]:
        small = rng.uniform(-1, 1, (max(cells * 3 // 4, 2), cells, 3)).astype(np.float32)
        for channel in range(3):
            plane = Image.fromarray(small[:, :, channel], mode="F").resize((640, 480), Image.BICUBIC)
            planes[:, :, channel] += strength * np.asarray(plane)
    texture = rng.normal(0, 6, (480, 640, 1)).astype(np.float32)
    return Image.fromarray(np.clip(planes + texture + 120, 0, 255).astype(np.uint8))


def make(folder, count):
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        path = folder / f"{index:04}.jpg"
        if not path.exists():
            photo(index).save(path, quality=90, subsampling="4:2:0")


def square(path, draft, filter):
    image = Image.open(path)
    if draft:
        image.draft("RGB", (SIDE, SIDE))
    image = image.convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.resize((SIDE, SIDE), filter, box=(left, top, left + side, top + side))


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 400
    make(folder, count)
    paths = sorted(folder.glob("*.jpg"))
    size = sum(path.stat().st_size for path in paths) / len(paths)
    print(f"{len(paths)} photos of {size / 1024:.0f} KiB, Pillow {PIL.__version__},",
          f"libjpeg-turbo {features.version('libjpeg_turbo')}")
    for name, filter in [("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)]:
        for draft in (False, True):
            best = 0
            for _ in range(3):
                start = time.perf_counter()
                for path in paths:
                    square(path, draft, filter)
                best = max(best, len(paths) / (time.perf_counter() - start))
            print(f"{name:8} {'draft' if draft else 'full ':5} {best:7.0f} pictures a second, one thread")


if __name__ == "__main__":
    main()
