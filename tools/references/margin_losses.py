#!/usr/bin/env python3
"""Makes tools/references/margin_losses.tsv (needs mpmath): the losses of Sources/Learning/Losses
with their first and second derivatives, from 3,200-bit numbers.

Columns: loss, margin, label, value, first derivative, second derivative.
"""
import random
from pathlib import Path

from mpmath import mp, mpf, erfc, exp, log, log1p, pi, sqrt

mp.prec = 3200  # 1 - p of a margin of 1000 needs 1,500 bits


def excess(t):
    fraction = mpf(0)
    for k in range(400, 0, -1):
        fraction = k / (t + fraction)
    return fraction


def logistic(m, y):
    p = 1 / (1 + exp(-m))
    return max(m, mpf(0)) + log1p(exp(-abs(m))) - y * m, p - y, p * (1 - p)


def squared(m, y):
    return (m - y) ** 2 / 2, m - y, mpf(1)


def probit(m, y):
    sign = 2 * y - 1
    z = sign * m
    if z < -30:
        hazard = -z + excess(-z)
        loss = z * z / 2 + log(2 * pi) / 2 + log(hazard)
    else:
        below = erfc(-z / sqrt(mpf(2))) / 2
        hazard = exp(-z * z / 2) / sqrt(2 * pi) / below
        # log(below) would round the last digits of 1 - tiny away.
        loss = -log1p(-erfc(z / sqrt(mpf(2))) / 2) if z > 0 else -log(below)
    return loss, -sign * hazard, hazard * (z + hazard)


random.seed(1957)
margins = [s * x for x in (0.0, 1e-9, 0.25, 1.0, 1.5, 3.0, 8.0, 37.0, 38.5, 40.0, 700.0, 1000.0)
           for s in (-1, 1)][1:] + [random.uniform(-12, 12) for _ in range(60)]
labels = {"logistic": (0.0, 0.3, 1.0), "squared": (-2.5, 0.0, 1e3), "probit": (0.0, 1.0)}
lines = ["# Made by margin_losses.py"]
for name, values in labels.items():
    for m in margins:
        for y in values:
            figures = [float(x) for x in globals()[name](mpf(m), mpf(y))]
            lines.append("\t".join([name, repr(m), repr(y)] + [repr(x) for x in figures]))
(Path(__file__).parent / "margin_losses.tsv").write_text("\n".join(lines) + "\n")
