"""Training a model from files, bytes or frames."""

from __future__ import annotations

import ctypes
import fnmatch
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Union

from . import _native
from ._frames import Column, csv_chunks, is_frame
from ._native import Text, byref, c_int, c_void_p, check, library
from .model import Model, _float_refusal, text_columns

Progress = Union[bool, Callable[[dict[str, Any]], None]]

#: Options that say how a file is written, which a frame is not.
_FILE_OPTIONS = {"format", "quote", "delimiter", "no_header", "columns", "comment", "skip_lines", "decimal",
                 "number_marks"}  # fmt: skip
_BLOCK = 1 << 20


def train(
    data: Any,
    *,
    model: str | os.PathLike[str] | None = None,
    progress: Progress = False,
    notices: Callable[[str], None] | None = None,
    **options: Any,
) -> Model:
    """Learns a model; the bytes are those that the program writes for the same rows and options.

    Args:
        data: a path or a list of paths, read as one stream; bytes or an iterable of bytes, as such a file holds
            them; an open binary file or a list of them; a frame (pandas or Polars DataFrame, Arrow table or record
            batch, dict of columns), or an iterable of frames of the same columns.
        model: where the model goes; None: it is in memory alone.
        progress: True: tqdm's bar where it is installed, else a line now and then, on standard error; or a function,
            called about once a second with a dict such as `{"rows": 1000, "average_loss": 0.3, …}`.
        notices: called with each warning and notice; None: warnings go to `warnings.warn`.
        options: the long options of `logreg-stream train`, with `_` for `-`: `label="clicked"`, `epochs=3`,
            `categorical=["month", "day"]`, `class_weight={"positive": 10}`, `checkpoint="state"`.

    Returns:
        The model; the final figures are in its `training`.

    Raises:
        LogRegStreamError: what the program would say.
        KeyboardInterrupt: after the training has stopped; with `checkpoint`, after a checkpoint was written, and
            the same call goes on from there.
    """
    paths = _paths(data)
    has_frames, parts = (False, []) if paths is not None else _parts(data)
    # Of frames a model may turn out to be none: then nothing is written.
    run = _Run(_config(options), None if has_frames else model, progress, notices)
    try:
        floats: set[str] = set()
        if paths is not None:
            run.read(paths)
        elif has_frames:
            _refuse_file_options(options)

            def refuse(columns: list[Column]) -> None:
                for column in columns:
                    if column.has_floats:
                        floats.add(column.name)
                        _refuse_float(column, options)

            run.feed(csv_chunks(parts, refuse))
        else:
            run.feed(_blocks(parts))
        trained = run.finish()
        for name in text_columns(trained.inspect()):
            if name in floats:
                raise _float_refusal(name)
        if has_frames and model is not None:
            trained.save(model)
        return trained
    finally:
        run.close()


# --- Input ------------------------------------------------------------------------------------------


def _paths(data: Any) -> list[str] | None:
    """The files that are named; None where there is something else."""
    if isinstance(data, (str, os.PathLike)):
        return [os.fspath(data)]
    if isinstance(data, (list, tuple)) and data and all(isinstance(x, (str, os.PathLike)) for x in data):
        return [os.fspath(path) for path in data]
    return None


def _parts(data: Any) -> tuple[bool, Iterable[Any]]:
    """Whether the first of several frames, bytes or files is a frame, and all of them."""
    if is_frame(data):
        return True, [data]
    if isinstance(data, (bytes, bytearray, memoryview)) or hasattr(data, "read"):
        return False, [data]
    parts = iter(data)
    first = list(itertools.islice(parts, 1))
    return bool(first) and is_frame(first[0]), itertools.chain(first, parts)


def _blocks(parts: Iterable[Any]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, (bytes, bytearray, memoryview)):
            yield bytes(part)
            continue
        if not hasattr(part, "read"):
            raise TypeError(f"{type(part).__name__} is no path, bytes, file or frame")
        while block := part.read(_BLOCK):
            if isinstance(block, str):
                raise TypeError("the file is open for text: open it with 'rb'")
            yield block


# --- Options ----------------------------------------------------------------------------------------


def _refuse_file_options(options: Mapping[str, Any]) -> None:
    for name in _FILE_OPTIONS & {name for name, value in options.items() if value is not None}:
        raise ValueError(f"{name} is about files, but a frame is given")


def _refuse_float(column: Column, options: Mapping[str, Any]) -> None:
    for name in ("categorical", "text"):
        if any(fnmatch.fnmatchcase(column.name, glob) for glob in _listed(options.get(name))):
            raise _float_refusal(column.name)


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [word for text in ([value] if isinstance(value, str) else value) for word in text.split(",")]


