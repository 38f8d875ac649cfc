"""Training and predicting on a Spark cluster, with the native program on its executors.

    from logreg_stream import spark as lrs_spark

    figures = lrs_spark.train(spark, paths, model="m.lrs", rounds=4, shards=8, label="clicked")
    lrs_spark.predict(spark, "m.lrs", paths).write.parquet("scores")

Executors get *paths*, which must lead to the same files on every machine (a shared file system, or local-cluster);
what they learn comes back as a state through the driver, which merges the states and publishes the model. The same
files (names and contents), shards, rounds and options give the same bytes, whatever the executors, retries and order
of completion.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from ._native import LogRegStreamError

#: Share of the stored bytes that is learned in sequence before rows are dealt out.
BASE_SHARE = 0.05

_PROGRAM = "logreg-stream"
#: Options that the driver gives to the runs itself.
_OWN = {"model", "save_state", "start_from", "checkpoint", "json", "quiet", "progress", "config", "threads"}
#: Options that decide how a learner goes on from a state; all others are in the state's schema and options.
_LEARNER = {
    "optimizer", "loss", "alpha", "beta", "l1", "l2", "average", "race_rows", "batch_size", "learning_rate",
    "schedule", "power", "decay", "decay_rows", "warmup", "seed", "class_weight", "keep_negatives", "negatives_kept",
    "population_rate", "correction", "calibrator", "calibrate_on", "names", "shuffle", "max_bad_rows",
    "max_line_bytes", "epochs",
}  # fmt: skip

_SENT: set[tuple[str, str]] = set()


def train(
    spark: Any,
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    model: str | os.PathLike[str],
    rounds: int = 4,
    shards: int = 8,
    base: float = BASE_SHARE,
    checkpoint: str | os.PathLike[str] | None = None,
    program: str | os.PathLike[str] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Learns a model from files on the executors of a cluster.

    The first files, in an order that follows from their names alone, are learned in sequence by one executor: the
    base. The others are dealt out to `shards` learners in `rounds` rounds; after each, the driver merges their states,
    and the next round starts from the merged one.

    Args:
        spark: the session.
        paths: files that every executor can open by these names.
        model: where the model goes, on the driver; only when all was learned.
        rounds: how often states are merged.
        shards: learners of each round. More than cores wait for their turn and change nothing but the time.
        base: share of the stored bytes that is learned first, at least one file.
        checkpoint: a directory on the driver: a run that was stopped goes on behind its last round.
        program: the program `logreg-stream` on the driver, a static build; it is sent to the executors. None: that of
            the variable LOGREG_STREAM_PROGRAM, or on the path.
        options: the long options of `logreg-stream train`, with `_` for `-`.

    Returns:
        The figures of the last merge, with `rounds`, `files` and `rows_by_file`.

    Raises:
        LogRegStreamError: what the program said, of the first file at fault; nothing is published then.
        ValueError: for options or files that cannot be dealt out.
    """
    files = _files(paths)
    plan = _Plan(files, shards, rounds, base)
    refused = sorted(_OWN & set(options))
    if refused:
        raise ValueError(f"{refused[0]} is decided by spark.train itself")
    native = _program(program)
    words = _words(options)
    learner = _words({name: value for name, value in options.items() if name in _LEARNER})
    with tempfile.TemporaryDirectory(prefix="logreg-stream-") as scratch:
        keeper = _Keeper(checkpoint, scratch, plan.identity(words))
        sent = _send(spark, native)
        state, done, rows = keeper.load()
        if done == 0:
            answers = _learn(spark, sent, [(plan.base, words, None)])
            state, rows = answers[0]["state"], dict(answers[0]["rows"])
            done = 1
            keeper.save(state, done, rows)
        summary: dict[str, Any] = {}
        for number in range(done - 1, rounds):
            start = state
            answers = _learn(spark, sent, [(part, learner, start) for part in plan.rounds[number]])
            for answer in answers:
                rows.update(answer["rows"])
            last = number + 1 == rounds
            target = os.fspath(model) if last else os.path.join(scratch, "round.lrs")
            states = [answer["state"] for answer in answers]
            state, summary = _merge(native, scratch, start, states, target, sum(rows.values()))
            # Behind the last round there is a model: a driver that is stopped here makes that round again.
            if not last:
                keeper.save(state, number + 2, rows)
        summary.update(rounds=rounds, files=len(files), rows_by_file={path: rows[path] for path in files})
        keeper.finish()
        return summary


