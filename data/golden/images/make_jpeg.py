"""Small JPEG files and what Pillow's libjpeg-turbo decodes from them, for crates/gan-images.

    python3 -m venv venv && venv/bin/pip install pillow numpy
    venv/bin/python data/golden/images/make_jpeg.py     # writes jpeg.json beside this file

The test, with its tolerances, is crates/gan-images/tests/images/jpeg.rs.
"""

import base64
import io
import json
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, features

y, x = np.mgrid[0:29, 0:37]
picture = np.stack([
    128 + 90 * np.sin(x / 4 + y / 9), 128 + 90 * np.cos(y / 3), (x * 7 + y * 3) % 256], axis=2).clip(0, 255).astype(np.uint8)
cases = []
for name, pixels, how in [
    ("4:4:4", picture, dict(subsampling=0)), ("4:2:2", picture, dict(subsampling=1)),
    ("4:2:0", picture, dict(subsampling=2)), ("progressive", picture, dict(subsampling=2, progressive=True)),
    ("grey", picture[:, :, 0], {}),
]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=80, **how)
    decoded = np.asarray(Image.open(file))
    cases.append({"name": name, "jpeg": base64.b64encode(file.getvalue()).decode(),
                  "pixels": base64.b64encode(decoded.tobytes()).decode()})
Path(__file__).with_name("jpeg.json").write_text(json.dumps({
    "made_by": "data/golden/images/make_jpeg.py",
    "versions": {"pillow": PIL.__version__, "libjpeg-turbo": features.version("libjpeg_turbo")},
    "size": [29, 37], "cases": cases}) + "\n")
