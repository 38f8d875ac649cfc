#!/usr/bin/env python3
"""Reference vectors of the log loss and of FTRL-proximal, with 50 decimal digits.

Writes Tests/LearningTests/ReferenceVectors.swift. The algorithm is written down here as in the
paper (McMahan et al. 2013, Algorithm 1), dense, with z and n; nothing is shared with the library.
For each scenario the known mistakes of other implementations are run too, and the script refuses
to write a vector that would not tell the mistake it is there for from the right result.

usage: python3 tools/references/ftrl_reference.py
"""

from decimal import Decimal, getcontext
from pathlib import Path

getcontext().prec = 50
ONE = Decimal(1)


def sigmoid(m):
    return ONE / (ONE + (-m).exp())


def loss(m, y):
    return (ONE + m.exp()).ln() - y * m


def sign(z):
    return -ONE if z < 0 else ONE


class FTRL:
    def __init__(self, slots, alpha, beta, l1, l2, mistake=None):
        self.alpha, self.beta = Decimal(alpha), Decimal(beta)
        self.l1, self.l2 = Decimal(l1), Decimal(l2)
        self.mistake = mistake
        self.z = [Decimal(0)] * slots
        self.n = [Decimal(0)] * slots
        self.bias_z, self.bias_n = Decimal(0), Decimal(0)
        self.stale = [Decimal(0)] * slots

    def weight(self, z, n, l1, l2):
        if abs(z) <= l1 and self.mistake != "never exactly zero":
            return Decimal(0)
        if self.mistake == "2 l2":
            l2 = 2 * l2
        return -(z - sign(z) * l1) / ((self.beta + n.sqrt()) / self.alpha + l2)

    def weights(self):
        return [self.weight(z, n, self.l1, self.l2) for z, n in zip(self.z, self.n)]

    def bias(self):
        if self.bias_z == 0:
            return Decimal(0)
        return self.weight(self.bias_z, self.bias_n, Decimal(0), Decimal(0))

    def step(self, z, n, w, g):
        sigma = ((n + g * g).sqrt() - n.sqrt()) / self.alpha
        return z + g - sigma * w, n + g * g

    def learn(self, rows):
        """One mini-batch: margins at its start, then one update of each coordinate."""
        weights, bias = self.weights(), self.bias()
        used = self.stale if self.mistake == "stale weight" else weights
        self.stale = weights
        gradients = [Decimal(0)] * len(self.z)
        each = [[] for _ in self.z]
        bias_gradient = Decimal(0)
        touched = set()
        for features, label, row_weight in rows:
            margin = bias + sum(used[j] * Decimal(x) for j, x in features.items())
            d = Decimal(row_weight) * (sigmoid(margin) - label)
            bias_gradient += d
            for j, x in features.items():
                g = d * Decimal(x)
                if self.mistake == "l2 twice":
                    g += self.l2 * used[j]
                gradients[j] += g
                each[j].append(g)
                touched.add(j)
        for j in touched:
            if self.mistake == "n of the batch start":
                # Each row as an update of its own, all with the n of the batch's start.
                start = self.n[j]
                for g in each[j]:
                    self.z[j], _ = self.step(self.z[j], start, used[j], g)
                    self.n[j] += g * g
            else:
                self.z[j], self.n[j] = self.step(self.z[j], self.n[j], used[j], gradients[j])
        self.bias_z, self.bias_n = self.step(self.bias_z, self.bias_n, bias, bias_gradient)


# (features {slot: value}, label, row weight)
ROWS = [
    ({0: "1", 1: "-2", 2: "0.5"}, 1, "1"),
    ({0: "1", 2: "1.5"}, 0, "1"),
    ({1: "1", 2: "-1"}, 1, "1"),
    ({0: "1", 1: "0.5", 2: "2"}, 0, "1"),
    ({0: "-3", 2: "0.25"}, 1, "1"),
    ({0: "1", 1: "1"}, 1, "1"),
]
WEIGHTED = [(f, y, s) for (f, y, _), s in zip(ROWS, ["2.5", "1", "0", "0.125", "4", "1"])]
# Slot 0: its weight leaves zero in the first two rows and is back at exactly zero in the end.
THERE_AND_BACK = [({0: "1"}, 1, "1"), ({0: "1"}, 1, "1"), ({0: "1", 1: "1"}, 0, "1"),
                  ({0: "1"}, 0, "1"), ({1: "2"}, 1, "1")]

NAMED_ROWS = [("rows", ROWS), ("weightedRows", WEIGHTED), ("thereAndBack", THERE_AND_BACK)]