def _scattered(name: str) -> bytes:
    return hashlib.sha256(os.fsencode(name)).digest()


class _Plan:
    """Which file is learned where: from names and sizes alone."""

    def __init__(self, files: list[str], shards: int, rounds: int, base: float) -> None:
        if shards < 1 or rounds < 1:
            raise ValueError("shards and rounds must be at least 1")
        if not 0 < base < 1:
            raise ValueError("base is a share of the rows, above 0 and below 1")
        # In random order, the same wherever the files lie: neighbours in a calendar are far apart.
        order = sorted(files, key=lambda path: (_scattered(os.path.basename(path)), path))
        sizes = {path: os.path.getsize(path) for path in files}
        wanted = base * sum(sizes.values())
        self.base: list[str] = []
        begun = 0
        while order and (not self.base or begun + sizes[order[0]] / 2 < wanted):
            begun += sizes[order[0]]
            self.base.append(order.pop(0))
        if len(order) < shards * rounds:
            raise ValueError(
                f"{len(files)} files cannot be dealt out: {len(self.base)} for the base leave {len(order)}, and {shards} "
                f"shards in {rounds} rounds need {shards * rounds}: write more, smaller files, or take fewer shards or "
                "rounds"
            )
        self.rounds: list[list[list[str]]] = [[[] for _ in range(shards)] for _ in range(rounds)]
        for index, path in enumerate(order):
            self.rounds[index // shards % rounds][index % shards].append(path)
        self._sizes = sizes

    def identity(self, words: list[str]) -> str:
        """What a run that goes on must have in common with the one that was stopped."""
        text = json.dumps([self.base, self.rounds, sorted(self._sizes.items()), words])
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


class _Keeper:
    """The state after the last round, where it outlives the driver."""

    def __init__(self, directory: str | os.PathLike[str] | None, scratch: str, identity: str) -> None:
        self._directory = None if directory is None else os.fspath(directory)
        self._scratch = scratch
        self._identity = identity
        if self._directory is not None:
            os.makedirs(self._directory, exist_ok=True)

    def _path(self, name: str) -> str:
        return os.path.join(self._directory or self._scratch, name)

    def load(self) -> tuple[bytes, int, dict[str, int]]:
        if self._directory is None or not os.path.exists(self._path("round.json")):
            return b"", 0, {}
        with open(self._path("round.json"), encoding="utf-8", errors="surrogateescape") as file:
            kept = json.load(file)
        if kept["identity"] != self._identity:
            raise ValueError(
                f"{self._directory} is of other files, shards, rounds or options: name another directory, or remove it"
            )
        with open(self._path(kept["state"]), "rb") as file:
            state = file.read()
        if hashlib.sha256(state).hexdigest() != kept["sha256"]:
            raise ValueError(f"{self._directory} is damaged: remove it, and begin anew")
        return state, kept["done"], kept["rows"]

    def save(self, state: bytes, done: int, rows: dict[str, int]) -> None:
        if self._directory is None:
            return
        name = f"round-{done}.state"
        _replace(self._path(name), state)
        kept = {
            "identity": self._identity,
            "state": name,
            "sha256": hashlib.sha256(state).hexdigest(),
            "done": done,
            "rows": rows,
        }
        _replace(self._path("round.json"), json.dumps(kept).encode("utf-8", "surrogateescape"))
        for other in os.listdir(self._directory):
            if other.startswith("round-") and other != name:
                os.remove(self._path(other))

    def finish(self) -> None:
        """The model is there: what led to it is no longer wanted."""
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)


