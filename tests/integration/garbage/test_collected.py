"""What counts the objects that only the garbage collector can free."""

import gc

from tests.servers.garbage import collected

from adapters.memory.clock import ManualClock


def circle() -> ManualClock:
    one = ManualClock()
    one.itself = one
    return one


def test_only_objects_of_the_block_are_counted():
    """
    Not those of an older test, which the collector looks at again afterwards.
    """
    older = circle()
    with collected() as found:
        del older
        circle()

    assert found == {"adapters.memory.clock.ManualClock": 1}
    assert gc.get_freeze_count() == 0