def _config(options: Mapping[str, Any]) -> bytes:
    """The options as the YAML of a config file."""
    lines = []
    for name, value in options.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            value = [f"{key}={item}" for key, item in value.items()]
        if isinstance(value, (list, tuple)):
            text = "[" + ", ".join(_scalar(item) for item in value) + "]"
        else:
            text = _scalar(value)
        lines.append(f"{name.replace('_', '-')}: {text}\n")
    return "".join(lines).encode()


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    return json.dumps(str(value), ensure_ascii=False)


# --- The run ----------------------------------------------------------------------------------------


class _Run:
    """A training of the library, from its first byte to its end."""

    def __init__(
        self, config: bytes, model: Any, progress: Progress, notices: Callable[[str], None] | None
    ) -> None:
        self._handle = c_void_p()
        self._path = None if model is None else os.fspath(model)
        self._failure: BaseException | None = None
        path = None if self._path is None else os.fsencode(self._path)
        check(library.lrs_training_open(config, len(config), path, byref(self._handle)))
        # C calls these for as long as the training lives.
        self._bar = _Bar() if progress is True else None
        show = self._bar if progress is True else progress
        self._handlers = []
        if show:
            self._listen("lrs_training_on_progress", lambda text: show(json.loads(text)))
        self._listen("lrs_training_on_notice", notices or _warn)

    def _listen(self, name: str, take: Callable[[str], None]) -> None:
        def call(_: Any, text: int, length: int) -> None:
            try:
                take(ctypes.string_at(text, length).decode("utf-8", "replace"))
            except BaseException as error:  # noqa: BLE001 - it is raised where the training was started
                self._failure = self._failure or error
                library.lrs_training_cancel(self._handle)

        handler = _native.TextHandler(call)
        self._handlers.append(handler)
        check(getattr(library, name)(self._handle, handler, None))

    def read(self, paths: Iterable[str]) -> None:
        for path in paths:
            check(library.lrs_training_add_path(self._handle, os.fsencode(path)))

    def feed(self, blocks: Iterable[bytes]) -> None:
        try:
            for block in blocks:
                for start in range(0, len(block), _BLOCK):
                    part = block[start : start + _BLOCK]
                    check(library.lrs_training_feed(self._handle, part, len(part)))
        except _native.Cancelled:
            if self._failure:
                raise self._failure from None
            raise
        except BaseException:
            # Nothing is learned of an input that ended halfway.
            self._stop()
            raise

    def finish(self) -> Model:
        try:
            check(library.lrs_training_end_input(self._handle))
            has_ended = c_int()
            # Python runs its signal handlers between two calls: a person who presses Ctrl-C is heard.
            while not has_ended.value:
                check(library.lrs_training_wait(self._handle, 100, byref(has_ended)))
        except KeyboardInterrupt:
            self._stop()
            raise
        try:
            check(library.lrs_training_finish(self._handle))
        except _native.Cancelled:
            if self._failure:
                raise self._failure from None
            raise
        text = Text()
        if self._path is None:
            check(library.lrs_training_model(self._handle, byref(text)))
            model = Model(text.value())
        else:
            model = Model.load(self._path)
        check(library.lrs_training_summary(self._handle, byref(text)))
        model.training = json.loads(text.value())
        return model

    def _stop(self) -> None:
        """Returns when the training has ended, after its checkpoint."""
        library.lrs_training_cancel(self._handle)
        library.lrs_training_finish(self._handle)

    def close(self) -> None:
        if self._handle:
            library.lrs_training_close(self._handle)
            self._handle = c_void_p()
        if self._bar:
            self._bar.close()


def _warn(text: str) -> None:
    if text.startswith("warning: "):
        import warnings

        warnings.warn(text.removeprefix("warning: "), stacklevel=2)


class _Bar:
    """Progress for a person."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            self._bar = None
        else:
            self._bar = tqdm(unit=" rows", unit_scale=True)

    def __call__(self, moment: dict[str, Any]) -> None:
        rows, loss = moment.get("rows", 0), moment.get("average_loss")
        if self._bar is None:
            print(f"{rows} rows" + (f", loss {loss:.5f}" if loss else ""), file=sys.stderr)
            return
        # A further pass begins at 0 again.
        self._bar.update(max(0, rows - self._bar.n))
        if loss is not None:
            self._bar.set_postfix(loss=f"{loss:.5f}")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
