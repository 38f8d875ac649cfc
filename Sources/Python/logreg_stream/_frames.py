"""Frames as the texts that a CSV file of the same values holds.

Every kind of frame comes down to columns of texts by the same rules, which the article "Serving from Python" has as
a table: equal values give equal texts, whatever holds them.
"""

from __future__ import annotations

import datetime
import decimal
import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class Column:
    """A column as texts."""

    __slots__ = ("has_floats", "name", "texts")

    def __init__(self, name: str, texts: list[str], has_floats: bool) -> None:
        self.name = name
        self.texts = texts
        #: Whether there is a binary floating-point number in it: files write such numbers in several ways.
        self.has_floats = has_floats


def is_frame(data: Any) -> bool:
    """Whether it is a frame of one of the kinds that `columns_of` takes."""
    if isinstance(data, Mapping):
        return True
    kind = type(data)
    package = kind.__module__.partition(".")[0]
    return (package, kind.__name__) in {
        ("pandas", "DataFrame"), ("polars", "DataFrame"), ("pyarrow", "Table"), ("pyarrow", "RecordBatch"),
    }  # fmt: skip


def columns_of(data: Any) -> list[Column]:
    """The columns of a frame.

    Raises:
        TypeError: for values that have no text of their own.
        ValueError: for columns of different lengths, or two of one name.
    """
    package = type(data).__module__.partition(".")[0]
    if isinstance(data, Mapping):
        columns = [_column(name, *_values_of_sequence(values)) for name, values in data.items()]
    elif package == "pandas":
        columns = [
            _column(name, *_values_of_pandas(data.iloc[:, index]))
            for index, name in enumerate(data.columns)
        ]
    elif package == "polars":
        columns = [
            _column(series.name, series.to_list(), str(series.dtype) == "Float32")
            for series in data.get_columns()
        ]
    elif package == "pyarrow":
        columns = [
            _column(name, *_values_of_arrow(data.column(index)))
            for index, name in enumerate(data.schema.names)
        ]
    else:
        raise TypeError(f"{type(data).__name__} is no frame")
    names = [column.name for column in columns]
    if len(set(names)) < len(names):
        raise ValueError("two columns have the same name")
    if len({len(column.texts) for column in columns}) > 1:
        raise ValueError("the columns have different lengths")
    return columns


def _values_of_pandas(series: Any) -> tuple[list[Any], bool]:
    missing = series.isna()
    values = series.astype(object).tolist()
    if missing.any():
        values = [None if gone else value for value, gone in zip(values, missing.tolist())]
    return values, _is_single(str(series.dtype))


def _values_of_arrow(array: Any) -> tuple[list[Any], bool]:
    return array.to_pylist(), str(array.type) in ("float", "halffloat")


def _values_of_sequence(values: Any) -> tuple[list[Any], bool]:
    if isinstance(values, (str, bytes)):
        raise TypeError("a column is a sequence of values, not one text")
    kind = type(values).__module__.partition(".")[0]
    if kind == "pandas":
        return _values_of_pandas(values)
    if kind == "polars":
        return values.to_list(), str(values.dtype) == "Float32"
    if kind == "pyarrow":
        return _values_of_arrow(values)
    dtype = getattr(values, "dtype", None)
    if dtype is None:
        return list(values), False
    if dtype.kind in "Mm":
        import numpy

        gone = numpy.isnat(values)
        # Microseconds are what Python's own type holds.
        exact = values.astype("datetime64[us]") if dtype.kind == "M" else values
        if dtype.kind == "M" and not (exact[~gone] == values[~gone]).all():
            raise TypeError("times of less than a microsecond: give them as texts")
        return [None if no else value for value, no in zip(exact.tolist(), gone.tolist())], False
    return values.tolist(), _is_single(str(dtype))


def _is_single(dtype: str) -> bool:
    return dtype.lower().partition("[")[0] in ("float32", "float16") or dtype in (
        "float[pyarrow]", "halffloat[pyarrow]")  # fmt: skip


def _column(name: Any, values: list[Any], is_single: bool) -> Column:
    if not isinstance(name, str):
        raise TypeError(f"the column name {name!r} is no text")
    try:
        return _texts(name, values, is_single)
    except TypeError as error:
        raise TypeError(f"column {name!r}: {error}") from None


