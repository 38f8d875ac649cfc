"""The example of an MLflow flavour, run."""

import importlib.util
import pathlib

import logreg_stream
import numpy
import pandas
import pytest
from conftest import OPTIONS, table

mlflow = pytest.importorskip("mlflow.pyfunc", reason="mlflow is not installed")

EXAMPLE = pathlib.Path(__file__).parents[1] / "examples/mlflow_pyfunc.py"


def test_the_example_serves_what_the_model_predicts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("mlflow_pyfunc", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    columns = table()
    model = logreg_stream.train(columns, model="m.lrs", **OPTIONS)
    frame = pandas.DataFrame({
        "count": pandas.array(columns["count"], dtype="Int64"), "ratio": columns["ratio"],
        "color": columns["color"], "flag": columns["flag"]})  # fmt: skip
    frame = frame.dropna().reset_index(drop=True).astype({"count": "int64"})
    example.save("m.lrs", "served", frame.head())
    served = mlflow.load_model("served")
    numpy.testing.assert_array_equal(served.predict(frame), model.predict_proba(frame))
    margins = served.predict(frame, params={"output": "margin"})
    numpy.testing.assert_array_equal(margins, model.predict_margin(frame))
    with pytest.raises(ValueError, match="output must be"):
        served.predict(frame, params={"output": "odds"})
