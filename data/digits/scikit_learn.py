#!/usr/bin/env python3
"""scikit-learn's own numbers on the files of this folder: raw pixels against an RBM's features.

    venv/bin/python data/digits/scikit_learn.py data/digits

The models are those of its example `plot_rbm_logistic_classification`, with two changes. It scales
every pixel to [0, 1] by that pixel's own largest value; here all are divided by 255, so that both
programs see the same numbers (`--example` prints its own scaling as well). And its `tol=1` stopped
older versions early and stops 1.9.1 before the first step, at the accuracy of one class; 1e-6 lets
the regression come to its optimum.
"""
import gzip
import pathlib
import sys
import time

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import minmax_scale


def read(folder: pathlib.Path, part: str):
    with gzip.open(folder / f"{part}-images.idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 64)
    with gzip.open(folder / f"{part}-labels.idx1-ubyte.gz") as file:
        return images, np.frombuffer(file.read(), np.uint8, offset=8)


def accuracies(train, test, labels, test_labels):
    logistic = LogisticRegression(solver="newton-cg", tol=1e-6, max_iter=1000)
    rbm = BernoulliRBM(random_state=0, n_components=100, learning_rate=0.06, n_iter=10)
    pipeline = Pipeline([("rbm", rbm), ("logistic", clone(logistic).set_params(C=6000))])
    raw = clone(logistic).set_params(C=100.0)
    begun = time.time()
    features = pipeline.fit(train, labels).score(test, test_labels)
    middle = time.time()
    pixels = raw.fit(train, labels).score(test, test_labels)
    return features, middle - begun, pixels, time.time() - middle


def main(folder: pathlib.Path, example: bool) -> None:
    print("scikit-learn", sklearn.__version__)
    (train, labels), (test, test_labels) = read(folder, "train"), read(folder, "t10k")
    scales = {"pixels / 255": (train / 255.0, test / 255.0)}
    if example:
        both = minmax_scale(np.concatenate([train, test]).astype(np.float32))
        scales["pixels / their largest"] = (both[: len(train)], both[len(train) :])
    for name, (x, held_out) in scales.items():
        features, seconds, pixels, raw_seconds = accuracies(x, held_out, labels, test_labels)
        print(f"{name}: RBM features {features:.4f} ({seconds:.0f} s), raw {pixels:.4f} ({raw_seconds:.0f} s)")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), "--example" in sys.argv)
