"""What counts the objects that only the garbage collector can free."""

import gc
import weakref

from tests.servers.garbage import collected, collected_afterwards

from adapters.memory.clock import ManualClock


def circle() -> ManualClock:
    one = ManualClock()
    one.itself = one
    return one


def test_only_objects_of_the_block_are_counted():
    """
    Not those of an older test.
    """
    older = circle()
    with collected() as found:
        del older
        circle()

    assert found == {"adapters.memory.clock.ManualClock": 1}


def test_older_objects_are_collected_after_the_file():
    """
    And what was there before it is left out from then on, as it was before.
    """
    gc.freeze()
    frozen = gc.get_freeze_count()
    with collected_afterwards():
        older = circle()
        is_there = weakref.ref(older)
        with collected():
            del older
        gc.collect()

        assert is_there()

    assert not is_there()
    assert gc.get_freeze_count() > 0.9 * frozen