def _texts(name: str, values: list[Any], is_single: bool) -> Column:
    kinds = set(map(type, values))
    kinds.discard(type(None))
    # Columns of one plain type, which most are, need no question for each value.
    if kinds <= {str}:
        return Column(name, [value or "" for value in values], False)
    if kinds == {int}:
        return Column(name, ["" if value is None else str(value) for value in values], False)
    if kinds == {float} and not is_single:
        # A number that is not itself is NaN.
        texts = ["" if value is None or value != value else repr(value) for value in values]
        return Column(name, texts, True)
    texts, has_floats = [], False
    for value in values:
        is_float, text = _text(value, is_single)
        has_floats = has_floats or is_float
        texts.append(text)
    return Column(name, texts, has_floats)


def _text(value: Any, is_single: bool) -> tuple[bool, str]:
    """The text of a value, and whether it is a binary floating-point number."""
    if value is None:
        return False, ""
    if hasattr(value, "dtype") and hasattr(value, "item"):
        is_single = is_single or _is_single(str(value.dtype))
        value = value.item()
    if isinstance(value, str):
        return False, value
    if isinstance(value, bool):
        return False, "true" if value else "false"
    if isinstance(value, int):
        return False, str(value)
    if isinstance(value, float):
        return True, "" if math.isnan(value) else _shortest_single(value) if is_single else repr(value)
    if isinstance(value, decimal.Decimal):
        return False, "" if value.is_nan() else format(value, "f")
    if type(value).__name__ in ("NAType", "NaTType"):
        return False, ""
    if isinstance(value, datetime.datetime):
        return False, _time_text(value)
    if isinstance(value, datetime.date):
        return False, value.isoformat()
    if isinstance(value, bytes):
        return False, value.decode("utf-8", "surrogateescape")
    raise TypeError(
        f"a value of type {type(value).__name__} has no text of its own: make it a text or a number")


def _time_text(value: datetime.datetime) -> str:
    if value.tzinfo is not None:
        raise TypeError(
            "a time with a zone is written in several ways: make it a text with strftime, or leave "
            "out the zone")
    if getattr(value, "nanosecond", 0):
        raise TypeError("times of less than a microsecond: give them as texts")
    text = value.strftime("%Y-%m-%d %H:%M:%S") if value.year >= 1000 else value.isoformat(" ", "seconds")
    return text + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "")


def _shortest_single(value: float) -> str:
    """The shortest text that is the same number in single precision."""
    if math.isinf(value):
        return repr(value)
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        # Rounding up may leave the range.
        if abs(float(text)) < 3.4028236e38 and struct.pack("f", float(text)) == struct.pack("f", value):
            return text
    return repr(value)


# --- CSV ----------------------------------------------------------------------------------------------


def _quoted(texts: Sequence[str], always: bool) -> Sequence[str]:
    """The texts as fields."""
    everything = "".join(texts)
    if always or any(mark in everything for mark in ',"\n\r'):
        return [
            '"' + text.replace('"', '""') + '"'
            if always or any(mark in text for mark in ',"\n\r')
            else text
            for text in texts
        ]
    return texts


def csv_of(columns: list[Column], header: bool) -> bytes:
    """A table with quotes where they are needed, and around each first field: no row is then blank.

    Raises:
        ValueError: for a row of the columns' own names, which a reader takes for the header again.
    """
    fields = [_quoted(column.texts, index == 0) for index, column in enumerate(columns)]
    lines = list(map(",".join, zip(*fields)))
    names = ",".join(
        _quoted([column.name], index == 0)[0] for index, column in enumerate(columns))
    if names in lines:
        raise ValueError("a row holds the names of the columns: leave it out")
    if header:
        lines.insert(0, names)
    lines.append("")
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def csv_chunks(frames: Iterable[Any], refuse: Any = None) -> Iterable[bytes]:
    """Frames of the same columns, one after another, as one file.

    Args:
        frames: of any kind.
        refuse: called with the columns of each frame; may raise.
    """
    names: list[str] | None = None
    for frame in frames:
        if not is_frame(frame):
            raise TypeError(f"{type(frame).__name__} is no frame")
        columns = columns_of(frame)
        if refuse:
            refuse(columns)
        found = [column.name for column in columns]
        if names is not None and found != names:
            raise ValueError(f"a frame has the columns {found}, the first one {names}")
        yield csv_of(columns, header=names is None)
        names = found
