"""Golden values for crates/gan-statistics/src/logistic_regression.rs, computed by scikit-learn.

    python3 -m venv venv && venv/bin/pip install numpy scikit-learn
    venv/bin/python data/golden/statistics/make_logistic.py      # writes logistic.json beside this file

Three overlapping classes of unequal size in four dimensions, at two strengths of the penalty. Newton's
method goes on until the gradient is 1e-12, so that the values are the minimum's and not the solver's.
The test that reads the file is crates/gan-statistics/tests/it/golden_logistic.rs.
"""

import json
import platform
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

rng = np.random.default_rng(20260722)
sizes = [25, 40, 55]
centres = np.array([[0, 0, 0, 0], [1, -1, 0.5, 0], [-0.5, 1, 1, 2]], dtype=float)
x = np.round(np.concatenate([c + rng.normal(size=(n, 4)) for c, n in zip(centres, sizes)]), 6)
y = np.repeat(np.arange(3), sizes)

fits = []
for c in [0.05, 100.0]:
    model = LogisticRegression(C=c, solver="newton-cg", tol=1e-12, max_iter=10_000).fit(x, y)
    fits.append(
        {
            "inverse_l2": c,
            "weights": model.coef_.ravel().tolist(),
            "biases": model.intercept_.tolist(),
            "loss": log_loss(y, model.predict_proba(x)),
            "accuracy": model.score(x, y),
        }
    )

out = {
    "versions": {"python": platform.python_version(), "numpy": np.__version__, "sklearn": sklearn.__version__},
    "features": x.ravel().tolist(),
    "labels": y.tolist(),
    "fits": fits,
}
path = Path(__file__).with_name("logistic.json")
path.write_text(json.dumps(out) + "\n")
print(path, [(f["loss"], f["accuracy"]) for f in fits])
