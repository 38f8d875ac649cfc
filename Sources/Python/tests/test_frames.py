"""The texts that values become, and that all kinds of frames with the same values are the same rows."""

import datetime
import decimal

import logreg_stream
import numpy
import pandas
import polars
import pyarrow
import pytest
from conftest import OPTIONS
from logreg_stream._frames import columns_of, csv_of


def texts(frame):
    return {column.name: column.texts for column in columns_of(frame)}


#: What each value becomes, and a constructor of the pandas column that holds it where its own guess differs.
VALUES = [
    ("integers", [1, -20, 9007199254740993], ["1", "-20", "9007199254740993"], None),
    ("integers with nulls", [1, None, 3], ["1", "", "3"], "Int64"),
    ("doubles", [1.0, 0.1, 1e-7, 1e300, None], ["1.0", "0.1", "1e-07", "1e+300", ""], None),
    ("infinite", [float("inf"), float("-inf")], ["inf", "-inf"], None),
    ("booleans", [True, False], ["true", "false"], None),
    ("booleans with nulls", [True, None], ["true", ""], "boolean"),
    ("texts", ["a", "", None, " b ", "1.0"], ["a", "", "", " b ", "1.0"], None),
    ("decimals", [decimal.Decimal("1.10"), decimal.Decimal("2.00"), None], ["1.10", "2.00", ""], None),
    ("dates", [datetime.date(2026, 1, 2), None], ["2026-01-02", ""], "object"),
    (
        "times",
        [datetime.datetime(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4, 5, 600000), None],
        ["2026-01-02 00:00:00", "2026-01-02 03:04:05.6", ""],
        None,
    ),
]


@pytest.mark.parametrize(("name", "values", "expected", "dtype"), VALUES, ids=[x[0] for x in VALUES])
def test_what_values_become(name, values, expected, dtype):
    frames = [
        {"x": values},
        pandas.DataFrame({"x": pandas.Series(values, dtype=dtype)}),
        pandas.DataFrame({"x": pandas.Series(values, dtype=object)}),
        polars.DataFrame({"x": polars.Series(values, strict=True)}),
        pyarrow.table({"x": values}),
        pyarrow.record_batch({"x": pyarrow.array(values)}),
        pyarrow.table({"x": values}).to_pandas(types_mapper=pandas.ArrowDtype),
    ]
    for frame in frames:
        assert texts(frame) == {"x": expected}, type(frame)


def test_numpy_columns():
    arrays = {
        "i": numpy.array([1, 2], dtype=numpy.uint8), "f": numpy.array([0.1, numpy.nan]),
        "s": numpy.array(["a", "b"]), "b": numpy.array([True, False]),
        "t": numpy.array(["2026-01-02T03:04:05", "NaT"], dtype="datetime64[s]"),
        "o": numpy.array([numpy.float32(0.1), numpy.int64(3)], dtype=object),
    }  # fmt: skip
    assert texts(arrays) == {
        "i": ["1", "2"], "f": ["0.1", ""], "s": ["a", "b"], "b": ["true", "false"],
        "t": ["2026-01-02 03:04:05", ""], "o": ["0.1", "3"],
    }  # fmt: skip


def test_single_precision_has_its_shortest_text():
    numbers = [0.1, 1 / 3, 1e-20, 16777216.0, 3.4028234663852886e38]
    single = numpy.array(numbers, dtype=numpy.float32)
    frames = [
        {"x": single}, {"x": pandas.Series(single)}, pandas.DataFrame({"x": single}),
        polars.DataFrame({"x": polars.Series(numbers, dtype=polars.Float32)}),
        pyarrow.table({"x": pyarrow.array(numbers, type=pyarrow.float32())}),
        pyarrow.table({"x": pyarrow.array(numbers, type=pyarrow.float32())}).to_pandas(
            types_mapper=pandas.ArrowDtype),
        {"x": [numpy.float32(number) for number in numbers]},
    ]  # fmt: skip
    for frame in frames:
        found = texts(frame)["x"]
        assert found == texts(frames[0])["x"]
        assert (numpy.array(found, dtype=numpy.float64).astype(numpy.float32) == single).all()
    assert texts(frames[0])["x"][:2] == ["0.1", "0.33333334"]


def test_categories_are_their_values():
    values = ["a", None, "b"]
    frames = [
        pandas.DataFrame({"x": pandas.Categorical(values)}),
        polars.DataFrame({"x": polars.Series(values, dtype=polars.Categorical)}),
        pyarrow.table({"x": pyarrow.array(values).dictionary_encode()}),
    ]
    for frame in frames:
        assert texts(frame) == {"x": ["a", "", "b"]}


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ({"x": [[1]]}, "type list has no text"),
        ({"x": [datetime.timedelta(1)]}, "timedelta"),
        ({"x": [datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)]}, "a time with a zone"),
        (pandas.DataFrame({"x": pandas.to_datetime(["2026-01-01T00:00:00.000000001"])}), "microsecond"),
        ({"x": numpy.array(["2026-01-01T00:00:00.000000001"], "datetime64[ns]")}, "microsecond"),
        ({"x": "abc"}, "a sequence of values"),
        ({1: [1]}, "is no text"),
    ],
)
def test_values_without_a_text_are_refused(frame, words):
    with pytest.raises(TypeError, match=words):
        columns_of(frame)


