"""What `/metrics` shows before anything has happened."""

import pytest

from aldea_core.domain.access.limits import SessionKind
from entrypoints.runtime.metrics import Metrics


@pytest.mark.parametrize("kind", SessionKind)
def test_audio_is_counted_from_zero_on(kind):
    assert f'aldea_audio_seconds_total{{kind="{kind}"}} 0.0' in Metrics().text().decode()