def _replace(path: str, content: bytes) -> None:
    """Whole or not at all."""
    part = path + ".tmp"
    with open(part, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


# What runs on executors is made here, so that it is sent by value: they need Python's standard library, and not this
# package.
def _task(name: str) -> Any:
    def learn(job: tuple[int, list[str], list[str], Any]) -> dict[str, Any]:
        import json
        import os
        import shutil
        import subprocess
        import tempfile

        from pyspark import SparkFiles

        index, paths, words, start = job
        with tempfile.TemporaryDirectory(prefix="logreg-stream-") as folder:
            native = os.path.join(folder, "logreg-stream")
            shutil.copy(SparkFiles.get(name), native)
            os.chmod(native, 0o755)
            state = os.path.join(folder, "end.state")
            model = os.path.join(folder, "m.lrs")
            run = [native, "train", "--json", "-q", "--threads", "1", "-o", model, "--save-state", state]
            if start is not None:
                begin = os.path.join(folder, "begin.state")
                with open(begin, "wb") as file:
                    file.write(start.value)
                run += ["--start-from", begin]
            done = subprocess.run([*run, *words, "--", *paths], capture_output=True, check=False)
            if done.returncode < 0:
                # Killed by the system, and no fault of the rows: Spark tries again.
                raise RuntimeError(f"logreg-stream was ended by signal {-done.returncode}")
            if done.returncode:
                # Another try would end in the same way: the driver has to know at once.
                said = done.stderr.decode("utf-8", "replace")
                return {"index": index, "failure": said, "code": done.returncode}
            figures = json.loads(done.stdout)
            with open(state, "rb") as file:
                content = file.read()
            rows = [(path, entry["rows"]) for path, entry in zip(paths, figures["inputs"])]
            warned = done.stderr.decode("utf-8", "replace").splitlines()
            return {"index": index, "state": content, "rows": rows, "warned": warned}

    return learn


def _learn(spark: Any, name: str, jobs: list[tuple[list[str], list[str], bytes | None]]) -> list[dict[str, Any]]:
    """What each job came to, in their order; a task that is tried twice, or by two executors, counts once."""
    context = spark.sparkContext
    start = None if jobs[0][2] is None else context.broadcast(jobs[0][2])
    numbered = [(index, paths, words, start) for index, (paths, words, _) in enumerate(jobs)]
    learn = _task(name)
    try:
        answers = context.parallelize(numbered, len(numbered)).map(learn).collect()
    finally:
        if start is not None:
            start.unpersist()
    answers.sort(key=lambda answer: answer["index"])
    if [answer["index"] for answer in answers] != list(range(len(jobs))):
        raise RuntimeError("Spark returned another number of answers than there were tasks")
    for answer, (paths, _, _) in zip(answers, jobs):
        if "failure" in answer:
            raise LogRegStreamError(answer["code"], answer["failure"].strip())
        if [path for path, _ in answer["rows"]] != paths:
            raise RuntimeError("an executor learned other files than it was given")
        _warn(answer["warned"])
    return answers


def _merge(
    native: str, scratch: str, base: bytes, states: list[bytes], model: str, rows: int
) -> tuple[bytes, dict[str, Any]]:
    folder = tempfile.mkdtemp(dir=scratch)
    try:
        names = []
        for index, content in enumerate([base, *states]):
            names.append(os.path.join(folder, f"{index}.state"))
            with open(names[-1], "wb") as file:
                file.write(content)
        merged = os.path.join(folder, "merged.state")
        outputs = ["-o", model, "--save-state", merged]
        summary = _run([native, "merge", "--json", "-q", "--base", names[0], *outputs, *names[1:]])
        if summary["rows"] != rows:
            raise RuntimeError(f"the merged state has {summary['rows']} rows, the files have {rows}")
        with open(merged, "rb") as file:
            return file.read(), summary
    finally:
        shutil.rmtree(folder)


def _run(words: list[str]) -> dict[str, Any]:
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        raise LogRegStreamError(done.returncode, done.stderr.decode("utf-8", "replace").strip())
    _warn(done.stderr.decode("utf-8", "replace").splitlines())
    return json.loads(done.stdout)


def _warn(lines: list[str]) -> None:
    for line in lines:
        warnings.warn(line.removeprefix("logreg-stream: "), stacklevel=4)


def _program(given: str | os.PathLike[str] | None) -> str:
    found = os.environ.get("LOGREG_STREAM_PROGRAM") or shutil.which(_PROGRAM)
    if given is not None:
        found = os.fspath(given)
    if found is None or not os.path.isfile(found):
        raise ValueError("no program logreg-stream: give program=, set LOGREG_STREAM_PROGRAM, or put it on the path")
    return os.path.abspath(found)


def _send(spark: Any, native: str) -> str:
    """The name under which executors find the program: another one for another content."""
    with open(native, "rb") as file:
        name = f"{_PROGRAM}-{hashlib.sha256(file.read()).hexdigest()[:16]}"
    context = spark.sparkContext
    # A file is sent once in the life of a context, and from one place.
    if (context.applicationId, name) not in _SENT:
        folder = tempfile.mkdtemp(prefix="logreg-stream-")
        # Executors that come later fetch it, too.
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        copy = os.path.join(folder, name)
        shutil.copy(native, copy)
        context.addFile(copy)
        _SENT.add((context.applicationId, name))
    return name


def _files(paths: Any) -> list[str]:
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    files = [os.fspath(path) for path in paths]
    if len(set(files)) < len(files):
        raise ValueError("a file is named twice")
    for path in files:
        if not os.path.isfile(path):
            raise FileNotFoundError(path)
    return sorted(files)


def _words(options: dict[str, Any]) -> list[str]:
    """Options as words of a command line, in the order of their names."""
    words: list[str] = []
    for name, value in sorted(options.items()):
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(flag)
            continue
        if isinstance(value, dict):
            value = [f"{key}={part}" for key, part in value.items()]
        text = ",".join(str(part) for part in value) if isinstance(value, (list, tuple)) else str(value)
        words.append(f"{flag}={text}")
    return words


def predict(
    spark: Any,
    model: str | os.PathLike[str],
    data: Any,
    *,
    program: str | os.PathLike[str] | None = None,
) -> Any:
    """The probability of each row, as a DataFrame.

    Args:
        spark: the session.
        model: the path of a model on the driver.
        data: paths that every executor can open: the result has `path`, `row` (from 1, in the order of the file) and
            `probability`; or a DataFrame: the result is that with a column `probability`. Its executors need the
            package logreg_stream, PyArrow and pandas.
        program: as for `train`; for paths alone.

    Raises:
        LogRegStreamError: what the program said, when an action runs.
    """
    with open(model, "rb") as file:
        content = spark.sparkContext.broadcast(file.read())
    if hasattr(data, "mapInPandas"):
        from pyspark.sql.types import DoubleType, StructField, StructType

        target = StructType([*data.schema.fields, StructField("probability", DoubleType())])

        def score(frames: Iterator[Any]) -> Iterator[Any]:
            import logreg_stream

            served = logreg_stream.Model.load(content.value)
            for frame in frames:
                yield frame.assign(probability=served.predict_proba(frame) if len(frame) else [])

        return data.mapInPandas(score, target)
    files = _files(data)
    lines = _lines(_send(spark, _program(program)), content)
    return spark.createDataFrame(
        spark.sparkContext.parallelize(files, len(files)).flatMap(lines), "path string, row long, probability double"
    )


def _lines(name: str, content: Any) -> Any:
    def lines(path: str) -> Iterator[tuple[str, int, float]]:
        import os
        import shutil
        import subprocess
        import tempfile

        from pyspark import SparkFiles

        with tempfile.TemporaryDirectory(prefix="logreg-stream-") as folder:
            native = os.path.join(folder, "logreg-stream")
            shutil.copy(SparkFiles.get(name), native)
            os.chmod(native, 0o755)
            model = os.path.join(folder, "m.lrs")
            with open(model, "wb") as file:
                file.write(content.value)
            # Written only when the whole file was read and found to be sound.
            out = os.path.join(folder, "out.txt")
            run = [native, "predict", "-q", "--threads", "1", "-m", model, "--", path]
            with open(out, "wb") as target:
                done = subprocess.run(run, stdout=target, stderr=subprocess.PIPE, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr.decode("utf-8", "replace").strip())
            with open(out, encoding="ascii") as file:
                for row, line in enumerate(file, 1):
                    yield path, row, float(line)

    return lines
