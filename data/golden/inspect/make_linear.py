"""Weights of linear classifiers, for crates/gan-inspect/src/linear_classifier.rs.

scikit-learn 1.9.1: LinearSVC(loss="squared_hinge") and LogisticRegression by liblinear, one class
against the rest, both with the bias as one more regularised weight (intercept_scaling=1), on three
clouds that the Rust test makes by the same formula. Prints Rust arrays.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

features, labels = [], []
for i in range(90):
    k = i % 3
    a = ((i * 37) % 101) / 101.0
    b = ((i * 53) % 97) / 97.0
    features.append([np.float32(2.0 * a + k), np.float32(2.0 * b - k * k)])
    labels.append(k)
x = np.array(features, dtype=np.float64)
x /= np.sqrt((x**2).sum(axis=1).mean())
y = np.array(labels)

for name in ["SVM", "LOGISTIC"]:
    rows = []
    for k in range(3):
        one = (y == k).astype(int)
        if name == "SVM":
            model = LinearSVC(C=2.0, loss="squared_hinge", dual=False, tol=1e-12, max_iter=100000)
        else:
            model = LogisticRegression(C=2.0, solver="liblinear", tol=1e-12, max_iter=100000)
        model.fit(x, one)
        rows.append([*model.coef_[0], model.intercept_[0]])
    body = ", ".join("[" + ", ".join(f"{v:.9f}" for v in row) + "]" for row in rows)
    print(f"const {name}: [[f64; 3]; 3] = [{body}];")
