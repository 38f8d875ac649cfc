"""A scikit-learn classifier; needs scikit-learn 1.6 or newer.

    from logreg_stream.sklearn import LogRegStreamClassifier
"""

from __future__ import annotations

import io
import tarfile
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any

import numpy
import scipy.sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from .model import Model
from .training import train

_ROWS = 4096


class LogRegStreamClassifier(ClassifierMixin, BaseEstimator):
    """Logistic regression, or softmax for more than two classes, learned row by row in memory that does not grow.

    Dense columns are scaled, and get bins, as `logreg-stream train` does; sparse ones are taken as they are. Rows
    are learned in their order, so that neither the order nor a weight of 2 in place of a row twice is without
    effect: an online learner is not a function of the set of its rows.

    Args:
        optimizer: `ftrl`, `sgd`, `adagrad`, or, exact and for `fit` alone, `lbfgs` or `newton`.
        alpha: the rate of ftrl; None: found on the first rows.
        l1: the L1 penalty.
        l2: the L2 penalty.
        epochs: passes of `fit`; `partial_fit` makes one.
        bits: 2^bits hash slots.
        calibrator: from margins to probabilities: `auto`, `none`, `platt`, `isotonic`, `beta`, `blend`.
        seed: of shuffling and holdout.
        threads: None: one a core. Never changes a result.
        options: further options of `logreg_stream.train`; None: none.

    Attributes:
        classes_: the classes.
        n_features_in_: columns.
        model_: the `logreg_stream.Model`.
    """

    def __init__(
        self,
        *,
        optimizer: str = "ftrl",
        alpha: float | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        epochs: int = 10,
        bits: int = 18,
        calibrator: str = "auto",
        seed: int = 1,
        threads: int | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.optimizer = optimizer
        self.alpha = alpha
        self.l1 = l1
        self.l2 = l2
        self.epochs = epochs
        self.bits = bits
        self.calibrator = calibrator
        self.seed = seed
        self.threads = threads
        self.options = options

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogRegStreamClassifier:
        """Learns from nothing.

        Args:
            X: (rows, columns), dense or sparse.
            y: (rows,), the classes.
            sample_weight: (rows,), at least 0; None: 1 each.
        """
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=numpy.float64)
        self._state = None
        self._begin(X, numpy.unique(y), y)
        is_exact = self.optimizer in ("lbfgs", "newton")
        passes = {} if is_exact else {"epochs": self.epochs, "shuffle": "auto"}
        self._learn(X, y, sample_weight, {**passes, "calibrator": self.calibrator})
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> LogRegStreamClassifier:
        """Learns more rows on top of those of earlier calls of `partial_fit`.

        How columns become features is fitted on the rows of the first call.

        Args:
            classes: all classes that may come; needed in the first call, unless an earlier `fit` found them. What
                that `fit` learned is not gone on with.
        """
        is_first = getattr(self, "_state", None) is None
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=numpy.float64, reset=is_first)
        if is_first:
            classes = getattr(self, "classes_", None) if classes is None else classes
            if classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self._begin(X, numpy.unique(classes), y)
            self._parts, self._state = 0, None
        elif classes is not None and not numpy.array_equal(numpy.unique(classes), self.classes_):
            raise ValueError("classes is not the same as on the last call to partial_fit.")
        if scipy.sparse.issparse(X) != self._is_sparse:
            raise ValueError("all calls of partial_fit must have sparse rows, or all dense ones")
        with tempfile.TemporaryDirectory() as folder:
            if not is_first:
                with tarfile.open(fileobj=io.BytesIO(self._state)) as archive:
                    archive.extractall(folder, **_EXTRACTION)
            self._learn(
                X, y, sample_weight,
                {"checkpoint": f"{folder}/state", "input_name": f"part {self._parts}",
                 "keep_checkpoints": 1, "calibrator": self.calibrator})  # fmt: skip
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w") as archive:
                archive.add(f"{folder}/state", "state")
            self._state = packed.getvalue()
            self._parts += 1
        return self

    def _begin(self, X: Any, classes: numpy.ndarray, y: numpy.ndarray) -> None:
        check_classification_targets(y)
        if len(classes) < 2:
            raise ValueError(f"Classifier can't train when only one class is present: {classes[0]!r}")
        self.classes_ = classes
        self._is_sparse = scipy.sparse.issparse(X)

    def _learn(self, X: Any, y: Any, sample_weight: Any, more: dict[str, Any]) -> None:
        weights = None if sample_weight is None else _check_sample_weight(
            sample_weight, X, dtype=numpy.float64, ensure_non_negative=True)  # fmt: skip
        labels = numpy.searchsorted(self.classes_, y)
        if (self.classes_[numpy.minimum(labels, len(self.classes_) - 1)] != y).any():
            raise ValueError("y holds a class that is not among classes")
        count = len(self.classes_)
        options: dict[str, Any] = {
            "optimizer": self.optimizer, "alpha": self.alpha, "l1": self.l1, "l2": self.l2,
            "bits": self.bits, "seed": self.seed, "threads": self.threads, "label": "y",
            "names": "off", **more,
        }  # fmt: skip
        if count > 2:
            options.update(loss="softmax", classes=[str(index) for index in range(count)])
        else:
            options["positive"] = "1"
        if self._is_sparse:
            del options["label"]
            options["format"] = "libsvm"
            rows = self._libsvm(X, labels, weights)
        else:
            options.update(format="csv", numeric="x*", weight="weight")
            rows = self._csv(X, labels, weights)
        with warnings.catch_warnings():
            # What is said of features by name or of few rows is about files.
            warnings.simplefilter("ignore", UserWarning)
            self.model_ = train(rows, **{**options, **(self.options or {})})

    # --- Rows -----------------------------------------------------------------------------------------

    def _csv(self, X: numpy.ndarray, labels: Any = None, weights: Any = None) -> Iterator[bytes]:
        names = [f"x{index}" for index in range(X.shape[1])]
        yield ",".join((["y", "weight"] if labels is not None else []) + names).encode() + b"\n"
        for start in range(0, X.shape[0], _ROWS):
            lines = []
            for row, values in enumerate(X[start : start + _ROWS].tolist(), start):
                words = list(map(repr, values))
                if labels is not None:
                    words[:0] = [str(labels[row]), "1" if weights is None else repr(float(weights[row]))]
                lines.append(",".join(words))
            yield "\n".join([*lines, ""]).encode()

    def _libsvm(self, X: Any, labels: Any = None, weights: Any = None) -> Iterator[bytes]:
        for start in range(0, X.shape[0], _ROWS):
            lines = []
            for row in range(start, min(start + _ROWS, X.shape[0])):
                span = slice(X.indptr[row], X.indptr[row + 1])
                pairs = zip(X.indices[span].tolist(), X.data[span].tolist())
                features = " ".join(f"{index + 1}:{value!r}" for index, value in pairs)
                label = "0" if labels is None else str(labels[row])
                # The weight of a row stands behind its label; in all rows or in none.
                lines.append(label + (f":{float(weights[row])!r}" if weights is not None else "") + " " + features)
            yield "\n".join([*lines, ""]).encode()

    # --- Predictions ----------------------------------------------------------------------------------

    def _rows(self, X: Any) -> bytes:
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=numpy.float64, reset=False)
        if self._is_sparse:
            return b"".join(self._libsvm(scipy.sparse.csr_matrix(X)))
        return b"".join(self._csv(X.toarray() if scipy.sparse.issparse(X) else X))

    def decision_function(self, X: Any) -> numpy.ndarray:
        """Margins: (rows,) for two classes, else (rows, classes)."""
        return self.model_.predict_margin(self._rows(X)) if self._fitted() else None

    def predict_proba(self, X: Any) -> numpy.ndarray:
        """Probabilities, calibrated: (rows, classes)."""
        positive = self.model_.predict_proba(self._rows(X)) if self._fitted() else None
        return positive if positive.ndim == 2 else numpy.column_stack([1 - positive, positive])

    def predict(self, X: Any) -> numpy.ndarray:
        """The likeliest class of each row."""
        margins = self.decision_function(X)
        chosen = margins.argmax(axis=1) if margins.ndim == 2 else (margins >= 0).astype(int)
        return self.classes_[chosen]

    def _fitted(self) -> bool:
        check_is_fitted(self)
        return True


# Python 3.12 wants to know what an archive may hold; this one is our own.
_EXTRACTION = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
