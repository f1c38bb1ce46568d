"""Each type of event is described."""

from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.examples import EXAMPLES


def test_every_type_has_an_example():
    assert [each.type for each, _ in EXAMPLES] == list(EventType)
