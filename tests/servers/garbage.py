"""What only the garbage collector can free: objects that hold each other."""

import gc

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from tests.servers.opcodes import SRC


_OURS = ("aldea_core.", "adapters.", "entrypoints.")


@contextmanager
def collected() -> Iterator[Counter[str]]:
    """
    Counts objects of our own classes, and tracebacks through our own code, that end meanwhile and
    that reference counts do not free. The counter is filled at the end. Older objects are not looked
    at: another test may have left them, and what held them may let go of them just then.
    """
    found: Counter[str] = Counter()
    gc.collect()
    gc.freeze()  # until the file ends, see `collected_afterwards`
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found.update(_name(each) for each in gc.garbage if _is_ours(each))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@contextmanager
def collected_afterwards() -> Iterator[None]:
    """
    Afterwards the collector looks at what was made meanwhile, and at what `collected` has set aside. It
    goes on leaving out what was there before: to look at all modules and tests takes it a second.
    """
    frozen = gc.get_freeze_count()
    yield
    was_set_aside = gc.get_freeze_count() > frozen
    if was_set_aside:
        gc.unfreeze()
    gc.collect()
    if was_set_aside:
        gc.freeze()


def _is_ours(each: Any) -> bool:
    if type(each) is TracebackType:
        return each.tb_frame.f_code.co_filename.startswith(SRC)
    return type(each).__module__.startswith(_OURS)


def _name(each: Any) -> str:
    if type(each) is TracebackType:
        return f"traceback through {each.tb_frame.f_code.co_qualname}"
    return f"{type(each).__module__}.{type(each).__qualname__}"
