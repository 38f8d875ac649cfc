#!/usr/bin/env bash
# onnxruntime 1.32.0: Gather of a whole row of a string matrix gives its first text, and empty ones.
#
# ONNX's Gather with axis 0 picks rows of a matrix. For numbers it does. For texts only the first element
# of a picked row is copied; the others come out as empty texts, without an error or a warning, whether the
# index is a scalar or a list. Columns picked with axis 1, and a row cut out with Slice, are right. A model
# that takes its categorical columns as one string matrix, one column a row, then scores nearly every value
# as an empty one: wrong probabilities that look plausible, and that batches of one row do not show.
#
# Seen with the wheels onnxruntime 1.32.0, onnx 1.23.2 and numpy 2.4.6 on Python 3.11 (CPU provider):
#
#     double, Gather axis 0, scalar     ['10.0', '11.0', '12.0']
#     string, Gather axis 0, scalar     ['10', '', '']
#     string, Gather axis 0, list       ['10', '', '']
#     string, Gather axis 1, scalar     ['0', '10']
#     string, Slice axis 0              ['10', '11', '12']
#
# Exits with 1 when this changes. Needs Python 3 with venv, and PyPI.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy
import onnxruntime
from onnx import TensorProto, helper

ROWS = [[0, 1, 2], [10, 11, 12]]


def integers(name, values, scalar=False):
    return helper.make_tensor(name, TensorProto.INT64, [] if scalar else [len(values)], values)


def answer(kind, operator, constants, **attributes):
    element = TensorProto.STRING if kind == "string" else TensorProto.DOUBLE
    names = [constant.name for constant in constants]
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", *names], ["y"], **attributes)],
        "probe",
        [helper.make_tensor_value_info("x", element, [None, None])],
        [helper.make_tensor_value_info("y", element, None)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    rows = (
        numpy.array([[str(value) for value in row] for row in ROWS], dtype=object)
        if kind == "string"
        else numpy.array(ROWS, dtype=numpy.float64)
    )
    return [str(value) for value in session.run(None, {"x": rows})[0].ravel()]


second = integers("i", [1], scalar=True)
cut = [integers("from", [1]), integers("to", [2]), integers("axis", [0])]
found = {
    "double, Gather axis 0, scalar": answer("double", "Gather", [second], axis=0),
    "string, Gather axis 0, scalar": answer("string", "Gather", [second], axis=0),
    "string, Gather axis 0, list": answer("string", "Gather", [integers("i", [1])], axis=0),
    "string, Gather axis 1, scalar": answer(
        "string", "Gather", [integers("i", [0], scalar=True)], axis=1
    ),
    "string, Slice axis 0": answer("string", "Slice", cut),
}
expected = {
    "double, Gather axis 0, scalar": ["10.0", "11.0", "12.0"],
    "string, Gather axis 0, scalar": ["10", "", ""],
    "string, Gather axis 0, list": ["10", "", ""],
    "string, Gather axis 1, scalar": ["0", "10"],
    "string, Slice axis 0": ["10", "11", "12"],
}
for name, values in found.items():
    print(f"{name:33} {values}")
if found != expected:
    print("the behaviour has changed")
    sys.exit(1)
PYTHON
