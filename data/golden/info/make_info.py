"""Golden values for crates/gan-info, computed by scipy, scikit-learn, POT and numpy.

    python3 -m venv venv && venv/bin/pip install numpy scipy scikit-learn POT
    venv/bin/python data/golden/info/make_info.py      # writes info.json beside this file

Inputs are rounded to six decimals before use, so that the JSON holds exactly what was computed on.
The test that reads the file is crates/gan-info/tests/it/golden.rs; tolerances stand there.
"""

import json
import platform
from pathlib import Path

import numpy as np
import ot
import scipy
import sklearn
from scipy import integrate, linalg, optimize, spatial, special, stats
from sklearn.feature_selection._mutual_info import _compute_mi_cc
from sklearn.metrics import mutual_info_score, pairwise

rng = np.random.default_rng(20170126)


def rounded(a):
    return np.round(np.asarray(a, dtype=np.float64), 6)


def distribution(n, zeros=()):
    w = rng.gamma(0.7, size=n)
    for i in zeros:
        w[i] = 0.0
    p = rounded(w / w.sum())
    p[np.argmax(p)] += 1.0 - p.sum()
    return rounded(p)


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value.ravel().tolist()]
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


def tables():
    cases = []
    for n, p_zeros in [(3, ()), (10, (2, 7)), (40, (0,))]:
        p, q = distribution(n, p_zeros), distribution(n)
        m = 0.5 * (p + q)
        w = 0.3
        mw = w * p + (1 - w) * q
        cases.append({
            "p": p, "q": q, "weight": w,
            "entropy": stats.entropy(p),
            "cross_entropy": -special.xlogy(p, q).sum(),
            "kl": stats.entropy(p, q),
            "kl_by_terms": special.rel_entr(p, q).sum(),
            "js": spatial.distance.jensenshannon(p, q) ** 2,
            "weighted_js": w * special.rel_entr(p, mw).sum() + (1 - w) * special.rel_entr(q, mw).sum(),
            "tv": 0.5 * spatial.distance.cityblock(p, q),
            "optimal_value": special.xlogy(p, p / (2 * m)).sum() + special.xlogy(q, q / (2 * m)).sum(),
        })
    return cases


def wasserstein():
    x, y = rounded(rng.normal(size=17)), rounded(rng.normal(0.7, 2.0, size=23))
    p, q = distribution(17, (3,)), distribution(23)
    return {
        "x": x, "y": y, "p": p, "q": q,
        "w1": stats.wasserstein_distance(x, y),
        "w2": np.sqrt(ot.emd2_1d(x, y, metric="sqeuclidean")),
        "weighted_w1": stats.wasserstein_distance(x, y, p, q),
        "weighted_w2": np.sqrt(ot.emd2_1d(x, y, p, q, metric="sqeuclidean")),
    }


def transport():
    cases = []
    for n, m, zeros in [(4, 4, ()), (12, 9, (1, 5)), (20, 25, ())]:
        p, q = distribution(n, zeros), distribution(m)
        cost = rounded(rng.uniform(-1, 3, size=(n, m)))
        rows = np.kron(np.eye(n), np.ones(m))
        columns = np.kron(np.ones(n), np.eye(m))
        # One equation is redundant; HiGHS does not mind.
        lp = optimize.linprog(cost.ravel(), A_eq=np.vstack([rows, columns]),
                              b_eq=np.concatenate([p, q]), method="highs")
        assert lp.status == 0
        cases.append({"p": p, "q": q, "cost": cost, "linprog": lp.fun, "pot": ot.emd2(p, q, cost)})
    return cases


def mutual_information():
    labels_x = rng.integers(0, 4, size=120)
    labels_y = (labels_x + rng.integers(0, 2, size=120)) % 3
    return {"x": labels_x, "y": labels_y, "mi": mutual_info_score(labels_x, labels_y)}


def ksg_numpy(x, y, k):
    """cond-mat/0305641, equations 8 and 9, written down directly."""
    n = len(x)
    dx = spatial.distance.cdist(x, x, "chebyshev")
    dy = spatial.distance.cdist(y, y, "chebyshev")
    first = second = 0.0
    for i in range(n):
        dz = np.maximum(dx[i], dy[i])
        dz[i] = np.inf
        neighbours = np.argsort(dz, kind="stable")[:k]
        radius = dz[neighbours[-1]]
        others = np.arange(n) != i
        first += special.digamma((dx[i][others] < radius).sum() + 1)
        first += special.digamma((dy[i][others] < radius).sum() + 1)
        second += special.digamma((dx[i][others] <= dx[i][neighbours].max()).sum())
        second += special.digamma((dy[i][others] <= dy[i][neighbours].max()).sum())
    base = special.digamma(k) + special.digamma(n)
    return base - first / n, base - 1.0 / k - second / n


