"""Training on a cluster: two workers of one core each on this machine. Skipped where PySpark or Java is absent."""

import gzip
import os
import pathlib
import random
import shutil
import subprocess
import sys

import pytest

pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("there is no Java, which Spark needs", allow_module_level=True)

from conftest import PROGRAM, environment  # noqa: E402
from logreg_stream import LogRegStreamError  # noqa: E402
from logreg_stream import spark as lrs_spark  # noqa: E402

LEARNER = {"average": "none", "alpha": 0.1}
OPTIONS = {"label": "label", "bits": 12, **LEARNER}


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.executorEnv.PYTHONPATH", environment()["PYTHONPATH"])
        .config("spark.executorEnv.LOGREG_STREAM_LIBRARY", os.environ.get("LOGREG_STREAM_LIBRARY", ""))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    draw = random.Random(5)
    paths = []
    for number in range(11):
        text = "label,amount,color\n"
        colors = ["red", "green", "blue"]
        for _ in range(150 + number):
            amount = draw.randrange(1000)
            text += f"{int(amount + draw.randrange(600) > 800)},{amount},{draw.choice(colors)}\n"
        paths.append(folder / f"part-{number}.csv.gz")
        paths[-1].write_bytes(gzip.compress(text.encode(), mtime=0))
    return [str(path) for path in paths]


def learn(spark, files, target, program=PROGRAM, **more):
    return lrs_spark.train(spark, files, model=target, rounds=2, shards=2, program=program, **{**OPTIONS, **more})


def wrapper(folder, script):
    """A program that does something before the real one."""
    path = folder / "logreg-stream"
    path.write_text(f'#!/bin/bash\n{script}\nexec {PROGRAM} "$@"\n')
    path.chmod(0o755)
    return str(path)


@pytest.fixture(scope="module")
def learned(spark, files, tmp_path_factory):
    target = tmp_path_factory.mktemp("model") / "m.lrs"
    return target, learn(spark, files, target)


def test_the_bytes_are_those_of_the_same_steps_by_hand(files, learned, tmp_path):
    plan = lrs_spark._Plan(lrs_spark._files(files), 2, 2, lrs_spark.BASE_SHARE)

    def run(*words):
        subprocess.run([PROGRAM, *words], cwd=tmp_path, check=True, capture_output=True)

    learner = ["--average", "none", "--alpha", "0.1", "-o", "m"]
    run("train", "-q", "--label", "label", "--bits", "12", *learner, "--save-state", "base", *plan.base)
    start = "base"
    for number, parts in enumerate(plan.rounds):
        for index, part in enumerate(parts):
            run("train", "-q", *learner, "--start-from", start, "--save-state", f"s{index}", *part)
        run("merge", "-q", "--base", start, "-o", "merged", "--save-state", f"r{number}", "s1", "s0")
        start = f"r{number}"
    target, figures = learned
    assert target.read_bytes() == (tmp_path / "merged").read_bytes()
    assert figures["rows"] == sum(150 + number for number in range(11)) == sum(figures["rows_by_file"].values())
    assert figures["shards"] == 2 and figures["rounds"] == 2 and figures["files"] == 11


def test_neither_order_nor_retries_nor_a_lost_executor_changes_a_byte(spark, files, learned, tmp_path):
    # The first try of every task is killed, and one of them takes its executor with it: program, Python's worker,
    # its daemon, the executor.
    killed = wrapper(
        tmp_path,
        f"""mark={tmp_path}/$(echo "$@" | tr -dc a-z0-9 | tail -c 60)
parent() {{ ps -o ppid= -p "$1" | tr -d ' '; }}
if [ "$1" = train ] && [ ! -e "$mark" ]; then
  touch "$mark"
  if [[ "$*" == *--start-from* ]] && mkdir {tmp_path}/lost 2>/dev/null; then
    kill -9 "$(parent "$(parent "$PPID")")"
  fi
  kill -9 $$
fi""",
    )
    target = tmp_path / "again.lrs"
    learn(spark, reversed(files), target, program=killed)
    assert target.read_bytes() == learned[0].read_bytes()
    assert (tmp_path / "lost").exists() and len(list(tmp_path.iterdir())) > 6


