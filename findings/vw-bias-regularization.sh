#!/usr/bin/env bash
# Vowpal Wabbit 9.11.9 penalises the constant also where --no_bias_regularization is given.
#
# Its help says of the flag "No bias in regularization". With online learners it changes nothing: on 2,000
# rows of a constant alone, nine in ten of them positive, an L2 penalty pulls the probability from 0.90
# towards one half, with the flag and without it, to the last digit. Who fits rare events with a penalty
# gets probabilities that are wrong on average, and the flag that should mend it is accepted in silence.
#
# Seen with the wheel vowpalwabbit 9.11.9 on Python 3.11:
#
#     no penalty                                0.901608
#     --l2 0.05                                 0.589053
#     --l2 0.05 --no_bias_regularization        0.589053
#     --sgd --l2 0.05                           0.836886
#     --sgd --l2 0.05 --no_bias_regularization  0.836886
#
# Exits with 1 when this changes. Needs Python 3 with venv, and PyPI.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet vowpalwabbit==9.11.9

"$folder/venv/bin/python" - <<'PYTHON'
import sys

import vowpalwabbit

ROWS = ["-1 |" if row % 10 == 0 else "1 |" for row in range(2000)]


def probability(options):
    learner = vowpalwabbit.Workspace(f"{options} --loss_function logistic --link logistic --quiet")
    for row in ROWS:
        learner.learn(row)
    answer = learner.predict("|")
    learner.finish()
    return answer


free = probability("")
print(f"{'no penalty':41} {free:.6f}")
changed = not 0.88 < free < 0.92
for options in ("--l2 0.05", "--sgd --l2 0.05"):
    flagged = options + " --no_bias_regularization"
    plain, kept = probability(options), probability(flagged)
    print(f"{options:41} {plain:.6f}\n{flagged:41} {kept:.6f}")
    changed |= plain != kept or kept > 0.85
if changed:
    print("the behaviour has changed")
    sys.exit(1)
PYTHON
