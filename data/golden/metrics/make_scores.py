"""Golden scores for crates/gan-metrics, by the programs whose numbers are to be met.

    python3 -m venv venv && venv/bin/pip install pytorch-fid torch-fidelity clean-fid torchmetrics prdc "scipy<1.18"
    venv/bin/python data/golden/metrics/make_scores.py      # writes scores.json beside this file

Features come from numpy's RandomState and exact arithmetic, so that none must be stored: the test,
crates/gan-metrics/tests/it/golden_scores.rs, makes the same ones, and has the tolerances.
"""

import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
import torchmetrics
from cleanfid.fid import fid_from_feats
from prdc import compute_prdc
from pytorch_fid.fid_score import calculate_frechet_distance
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric
from torchmetrics.image.fid import _compute_fid


def features(n, d, seed):
    """f32, correlated between columns, with means and spreads that differ."""
    u = np.random.RandomState(seed).random_sample((n, d))
    j = np.arange(d)
    return ((u + 0.5 * np.roll(u, -1, axis=1)) * (0.25 + (j % 7) * 0.125) + seed * 0.015625).astype(np.float32)


def whole(n, d, seed):
    """Small whole numbers as f32: every distance is exact, and many are equal."""
    return np.floor(np.random.RandomState(seed).random_sample((n, d)) * 4).astype(np.float32)


def logits(n, classes, seed):
    u = np.random.RandomState(seed).random_sample((n, classes))
    i = np.arange(n)[:, None]
    return (u * 2 + np.where(np.arange(classes) == (i * i) % classes, 3.0, 0.0)).astype(np.float32)


def fids(n, m, d):
    x, y = features(n, d, 1), features(m, d, 2)
    x64, y64 = x.astype(np.float64), y.astype(np.float64)
    moments = [(f.mean(axis=0), np.cov(f, rowvar=False)) for f in (x64, y64)]
    tf = lambda *f: fid_statistics_to_metric(
        *[fid_features_to_statistics(torch.from_numpy(a)) for a in f], verbose=False)["frechet_inception_distance"]
    tensors = [torch.from_numpy(v) for pair in moments for v in pair]
    return {
        "n": n, "m": m, "d": d,
        "pytorch-fid": float(calculate_frechet_distance(*moments[0], *moments[1])),
        "torch-fidelity": tf(x, y),
        "torch-fidelity in f64": tf(x64, y64),
        "torchmetrics": float(_compute_fid(*tensors)),
        "clean-fid": float(fid_from_feats(x, y)),
    }


def kids(n, m, d, subsets, size, seed):
    x, y = [torch.from_numpy(f) for f in (features(n, d, 1), features(m, d, 2))]
    options = dict(kid_subsets=subsets, kid_subset_size=size, rng_seed=seed, verbose=False)
    single = kid_features_to_metric(x, y, **options)
    double = kid_features_to_metric(x.double(), y.double(), **options)
    keys = ["kernel_inception_distance_mean", "kernel_inception_distance_std"]
    return {"n": n, "m": m, "d": d, "subsets": subsets, "size": size, "seed": seed,
            "torch-fidelity": [single[k] for k in keys], "torch-fidelity in f64": [double[k] for k in keys]}


def torchmetrics_score(values, splits):
    metric = torchmetrics.image.inception.InceptionScore(feature=torch.nn.Identity(), splits=splits)
    metric.update(torch.from_numpy(values).double())
    randperm = torch.randperm
    torch.randperm = lambda n: torch.from_numpy(np.random.RandomState(2020).permutation(n))
    try:
        return [float(v) for v in metric.compute()]
    finally:
        torch.randperm = randperm


def inception(n, classes, splits):
    values = logits(n, classes, 3)
    tensor = torch.from_numpy(values)
    keys = ["inception_score_mean", "inception_score_std"]
    tf = lambda shuffle: [isc_features_to_metric(tensor, splits, shuffle, 2020)[k] for k in keys]
    p = tensor.double().softmax(dim=1).numpy()
    q = torch.from_numpy(logits(n + 17, classes, 4)).double().softmax(dim=1).numpy().mean(axis=0)
    own = p.mean(axis=0)
    information = np.mean(np.sum(p * (np.log(p) - np.log(own)), axis=1))
    return {"n": n, "classes": classes, "splits": splits,
            "improved-gan": tf(False), "torch-fidelity": tf(True),
            "torchmetrics": torchmetrics_score(values, splits),
            "ln": float(information),
            "mode score": float(np.exp(information - np.sum(own * np.log(own / q))))}


def manifolds(make, n, m, d):
    real, fake = make(n, d, 5), make(m, d, 6)
    single = compute_prdc(real, fake, nearest_k=5)
    double = compute_prdc(real.astype(np.float64), fake.astype(np.float64), nearest_k=3)
    tf = prc_features_to_metric(torch.from_numpy(fake), torch.from_numpy(real), verbose=False)
    keys = ["precision", "recall", "density", "coverage"]
    return {"features": make.__name__, "n": n, "m": m, "d": d,
            "prdc": [float(single[k]) for k in keys],
            "prdc in f64, k = 3": [float(double[k]) for k in keys],
            "torch-fidelity": [tf[k] for k in keys[:2]]}


random = np.random.RandomState(2020)
out = {
    "made_by": "data/golden/metrics/make_scores.py",
    "versions": {"python": platform.python_version()} | {name: version(name) for name in [
        "numpy", "scipy", "torch", "pytorch-fid", "torch-fidelity", "clean-fid", "torchmetrics", "prdc",
        "scikit-learn"]},
    "fid": [fids(700, 600, 192), fids(400, 390, 64), fids(60, 500, 192), fids(60, 80, 192)],
    "kid": [kids(700, 600, 192, 10, 200, 2020), kids(150, 160, 2048, 5, 100, 7)],
    "inception": [inception(503, 20, 10), inception(64, 1008, 5)],
    "prdc": [manifolds(features, 900, 700, 24), manifolds(whole, 600, 620, 6), manifolds(whole, 300, 200, 40)],
    "random": {"choice": [random.choice(n, 5, replace=False).tolist() for n in (5, 100, 70000)],
               "sample": random.random_sample(3).tolist()},
}
Path(__file__).with_name("scores.json").write_text(json.dumps(out, indent=1))