def test_a_damaged_file_ends_the_job_and_publishes_nothing(spark, files, tmp_path):
    folder = tmp_path / "rows"
    folder.mkdir()
    copies = [shutil.copy(path, folder) for path in files]
    bad = lrs_spark._Plan(lrs_spark._files(copies), 2, 2, lrs_spark.BASE_SHARE).rounds[1][1][0]
    content = pathlib.Path(bad).read_bytes()
    pathlib.Path(bad).write_bytes(content[: len(content) // 2])
    with pytest.raises(LogRegStreamError, match=os.path.basename(bad)) as caught:
        learn(spark, copies, tmp_path / "none.lrs")
    assert caught.value.code == 65
    assert not (tmp_path / "none.lrs").exists()


def test_a_stopped_driver_goes_on_behind_its_last_round(spark, files, learned, tmp_path):
    kept = tmp_path / "kept"
    # The second merge fails, as if the driver had been stopped.
    stopping = wrapper(
        tmp_path,
        f"""echo "$1" >> {tmp_path}/calls
[ "$1" = merge ] && [ "$(grep -c merge {tmp_path}/calls)" = 2 ] && {{ echo no >&2; exit 70; }}""",
    )
    target = tmp_path / "m.lrs"
    with pytest.raises(LogRegStreamError):
        learn(spark, files, target, program=stopping, checkpoint=kept)
    assert not target.exists() and (kept / "round.json").exists()
    with pytest.raises(ValueError, match="other files, shards, rounds or options"):
        learn(spark, files, target, checkpoint=kept, l1=1)
    calls = (tmp_path / "calls").read_text().split()
    figures = learn(spark, files, target, program=stopping, checkpoint=kept)
    assert target.read_bytes() == learned[0].read_bytes()
    # The base and the first round were not learned again.
    assert (tmp_path / "calls").read_text().split()[len(calls) :] == ["train", "train", "merge"]
    assert figures["rows"] == learned[1]["rows"] and not kept.exists()


def test_what_cannot_be_dealt_out_is_refused(spark, files, tmp_path):
    with pytest.raises(ValueError, match="more, smaller files"):
        lrs_spark.train(spark, files, model=tmp_path / "m", rounds=8, shards=8, program=PROGRAM)
    with pytest.raises(ValueError, match="named twice"):
        lrs_spark.train(spark, files + files[:1], model=tmp_path / "m", program=PROGRAM)
    with pytest.raises(ValueError, match="save_state is decided"):
        learn(spark, files, tmp_path / "m", save_state="s")
    with pytest.raises(FileNotFoundError):
        learn(spark, files + ["none.csv"], tmp_path / "m")
    with pytest.raises(LogRegStreamError, match="nolabel") as caught:
        learn(spark, files, tmp_path / "m", label="nolabel")
    assert caught.value.code == 64


def test_predictions_are_those_of_the_program(spark, files, learned, tmp_path):
    scored = lrs_spark.predict(spark, learned[0], files[:3], program=PROGRAM).collect()
    for path in files[:3]:
        run = [PROGRAM, "predict", "-q", "-m", learned[0], path]
        expected = subprocess.run(run, check=True, capture_output=True).stdout.split()
        found = sorted((row.row, row.probability) for row in scored if row.path == path)
        assert [row for row, _ in found] == list(range(1, len(expected) + 1))
        assert [number for _, number in found] == [float(text) for text in expected]


def test_a_data_frame_is_scored_by_its_columns(spark, files, learned):
    pytest.importorskip("pandas", reason="pandas is not installed")
    pytest.importorskip("pyarrow", reason="PyArrow is not installed")
    frame = spark.createDataFrame([(5, "red"), (900, "blue"), (None, None)], "amount int, color string")
    scored = lrs_spark.predict(spark, learned[0], frame).collect()
    assert [row.amount for row in scored] == [5, 900, None]
    assert scored[0].probability < 0.5 < scored[1].probability
