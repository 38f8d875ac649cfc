"""One command and what a run of it takes: for tools/bench."""

import os
import sys
import time

NULL = os.open(os.devnull, os.O_RDWR)


class Case:
    """One command, or a reader piped into it."""

    def __init__(self, name, command, *, reader=None, own_clock=False, rows=None):
        self.name, self.command, self.reader, self.own_clock = name, command, reader, own_clock
        self.rows = rows

    def run(self):
        """Wall seconds, processor seconds and peak bytes of the last command."""
        source, feeder = NULL, None
        start = time.perf_counter()
        if self.reader:
            read_end, write_end = os.pipe()
            feeder = spawn(self.reader, NULL, write_end)
            os.close(write_end)
            source = read_end
        clock = os.pipe() if self.own_clock else None
        child = spawn(self.command, source, clock[1] if clock else NULL)
        if feeder:
            os.close(source)
        seconds = None
        if clock:
            os.close(clock[1])
            with os.fdopen(clock[0]) as stream:
                seconds = float(stream.read() or "nan")
        _, status, usage = os.wait4(child, 0)
        failed = [(self.command, status)] if status else []
        if feeder:
            _, status, _ = os.wait4(feeder, 0)
            failed += [(self.reader, status)] if status else []
        for command, status in failed:
            code = os.waitstatus_to_exitcode(status)
            sys.exit(f"bench: {' '.join(command)} ended with {code}")
        wall = time.perf_counter() - start
        return {
            "seconds": wall if seconds is None else seconds,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_rss_bytes": usage.ru_maxrss * 1024,
        }


def spawn(command, source, target):
    actions = [(os.POSIX_SPAWN_DUP2, source, 0), (os.POSIX_SPAWN_DUP2, target, 1)]
    return os.posix_spawnp(command[0], command, os.environ, file_actions=actions)


def note(text):
    print(text, file=sys.stderr)
