"""Times scores beside the reference programs: pytorch-fid's network and Fréchet distance (scipy's
sqrtm), and prdc. Ours are the examples `inception_speed` and `score_speed` of gan-metrics.

    python3 -m venv venv && venv/bin/pip install torch torchvision pytorch-fid prdc "scipy<1.18"
    cargo build --release -p gan-metrics --bins --examples
    venv/bin/python benches/peers/score_speed.py [--what inception,fid,features,prdc] [--threads N]
        [--rounds 3] [--batch 16] [--rows 10000] [--counts 500,2048] [--programs target/release]

Ours and theirs run in turn, `rounds` times. One JSON object a case: the seconds of every round, the
medians, and how many times faster ours is. The network's weights are those of
data/golden/metrics/formula.py on both sides; features are random, of 2048 numbers. Leave
OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE unset.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))

parser = argparse.ArgumentParser()
parser.add_argument("--what", default="inception,fid,features,prdc")
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--batch", type=int, default=16, help="of inception")
parser.add_argument("--rows", type=int, default=10_000, help="of prdc")
parser.add_argument("--counts", default="500,2048", help="rows of features")
parser.add_argument("--programs", type=Path, default=TARGET / "release")
args = parser.parse_args()
for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
    os.environ[name] = str(args.threads)

import numpy as np  # after the number of threads was said

WIDTH = 2048
random = np.random.default_rng(0)


def features(rows, shift):
    scale = 1 / (1 + np.arange(WIDTH) / 64)
    return (random.standard_normal((rows, WIDTH)) * scale + shift).astype(np.float32)


def moments(f):
    f = f.astype(np.float64)
    return f.mean(axis=0), np.cov(f, rowvar=False)


def seconds(work):
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        work()
    return time.perf_counter() - start


def ours(example, *options):
    """What an example prints: one JSON object."""
    words = [args.programs / "examples" / example, "--threads", args.threads, *options]
    return json.loads(subprocess.run([str(w) for w in words], check=True, capture_output=True).stdout)


def in_turn(case, our_seconds, their_seconds):
    """Runs both sides round after round; each function gives seconds."""
    rounds = [(our_seconds(), their_seconds()) for _ in range(args.rounds)]
    mine, theirs = (list(side) for side in zip(*rounds))
    medians = [statistics.median(mine), statistics.median(theirs)]
    found = {"case": case, "threads": args.threads, "ours": mine, "theirs": theirs}
    found |= {"median": medians, "times_faster": round(medians[1] / medians[0], 2)}
    print(json.dumps(found, default=float), flush=True)


def inception():
    import pytorch_fid.inception as peer
    import torch

    sys.path.insert(0, str(ROOT / "data" / "golden" / "metrics"))
    import formula

    torch.set_num_threads(args.threads)
    names = peer._inception_v3(num_classes=1008, aux_logits=False, weights=None)
    state = formula.state_dict(names)
    peer.load_state_dict_from_url = lambda *_, **__: state
    network = peer.InceptionV3([3]).eval()
    x = torch.rand(args.batch, 3, 299, 299)
    with tempfile.TemporaryDirectory() as folder:
        pth, weights = Path(folder, "fid.pth"), Path(folder, "fid.safetensors")
        torch.save(state, pth)
        convert = [args.programs / "gan-metrics", "weights", "convert", pth, weights]
        subprocess.run([str(w) for w in convert], check=True, capture_output=True)
        with torch.inference_mode():
            network(x)
            in_turn(
                f"inception, a batch of {args.batch}",
                lambda: ours("inception_speed", "--weights", weights, "--batch", args.batch, "--n", 3)["seconds"],
                lambda: statistics.median(seconds(lambda: network(x)) for _ in range(3)),
            )


def fid():
    from pytorch_fid.fid_score import calculate_frechet_distance

    a, b = moments(features(5000, 0)), moments(features(5000, 0.05))
    in_turn(
        "Fréchet distance of statistics",
        lambda: ours("score_speed", "--what", "fid", "--repeat", 3)["seconds"],
        lambda: seconds(lambda: calculate_frechet_distance(*a, *b)),
    )


def of_features():
    from pytorch_fid.fid_score import calculate_frechet_distance

    for rows in map(int, args.counts.split(",")):
        x, y = features(rows, 0), features(rows, 0.05)
        in_turn(
            f"Fréchet distance of {rows} features",
            lambda: ours("score_speed", "--what", "features", "--rows", rows, "--repeat", 5)["seconds"],
            lambda: seconds(lambda: calculate_frechet_distance(*moments(x), *moments(y))),
        )


def prdc():
    from prdc import compute_prdc

    x, y = features(args.rows, 0), features(args.rows, 0.05)
    in_turn(
        f"prdc, {args.rows} rows",
        lambda: ours("score_speed", "--what", "prdc", "--rows", args.rows, "--repeat", 1)["seconds"],
        lambda: seconds(lambda: compute_prdc(x, y, nearest_k=5)),
    )


CASES = {"inception": inception, "fid": fid, "features": of_features, "prdc": prdc}
for what in args.what.split(","):
    CASES[what]()
