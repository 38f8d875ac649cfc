#!/usr/bin/env python3
"""Makes tools/references/ranking_metrics.json (needs numpy, scipy, scikit-learn; made with 1.9.1).

For small sets of scores: thresholds (precision, recall, F1) and NDCG as scikit-learn has them; the
AUC's standard error by DeLong's definition over all pairs; the standard errors of log loss and
calibration ratio by their definitions; the ECE of a perfectly calibrated model by drawing every
label 20,000 times.
"""
import json
from pathlib import Path

import numpy as np
from scipy.special import expit
from sklearn.metrics import (
    ndcg_score, precision_recall_curve, precision_recall_fscore_support, roc_auc_score)

BINS = 15
random = np.random.default_rng(20171123)


def delong(m, y, w):
    positive, negative = m[y == 1], m[y == 0]
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    wp, wn = w[y == 1], w[y == 0]
    auc = wp @ wins @ wn / (wp.sum() * wn.sum())
    assert abs(auc - roc_auc_score(y, m, sample_weight=w)) < 1e-12
    of_positives, of_negatives = wins @ wn / wn.sum(), wp @ wins / wp.sum()

    def variance(values, weight):
        n = len(values)
        return (weight ** 2 @ (values - auc) ** 2) / weight.sum() ** 2 * n / (n - 1)

    return np.sqrt(variance(of_positives, wp) + variance(of_negatives, wn))


def perfect_ece(p, w, score, draws=20000):
    distinct, group = np.unique(score, return_inverse=True)
    weight = np.bincount(group, weights=w)
    middle = (np.cumsum(weight) - weight / 2) / w.sum()
    index = np.minimum((middle * BINS).astype(int), BINS - 1)[group]
    inside = np.zeros((BINS, len(p)))
    inside[index, np.arange(len(p))] = w
    errors = [np.abs(inside @ ((random.random(len(p)) < p) - p)).sum() / w.sum()
              for _ in range(draws)]
    return np.quantile(errors, 0.95)


def decision(m, y, w, threshold):
    precision, recall, f1, _ = precision_recall_fscore_support(
        y, m >= threshold, average="binary", sample_weight=w)
    return {"threshold": expit(threshold), "share": w[m >= threshold].sum() / w.sum(),
            "precision": precision, "recall": recall, "f1": f1,
            "lift": precision / np.average(y, weights=w)}


def top(m, y, w, share):
    for threshold in np.unique(m)[::-1]:
        if w[m >= threshold].sum() >= share * w.sum() * (1 - 1e-12):
            return decision(m, y, w, threshold)


def cheapest(m, y, w, false_positive, false_negative):
    options = [np.inf, *np.unique(m)[::-1]]
    costs = [(false_positive * w[(m >= t) & (y == 0)].sum()
              + false_negative * w[(m < t) & (y == 1)].sum()) / w.sum() for t in options]
    best = int(np.argmin(costs))
    return {"cost": costs[best], "threshold": None if best == 0 else expit(options[best])}


def case(name, m, y, w):
    m, y, w = np.asarray(m, float), np.asarray(y, int), np.asarray(w, float)
    p = expit(m)
    loss = np.logaddexp(0, m) - y * m
    mean = np.average(loss, weights=w)
    precision, recall, thresholds = precision_recall_curve(y, m, sample_weight=w)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    return {
        "name": name, "margins": list(m), "labels": [int(v) for v in y], "weights": list(w),
        "aucError": delong(m, y, w),
        "logLossError": np.sqrt((w ** 2 * (loss - mean) ** 2).sum()) / w.sum(),
        "ratioError": np.sqrt((w ** 2 * (p / (w @ p) - y / (w @ y)) ** 2).sum()),
        "eceIfPerfect": perfect_ece(p, w, m),
        "tops": [top(m, y, w, share) for share in (0.01, 0.05, 0.1)],
        "bestF1": decision(m, y, w, thresholds[np.argmax(f1[:-1])]), "largestF1": f1[:-1].max(),
        "cheapest": cheapest(m, y, w, 1, 5), "cheapestOther": cheapest(m, y, w, 50, 1)}


def groups(name, group, score, y, k):
    gains, areas, sizes = [], [], []
    for g in np.unique(group):
        inside = group == g
        if y[inside].any():
            if inside.sum() > 1:
                gains.append(ndcg_score([y[inside]], [score[inside]], k=k))
            else:
                gains.append(1.0)
            if not y[inside].all():
                areas.append(roc_auc_score(y[inside], score[inside]))
                sizes.append(inside.sum())
    return {"name": name, "groups": [int(g) for g in group], "scores": list(score),
            "labels": [int(v) for v in y], "cutoff": k, "groupCount": len(np.unique(group)),
            "withPositives": len(gains), "withBoth": len(areas), "ndcg": np.mean(gains),
            "ndcgError": np.std(gains, ddof=1) / np.sqrt(len(gains)),
            "groupAUC": np.average(areas, weights=sizes)}


def labels_for(logit):
    return random.random(len(logit)) < expit(logit)


plain = random.normal(-0.5, 2, 400).round(6)
rare = random.normal(-5, 1.5, 3000).round(6)
tied = (random.normal(0, 2, 400) * 2).round() / 2
weights = random.gamma(0.7, 2, 400).round(6)
cases = [
    case("unweighted", plain, labels_for(0.8 * plain), np.ones(400)),
    case("weighted", plain, labels_for(0.8 * plain), weights),
    case("rare positives", rare, labels_for(rare), np.ones(3000)),
    case("ties", tied, labels_for(0.8 * tied), np.ones(400)),
]
members = random.integers(0, 60, 500)
members[0] = 99  # a group of one row
score = random.normal(0, 1, 500).round(6)
coarse = score.round()
relevant = labels_for(score - 1)
relevant[0] = True
lists = [
    groups("scores apart", members, score, relevant, 10),
    groups("ties", members, coarse, relevant, 3),
    groups("first place", members, coarse, relevant, 1),
]
path = Path(__file__).parent / "ranking_metrics.json"
path.write_text(json.dumps({"cases": cases, "groups": lists}) + "\n")
