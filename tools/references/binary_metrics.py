#!/usr/bin/env python3
"""Makes tools/references/binary_metrics.json (needs numpy, scipy, scikit-learn; made with 1.9.1).

Small sets of margins, labels and weights with the figures that scikit-learn gives for them. Log
loss is taken in the margin, where scikit-learn would clip the probability, and compared with
scikit-learn's where no margin is extreme. Calibration error is computed from its definition.
"""
import json
from pathlib import Path

import numpy as np
from scipy.special import expit
from sklearn.metrics import (
    accuracy_score, average_precision_score, brier_score_loss, log_loss, roc_auc_score)

BINS = 15


def reliability(score, p, y, w):
    """Groups of equal score go to the bin of equal weight in which the middle of theirs lies."""
    distinct, group = np.unique(score, return_inverse=True)
    group_weight = np.bincount(group, weights=w)
    middle = (np.cumsum(group_weight) - group_weight / 2) / w.sum()
    index = np.minimum((middle * BINS).astype(int), BINS - 1)[group]
    bins = []
    for k in range(BINS):
        inside = (index == k) & (w > 0)
        if inside.any():
            bins.append({
                "low": p[inside].min(), "high": p[inside].max(), "rows": int(inside.sum()),
                "meanPrediction": np.average(p[inside], weights=w[inside]),
                "meanLabel": np.average(y[inside], weights=w[inside]),
                "weight": w[inside].sum()})
    return bins


def case(name, margins, labels, weights):
    m, y, w = (np.asarray(a, float) for a in (margins, labels, weights))
    p = expit(m)
    loss = np.average(np.logaddexp(0, m) - y * m, weights=w)
    if np.abs(m).max() < 30:
        assert abs(loss - log_loss(y, p, sample_weight=w)) < 1e-12
    base = np.average(y, weights=w)
    entropy = -base * np.log(base) - (1 - base) * np.log1p(-base)
    bins = reliability(m, p, y, w)
    gaps = [abs(b["meanPrediction"] - b["meanLabel"]) for b in bins]
    figures = {
        "rows": len(m), "positives": int(y.sum()), "logLoss": loss,
        "normalizedEntropy": loss / entropy,
        "brier": brier_score_loss(y, p, sample_weight=w),
        "auc": roc_auc_score(y, m, sample_weight=w),
        "averagePrecision": average_precision_score(y, m, sample_weight=w),
        "ece": np.average(gaps, weights=[b["weight"] for b in bins]), "mce": max(gaps),
        "meanPrediction": np.average(p, weights=w), "meanLabel": base,
        "calibrationRatio": (w * p).sum() / (w * y).sum(),
        "accuracy": accuracy_score(y, p >= 0.5, sample_weight=w),
        "reliability": [{k: v for k, v in b.items() if k != "weight"} for b in bins]}
    return {"name": name, "margins": list(m), "labels": [int(v) for v in y], "weights": list(w),
            "figures": figures}


random = np.random.default_rng(20130811)


def labels_for(margins, slope=0.8):
    return random.random(len(margins)) < expit(slope * margins)


plain = random.normal(-0.5, 2, 300).round(6)
rare = random.normal(-4, 1.5, 600).round(6)
tied = (random.normal(0, 2, 300) * 2).round() / 2
steps = (random.normal(-1, 2, 300)).round()
far = np.concatenate([random.normal(0, 300, 150), [700, -700, 1000, -1000, 745.2, -745.2]]).round(3)
weights = random.gamma(0.7, 2, 300).round(6)
with_zeros = np.where(random.random(300) < 0.2, 0, random.integers(1, 9, 300))
cases = [
    case("unweighted", plain, labels_for(plain), np.ones(300)),
    case("weighted", plain, labels_for(plain), weights),
    case("rare positives", rare, labels_for(rare), np.ones(600)),
    case("ties", tied, labels_for(tied), np.ones(300)),
    case("ties, weighted, some weights 0", steps, labels_for(steps), with_zeros),
    case("all equal", np.full(40, -0.25), np.arange(40) % 3 == 0, np.ones(40)),
    case("extreme margins", far, labels_for(far, 0.005), np.ones(156)),
    case("fewer rows than bins", plain[:7], [0, 1, 1, 0, 1, 0, 1], weights[:7]),
]
path = Path(__file__).parent / "binary_metrics.json"
path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
