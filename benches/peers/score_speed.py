"""Seconds of the reference programs for the scores that `cargo run --release -p gan-metrics --example
score_speed` times: pytorch-fid's Fréchet distance (scipy's sqrtm) and prdc, on features of 2048 numbers.

    python3 -m venv venv && venv/bin/pip install pytorch-fid prdc "scipy<1.18"
    venv/bin/python benches/peers/score_speed.py [--threads N] [--what fid,features,prdc] [--rows 10000]

Machines are noisy: run ours and theirs in turn, several times, and compare medians as a ratio.
"""

import argparse
import contextlib
import io
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=0)
parser.add_argument("--what", default="fid,features,prdc")
parser.add_argument("--rows", type=int, default=10_000, help="of prdc")
parser.add_argument("--repeat", type=int, default=3)
args = parser.parse_args()
if args.threads:
    for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
        os.environ[name] = str(args.threads)

import numpy as np
from prdc import compute_prdc
from pytorch_fid.fid_score import calculate_frechet_distance

WIDTH = 2048
random = np.random.default_rng(0)


def features(rows, shift):
    scale = 1 / (1 + np.arange(WIDTH) / 64)
    return (random.standard_normal((rows, WIDTH)) * scale + shift).astype(np.float32)


def timed(case, work, repeat=args.repeat):
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            value = work()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"case": case, "threads": args.threads, "seconds": sorted(seconds)[len(seconds) // 2],
                      "least": min(seconds), "value": value}), flush=True)


def moments(f):
    f = f.astype(np.float64)
    return f.mean(axis=0), np.cov(f, rowvar=False)


what = args.what.split(",")
if "fid" in what:
    a, b = moments(features(5000, 0)), moments(features(5000, 0.05))
    timed("fid from statistics, 5000 rows", lambda: float(calculate_frechet_distance(*a, *b)))
if "features" in what:
    for rows in [250, 500, 1000, 2048]:
        x, y = features(rows, 0), features(rows, 0.05)
        timed(f"fid from features, {rows} rows",
              lambda: float(calculate_frechet_distance(*moments(x), *moments(y))))
if "prdc" in what:
    x, y = features(args.rows, 0), features(args.rows, 0.05)
    timed(f"prdc, {args.rows} rows", lambda: compute_prdc(x, y, nearest_k=5), 1)
