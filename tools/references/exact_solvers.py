#!/usr/bin/env python3
"""Makes tools/references/exact_solvers.json (needs numpy, scipy, scikit-learn; made with 1.9.1).

    exact_solvers.py FOLDER

FOLDER holds the public data sets: heart_scale/heart_scale, a9a/a1a, a9a/a9a.gz, dna/dna.scale.gz,
islp/Default.csv.gz, vw_reference/rcv1_small.train.libsvm. Minima of

    sum_i loss_i + l1 |w|_1 + l2/2 |w|^2        (bias free)

by scikit-learn run to high precision; ridge from its normal equations. Feature values are rounded
to single precision first, as the program keeps them. Each minimum is checked by its optimality
conditions before it is written.
"""
import csv
import gzip
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from scipy.special import expit, logsumexp
from sklearn.datasets import load_svmlight_file
from sklearn.linear_model import LogisticRegression

folder = Path(sys.argv[1])
cases = []


def single(x):
    return sp.csr_matrix(x.astype(np.float32).astype(np.float64))


def libsvm(path):
    # Column j of the matrix is index j of the file: index 0 is never used and weighs nothing.
    x, y = load_svmlight_file(str(folder / path), zero_based=True)
    return single(x), y


def value_and_gradient(loss, x, y, w, b):
    """Without penalties; gradients by weight and by bias."""
    m = x @ w + b
    if loss == "squared":
        return 0.5 * np.sum((m - y) ** 2), x.T @ (m - y), np.sum(m - y)
    if loss == "logistic":
        r = expit(m) - y
        return np.sum(np.logaddexp(0, m) - y * m), x.T @ r, np.sum(r)
    p = np.exp(m - logsumexp(m, axis=1, keepdims=True))
    one_hot = np.eye(len(b))[y]
    value = np.sum(logsumexp(m, axis=1) - np.sum(m * one_hot, axis=1))
    return value, x.T @ (p - one_hot), np.sum(p - one_hot, axis=0)


def add(name, loss, x, y, w, b, l1, l2, rows=None):
    value, gw, gb = value_and_gradient(loss, x, y, w, b)
    start = value_and_gradient(loss, x, y, 0 * w, 0 * np.asarray(b))
    gw = gw + l2 * w
    # Distance of zero from the subdifferential.
    residual = np.where(w != 0, gw + l1 * np.sign(w), np.maximum(np.abs(gw) - l1, 0))
    scale = np.abs(start[1]).max()
    worst = max(np.abs(residual).max(), np.abs(gb).max()) / scale
    assert worst < 1e-6, (name, worst)
    objective = value + l1 * np.abs(w).sum() + l2 / 2 * (w**2).sum()
    flat = np.abs(w if w.ndim == 1 else w.max(axis=1))
    top = np.sort(np.argsort(-flat, kind="stable")[:5])
    cases.append({
        "name": name, "loss": loss, "l1": l1, "l2": l2, "rows": x.shape[0],
        "objective": float(objective),
        "start": float(start[0]),
        "biases": np.atleast_1d(b).tolist(),
        "nonzero": int(np.count_nonzero(w)),
        "weights": [{"slot": int(j), "values": np.atleast_1d(w[j]).tolist()} for j in top]})
    print(f"{name}: objective {objective:.12g}, nonzero {cases[-1]['nonzero']}, residual {worst:.1e}",
          file=sys.stderr, flush=True)


def scikit(x, y, l1=0.0, l2=0.0, solver="newton-cholesky"):
    options = dict(tol=1e-13, max_iter=20000)
    if l1 > 0:
        total = l1 + l2
        model = LogisticRegression(C=1 / total, l1_ratio=l1 / total, solver="saga", random_state=1,
                                   **{**options, "tol": 1e-11})
    else:
        model = LogisticRegression(C=1 / l2 if l2 > 0 else np.inf, solver=solver, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "line search failed": the optimality check decides
        model.fit(x if solver != "newton-cholesky" or l1 > 0 else x.toarray(), y)
    if len(model.classes_) == 2:
        return model.coef_[0], float(model.intercept_[0])
    return model.coef_.T, model.intercept_


def binary(name, x, y, l1=0.0, l2=0.0, solver="newton-cholesky"):
    w, b = scikit(x, y, l1, l2, solver)
    add(name, "logistic", x, (y > 0).astype(float), w, b, l1, l2)


heart_x, heart_y = libsvm("heart_scale/heart_scale")
a1a_x, a1a_y = libsvm("a9a/a1a")
a9a_x, a9a_y = libsvm("a9a/a9a.gz")
rcv1_x, rcv1_y = libsvm("vw_reference/rcv1_small.train.libsvm")
dna_x, dna_y = libsvm("dna/dna.scale.gz")

binary("heart_scale", heart_x, heart_y, l2=1.0)
binary("heart_scale unpenalised", heart_x, heart_y)
binary("heart_scale l1", heart_x, heart_y, l1=4.0)
binary("heart_scale l1 and l2", heart_x, heart_y, l1=2.0, l2=1.0)
binary("a1a", a1a_x, a1a_y, l2=1.0)
binary("a1a l1", a1a_x, a1a_y, l1=2.0)
binary("a9a", a9a_x, a9a_y, l2=1.0)
binary("a9a l1", a9a_x, a9a_y, l1=3.0)
binary("rcv1_small", rcv1_x, rcv1_y, l2=1.0, solver="newton-cg")
binary("rcv1_small l1", rcv1_x, rcv1_y, l1=1.0)

with gzip.open(folder / "islp/Default.csv.gz", "rt") as text:
    rows = list(csv.DictReader(text))
balance = single(sp.csr_matrix(np.array([[float(row["balance"])] for row in rows])))
default = np.array([row["default"] == "Yes" for row in rows], float)
scale = balance.toarray().std()
w, b = scikit(single(balance) / scale, default)
add("islp default", "logistic", balance, default, w / scale, b, 0.0, 0.0)

w, b = scikit(dna_x, dna_y, l2=1.0)
add("dna softmax", "softmax", dna_x, dna_y.astype(int) - 1, w, b, 0.0, 1.0)

for name, l2 in (("heart_scale ridge", 1.0), ("heart_scale least squares", 0.0)):
    # Column 0 is empty: it is left out, then put back with weight 0.
    full = np.hstack([heart_x.toarray()[:, 1:], np.ones((len(heart_y), 1))])
    penalty = l2 * np.eye(full.shape[1])
    penalty[-1, -1] = 0
    solution = np.linalg.solve(full.T @ full + penalty, full.T @ heart_y)
    add(name, "squared", heart_x, heart_y, np.concatenate([[0.0], solution[:-1]]), solution[-1],
        0.0, l2)

path = Path(__file__).parent / "exact_solvers.json"
path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
