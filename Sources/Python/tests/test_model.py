"""Models against `predict`, `inspect` and `evaluate`."""

import concurrent.futures
import json
import math
import pickle
import subprocess
import sys

import logreg_stream
import numpy
import pytest
from conftest import FLIGHTS, FLIGHTS_TEST, OPTIONS, PROGRAM, environment, table

OF_FLIGHTS = {"label": "late", "categorical": ["month", "day", "hour", "flight"], "bits": 14}


@pytest.fixture(scope="module")
def flights():
    return logreg_stream.train(FLIGHTS, **OF_FLIGHTS)


def test_version():
    said = subprocess.check_output([PROGRAM, "--version"], text=True)
    assert said.startswith(f"logreg-stream {logreg_stream.version()} ")


def test_predictions_are_those_of_the_program(flights, program, tmp_path):
    flights.save(tmp_path / "m.lrs")
    lines = program("predict", "-m", "m.lrs", FLIGHTS_TEST).decode().splitlines()
    probabilities = flights.predict_proba(FLIGHTS_TEST)
    assert probabilities.shape == (5000,) and probabilities.dtype == numpy.float64
    numpy.testing.assert_allclose(probabilities, list(map(float, lines)), rtol=1e-8)
    lines = program("predict", "-m", "m.lrs", "--output", "margin", FLIGHTS_TEST).decode().splitlines()
    assert [f"{margin:.9g}" for margin in flights.predict_margin(FLIGHTS_TEST)] == lines


def test_loading(flights, tmp_path):
    flights.save(tmp_path / "m.lrs")
    loaded = logreg_stream.Model.load(tmp_path / "m.lrs")
    again = pickle.loads(pickle.dumps(loaded))
    for model in (loaded, again, logreg_stream.Model.load(bytes(flights))):
        assert bytes(model) == bytes(flights)
        assert (model.loss, model.outputs, model.classes) == ("logistic", 1, ["0", "1"])
        assert model.columns[0] == "late" and len(model.columns) == 9
        assert model.training is None
    with pytest.raises(FileNotFoundError):
        logreg_stream.Model.load(tmp_path / "none")
    with pytest.raises(logreg_stream.LogRegStreamError) as caught:
        logreg_stream.Model.load(b"no model")
    assert caught.value.code == 65 and caught.value.message
    assert pickle.loads(pickle.dumps(caught.value)).code == 65


def test_inspection_and_figures_are_those_of_the_program(flights, program, tmp_path):
    flights.save(tmp_path / "m.lrs")
    assert flights.inspect() == json.loads(program("inspect", "--json", "m.lrs"))
    said = json.loads(program("evaluate", "-m", "m.lrs", "--json", FLIGHTS_TEST))
    assert flights.evaluate(FLIGHTS_TEST) == said
    frame = _frame(FLIGHTS_TEST)
    assert flights.evaluate(frame)["log_loss"] == said["log_loss"]


def test_explanations_are_those_of_the_program(flights, program, tmp_path):
    flights.save(tmp_path / "m.lrs")
    frame = {name: values[:50] for name, values in _frame(FLIGHTS_TEST).items()}
    rows = ",".join(frame) + "\n" + "".join(",".join(row) + "\n" for row in zip(*frame.values()))
    said = program("predict", "-m", "m.lrs", "--explain", "2", "-", input=rows.encode()).decode()
    expected = [line.split("\t")[1:] for line in said.splitlines()]
    for data in (frame, rows.encode()):
        found = flights.explain(data, most=2)
        assert [[x for part in row for x in (part.feature, f"{part.contribution:.9g}")] for row in found] == expected


def _frame(path):
    import csv
    import gzip

    with gzip.open(path, "rt", newline="") as stream:
        names, *rows = csv.reader(stream)
    return {name: list(values) for name, values in zip(names, zip(*rows))}


def test_a_frame_scores_as_its_file(flights):
    assert (flights.predict_margin(_frame(FLIGHTS_TEST)) == flights.predict_margin(FLIGHTS_TEST)).all()


def test_bad_rows_and_missing_columns(columns):
    model = logreg_stream.train(columns, **OPTIONS)
    scored = model.predict_proba({**columns, "count": ["x", *columns["count"][1:]]})
    assert math.isnan(scored[0]) and not numpy.isnan(scored[1:]).any()
    assert len(model.explain({**columns, "count": ["x"] * 400})[0]) == 0
    with pytest.raises(logreg_stream.LogRegStreamError) as caught:
        model.predict_proba({"color": ["red"]})
    assert caught.value.code == 64 and caught.value.cure
    assert len(model.predict_proba({name: [] for name in columns})) == 0
    with pytest.raises(TypeError, match="no path, bytes or frame"):
        model.predict_proba(3)


def test_softmax_and_squared(columns):
    columns = {**columns, "color": [color or "none" for color in columns["color"]]}
    model = logreg_stream.train(columns, loss="softmax", label="color", ignore="label", bits=10)
    assert model.outputs == len(model.classes) > 2
    probabilities = model.predict_proba(columns)
    assert probabilities.shape == (400, model.outputs)
    numpy.testing.assert_allclose(probabilities.sum(axis=1), 1)
    squared = logreg_stream.train(columns, loss="squared", bits=10)
    assert (squared.predict_proba(columns) == squared.predict_margin(columns)).all()
    assert squared.classes == []


def test_threads_share_a_model(flights):
    expected = flights.predict_margin(FLIGHTS_TEST)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for margins in pool.map(flights.predict_margin, [FLIGHTS_TEST] * 8):
            assert (margins == expected).all()


def test_nothing_but_python_is_needed(tmp_path):
    """Without NumPy, numbers come as lists."""
    script = (
        "import sys\nsys.modules['numpy'] = None\nimport logreg_stream\n"
        f"model = logreg_stream.train({table(60)!r}, bits=10)\n"
        "found = model.predict_proba({'count': [1, None], 'ratio': [1.5, 2.5], 'color': ['red', ''],"
        " 'flag': [True, False]})\n"
        "assert type(found) is list and len(found) == 2, found\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path, env=environment())
