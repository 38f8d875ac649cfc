#!/usr/bin/env bash
# ClickHouse 26.9.2: an unsigned number that is shifted by a signed amount becomes a signed number.
#
# bitShiftRight(toUInt32(4000000000), toInt32(1)) is -147483648, an Int32, and not 2000000000: the type of
# the *amount* decides about the sign of the result, and the shift is then an arithmetic one. A literal
# amount is unsigned, so that a hash function written with literals is right, and the same function with
# the amounts in a column or an array of integers, or with an amount that was computed by a difference,
# is wrong for the upper half of all values: murmur3 and the like then give other slots than the program
# that trained the model, without an error. Cast amounts to UInt8.
#
# Seen with the wheel chdb 4.4.0 (ClickHouse 26.9.2.1) on Python 3.11:
#
#     by 1                 UInt32    2000000000
#     by toUInt8(1)        UInt32    2000000000
#     by toInt32(1)        Int32     -147483648
#     by 3 - 2             Int32     -147483648
#
# Exits with 1 when this changes. Needs Python 3 with venv, and PyPI.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet chdb==4.4.0

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import chdb

EXPECTED = {
    "1": ["UInt32", "2000000000"],
    "toUInt8(1)": ["UInt32", "2000000000"],
    "toInt32(1)": ["Int32", "-147483648"],
    "3 - 2": ["Int32", "-147483648"],
}
changed = False
for amount, expected in EXPECTED.items():
    shifted = f"bitShiftRight(toUInt32(4000000000), {amount})"
    found = chdb.query(f"SELECT toTypeName({shifted}), {shifted}", "TSV").bytes().decode().split()
    print(f"by {amount:17} {found[0]:9} {found[1]}")
    changed |= found != expected
if changed:
    print("the behaviour has changed")
    sys.exit(1)
PYTHON
