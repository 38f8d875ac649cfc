#!/usr/bin/env python3
"""Prints the constants of Sources/Learning/Losses/ProbitLoss.swift (needs mpmath): Chebyshev
coefficients of (t + 1) (h(t) - t), h(t) = phi(t) / Phi(-t), in u = (t - 4) / (t + 4) for every
t >= 0, and the largest error of the series with its coefficients rounded to Double.
"""
from mpmath import mp, mpf, cos, erfc, exp, log, pi, sqrt

mp.prec = 300
TERMS, NODES, SCALE = 30, 90, 4


def excess(t):
    """h(t) - t, from the continued fraction 1/(t + 2/(t + 3/(t + ...))) in the far tail."""
    if t < 15:
        return sqrt(2 / pi) / (exp(t * t / 2) * erfc(t / sqrt(mpf(2)))) - t
    fraction = mpf(0)
    for k in range(400, 0, -1):
        fraction = k / (t + fraction)
    return fraction


def scaled(u):
    t = SCALE * (1 + u) / (1 - u)
    return (t + 1) * excess(t)


angles = [pi * (k + mpf(1) / 2) / NODES for k in range(NODES)]
samples = [scaled(cos(angle)) for angle in angles]
series = []
for j in range(TERMS):
    total = sum(f * cos(j * angle) for f, angle in zip(samples, angles))
    series.append(float((1 if j == 0 else 2) * total / NODES))

worst = mpf(0)
for i in range(2000):
    angle = pi * (i + mpf(1) / 2) / 2000
    value = sum(mpf(c) * cos(j * angle) for j, c in enumerate(series))
    worst = max(worst, abs(value / scaled(cos(angle)) - 1))
print(f"largest relative error: 2^{float(log(worst, 2)):.1f}")
for c in series:
    print("   ", c.hex())
print("log(2 pi) / 2:", float(log(2 * pi) / 2).hex())
print("1 / sqrt(2 pi):", float(1 / sqrt(2 * pi)).hex())