def test_columns_that_are_no_table_are_refused():
    with pytest.raises(ValueError, match="different lengths"):
        columns_of({"a": [1], "b": []})
    with pytest.raises(ValueError, match="the same name"):
        columns_of(pandas.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(ValueError, match="the names of the columns"):
        csv_of(columns_of({"a": ["a"], "b": ["b"]}), header=True)


def test_quotes_stand_where_they_are_needed():
    written = csv_of(columns_of({"a": ["", "x"], "b": ["1,5", 'a"b'], "c": ["plain", "two\nlines"]}), True)
    assert written == b'"a",b,c\n"","1,5",plain\n"x","a""b","two\nlines"\n'


def frames_of(columns):
    nulls = {"count": "Int64"}
    return {
        "dict": columns,
        "pandas": pandas.DataFrame({k: pandas.Series(v, dtype=nulls.get(k)) for k, v in columns.items()}),
        "polars": polars.DataFrame(columns),
        "arrow": pyarrow.table(columns),
    }


@pytest.fixture
def frames(columns):
    return frames_of(columns)


def test_all_frames_train_the_model_of_the_file(columns, frames, program, tmp_path):
    rows = csv_of(columns_of(columns), header=True)
    (tmp_path / "t.csv").write_bytes(rows)
    program("train", "-q", "--bits", "12", "-o", "m.lrs", "t.csv")
    expected = (tmp_path / "m.lrs").read_bytes()
    # A pandas reader of our own rows, so that quotes are held against another program.
    read = pandas.read_csv(tmp_path / "t.csv", keep_default_na=False, dtype=str)
    assert read.to_dict("list") == texts(columns)
    for name, frame in frames.items():
        assert bytes(logreg_stream.train(frame, **OPTIONS)) == expected, name
        cut = [frame[:150], frame[150:]] if name in ("pandas", "polars") else None
        if cut:
            assert bytes(logreg_stream.train(cut, **OPTIONS)) == expected, name
            assert bytes(logreg_stream.train(iter(cut), **OPTIONS)) == expected, name


def test_all_frames_score_the_same(columns, frames, tmp_path):
    model = logreg_stream.train(columns, **OPTIONS)
    (tmp_path / "t.csv").write_bytes(csv_of(columns_of(columns), header=True))
    expected = model.predict_margin(tmp_path / "t.csv")
    assert not numpy.isnan(expected).any()
    for name, frame in frames.items():
        assert (model.predict_margin(frame) == expected).all(), name


def test_numbers_with_a_point_are_no_categories(columns, tmp_path):
    floats = {**columns, "count": [None if x is None else float(x) for x in columns["count"]]}
    # As numbers, 3 and 3.0 are the same.
    as_numbers = logreg_stream.train(columns, **OPTIONS)
    assert (as_numbers.predict_margin(floats) == as_numbers.predict_margin(columns)).all()
    for option in ({"categorical": "count"}, {"text": ["cou*"]}):
        with pytest.raises(TypeError, match="'count' holds floating-point"):
            logreg_stream.train(floats, **OPTIONS, **option)
    # An empty text is one more category where it does not mean that a value is missing.
    with pytest.raises(TypeError, match="holds floating-point"), pytest.warns(UserWarning, match="mostly numbers"):
        logreg_stream.train(floats, **OPTIONS, missing="?", model=tmp_path / "m.lrs")
    assert not (tmp_path / "m.lrs").exists()
    model = logreg_stream.train(columns, **OPTIONS, categorical=["count"])
    with pytest.raises(TypeError, match="'count' holds floating-point"):
        model.predict_margin(floats)
    model.predict_margin(columns)


def test_an_iterator_of_unlike_frames_is_refused(columns):
    other = {name: values for name, values in columns.items() if name != "flag"}
    with pytest.raises(ValueError, match="a frame has the columns"):
        logreg_stream.train([columns, other], **OPTIONS)
    with pytest.raises(TypeError, match="is no frame"):
        logreg_stream.train(iter([columns, 3]), **OPTIONS)
    with pytest.raises(TypeError, match="is no path, bytes, file or frame"):
        logreg_stream.train(iter([3]), **OPTIONS)
    with pytest.raises(ValueError, match="delimiter is about files"):
        logreg_stream.train(columns, **OPTIONS, delimiter=";")
