#!/usr/bin/env bash
# DuckDB 2.0.1: a lambda inside a macro takes over a variable of the caller that has the same name.
#
#     CREATE MACRO add_each(l, x) AS list_transform(l, lambda i: i + x);
#
# adds x to each element of l. Called inside another lambda whose variable is called i as well, the argument
# i is put into the macro's body as text is, and there means the macro's own i: the answer is i + i, without an
# error. Columns of that name are safe; only variables of lambdas are captured. Whoever ships macros to be
# called from queries of others (hash functions over lists, as a scoring script has them) has to give the
# variables inside names that nobody else takes.
#
# Seen with the wheel duckdb 2.0.1 on Python 3.11:
#
#     list_transform([10, 20], lambda k: add_each([1, 2], k))    [[11, 12], [21, 22]]
#     list_transform([10, 20], lambda i: add_each([1, 2], i))    [[2, 4], [2, 4]]
#     add_each([1, 2], i), a column i of 10 and 20               [11, 12] and [21, 22]
#
# Exits with 1 when this changes. Needs Python 3 with venv, and PyPI.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import duckdb

database = duckdb.connect()
database.execute("CREATE MACRO add_each(l, x) AS list_transform(l, lambda i: i + x)")
database.execute("CREATE TABLE rows_with_i AS SELECT unnest([10, 20]) AS i")
EXPECTED = {
    "SELECT list_transform([10, 20], lambda k: add_each([1, 2], k))": [[[11, 12], [21, 22]]],
    "SELECT list_transform([10, 20], lambda i: add_each([1, 2], i))": [[[2, 4], [2, 4]]],
    "SELECT add_each([1, 2], i) FROM rows_with_i ORDER BY i": [[11, 12], [21, 22]],
}
changed = False
for query, expected in EXPECTED.items():
    seen = [row[0] for row in database.execute(query).fetchall()]
    print(f"{query:70} {seen}")
    changed = changed or seen != expected
if changed:
    sys.exit("this is no longer what was seen with duckdb 2.0.1")
PYTHON
