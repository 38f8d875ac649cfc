"""Programs of other projects that tools/bench measures beside logreg-stream, as Python scripts.

Each prints the seconds that it took by its own clock, without Python's start.
"""

VOWPAL_WABBIT = """
import sys, time
from vowpalwabbit import Workspace
start = time.perf_counter()
Workspace(arg_list=["--data", sys.argv[1], "--quiet", "-b", "22"]).finish()
print(time.perf_counter() - start)
"""

SCIKIT_ROWS = 50_000
SCIKIT_LEARN = """
import csv, itertools, sys, time
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier
rows, batch = int(sys.argv[2]), 1000
hasher = FeatureHasher(n_features=1 << 22, alternate_sign=False)
model = SGDClassifier(loss="log_loss")
start = time.perf_counter()
with open(sys.argv[1], newline="") as stream:
    reader = csv.DictReader(itertools.islice(stream, rows + 1))
    while chunk := list(itertools.islice(reader, batch)):
        labels = [int(row.pop("label")) for row in chunk]
        features = ({name: float(value) if name[0] == "I" else value
                     for name, value in row.items() if value} for row in chunk)
        model.partial_fit(hasher.transform(features), labels, classes=[0, 1])
print(time.perf_counter() - start)
"""

# What these need to read the file alone, into memory, learning nothing: package → script.
READERS = {
    "polars": """
import sys, time
import polars
start = time.perf_counter()
polars.read_csv(sys.argv[1])
print(time.perf_counter() - start)
""",
    "pyarrow": """
import sys, time
from pyarrow import csv
start = time.perf_counter()
csv.read_csv(sys.argv[1])
print(time.perf_counter() - start)
""",
    "duckdb": """
import sys, time
import duckdb
duckdb.sql("SET enable_progress_bar = false")
start = time.perf_counter()
duckdb.sql("CREATE TABLE rows AS SELECT * FROM read_csv('" + sys.argv[1].replace("'", "''") + "')")
print(time.perf_counter() - start)
""",
}
