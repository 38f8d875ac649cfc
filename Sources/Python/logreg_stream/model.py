"""Models that score rows."""

from __future__ import annotations

import ctypes
import io
import json
import os
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from . import _native, _plots
from ._frames import Column, columns_of, csv_of, is_frame
from ._native import Text, byref, c_double, c_size_t, c_void_p, check, library

if TYPE_CHECKING:
    import matplotlib.axes
    import numpy
    import pandas

Rows = Union[str, "os.PathLike[str]", bytes, Any]


class Contribution(NamedTuple):
    """What a feature adds to a row's margin, before prior shift and calibrator."""

    feature: str
    contribution: float


class Model:
    """A model in memory; any number of threads may use it at once.

    `data` of all methods is a path of a file as the model's training read it (CSV with its header, LibSVM or VW
    text, plain or gzip), the bytes of such a file, or a frame: a pandas or Polars DataFrame, an Arrow table or record
    batch, or a dict of columns. A frame needs the columns that the model uses, in any order; the label may be absent.
    """

    def __init__(self, content: bytes) -> None:
        self._handle = c_void_p()
        self._content = bytes(content)
        check(library.lrs_model_open_memory(self._content, len(self._content), byref(self._handle)))
        name = ctypes.c_char_p()
        check(library.lrs_model_loss(self._handle, byref(name)))
        #: `logistic`, `probit`, `softmax` or `squared`.
        self.loss: str = (name.value or b"").decode()
        #: Margins of a row: 1, or the number of classes for softmax.
        self.outputs: int = _native.count_of("lrs_model_output_count", self._handle)
        #: Label texts: of two classes the negative one first; empty where labels are numbers.
        self.classes: list[str] = _native.texts_of(
            "lrs_model_class_count", "lrs_model_class_name", self._handle)
        #: Columns of the training file, label and weight among them; empty for LibSVM and VW text.
        self.columns: list[str] = _native.texts_of(
            "lrs_model_column_count", "lrs_model_column_name", self._handle)
        #: The final figures of the training that made it; None for a model that was loaded.
        self.training: dict[str, Any] | None = None
        self._texts: frozenset[str] | None = None

    @classmethod
    def load(cls, source: str | os.PathLike[str] | bytes) -> Model:
        """Opens a model.

        Args:
            source: the path of a model, or its bytes.

        Raises:
            OSError: when the file cannot be read.
            LogRegStreamError: when it is no model, or damaged.
        """
        if isinstance(source, (bytes, bytearray, memoryview)):
            return cls(bytes(source))
        with open(source, "rb") as stream:
            return cls(stream.read())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model, whole or not at all."""
        temporary = f"{os.fspath(path)}.{os.getpid()}.tmp"
        try:
            with open(temporary, "wb") as stream:
                stream.write(self._content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, path)
        finally:
            if os.path.exists(temporary):
                os.remove(temporary)

    def __bytes__(self) -> bytes:
        """What a file with the model holds."""
        return self._content

    def __reduce__(self) -> tuple:
        return type(self), (self._content,)

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            library.lrs_model_close(self._handle)

    def __repr__(self) -> str:
        return f"<logreg_stream.Model {self.loss}, {len(self._content)} bytes>"

    def inspect(self, top: int | None = None) -> dict[str, Any]:
        """What the model is: what `logreg-stream inspect --json` says.

        Args:
            top: also the largest weights, at most so many, as `top_weights`.
        """
        if top is None:
            text = Text()
            check(library.lrs_model_describe(self._handle, byref(text)))
            return json.loads(text.value())
        told: list[bytes] = []
        handler = _native.TextHandler(lambda _, text, length: told.append(ctypes.string_at(text, length)))
        check(library.lrs_model_describe_weights(self._handle, top, handler, None))
        return json.loads(told[0])

    def inspect_frame(self, top: int = 100) -> pandas.DataFrame:
        """The largest weights by falling size, with their names and odds ratios. Needs pandas.

        Args:
            top: at most so many.
        """
        import pandas

        return pandas.DataFrame(self.inspect(top)["top_weights"])

    # --- Plots, by matplotlib -----------------------------------------------------------------------

    def plot_reliability(self, data: Rows, axes: matplotlib.axes.Axes | None = None) -> matplotlib.axes.Axes:
        """How often rows are positive, against how often they were predicted to be. Needs matplotlib.

        Args:
            data: rows with their labels.
            axes: what to draw on; None: new ones.
        """
        return _plots.reliability(self.evaluate(data), axes)

    def plot_weights(self, top: int = 20, axes: matplotlib.axes.Axes | None = None) -> matplotlib.axes.Axes:
        """The largest weights as bars. Needs matplotlib.

        Args:
            top: at most so many.
            axes: what to draw on; None: new ones.
        """
        return _plots.weights(self.inspect(top)["top_weights"], axes)

    # --- Scoring ------------------------------------------------------------------------------------

    def predict_margin(self, data: Rows) -> numpy.ndarray | list:
        """The margins (log-odds) of rows, after prior shift and calibrator.

        Returns:
            A NumPy array, or a list where NumPy is not installed: (rows,), for softmax (rows, classes). NaN for a
            row that cannot be read.
        """
        return self._score(data)[0]

    def predict_proba(self, data: Rows) -> numpy.ndarray | list:
        """The probability of the positive class, for softmax of each class; of squared loss the prediction.

        Returns:
            As `predict_margin`.
        """
        return self._score(data)[1]

    def explain(self, data: Rows, most: int = 5) -> list[list[Contribution]]:
        """The features that move the margin of each row most, by falling size; none of a bad row.

        Args:
            most: how many of each row, 1 to 1000.
        """
        found: dict[int, list[Contribution]] = {}

        def take(_: Any, row: int, name: int, length: int, contribution: float) -> None:
            feature = ctypes.string_at(name, length).decode("utf-8", "replace")
            found.setdefault(row, []).append(Contribution(feature, contribution))

        handler = _native.ContributionHandler(take)
        if is_frame(data):
            table = _Table(self._checked(columns_of(data)))
            check(library.lrs_model_explain_columns(self._handle, *table.words, most, handler, None))
            count = table.rows
        else:
            rows = _bytes_of(data)
            count = self._count(rows)
            check(library.lrs_model_explain_rows(self._handle, rows, len(rows), most, handler, None))
        return [found.get(row, []) for row in range(count)]

    def evaluate(self, data: Rows) -> dict[str, Any]:
        """Holds predictions against the labels of rows: what `logreg-stream evaluate --json` says.

        Raises:
            LogRegStreamError: also for a row that is bad.
        """
        if is_frame(data):
            rows = self._csv(self._checked(columns_of(data)))
        else:
            rows = _bytes_of(data)
        told: list[bytes] = []
        handler = _native.TextHandler(lambda _, text, length: told.append(ctypes.string_at(text, length)))
        check(library.lrs_model_evaluate_rows(self._handle, rows, len(rows), handler, None))
        return json.loads(told[0])

    def _score(self, data: Rows) -> tuple[Any, Any]:
        bad = c_size_t()
        if is_frame(data):
            table = _Table(self._checked(columns_of(data)))
            margins, probabilities = self._arrays(table.rows)
            check(library.lrs_model_score_columns(
                self._handle, *table.words, margins, probabilities, byref(bad)))
            return self._shaped(margins), self._shaped(probabilities)
        rows = _bytes_of(data)
        count = c_size_t()
        # No row is shorter than its line end, and most are much longer: a guess that is seldom wrong.
        guess = min(len(rows), 1024 + rows.count(b"\n")) if rows[:2] != b"\x1f\x8b" else self._count(rows)
        margins, probabilities = self._arrays(guess)
        check(library.lrs_model_score_rows(
            self._handle, rows, len(rows), guess, margins, probabilities, byref(count), byref(bad)))
        return self._shaped(margins, count.value), self._shaped(probabilities, count.value)

    def _count(self, rows: bytes) -> int:
        count = c_size_t()
        check(library.lrs_model_score_rows(
            self._handle, rows, len(rows), 0, None, None, byref(count), None))
        return count.value

    def _arrays(self, rows: int) -> tuple[Any, Any]:
        kind = c_double * (rows * self.outputs)
        return kind(), kind()

    def _shaped(self, numbers: Any, rows: int | None = None) -> Any:
        rows = len(numbers) // self.outputs if rows is None else rows
        try:
            import numpy
        except ImportError:
            flat = list(numbers)[: rows * self.outputs]
            if self.outputs == 1:
                return flat
            return [flat[row * self.outputs : (row + 1) * self.outputs] for row in range(rows)]
        flat = numpy.frombuffer(numbers, dtype=numpy.float64, count=rows * self.outputs).copy()
        return flat if self.outputs == 1 else flat.reshape(rows, self.outputs)

    # --- Frames -------------------------------------------------------------------------------------

    def _checked(self, columns: list[Column]) -> list[Column]:
        """Refuses floating-point numbers where the text counts: `1.0` and `1` would be two categories."""
        if self._texts is None:
            self._texts = frozenset(text_columns(self.inspect()))
        for column in columns:
            if column.has_floats and column.name in self._texts:
                raise _float_refusal(column.name)
        return columns

    def _csv(self, columns: list[Column]) -> bytes:
        return csv_of(columns, header=True)


def text_columns(inspection: dict[str, Any]) -> list[str]:
    """Columns of a model whose texts are features."""
    return [
        column["name"] for column in inspection.get("columns") or []
        if column["type"] in ("categorical", "text")
    ]  # fmt: skip


def _float_refusal(name: str) -> TypeError:
    return TypeError(
        f"column {name!r} holds floating-point numbers, but is one of categories or texts: whether it is 1 or "
        "1.0 there decides the feature; make it integers (pandas: Int64) or texts")


def _bytes_of(data: Rows) -> bytes:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if isinstance(data, (str, os.PathLike)):
        with open(data, "rb") as stream:
            return stream.read()
    if isinstance(data, io.IOBase) or hasattr(data, "read"):
        content = data.read()
        return content.encode() if isinstance(content, str) else content
    raise TypeError(f"{type(data).__name__} is no path, bytes or frame")


class _Table:
    """Columns as the arrays of texts that C takes; keeps their memory."""

    def __init__(self, columns: list[Column]) -> None:
        self.rows = len(columns[0].texts) if columns else 0
        self._kept: list[Any] = []
        names = self._texts([column.name for column in columns])
        cells = array("Q", [self._texts(column.texts) for column in columns])
        self._kept.append(cells)
        #: Arguments of the functions that take columns.
        self.words = (
            ctypes.cast(names, ctypes.POINTER(Text)),
            ctypes.cast(cells.buffer_info()[0], ctypes.POINTER(c_void_p)),
            len(columns), self.rows,
        )  # fmt: skip

    def _texts(self, texts: list[str]) -> int:
        """The address of an array of `lrs_text`."""
        encoded = [text.encode("utf-8", "surrogateescape") for text in texts]
        lengths = list(map(len, encoded))
        # One more byte: an empty column has an address too, and an empty cell one that is not NULL.
        block = ctypes.create_string_buffer(b"".join(encoded), sum(lengths) + 1)
        words = array("Q", bytes(16 * max(len(texts), 1)))
        start = ctypes.addressof(block)
        if texts:
            words[0::2] = array("Q", accumulate([start, *lengths[:-1]]))
            words[1::2] = array("Q", lengths)
        self._kept += [block, words]
        return words.buffer_info()[0]
