"""Golden values for the resizers of crates/gan-images, by the programs that they are named after.

    python3 -m venv venv && venv/bin/pip install torch torch-fidelity clean-fid
    venv/bin/python data/golden/metrics/make_resize.py      # writes resize.json beside this file

Images come from a formula, so that none must be stored. Of each result the file holds values at
fixed places, and for the peer that must be met bit for bit the SHA-256 of all of them.
The test is crates/gan-images/tests/images/resizers.rs; tolerances stand there.
"""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from cleanfid.resize import build_resizer
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

SIDE = 299
SIZES = [(1, 1), (2, 3), (28, 28), (32, 32), (64, 48), (299, 299), (299, 128), (300, 400), (427, 640), (7, 1000)]


def image(height, width):
    """(height, width, 3) bytes; the Rust test has the same formula."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return (((y * y * 31 + x * 17 + x * y * 7 + c * 101) ^ (x * x // 8)) % 256).astype(np.uint8)


def picks(planes):
    flat = np.ascontiguousarray(planes).reshape(-1)
    return [float(v) for v in flat[np.arange(0, flat.size, 1597)]]


cases = []
for height, width in SIZES:
    pixels = image(height, width)
    planes = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]
    floats = planes.to(torch.float32)
    unit = floats.div(255)  # torchvision's ToTensor
    half = F.interpolate(unit, size=(SIDE, SIDE), mode="bilinear", align_corners=False)[0].numpy()
    tf1 = interpolate_bilinear_2d_like_tensorflow1x(floats, size=(SIDE, SIDE), align_corners=False)[0].numpy()
    antialiased = F.interpolate(
        floats, size=(SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)[0].numpy()
    bicubic = build_resizer("clean")(pixels).transpose(2, 0, 1)
    cases.append({
        "size": [height, width],
        "half-pixel-bilinear": picks(half),  # of x / 255
        "asymmetric-bilinear": picks(tf1),
        "asymmetric-bilinear sha256": hashlib.sha256(tf1.astype("<f4").tobytes()).hexdigest(),
        "antialiased-bilinear": picks(antialiased),
        "pillow-bicubic": picks(bicubic),
    })

out = Path(__file__).with_name("resize.json")
out.write_text(json.dumps({
    "made_by": "data/golden/metrics/make_resize.py",
    "versions": {"python": platform.python_version()} | {
        name: version(name) for name in ["torch", "torch-fidelity", "clean-fid", "pillow"]},
    "cases": cases,
}))