def ksg():
    x = rounded(rng.normal(size=(60, 1)))
    y = rounded(0.8 * x + 0.6 * rng.normal(size=(60, 1)))
    x2 = rounded(rng.normal(size=(70, 2)))
    y3 = rounded(np.concatenate([x2, x2[:, :1]], axis=1) + 0.5 * rng.normal(size=(70, 3)))
    cases = []
    for a, b, k in [(x, y, 1), (x, y, 3), (x2, y3, 4)]:
        first, second = ksg_numpy(a, b, k)
        case = {"x": a, "x_dim": a.shape[1], "y": b, "y_dim": b.shape[1], "k": k,
                "first": first, "second": second}
        if a.shape[1] == b.shape[1] == 1:
            # The function behind mutual_info_regression, without its noise and scaling.
            case["sklearn"] = _compute_mi_cc(a[:, 0], b[:, 0], k)
        cases.append(case)
    return cases


def mmd():
    dim = 5
    x, y = rounded(rng.normal(size=(14, dim))), rounded(rng.normal(0.4, 1.2, size=(14, dim)))
    sigmas = [0.5, 1.0, 3.0]

    def rbf(s):
        return lambda a, b: pairwise.rbf_kernel(a, b, gamma=1 / (2 * s * s))

    kernels = {
        "gaussian": rbf(1.5),
        "mixture": lambda a, b: sum(rbf(s)(a, b) for s in sigmas) / len(sigmas),
        "cubic": lambda a, b: pairwise.polynomial_kernel(a, b, degree=3, gamma=1 / dim, coef0=1),
        "linear": pairwise.linear_kernel,
    }
    result = {"x": x, "y": y, "dim": dim, "bandwidth": 1.5, "bandwidths": sigmas,
              "median": np.median(spatial.distance.pdist(np.concatenate([x, y])))}
    for name, k in kernels.items():
        xx, yy, xy = k(x, x), k(y, y), k(x, y)
        m = len(x)
        off = lambda a: (a.sum() - np.trace(a)) / (m * (m - 1))
        result[name] = {
            "biased": xx.mean() + yy.mean() - 2 * xy.mean(),
            "unbiased": off(xx) + off(yy) - 2 * xy.mean(),
            "linear": np.mean([xx[i, i + 1] + yy[i, i + 1] - xy[i, i + 1] - xy[i + 1, i]
                               for i in range(0, m - 1, 2)]),
        }
    return result


def frechet():
    cases = []
    for dim, n, m in [(1, 10, 12), (6, 40, 30), (10, 25, 60)]:
        mix = rng.normal(size=(dim, dim))
        x = rounded(rng.normal(size=(n, dim)) @ mix)
        y = rounded(rng.normal(0.5, 1.3, size=(m, dim)))
        mu1, mu2 = x.mean(0), y.mean(0)
        case = {"x": x, "y": y, "dim": dim}
        for ddof in (0, 1):
            s1 = np.atleast_2d(np.cov(x, rowvar=False, ddof=ddof))
            s2 = np.atleast_2d(np.cov(y, rowvar=False, ddof=ddof))
            root = linalg.sqrtm(s1 @ s2)
            case[f"fid_ddof{ddof}"] = ((mu1 - mu2) ** 2).sum() + np.trace(s1 + s2 - 2 * root.real)
        cases.append(case)
    return cases


def log_mixture(x, weights, means, sigmas):
    return special.logsumexp([np.log(w) + stats.norm.logpdf(x, m, s)
                              for w, m, s in zip(weights, means, sigmas)], axis=0)


