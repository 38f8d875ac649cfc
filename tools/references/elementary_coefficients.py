#!/usr/bin/env python3
"""Makes the constants of Sources/ElementaryMath/Elementary.swift (needs mpmath).

A polynomial is the interpolant at Chebyshev nodes of the interval, near enough to the minimax
one, rounded to Double; the error printed is that of the rounded coefficients.
"""
from mpmath import mp, mpf, cos, pi, matrix, lu_solve, exp, expm1, log, sqrt, floor

mp.prec = 300


def near_zero_exp(r):
    """(e^r - 1 - r) / r^2."""
    return (expm1(r) - r) / r**2 if r else mpf(1) / 2


def near_zero_log(z):
    """(log((1 + s) / (1 - s)) - 2 s) / (s z), where z = s^2."""
    if not z:
        return mpf(2) / 3
    s = sqrt(z)
    return (log((1 + s) / (1 - s)) - 2 * s) / (s * z)


def interpolant(function, low, high, count, fixed=()):
    """Coefficients of degree 0 ..< count in Double; `fixed` gives the first ones."""
    free = count - len(fixed)
    nodes = [
        (low + high) / 2 + (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * free))
        for i in range(free)
    ]
    rows = matrix(free, free)
    right = matrix(free, 1)
    for i, x in enumerate(nodes):
        known = sum(mpf(c) * x**j for j, c in enumerate(fixed))
        right[i] = function(x) - known
        for j in range(free):
            rows[i, j] = x ** (j + len(fixed))
    return list(fixed) + [float(c) for c in lu_solve(rows, right)]


def report(name, function, low, high, coefficients, scale):
    worst = mpf(0)
    for i in range(4001):
        x = low + (high - low) * i / 4000
        value = sum(mpf(c) * x**j for j, c in enumerate(coefficients))
        worst = max(worst, abs((value - function(x)) * scale(x)))
    print(f"{name}: largest error 2^{float(log(worst, 2)):.1f}")
    for c in coefficients:
        print("   ", c.hex())


half_ln2 = log(mpf(2)) / 2 * (1 + mpf(2) ** -20)
report(
    "exp", near_zero_exp, -half_ln2, half_ln2,
    interpolant(near_zero_exp, -half_ln2, half_ln2, 11, fixed=(0.5,)), lambda r: r**2)
largest = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2 * (1 + mpf(2) ** -20)
report(
    "log", near_zero_log, mpf(0), largest,
    interpolant(near_zero_log, mpf(0), largest, 8), lambda z: z * sqrt(z))

ln2 = log(mpf(2))
high = float(floor(ln2 * 2**40) / 2**40)
print("ln 2, 40 bits:", high.hex(), "rest:", float(ln2 - mpf(high)).hex())
print("1 / ln 2:", float(1 / ln2).hex())
print("sqrt(1/2):", hex(int.from_bytes(__import__("struct").pack(">d", float(sqrt(mpf(1) / 2))))))
print("exp overflows above:", float(log(mpf(2) ** 1024 - mpf(2) ** 970)).hex())
print("exp is zero below:", float(log(mpf(2) ** -1075)).hex())
