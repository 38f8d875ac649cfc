"""Drawings of models, by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _axes(axes: Axes | None) -> Axes:
    if axes is not None:
        return axes
    import matplotlib.pyplot

    return matplotlib.pyplot.subplots()[1]


def reliability(figures: dict[str, Any], axes: Axes | None) -> Axes:
    """Bins of rows, with as many in each, from what `evaluate` says."""
    bins = figures.get("reliability")
    if not bins:
        raise ValueError("no probability of one class is there to draw: the model is of softmax or squared loss")
    axes = _axes(axes)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, label="perfect")
    axes.plot(
        [each["mean_prediction"] for each in bins], [each["mean_label"] for each in bins], marker="o",
        label=f"log loss {figures['log_loss']:.4g}, ECE {figures['ece']:.2g}")
    axes.set(xlabel="mean prediction", ylabel="share of positive rows", title="Reliability")
    axes.legend()
    return axes


def weights(entries: list[dict[str, Any]], axes: Axes | None) -> Axes:
    """The largest at the top; a weight whose name is not known has its slot."""
    axes = _axes(axes)
    names = [
        " ".join(filter(None, [each.get("class"), each["name"] or f"slot {each['slot']}"]))
        for each in entries
    ]
    values = [each["weight"] for each in entries]
    axes.barh(range(len(entries)), values, color=["tab:red" if value < 0 else "tab:blue" for value in values])
    axes.set_yticks(range(len(entries)), labels=names)
    axes.invert_yaxis()
    axes.set(xlabel="weight", title="Largest weights")
    return axes
