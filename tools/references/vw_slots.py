#!/usr/bin/env python3
"""Makes tools/references/vw_slots.tsv (made with vowpalwabbit 9.11.9).

Lines of VW text as Vowpal Wabbit itself reads and hashes them with --hash all: bits, hash seed, the
line (a tab as \\t), label ("-" where there is none), weight, and slot:value of every feature in the
order of the line. The parser's hashes, masked, must equal those that --audit prints.
"""
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import vowpalwabbit

NO_LABEL = 3.4028234663852886e38

HAND = [
    "1 |a x", "-1 |a x y:2 z:-0.5", "0 |ns:0.5 f:3 g |ns h:2", "1 2 |a x", "1 0.25 'tag|a x",
    "1 tag|a x", "1 2 tag|a x", "1 'tag |a x", "1 1.5 'tag |a x", "1 '|a x", "1|a x", "1 2|a x",
    "  1   3   |a x", "|a x", "'tag|a x", "tag|a x", "'tag |a x", " |a x", "1 |",
    "1 | x 12 0012 12:3 -1 1.5", "1 |12 34 34:2 |34 12", "1 |  x   y  ", "1 |a\tx\ty:2\t|b\tz",
    "1 |a x|b x| x||c x|", "1 |a x:2|b:2 y:3", "1 |a x x:2 x:0.5 |b x |a x",
    "1 |a x:0 y:-0.0 z:1e-60", "1 |a:0 x y:5 |b z", "1 |a:-2 x y:0.5",
    "1 |a x:1e5 y:1E-3 z:+2 w:.5 v:5. u:-1.25e2", "1 |a :1 :0 :2 x :3 |a :4 |b :1 | :5 :6",
    "1 |price_of.x,y;z a=b C++ #c 'q' \"q\" é 日本", "1 |a#b x #no comment", "-1.0 |a x", "+1 |a x",
    "2.5 1 |a x", "1 0 |a x", "1 |weights a:0.1 b:0.3 c:16777217 d:0.333333333",
]


def random_line(rng):
    def name():
        letters = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_=.-^,;/"
        return "".join(rng.choice(letters) for _ in range(rng.randint(1, 13)))

    def number():
        # Exact in binary, so that the two parsers of decimals cannot differ.
        return str(rng.randint(-4000, 4000) / 64)

    line = rng.choice(["1", "-1", "0"]) + rng.choice(["", " 1.5", " 3"]) + rng.choice([" ", " 't"])
    for _ in range(rng.randint(1, 4)):
        line += "|" + rng.choice(["", name(), name() + ":" + number()])
        for _ in range(rng.randint(0, 5)):
            line += rng.choice(["  ", " ", "\t"]) + name()
            line += rng.choice(["", ":" + number()])
        line += rng.choice(["", " "])
    return line


def audited(lines, bits, seed):
    """slot -> values of each line, as the program prints them."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "rows"
        data.write_text("".join(line + "\n" for line in lines))
        run = subprocess.run(
            [sys.executable, "-m", "vowpalwabbit", "-d", data, "--hash", "all", "-b", str(bits),
             "--hash_seed", str(seed), "--audit", "--noconstant", "--quiet", "-t"],
            capture_output=True, text=True, check=True)
    # Two lines a row: prediction and tag, then the features as name:slot:value:weight.
    return [sorted((int(slot), float(value)) for slot, value in
                   re.findall(r":(\d+):([^:\t]+):", row))
            for row in run.stdout.removesuffix("\n").split("\n")[1::2]]


def parsed(line, bits, seed, workspace):
    example = workspace.parse(line)
    features = [(h & ((1 << bits) - 1), v) for h, v in example.iter_features()]
    label, weight = example.get_simplelabel_label(), example.get_simplelabel_weight()
    workspace.finish_example(example)
    return label, weight, features


rng = random.Random(4)
cases = [(22, 0, HAND), (10, 0, HAND[:10]), (18, 7, HAND), (30, 123456789, HAND[:10]),
         (22, 0, [random_line(rng) for _ in range(120)]),
         (12, 99, [random_line(rng) for _ in range(60)])]
out = []
for bits, seed, lines in cases:
    workspace = vowpalwabbit.Workspace(
        f"--hash all -b {bits} --hash_seed {seed} --noconstant --quiet")
    for line, audit in zip(lines, audited(lines, bits, seed), strict=True):
        label, weight, features = parsed(line, bits, seed, workspace)
        rounded = sorted((slot, float(f"{value:.6g}")) for slot, value in features)
        assert rounded == audit, (line, rounded, audit)
        out.append("\t".join([
            str(bits), str(seed), line.replace("\t", "\\t"),
            "-" if label == NO_LABEL else repr(label), repr(weight),
            ",".join(f"{slot}:{value!r}" for slot, value in features)]))
    workspace.finish()
Path(__file__).with_suffix(".tsv").write_text("\n".join(out) + "\n")
