"""Two builds of logreg-stream side by side: tools/bench --against."""

import os
import shutil
import statistics
import subprocess

SHOWN = [("cpu_seconds", "CPU seconds", 1), ("seconds", "seconds", 1),
         ("peak_rss_bytes", "peak MB", 1e-6)]  # fmt: skip


def counts_instructions():
    """Whether perf can count them here."""
    if shutil.which("perf") is None:
        return False
    done = subprocess.run(["perf", "stat", "-x", ",", "-e", "instructions:u", "true"],
                          capture_output=True, text=True, check=False)  # fmt: skip
    return done.returncode == 0 and done.stderr.split(",")[0].isdigit()


def instructions(case):
    """Of one run; None for a reader piped into the program."""
    if case.reader:
        return None
    command = ["perf", "stat", "-x", ",", "-e", "instructions:u", *case.command]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=True)  # fmt: skip
    counts = [line.split(",")[0] for line in done.stderr.splitlines() if "instructions" in line]
    return int(counts[0]) if counts and counts[0].isdigit() else None


def compare(pairs, rounds, note):
    """Runs each pair of cases in turns, the first one first in every other round.

    Returns, for each pair, its name, the runs of both sides, and their instructions or None.
    """
    counting = counts_instructions()
    if not counting:
        note("instructions are left out: perf cannot count them here")
    found = []
    for pair in pairs:
        runs = [[], []]
        for number in range(rounds):
            for side in (0, 1) if number % 2 == 0 else (1, 0):
                runs[side].append(pair[side].run())
        counts = [instructions(case) for case in pair] if counting else [None, None]
        found.append({"name": pair[0].name, "runs": runs, "instructions": counts})
        note(f"compared: {pair[0].name}")
    return found


def ratio(runs, key):
    """The median of the rounds' ratios: what a busy moment does to a round, it does to both."""
    return statistics.median(new[key] / max(old[key], 1e-9) for new, old in zip(*runs))


def table(found, programs, rounds):
    """Both sides of each figure, this build first, and the ratio."""
    names = [os.path.relpath(program) for program in programs]
    lines = [f"{names[0]} beside {names[1]}, {rounds} alternating rounds: median of each, and "
             "the median of the rounds' ratios", ""]  # fmt: skip
    heads = [head for _, head, _ in SHOWN]
    counted = any(count for pair in found for count in pair["instructions"])
    if counted:
        heads.append("10⁹ instructions")
    lines += ["| command | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for pair in found:
        cells = []
        for key, _, scale in SHOWN:
            middles = [statistics.median(run[key] for run in side) * scale for side in pair["runs"]]
            digits = 0 if scale != 1 else 2
            cells.append(f"{middles[0]:.{digits}f} / {middles[1]:.{digits}f} = "
                         f"{ratio(pair['runs'], key):.2f}")  # fmt: skip
        new, old = pair["instructions"]
        if counted:
            cells.append(f"{new / 1e9:.2f} / {old / 1e9:.2f} = {new / old:.2f}" if new and old
                         else "–")  # fmt: skip
        lines.append(f"| {pair['name']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
