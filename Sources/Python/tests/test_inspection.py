"""Weights as frames, and plots."""

import json

import logreg_stream
import pandas
import pytest
from conftest import OPTIONS, table


@pytest.fixture(scope="module")
def model():
    return logreg_stream.train(table(), **OPTIONS)


def test_weights_are_those_of_the_program(model, program, tmp_path):
    model.save(tmp_path / "m.lrs")
    said = json.loads(program("inspect", "--json", "--top", "7", "m.lrs"))
    assert model.inspect(7) == said
    frame = model.inspect_frame(7)
    assert list(frame["weight"]) == [each["weight"] for each in said["top_weights"]]
    assert list(frame["name"]) == [each["name"] for each in said["top_weights"]]
    assert isinstance(frame, pandas.DataFrame) and len(frame) == 7
    with pytest.raises(logreg_stream.LogRegStreamError, match="at least 1"):
        model.inspect(0)


def test_plots(model):
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    matplotlib.use("agg")
    import matplotlib.pyplot

    drawn = model.plot_reliability(table())
    figures = model.evaluate(table())["reliability"]
    assert list(drawn.lines[1].get_ydata()) == [each["mean_label"] for each in figures]
    axes = matplotlib.pyplot.figure().add_subplot()
    assert model.plot_weights(5, axes) is axes
    weights = [each["weight"] for each in model.inspect(5)["top_weights"]]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(weights)
    assert axes.get_yticklabels()[0].get_text() == model.inspect(1)["top_weights"][0]["name"]
    matplotlib.pyplot.close("all")


def test_no_single_probability_is_not_drawn():
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    matplotlib.use("agg")
    columns = table()
    squared = logreg_stream.train(columns, **{**OPTIONS, "label": "ratio", "loss": "squared", "ignore": ["label"],
                                              "max_bad_rows": "50%"})
    with pytest.raises(ValueError, match="no probability"):
        squared.plot_reliability({name: cells[:2] for name, cells in columns.items()})
