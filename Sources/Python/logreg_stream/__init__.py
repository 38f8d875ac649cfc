"""logreg-stream: a streaming learner for logistic regression, and models that score rows.

    import logreg_stream

    model = logreg_stream.train("log.csv.gz", label="clicked", model="m.lrs")
    model.predict_proba({"color": ["red"], "amount": [3]})

Rows come as files, bytes or frames (pandas, Polars, Arrow, dicts of columns). A model learned from a frame is
byte for byte that of the same rows as a CSV file.
"""

from ._native import Cancelled, LogRegStreamError, version
from .model import Contribution, Model
from .training import train

__all__ = ["Cancelled", "Contribution", "LogRegStreamError", "Model", "train", "version"]
__version__ = version()
