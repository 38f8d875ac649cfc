"""Trainings: the same bytes as the program, options, progress, and how they end."""

import gzip
import os
import signal
import subprocess
import sys
import threading
import time

import logreg_stream
import pytest
from conftest import FLIGHTS, OPTIONS, environment
from logreg_stream._frames import columns_of, csv_of

OF_FLIGHTS = {"label": "late", "categorical": ["month", "day", "hour", "flight"], "bits": 14}


def test_file_pipe_and_python_write_the_same_model(program, tmp_path):
    words = ["train", "-q", "--label", "late", "--categorical", "month,day,hour,flight", "--bits", "14"]
    program(*words, "-o", "file.lrs", FLIGHTS)
    with gzip.open(FLIGHTS) as stream:
        plain = stream.read()
    program(*words, "-o", "pipe.lrs", input=plain)
    expected = (tmp_path / "file.lrs").read_bytes()
    assert (tmp_path / "pipe.lrs").read_bytes() == expected
    with open(FLIGHTS, "rb") as stream, gzip.open(FLIGHTS) as unzipped:
        for data in (FLIGHTS, [FLIGHTS], stream, unzipped, plain, iter_parts(plain)):
            assert bytes(logreg_stream.train(data, **OF_FLIGHTS)) == expected
    model = logreg_stream.train(FLIGHTS, model=tmp_path / "python.lrs", **OF_FLIGHTS)
    assert (tmp_path / "python.lrs").read_bytes() == bytes(model) == expected
    assert model.training["rows"] == 20000 and model.training["model"].endswith("python.lrs")


def iter_parts(content):
    return [content[start : start + 99_991] for start in range(0, len(content), 99_991)]


def test_options(columns):
    model = logreg_stream.train(
        columns, label="label", bits=12, l1=0.5, epochs=2, no_header=None, ignore=["flag"],
        class_weight={"positive": 2}, numeric_transform={"count": "standardize"}, checkpoint=None)  # fmt: skip
    found = model.inspect()
    assert (found["bits"], found["passes"]["epochs"]) == (12, 2)
    kinds = {column["name"]: column["type"] for column in found["columns"]}
    assert kinds["flag"] == "ignored"
    for options, words in [
        ({"lable": "x"}, "did you mean label"), ({"bits": 99}, "bits"), ({"model_": "x"}, "is no option"),
        ({"alpha": 0.1, "optimizer": "lbfgs"}, "of no use"),
    ]:  # fmt: skip
        with pytest.raises(logreg_stream.LogRegStreamError, match=words) as caught:
            logreg_stream.train(columns, **options)
        assert caught.value.code == 64


def test_progress_and_notices(columns, capfd):
    moments, notices = [], []
    logreg_stream.train(columns, **OPTIONS, progress=moments.append, notices=notices.append)
    assert moments and moments[-1]["rows"] <= 400 and "average_loss" in moments[0]
    assert all(isinstance(text, str) for text in notices) and notices
    # Nothing is written where a program's own output goes.
    assert capfd.readouterr() == ("", "")
    logreg_stream.train(columns, **OPTIONS, progress=True)
    assert "rows" in capfd.readouterr().err


@pytest.mark.filterwarnings("error")
def test_warnings(tmp_path):
    (tmp_path / "t.csv").write_text("label,a\n" + "1,x\n0,y\n" * 50 + "1,x")
    with pytest.raises(UserWarning, match="carriage return"):
        logreg_stream.train(b"label,a\n" + b"1,x\r\r\n0,y\r\r\n" * 50, bits=10)


def test_what_goes_wrong_is_raised_and_nothing_is_written(columns, tmp_path):
    target = tmp_path / "m.lrs"
    bad = {**columns, "label": [7, *columns["label"][1:]]}
    with pytest.raises(logreg_stream.LogRegStreamError) as caught:
        logreg_stream.train(bad, **OPTIONS, model=target)
    assert caught.value.code == 65 and "row 1" in caught.value.message

    def half():
        yield columns
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        logreg_stream.train(half(), **OPTIONS, model=target)

    def broken(moment):
        raise RuntimeError("in progress")

    with pytest.raises(RuntimeError, match="in progress"):
        logreg_stream.train(columns, **OPTIONS, epochs=50, progress=broken, model=target)
    with pytest.raises(logreg_stream.LogRegStreamError) as caught:
        logreg_stream.train("none.csv", **OPTIONS)
    assert caught.value.code == 66
    with pytest.raises(TypeError, match="open it with 'rb'"), open(__file__) as stream:
        logreg_stream.train(stream, **OPTIONS)
    assert not target.exists()


def test_other_threads_run_meanwhile(columns):
    """The interpreter's lock is free while the library waits for rows."""
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        logreg_stream.train(columns, **OPTIONS, epochs=200)
    finally:
        stop.set()
        thread.join()
    assert len(ticks) > 10


SCRIPT = """
import sys
import logreg_stream

def rows():
    yield b"label,a\\n"
    sent = 0
    while True:
        yield b"1,x\\n0,y\\n" * 1000
        sent += 1
        if sent == 200:
            print("running", flush=True)

try:
    logreg_stream.train(rows(), bits=10, progress=lambda moment: None, **eval(sys.argv[1]))
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("has_checkpoint", [False, True])
def test_a_keyboard_interrupt_stops_the_training(has_checkpoint, tmp_path):
    options = {"checkpoint": "state", "input_name": "a"} if has_checkpoint else {}
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, repr(options)], cwd=tmp_path, stdout=subprocess.PIPE, text=True,
        env=environment())
    assert child.stdout.readline() == "running\n"
    child.send_signal(signal.SIGINT)
    assert child.stdout.read() == "stopped\n"
    assert child.wait(30) == 0
    kept = [name for name in os.listdir(tmp_path / "state") if name.endswith(".partial.lrs")] if has_checkpoint else []
    assert len(kept) == int(has_checkpoint)


def test_new_rows_are_learned_on_top(columns, program, tmp_path):
    halves = [{name: values[part] for name, values in columns.items()} for part in (slice(200), slice(200, None))]
    for index, half in enumerate(halves):
        (tmp_path / f"{index}.csv").write_bytes(csv_of(columns_of(half), header=True))
    words = ["train", "-q", "--bits", "12", "--checkpoint", "state", "-o", "m.lrs"]
    for index in (0, 1):
        program(*words, f"{index}.csv")
        model = logreg_stream.train(
            halves[index], **OPTIONS, checkpoint=tmp_path / "own", input_name=f"part {index}")
    assert bytes(model) == (tmp_path / "m.lrs").read_bytes()