def fits():
    mixture = ([0.4, 0.6], [-2.0, 2.5], [0.6, 0.9])
    log_p = lambda x: log_mixture(x, *mixture)
    log_q = lambda x, m, s: stats.norm.logpdf(x, m, s)

    def js(lp, lq):
        lm = np.logaddexp(lp, lq) - np.log(2)
        return 0.5 * np.exp(lp) * (lp - lm) + 0.5 * np.exp(lq) * (lq - lm)

    integrands = {
        "forward_kl": lambda lp, lq: np.exp(lp) * (lp - lq),
        "reverse_kl": lambda lp, lq: np.exp(lq) * (lq - lp),
        "jensen_shannon": js,
    }
    # Gauss-Legendre on pieces: another rule than the trapezoid of the crate.
    nodes, weights = np.polynomial.legendre.leggauss(40)
    edges = np.linspace(-30, 30, 121)
    half = 0.5 * np.diff(edges)[:, None]
    xs = (edges[:-1, None] + half + half * nodes).ravel()
    ws = (half * weights).ravel()
    lp = log_p(xs)
    result = {"weights": mixture[0], "means": mixture[1], "sigmas": mixture[2]}
    for name, f in integrands.items():
        value = lambda t: (ws * f(lp, log_q(xs, t[0], np.exp(t[1])))).sum()
        ends = [optimize.minimize(value, start, method="BFGS", options={"gtol": 1e-9})
                for start in [(0.0, 1.0), (-2.0, -0.5), (2.5, 0.0)]]
        best = min(ends, key=lambda e: e.fun)
        check, _ = integrate.quad(lambda x: f(log_p(x), log_q(x, best.x[0], np.exp(best.x[1]))),
                                  -25, 25, points=[-2, 0, 2.5], epsabs=1e-12, limit=500)
        assert abs(check - best.fun) < 1e-9, (name, check, best.fun)
        result[name] = {"mean": best.x[0], "sigma": np.exp(best.x[1]), "divergence": best.fun}
    return result


def densities():
    m1, s1, m2, s2 = 0.3, 0.8, -1.1, 1.7
    p, q = lambda x: stats.norm.pdf(x, m1, s1), lambda x: stats.norm.pdf(x, m2, s2)
    area = lambda f: integrate.quad(f, -25, 25, points=[-2, 0, 2], epsabs=1e-13, limit=500)[0]
    kl = area(lambda x: p(x) * (stats.norm.logpdf(x, m1, s1) - stats.norm.logpdf(x, m2, s2)))
    m = lambda x: 0.5 * (p(x) + q(x))
    js = area(lambda x: 0.5 * special.rel_entr(p(x), m(x)) + 0.5 * special.rel_entr(q(x), m(x)))
    tv = area(lambda x: 0.5 * abs(p(x) - q(x)))
    value = area(lambda x: special.xlogy(p(x), p(x) / (p(x) + q(x)))
                 + special.xlogy(q(x), q(x) / (p(x) + q(x))))
    return {"mean1": m1, "sigma1": s1, "mean2": m2, "sigma2": s2,
            "kl": kl, "js": js, "tv": tv, "optimal_value": value}


def matrix_games():
    cases = []
    for rows, columns in [(2, 2), (6, 7), (15, 9)]:
        a = rounded(rng.uniform(-5, 5, size=(rows, columns)))
        # max v: A' p >= v, sum p = 1
        lp = optimize.linprog(np.r_[np.zeros(rows), -1.0],
                              A_ub=np.c_[-a.T, np.ones(columns)], b_ub=np.zeros(columns),
                              A_eq=[np.r_[np.ones(rows), 0.0]], b_eq=[1.0],
                              bounds=[(0, None)] * rows + [(None, None)], method="highs")
        assert lp.status == 0
        cases.append({"rows": rows, "columns": columns, "payoff": a,
                      "value": -lp.fun, "row_strategy": lp.x[:rows]})
    return cases


golden = {
    "made_by": "data/golden/info/make_info.py",
    "versions": {"python": platform.python_version(), "numpy": np.__version__,
                 "scipy": scipy.__version__, "scikit-learn": sklearn.__version__,
                 "POT": ot.__version__},
    "tables": tables(), "wasserstein": wasserstein(), "transport": transport(),
    "mutual_information": mutual_information(), "ksg": ksg(), "mmd": mmd(),
    "frechet": frechet(), "fits": fits(), "densities": densities(),
    "matrix_games": matrix_games(),
}
target = Path(__file__).with_name("info.json")
sections = (f" {json.dumps(k)}: {json.dumps(plain(v))}" for k, v in golden.items())
target.write_text("{\n" + ",\n".join(sections) + "\n}\n")
print(target, target.stat().st_size, "bytes")
