#!/usr/bin/env python3
"""Makes tools/references/elementary_values.tsv (needs mpmath): 300-bit values of the functions of
Sources/ElementaryMath/Elementary.swift.

Columns: function, argument, value rounded to Double, true value less that in units of its last
place. Doubles are hexadecimal; arguments are edges and draws from a fixed seed.
"""
import math
import random
import struct
from pathlib import Path

from mpmath import mp, mpf, exp, expm1, log, log1p

mp.prec = 300


def softplus(m):
    return max(m, mpf(0)) + log1p(exp(-abs(m)))


def sigmoid(m):
    return 1 / (1 + exp(-m))


def neighbours(x, reach=2):
    bits = struct.unpack("<q", struct.pack("<d", x))[0]
    return [struct.unpack("<d", struct.pack("<q", bits + d))[0] for d in range(-reach, reach + 1)]


random.seed(20130811)
tiny = [5e-324, 1e-320, 2.0**-1022, 1e-300, 2.0**-60, 2.0**-54, 2.0**-53, 2.0**-30, 1e-5, 1e-3]
small = tiny + [-x for x in tiny]
ln2 = math.log(2)
splits = [y for k in (-1074, -1022, -537, -2, -1, 0, 1, 2, 53, 54, 1023) for y in
          neighbours((k + 0.5) * ln2, 1) + neighbours(k * ln2 if k else 1.0, 1)]
margins = [float(s * x) for x in (0.5, 1, 2, 5, 10, 20, 36, 37, 40, 100, 700, 708.5, 740, 745, 745.2, 1000)
           for s in (1, -1)]
uniform = lambda low, high, count: [random.uniform(low, high) for _ in range(count)]
powers = lambda low, high, count: [2.0 ** random.uniform(low, high) for _ in range(count)]
exp_edges = neighbours(709.782712893384) + neighbours(-708.3964185322641) + neighbours(
    -745.1332191019412)
log_edges = [y for x in (1.0, math.sqrt(0.5), math.sqrt(2), 2.0, 0.5, 2.0**53, 1e300, 2.0**-1022)
             for y in neighbours(x, 3)] + [5e-324, 1e-310, 1.7976931348623157e308]
arguments = {
    "exp": small + splits + margins + exp_edges + uniform(-1, 1, 150) + uniform(-746, 709.7, 250)
    + uniform(-745, -708, 60),
    "expm1": small + splits + margins + uniform(-1.1, 1.1, 250) + uniform(-40, 709.7, 150)
    + [-x for x in powers(-60, 0, 60)] + uniform(36, 39, 60) + uniform(-39, -36, 60),
    "log": tiny + log_edges + uniform(0.5, 2, 250) + powers(-1074, 1023, 200)
    + [1 + x for x in uniform(-1e-3, 1e-3, 60)],
    "log1p": small + log_edges + [x - 1 for x in (2.0**-53, 0.1, 0.5, 0.7, 0.71, 0.75)]
    + neighbours(-0.29289, 3) + neighbours(0.41421, 3) + uniform(-0.9999, 1, 250)
    + powers(-60, 1023, 150) + [-x for x in powers(-60, -1, 60)],
    "softplus": small + margins + uniform(-745, 745, 100) + uniform(-40, 40, 250),
    "sigmoid": small + margins + uniform(-745, 745, 100) + uniform(-40, 40, 250),
}
lines = ["# Made by elementary_values.py"]
for name, values in arguments.items():
    for x in values:
        if not math.isfinite(x) or (name == "log1p" and x <= -1):
            continue
        true = globals()[name](mpf(x))
        if abs(true) >= mpf(2) ** 1024 - mpf(2) ** 970:
            lines.append(f"{name}\t{x.hex()}\tinf\t0")
            continue
        # mpmath rounds to 53 bits however small the number: round subnormals to their own grid.
        near = float(mp.nint(true * mpf(2) ** 1074) * mpf(2) ** -1074) if abs(true) < mpf(
            2) ** -1000 else float(true)
        rest = float((true - mpf(near)) / mpf(math.ulp(near)))
        lines.append(f"{name}\t{x.hex()}\t{near.hex()}\t{rest:.5f}")
(Path(__file__).parent / "elementary_values.tsv").write_text("\n".join(lines) + "\n")
