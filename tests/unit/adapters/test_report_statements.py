"""Statements of usage reports are made once for all selections of a shape."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from adapters.postgres.report_statements import Times, cells_query, page_query
from adapters.postgres.usage_sums import shape_of
from aldea_core.domain.billing.reports import Grouping, Selection, time_zone
from aldea_core.domain.ids import KeyId, OrgId


NOON = datetime(2026, 11, 20, 12, 10, tzinfo=UTC)
SELECTION = Selection(OrgId("a"), NOON - timedelta(days=9), NOON, key=KeyId("k"), tag="x")
OTHER = attrs.evolve(
    SELECTION,
    org=OrgId("b"),
    since=SELECTION.since + timedelta(days=2, minutes=1),
    until=NOON + timedelta(days=1),
    tag="y",
)


@pytest.mark.parametrize("grouping", [Grouping.HOUR, Grouping.DAY, Grouping.MONTH, Grouping.TAG])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid"])
def test_selections_of_one_shape_have_one_statement(grouping, zone):
    """
    Also tomorrow, and for another org.
    """
    made = []
    for each in (SELECTION, OTHER):
        times = Times.of(grouping, each, time_zone(zone))
        shape, values = shape_of(each, times.unit)
        cells = cells_query(shape, (Grouping.KEY, grouping), times, None, frozenset())
        made.append(
            (
                cells,
                page_query(shape, is_after=True, newest_first=True),
            )
        )
        assert {name for name, value in cells.compile().params.items() if value is None} <= set(
            values
        )

    assert [one is other for one, other in zip(*made, strict=True)] == [True] * 2


def test_what_a_selection_filters_is_its_shape():
    shapes = {
        shape_of(attrs.evolve(SELECTION, **more))[0]
        for more in ({}, {"key": None}, {"tag": None}, {"failed": True}, {"prefix": "s"})
    }
    assert len(shapes) == 5
