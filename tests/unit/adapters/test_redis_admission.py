"""What admit.lua returned, in words."""

import pytest

from tests.contract.values import NOW, lease, snapshot

from adapters.redis.admission import decision_of
from aldea_core.domain.access.limits import Admitted


NOTHING_OPEN = (0, 0, 0, "", 0)


def test_the_script_and_the_core_decide_alike():
    """
    Also under `python -O`, which removes assertions: else a refused session would go on.
    """
    entitlements = snapshot(1).entitlements

    assert isinstance(decision_of((1, *NOTHING_OPEN), lease(), entitlements, NOW), Admitted)
    with pytest.raises(RuntimeError, match="differently"):
        decision_of((0, *NOTHING_OPEN), lease(), entitlements, NOW)
