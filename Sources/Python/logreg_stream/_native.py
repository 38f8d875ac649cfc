"""The functions of logreg_stream.h, by ctypes: each releases the interpreter's lock while it runs."""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_size_t, c_void_p
from pathlib import Path

INTERFACE_VERSION = 1
CANCELLED = 130


class LogRegStreamError(Exception):
    """What the program would end with.

    Attributes:
        code: its exit code: 64 usage, 65 bad data, 66 missing input, 70 a bug, 73 an output cannot be created, 74
            reading or writing failed, 75 the checkpoint directory is in use, 130 cancelled.
        cure: what to do about it; may be empty.
    """

    def __init__(self, code: int, message: str, cure: str = "") -> None:
        super().__init__(f"{message} ({cure})" if cure else message)
        self.code = code
        self.message = message
        self.cure = cure

    def __reduce__(self) -> tuple:
        return type(self), (self.code, self.message, self.cure)


class Cancelled(LogRegStreamError):
    """A training was cancelled; with a checkpoint directory, the same call goes on."""


class Text(ctypes.Structure):
    """`lrs_text`."""

    _fields_ = [("bytes", c_void_p), ("length", c_size_t)]

    def value(self) -> bytes:
        return ctypes.string_at(self.bytes, self.length) if self.length else b""


TextHandler = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_size_t)
ContributionHandler = ctypes.CFUNCTYPE(None, c_void_p, c_size_t, c_void_p, c_size_t, c_double)

_Doubles = POINTER(c_double)
_Size = POINTER(c_size_t)
_TextPointer = POINTER(Text)
_FUNCTIONS = {
    "lrs_model_open": [c_char_p, POINTER(c_void_p)],
    "lrs_model_open_memory": [c_char_p, c_size_t, POINTER(c_void_p)],
    "lrs_model_close": [c_void_p],
    "lrs_model_loss": [c_void_p, POINTER(c_char_p)],
    "lrs_model_output_count": [c_void_p, _Size],
    "lrs_model_class_count": [c_void_p, _Size],
    "lrs_model_class_name": [c_void_p, c_size_t, _TextPointer],
    "lrs_model_column_count": [c_void_p, _Size],
    "lrs_model_column_name": [c_void_p, c_size_t, _TextPointer],
    "lrs_model_describe": [c_void_p, _TextPointer],
    "lrs_model_describe_weights": [c_void_p, c_size_t, TextHandler, c_void_p],
    "lrs_model_score_rows": [c_void_p, c_char_p, c_size_t, c_size_t, _Doubles, _Doubles, _Size, _Size],
    "lrs_model_score_columns": [
        c_void_p, _TextPointer, POINTER(c_void_p), c_size_t, c_size_t, _Doubles, _Doubles, _Size],
    "lrs_model_explain_rows": [c_void_p, c_char_p, c_size_t, c_size_t, ContributionHandler, c_void_p],
    "lrs_model_explain_columns": [
        c_void_p, _TextPointer, POINTER(c_void_p), c_size_t, c_size_t, c_size_t, ContributionHandler,
        c_void_p],
    "lrs_model_evaluate_rows": [c_void_p, c_char_p, c_size_t, TextHandler, c_void_p],
    "lrs_training_open": [c_char_p, c_size_t, c_char_p, POINTER(c_void_p)],
    "lrs_training_on_progress": [c_void_p, TextHandler, c_void_p],
    "lrs_training_on_notice": [c_void_p, TextHandler, c_void_p],
    "lrs_training_add_path": [c_void_p, c_char_p],
    "lrs_training_feed": [c_void_p, c_char_p, c_size_t],
    "lrs_training_end_input": [c_void_p],
    "lrs_training_wait": [c_void_p, c_int, POINTER(c_int)],
    "lrs_training_finish": [c_void_p],
    "lrs_training_summary": [c_void_p, _TextPointer],
    "lrs_training_model": [c_void_p, _TextPointer],
    "lrs_training_cancel": [c_void_p],
    "lrs_training_close": [c_void_p],
}  # fmt: skip


def _load() -> ctypes.CDLL:
    # For the tests: a library that was just built.
    path = os.environ.get("LOGREG_STREAM_LIBRARY") or Path(__file__).with_name("liblogreg_stream.so")
    library = ctypes.CDLL(str(path))
    for name in ("lrs_version", "lrs_error_message", "lrs_error_cure"):
        getattr(library, name).restype = c_char_p
    for name, types in _FUNCTIONS.items():
        function = getattr(library, name)
        function.argtypes = types
        function.restype = c_int
    found = library.lrs_interface_version()
    if found != INTERFACE_VERSION:
        raise ImportError(f"{path} has interface {found}; this package needs {INTERFACE_VERSION}")
    return library


library = _load()


def check(code: int) -> None:
    """Raises what a function's code says. Call it on the thread of the function."""
    if code == 0:
        return
    message = (library.lrs_error_message() or b"").decode("utf-8", "replace")
    cure = (library.lrs_error_cure() or b"").decode("utf-8", "replace")
    raise (Cancelled if code == CANCELLED else LogRegStreamError)(code, message, cure)


def version() -> str:
    """The version of the program whose models the library reads and writes."""
    return library.lrs_version().decode()


def count_of(function_name: str, handle: c_void_p) -> int:
    count = c_size_t()
    check(getattr(library, function_name)(handle, byref(count)))
    return count.value


def texts_of(count_name: str, text_name: str, handle: c_void_p) -> list[str]:
    texts = []
    for index in range(count_of(count_name, handle)):
        text = Text()
        check(getattr(library, text_name)(handle, index, byref(text)))
        texts.append(text.value().decode("utf-8", "surrogateescape"))
    return texts
