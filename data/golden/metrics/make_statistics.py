"""Statistics files for crates/gan-metrics as other programs write them.

    python3 -m venv venv && venv/bin/pip install numpy
    venv/bin/python data/golden/metrics/make_statistics.py     # writes statistics/*.npz beside this file

pytorch-fid and clean-fid call numpy.savez_compressed and numpy.savez with mu and sigma; ADM's
reference batches hold images (arr_0) and two pairs of statistics, the second of spatial features.
"""

from pathlib import Path

import numpy as np

folder = Path(__file__).with_name("statistics")
folder.mkdir(exist_ok=True)
random = np.random.RandomState(3)
rows, spatial = random.random_sample((40, 6)), random.random_sample((40, 4))
mu, sigma = rows.mean(axis=0), np.cov(rows, rowvar=False)
mu_s, sigma_s = spatial.mean(axis=0), np.cov(spatial, rowvar=False)
np.savez_compressed(folder / "pytorch_fid.npz", mu=mu, sigma=sigma)
np.savez(folder / "clean_fid.npz", mu=mu.astype(np.float32), sigma=sigma)
images = random.randint(0, 256, (5, 8, 9, 3)).astype(np.uint8)
np.savez(folder / "adm.npz", arr_0=images, mu=mu, sigma=sigma, mu_s=mu_s, sigma_s=sigma_s)