# name, alpha, beta, l1, l2, batch size, rows, mistakes that the vector must reveal
SCENARIOS = [
    ("plain", "0.1", "1", "0", "0", 1, ROWS, ["stale weight"]),
    ("no beta", "0.5", "0", "0", "0", 1, ROWS, ["stale weight"]),
    ("l2", "0.1", "1", "0", "3", 1, ROWS, ["l2 twice", "2 l2"]),
    ("l1", "0.25", "1", "0.6", "0", 1, THERE_AND_BACK, ["never exactly zero"]),
    ("l1 and l2", "0.5", "0.5", "0.25", "0.5", 1, ROWS, ["l2 twice", "2 l2", "never exactly zero"]),
    ("row weights", "0.1", "1", "0", "0.5", 1, WEIGHTED, ["stale weight"]),
    ("mini-batches of 3", "0.5", "1", "0", "0", 3, ROWS * 2, ["n of the batch start"]),
    ("mini-batches of 4, the last of 2", "0.5", "1", "0.1", "0.5", 4, WEIGHTED,
     ["n of the batch start", "2 l2"]),
]


def run(scenario, mistake=None):
    _, alpha, beta, l1, l2, size, rows, _ = scenario
    model = FTRL(3, alpha, beta, l1, l2, mistake)
    for start in range(0, len(rows), size):
        model.learn(rows[start:start + size])
    return model


def reveals(right, wrong):
    """Whether some weight or z differs by more than the test's tolerance of 1e-6, thousandfold."""
    pairs = list(zip(right.weights() + right.z, wrong.weights() + wrong.z))
    return any(abs(a - b) > Decimal("1e-3") * max(abs(a), abs(b)) for a, b in pairs)


def number(value):
    return repr(float(value))


def numbers(values):
    return "[" + ", ".join(number(v) for v in values) + "]"


def rows_name(rows):
    """The Swift expression of the rows: a named list, or several of it."""
    for name, named in NAMED_ROWS:
        for times in (1, 2):
            if rows == named * times:
                return " + ".join([name] * times)
    raise ValueError("rows without a name")


def rows_text(name, rows):
    lines = [f"  static let {name}: [ReferenceRow] = ["]
    for features, label, weight in rows:
        pairs = ", ".join(f"({j}, {x})" for j, x in features.items())
        lines.append(f"    ReferenceRow([{pairs}], label: {label}, weight: {weight}),")
    return lines + ["  ]", ""]


def scenario_text(scenario):
    name, alpha, beta, l1, l2, size, rows, mistakes = scenario
    right = run(scenario)
    for mistake in mistakes:
        assert reveals(right, run(scenario, mistake)), (name, mistake)
    lines = [f'    FTRLScenario(\n      name: "{name}", alpha: {alpha}, beta: {beta}, l1: {l1},'
             f" l2: {l2}, batchSize: {size},", f"      rows: {rows_name(rows)},"]
    lines += [f"      z: {numbers(right.z)},", f"      n: {numbers(right.n)},",
              f"      weights: {numbers(right.weights())},",
              f"      bias: {number(right.bias())}),"]
    return lines


def loss_text():
    lines = []
    for margin in ["-1000", "-700", "-40", "-1.5", "-1e-9", "0", "0.25", "3", "37", "700", "1000"]:
        for label in (0, 1):
            m = Decimal(margin)
            p = sigmoid(m)
            # 1 - p cancels above 37 digits; sigmoid(-m) is the same number.
            first = -sigmoid(-m) if label else p
            second = p * sigmoid(-m)
            # softplus(m) - m = softplus(-m)
            value = (loss(-m, 0) if label else loss(m, 0)) if abs(m) < 100 else None
            if value is None:
                top = -m if label else m
                value = top if top > 0 else top.exp()
            lines.append(
                f"    LossRow(margin: {margin}, label: {label}, loss: {number(value)},"
                f" first: {number(first)}, second: {number(second)}),")
    return lines


def main():
    root = Path(__file__).resolve().parents[2]
    lines = ["// Written by tools/references/ftrl_reference.py; do not edit.",
             "// swift-format-ignore-file", "", "import Learning", "",
             "enum ReferenceVectors {", "  static let losses: [LossRow] = ["]
    lines += loss_text() + ["  ]", ""]
    for name, rows in NAMED_ROWS:
        lines += rows_text(name, rows)
    lines += ["  static let scenarios: [FTRLScenario] = ["]
    for scenario in SCENARIOS:
        lines += scenario_text(scenario)
    lines += ["  ]", "}", ""]
    (root / "Tests/LearningTests/ReferenceVectors.swift").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
