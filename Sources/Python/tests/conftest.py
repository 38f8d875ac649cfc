"""Tests of the package against the program. tools/test-python builds both and says where they are."""

import os
import pathlib
import random
import subprocess

import logreg_stream
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("LOGREG_STREAM_PROGRAM", str(ROOT / ".build/debug/logreg-stream"))
FLIGHTS = str(ROOT / "Fixtures/flights-train.csv.gz")
FLIGHTS_TEST = str(ROOT / "Fixtures/flights-test.csv.gz")


@pytest.fixture
def program(tmp_path):
    """Runs the program; what it writes to standard output."""

    def run(*words, **options):
        return subprocess.run(
            [PROGRAM, *map(str, words)], cwd=tmp_path, check=True, capture_output=True, **options).stdout

    return run


def environment():
    """For another Python: the package is where it is here."""
    return {**os.environ, "PYTHONPATH": str(pathlib.Path(logreg_stream.__file__).parents[1])}


def table(rows=400):
    """Columns of all kinds, with missing values; the label depends on some of them."""
    draw = random.Random(7)
    columns = {"label": [], "count": [], "ratio": [], "color": [], "flag": []}
    for row in range(rows):
        count = None if row % 13 == 5 else draw.randrange(-50, 1000)
        color = draw.choice(["red", "green", " blue ", "a,b", 'say "x"', "é", None])
        columns["count"].append(count)
        columns["ratio"].append(None if row % 11 == 3 else draw.random() * 10 ** draw.randrange(-8, 9))
        columns["color"].append(color)
        columns["flag"].append(draw.random() < 0.5)
        columns["label"].append(int((count or 0) / 1000 + (color == "red") + draw.random() > 1))
    return columns


OPTIONS = {"label": "label", "bits": 12}


@pytest.fixture
def columns():
    return table()
