"""JPEG files and what Pillow's libjpeg-turbo decodes from them, to compare our decoder with.

    python3 -m venv venv && venv/bin/pip install pillow numpy scikit-learn
    venv/bin/python benches/peers/make_jpegs.py out/
    cargo run --release -p gan-metrics --example jpeg_pixels -- out/photos-jpeg out/photos-png

Writes for each kind of file NAME-jpeg/ and NAME-png/ with equal names: photographs (crops of the two
that scikit-learn carries, in several qualities and subsamplings) and digits (grey).
"""

import gzip
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images

out = Path(sys.argv[1])
root = Path(__file__).resolve().parents[2]


def store(kind, name, pixels, **how):
    jpeg, png = out / f"{kind}-jpeg" / f"{name}.jpg", out / f"{kind}-png" / f"{name}.png"
    for path in (jpeg, png):
        path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(jpeg, **how)
    Image.open(jpeg).save(png)


SIDE = 96
count = 0
for photo in load_sample_images().images:
    for top in range(0, photo.shape[0] - SIDE, 40):
        for left in range(0, photo.shape[1] - SIDE, 40):
            patch = np.ascontiguousarray(photo[top:top + SIDE - count % 3, left:left + SIDE - count % 5])
            for subsampling, name in [(0, "444"), (1, "422"), (2, "420")]:
                quality = [50, 75, 90, 95][count % 4]
                store(f"photos{name}", f"{count:04}", patch, quality=quality, subsampling=subsampling,
                      progressive=count % 2 == 1)
            count += 1

digits = gzip.open(root / "crates/gan-data/embedded/images.idx3-ubyte.gz").read()[16:]
digits = np.frombuffer(digits, np.uint8).reshape(-1, 28, 28)
for index, pixels in enumerate(digits[:3000]):
    store("digits", f"{index:04}", pixels, quality=[75, 90, 95][index % 3])
print(count, "patches")
