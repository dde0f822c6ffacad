"""Arrays for crates/gan-images and crates/gan-metrics in every form that NumPy writes.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6
    venv/bin/python data/golden/arrays/make_arrays.py     # writes *.npz and *.npy beside this file

forms.npz has a member for each type of number, byte order and order of the axes, all with the same
values, 7 i mod 23 for element i of (4, 3, 2) in C's order (bool: whether that is odd);
forms.json lists the members. The others are what is to be refused, or kept as statistics.
"""

import json
import pickle
from pathlib import Path

import numpy as np

folder = Path(__file__).parent
values = (np.arange(24) * 7 % 23).reshape(4, 3, 2)
members = {}
for name in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "b1"]:
    for order, sign in [("little", "<"), ("big", ">")]:
        array = (values % 2 if name == "b1" else values).astype(np.dtype(sign + name))
        members[f"{name}_{order}_c"] = np.ascontiguousarray(array)
        members[f"{name}_{order}_fortran"] = np.asfortranarray(array)
np.savez_compressed(folder / "forms.npz", **members)
with np.load(folder / "forms.npz") as file:
    forms = {name: [file[name].dtype.str, not file[name].flags.c_contiguous] for name in file.files}

# Large enough for several blocks, and axes of several lengths.
wide = (np.arange(3 * 5 * 7 * 2 * 9000) % 251).astype(np.uint8).reshape(3, 5, 7, 2, 9000)
np.savez_compressed(folder / "wide.npz", wide=np.asfortranarray(wide))

images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
random = np.random.RandomState(3)
rows = random.random_sample((40, 6))
mu, sigma = rows.mean(axis=0), np.cov(rows, rowvar=False)
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(folder / f"version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, images, version=version)
np.save(folder / "structured.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]))
np.save(folder / "object_images.npy", np.array([images[0], images[1][:2]], dtype=object))
np.save(folder / "object_statistics.npy", {"mu": mu, "sigma": sigma})
np.savez(folder / "object.npz", arr_0=np.array([None, 1], dtype=object))
with open(folder / "statistics.pkl", "wb") as file:
    pickle.dump({"mean": mu, "cov": sigma}, file)
with open(folder / "images.pkl", "wb") as file:
    pickle.dump(images, file, protocol=2)
# The layout of torch.save, without PyTorch: its first entry is PREFIX/data.pkl.
import zipfile
with zipfile.ZipFile(folder / "torch.pt", "w") as file:
    file.writestr(zipfile.ZipInfo("archive/data.pkl"), pickle.dumps({"a": 1}, protocol=2))
    file.writestr(zipfile.ZipInfo("archive/version"), "3\n")

np.savez(folder / "unnamed_statistics.npz", mu, sigma)
np.savez(folder / "half_statistics.npz", Mean=mu.astype(np.float16), COV=np.asfortranarray(sigma.astype(">f4")))
(folder / "forms.json").write_text(json.dumps({
    "made_by": "data/golden/arrays/make_arrays.py", "numpy": np.__version__, "forms": forms}, indent=1))
