"""Counts executed bytecode instructions: a measure that machine load does not change."""

import sys

from contextlib import contextmanager
from pathlib import Path


SRC = str(Path(__file__).parents[2] / "src")
# The interpreter whose bytecode the budgets were counted in.
COUNTED_ON = (3, 11)


class Count:
    opcodes = 0


@contextmanager
def counted():
    """Counts the bytecode instructions of our own code that are executed meanwhile."""
    count = Count()

    def entered(frame, event, _):
        if not frame.f_code.co_filename.startswith(SRC):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return executed

    def executed(_, event, __):
        if event == "opcode":
            count.opcodes += 1
        return executed

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        yield count
    finally:
        sys.settrace(before)
