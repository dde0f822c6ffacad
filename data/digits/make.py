#!/usr/bin/env python3
"""Makes the four IDX files of this folder from scikit-learn's digits, split as its example splits them.

    python3 -m venv venv && venv/bin/pip install scikit-learn
    venv/bin/python data/digits/make.py data/digits

The steps are those of scikit-learn's example `plot_rbm_logistic_classification`: the 1,797 images and
their copies moved by one pixel up, left, right and down; then a fifth of all is held out by
`train_test_split(test_size=0.2, random_state=0)`. Grey values 0 to 16 become round(255/16 · value).
"""
import hashlib
import pathlib
import struct
import sys
import zlib

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SIDE = 8


def nudged(images):
    """The images and four copies: the example's kernels, as shifts with zeros at the edge."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    moves = [(2, 1), (1, 2), (1, 0), (0, 1)]
    copies = [padded[:, y : y + SIDE, x : x + SIDE] for y, x in moves]
    return np.concatenate([images, *copies])


def gzip(data: bytes) -> bytes:
    """A gzip member with no name and time 0, so that the same input gives the same bytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    body = deflate.compress(data) + deflate.flush()
    head = b"\x1f\x8b\x08\x00" + b"\0\0\0\0" + b"\x02\xff"
    return head + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def main(target: pathlib.Path) -> None:
    x, y = load_digits(return_X_y=True)
    x = nudged(x.reshape(-1, SIDE, SIDE))
    y = np.concatenate([y] * 5)
    parts = train_test_split(x, y, test_size=0.2, random_state=0)
    print("scikit-learn", sklearn.__version__, "numpy", np.__version__, file=sys.stderr)
    for name, images, labels in (("train", parts[0], parts[2]), ("t10k", parts[1], parts[3])):
        pixels = np.floor(images * (255 / 16) + 0.5).astype(np.uint8)
        count = len(pixels)
        files = {
            f"{name}-images.idx3-ubyte.gz": struct.pack(">IIII", 0x803, count, SIDE, SIDE)
            + pixels.tobytes(),
            f"{name}-labels.idx1-ubyte.gz": struct.pack(">II", 0x801, count)
            + labels.astype(np.uint8).tobytes(),
        }
        for file, data in files.items():
            packed = gzip(data)
            (target / file).write_bytes(packed)
            print(hashlib.sha256(packed).hexdigest(), file)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
