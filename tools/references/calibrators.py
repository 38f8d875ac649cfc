#!/usr/bin/env python3
"""Makes tools/references/calibrators.json (needs numpy, scipy, scikit-learn; made with 1.9.1).

Small sets of margins, labels and weights with the calibrators that scikit-learn fits to them. Where
scikit-learn's stopping rule leaves digits (Platt, beta), Newton's method polishes its answer, and the
script asserts that the two agree.
"""
import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax
from sklearn.calibration import _sigmoid_calibration
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression


def polish(columns, weight, target, start):
    """Newton's method on weighted logistic regression with soft targets; start: slopes, intercept."""
    x = np.column_stack([*columns, np.ones(len(weight))])
    theta = np.asarray(start, float)
    for _ in range(50):
        p = expit(x @ theta)
        gradient = x.T @ (weight * (p - target))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x
        theta = theta - np.linalg.solve(hessian, gradient)
    assert np.abs(x.T @ (weight * (expit(x @ theta) - target))).max() < 1e-9 * weight.sum()
    return theta


def platt(m, y, w):
    a, b = _sigmoid_calibration(m, y, sample_weight=w)
    positive, negative = w[y == 1].sum(), w[y == 0].sum()
    target = np.where(y == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
    theta = polish([m], w, target, [-a, -b])
    assert np.allclose(theta, [-a, -b], rtol=2e-3, atol=2e-3), (theta, a, b)
    return list(theta)


def beta(m, y, w):
    columns = {"a": -np.logaddexp(0, -m), "b": np.logaddexp(0, m)}

    def fit(names):
        chosen = [columns[name] for name in names]
        model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10000)
        model.fit(np.column_stack(chosen), y, sample_weight=w)
        start = [*model.coef_[0], model.intercept_[0]]
        theta = polish(chosen, w, y, start)
        assert np.allclose(theta, start, rtol=1e-2, atol=1e-2), (theta, start)
        return theta

    both = fit("ab")
    if min(both[:2]) >= 0:
        return list(both)
    kept = "a" if both[0] >= 0 else "b"
    slope, intercept = fit(kept)
    return [slope, 0, intercept] if kept == "a" else [0, slope, intercept]


def isotonic(m, y, w):
    model = IsotonicRegression(out_of_bounds="clip").fit(m, y, sample_weight=w)
    probes = np.sort(np.concatenate([m, (m[1:] + m[:-1]) / 2, [m.min() - 3, m.max() + 3]]))[::3]
    return {"probes": list(probes), "values": list(model.predict(probes))}


def case(name, m, y, w):
    m, y, w = np.asarray(m, float), np.asarray(y, int), np.asarray(w, float)
    seen = w > 0
    return {"name": name, "margins": list(m), "labels": [int(v) for v in y], "weights": list(w),
            "platt": platt(m[seen], y[seen], w[seen]), "beta": beta(m[seen], y[seen], w[seen]),
            "isotonic": isotonic(m[seen], y[seen], w[seen])}


def temperature(name, margins, labels, weights):
    def loss(inverse):
        logs = log_softmax(inverse * margins, axis=1)
        return -(weights * logs[np.arange(len(labels)), labels]).sum()

    found = minimize_scalar(loss, bounds=(1e-3, 100), method="bounded", options={"xatol": 1e-12})
    return {"name": name, "margins": [list(r) for r in margins], "labels": [int(v) for v in labels],
            "weights": list(weights), "temperature": 1 / found.x}


random = np.random.default_rng(19990326)


def labels_for(logit):
    return random.random(len(logit)) < expit(logit)


plain = random.normal(0, 2, 800).round(6)
rare = random.normal(-3, 1.5, 2000).round(6)
tied = (random.normal(-0.5, 2, 900) * 2).round() / 2
far = random.normal(0, 60, 700).round(3)
shifted = (1e3 + random.normal(0, 1e-3, 800)).round(9)
skewed = random.normal(0, 2, 900).round(6)
weights = random.gamma(0.7, 2, 900).round(6)
with_zeros = np.where(random.random(900) < 0.2, 0, random.integers(1, 9, 900))
binary = [
    case("over-confident", plain, labels_for(0.5 * plain - 0.7), np.ones(800)),
    case("rare positives", rare, labels_for(1.2 * rare + 0.4), np.ones(2000)),
    case("weighted", plain, labels_for(0.8 * plain), weights[:800]),
    case("ties, weighted, some weights 0", tied, labels_for(0.6 * tied), with_zeros),
    case("far margins", far, labels_for(0.02 * far), np.ones(700)),
    case("one side only bends", skewed, labels_for(0.8 - 1.5 * np.logaddexp(0, -skewed)
                                                  - 0.5 * np.logaddexp(0, skewed)), np.ones(900)),
]
# Far from 0 and close together: only the standardized problem can be solved in double precision.
labels = labels_for((shifted - 1e3) * 700)
slope, intercept = platt((shifted - 1e3) * 1e3, labels.astype(int), np.ones(800))
close = {"margins": list(shifted), "labels": [int(v) for v in labels],
         "platt": [slope * 1e3, intercept - slope * 1e6]}

scores = random.normal(0, 3, (400, 4)).round(6)
drawn = np.array([random.choice(4, p=np.exp(r)) for r in log_softmax(0.4 * scores, axis=1)])
softmax = [
    temperature("over-confident", scores, drawn, np.ones(400)),
    temperature("weighted", scores + 500, drawn, weights[:400]),
]
path = Path(__file__).parent / "calibrators.json"
path.write_text(json.dumps({"binary": binary, "close": close, "softmax": softmax}) + "\n")
