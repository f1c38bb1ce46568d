"""What every `UsageReports` promises."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG, after, record

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import (
    Cell,
    Group,
    Grouping,
    Selection,
    Totals,
    time_zone,
)
from aldea_core.domain.ids import KeyId, SessionId
from aldea_core.domain.pages import OLDEST_FIRST, Page
from aldea_core.use_cases.billing.group_usage import groups_of


ALL = Selection(ORG, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
DAY = timedelta(days=1)


async def fill(ledger) -> None:
    await ledger.record(
        [
            record("a", audio_ms=1000),
            record("b", audio_ms=200, started=after(10), key=KeyId("key-b")),
            record(
                "c",
                audio_ms=30,
                started=NOW + DAY,
                kind=SessionKind.FILE,
                status=200,
                model="large",
            ),
            record("d", audio_ms=0, started=NOW + DAY, kind=SessionKind.FILE, status=503),
            record("e", audio_ms=4, started=NOW - DAY, final=False),
            record("f", audio_ms=9999, org=OTHER_ORG),
        ],
    )


class UsageReportsContract:
    """Subclasses give fixtures of one store: `reports` and `ledger`, both empty."""

    async def test_report_without_usage_is_zero(self, reports):
        assert await reports.totals(ALL) == Totals()
        assert [list(await groups_of(reports, ALL, by)) for by in Grouping] == [[]] * len(Grouping)
        assert list(await reports.page(ALL)) == []
        assert [page async for page in reports.stream(ALL)] == []

    async def test_totals_of_an_org(self, reports, ledger):
        """
        Of its sessions, also of failed or lapsed ones.
        """
        await fill(ledger)

        assert await reports.totals(ALL) == Totals(5, 1, 1234, 1204, 30)

    @pytest.mark.parametrize("grouping", [one for one in Grouping if one is not Grouping.TAG])
    async def test_groups_add_up_to_the_totals(self, reports, ledger, grouping):
        """
        By every grouping.
        """
        await fill(ledger)
        groups = await groups_of(reports, ALL, grouping, zone=time_zone("Asia/Kathmandu"))

        added = sum((group.totals for group in groups), Totals())
        assert added == await reports.totals(ALL)
        assert len({group.name for group in groups}) == len(groups)

    async def test_a_session_counts_with_each_of_its_tags(self, reports, ledger):
        """
        Once with a repeated tag; under no tag if it has none.
        """
        await ledger.record(
            [
                record("a", tags=("one", "two"), audio_ms=1),
                record("b", tags=("two", "two"), audio_ms=20),
                record("c", tags=(), audio_ms=300),
            ]
        )

        groups = {
            one.name: one.totals.audio_ms for one in await groups_of(reports, ALL, Grouping.TAG)
        }
        assert groups == {"": 300, "one": 1, "two": 21}

    @pytest.mark.parametrize(
        "tag", ["one", "two words", 'a"', '"a', 'x", "a', "\\", "é", "100%", "a_b", "\0", "[", ","]
    )
    async def test_tag_is_matched_whole(self, reports, ledger, tag):
        """
        Whatever its characters; no similar tag is matched.
        """
        others = ("a", "x", "", tag.upper() + "x", f" {tag}", f'{tag}", "', f'["{tag}"]')
        await ledger.record(
            [
                record("first", tags=(tag, "z")),
                record("last", tags=("z", tag)),
                record("none", tags=()),
                *(record(f"other-{n}", tags=(other, "z")) for n, other in enumerate(others)),
            ]
        )

        found = await reports.page(attrs.evolve(ALL, tag=tag))
        assert {one.session for one in found} == {"first", "last"}
        assert (await reports.totals(attrs.evolve(ALL, tag=tag))).sessions == 2

    async def test_cells_split_by_groups_month_and_price(self, reports, ledger):
        """
        By two groupings at once, in the zone asked for; a session with two tags is in two cells.
        """
        new_year = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
        await ledger.record(
            [
                record("a", started=new_year, tags=("x", "y"), audio_ms=1),
                record("b", started=new_year, tags=("x",), audio_ms=20, model="large"),
                record("c", started=new_year, tags=("x",), audio_ms=0, model="large"),
                record("d", started=new_year + timedelta(hours=1), tags=(), audio_ms=300),
            ]
        )

        found = await reports.cells(
            ALL, (Grouping.DAY, Grouping.TAG), zone=time_zone("Europe/Madrid")
        )

        first, second = Month(2026, 1), Month(2026, 2)
        assert list(found) == [
            Cell(("2026-02-01", ""), second, "memory", Totals(1, 0, 300, 300, 0)),
            Cell(("2026-02-01", "x"), first, "large", Totals(2, 1, 20, 20, 0)),
            Cell(("2026-02-01", "x"), first, "memory", Totals(1, 0, 1, 1, 0)),
            Cell(("2026-02-01", "y"), first, "memory", Totals(1, 0, 1, 1, 0)),
        ]

    async def test_cells_keep_models_with_prices_apart(self, reports, ledger):
        """
        All others are one model without a name; grouped by model they keep their names.
        """
        await ledger.record(
            [
                record("a", audio_ms=1, model="large"),
                record("b", audio_ms=20, model="memory"),
                record("c", audio_ms=300, model="tiny"),
            ]
        )

        async def found(by, models):
            cells = await reports.cells(ALL, by, models=models)
            return [(cell.names, cell.model, cell.totals.audio_ms) for cell in cells]

        assert await found((), {"large"}) == [((), "", 320), ((), "large", 1)]
        assert await found((), ()) == [((), "", 321)]
        named = [(("large",), "", 1), (("memory",), "", 20), (("tiny",), "", 300)]
        assert await found((Grouping.MODEL,), ()) == named

    @pytest.mark.parametrize("by", [(), (Grouping.KEY,), (Grouping.STATUS, Grouping.REASON)])
    async def test_cells_add_up_to_the_totals(self, reports, ledger, by):
        await fill(ledger)
        cells = await reports.cells(ALL, by)

        assert sum((cell.totals for cell in cells), Totals()) == await reports.totals(ALL)
        assert len({(one.names, one.month, one.model) for one in cells}) == len(cells)

    async def test_cells_of_the_last_moment_of_a_month(self, reports, ledger):
        """
        Are of that month; a selection that ends with the month has no other.
        """
        last = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
        await ledger.record([record("a", started=last), record("b", started=after(0))])
        for until in (datetime(2026, 2, 1, tzinfo=UTC), ALL.until):
            cells = await reports.cells(attrs.evolve(ALL, until=until), (Grouping.MONTH,))
            assert [(one.names, one.month) for one in cells] == [(("2026-01",), Month(2026, 1))]

    async def test_weeks_begin_on_monday(self, reports, ledger):
        monday = datetime(2026, 1, 5, tzinfo=UTC)
        await ledger.record(
            [record(f"s{n}", started=monday + n * DAY) for n in (-1, 0, 6, 7)],
        )

        weeks = await groups_of(reports, ALL, Grouping.WEEK)
        assert [(one.name, one.totals.sessions) for one in weeks] == [
            ("2025-12-29", 1),
            ("2026-01-05", 2),
            ("2026-01-12", 1),
        ]

    async def test_report_of_one_session(self, reports, ledger):
        """
        By its id, if it is the org's.
        """
        await fill(ledger)

        for session, count in (("a", 1), ("f", 0), ("none", 0)):
            which = attrs.evolve(ALL, session=SessionId(session))
            assert len(await reports.page(which)) == count

    @pytest.mark.parametrize(
        ("at", "day", "hour"),
        [
            ("2026-10-31T23:59:59.999700", "2026-10-31", "2026-10-31T23"),
            ("2026-10-31T23:59:59.999999", "2026-10-31", "2026-10-31T23"),
            ("2026-11-01T00:00:00.000001", "2026-11-01", "2026-11-01T00"),
            ("2026-10-31T22:59:59.999999", "2026-10-31", "2026-10-31T22"),
            ("2025-12-31T23:59:59.999999", "2025-12-31", "2025-12-31T23"),
        ],
    )
    async def test_days_and_hours_end_at_their_last_microsecond(
        self, reports, ledger, at, day, hour
    ):
        """
        In any zone.
        """
        started = datetime.fromisoformat(at).replace(tzinfo=UTC)
        which = attrs.evolve(ALL, since=datetime(2025, 1, 1, tzinfo=UTC))
        await ledger.record([record("a", started=started)])

        for zone in ("UTC", "Etc/GMT"):
            days = await groups_of(reports, which, Grouping.DAY, zone=time_zone(zone))
            hours = await groups_of(reports, which, Grouping.HOUR, zone=time_zone(zone))
            assert [one.name for one in days] == [day]
            assert [one.name[:13] for one in hours] == [hour]

    async def test_groups_are_named_and_ordered(self, reports, ledger):
        await fill(ledger)

        async def names(grouping):
            return [group.name for group in await groups_of(reports, ALL, grouping)]

        assert await names(Grouping.KEY) == ["key-a", "key-b"]
        assert await names(Grouping.KIND) == ["file", "live"]
        assert await names(Grouping.MODEL) == ["large", "memory"]
        assert await names(Grouping.STATUS) == ["1000", "200", "503"]
        assert await names(Grouping.DAY) == ["2026-01-14", "2026-01-15", "2026-01-16"]
        assert await names(Grouping.HOUR) == [
            "2026-01-14T12:00:00+00:00",
            "2026-01-15T12:00:00+00:00",
            "2026-01-16T12:00:00+00:00",
        ]

    async def test_days_follow_the_time_zone(self, reports, ledger):
        """
        Also with offsets of quarter hours.
        """
        late = datetime(2026, 1, 15, 18, 20, tzinfo=UTC)
        await ledger.record(
            [record("a", started=late), record("b", started=late - timedelta(minutes=10))],
        )
        nepal = time_zone("Asia/Kathmandu")

        days = await groups_of(reports, ALL, Grouping.DAY, zone=nepal)
        hours = await groups_of(reports, ALL, Grouping.HOUR, zone=nepal)

        assert [(day.name, day.totals.sessions) for day in days] == [
            ("2026-01-15", 1),
            ("2026-01-16", 1),
        ]
        assert [hour.name for hour in hours] == [
            "2026-01-15T23:00:00+05:45",
            "2026-01-16T00:00:00+05:45",
        ]

    @pytest.mark.parametrize(
        ("since", "zone"), [(NOW, UTC), (datetime(9998, 1, 1, tzinfo=UTC), time_zone("Asia/Tokyo"))]
    )
    async def test_span_may_reach_the_end_of_time(self, reports, ledger, since, zone):
        """
        Clients ask for all that there will be. In zones ahead of UTC the last hours have no name.
        """
        await fill(ledger)
        span = Selection(ORG, since, datetime.max.replace(tzinfo=UTC))

        groups = await groups_of(reports, span, Grouping.DAY, zone=zone)

        assert sum((group.totals for group in groups), Totals()) == await reports.totals(span)

    async def test_repeated_hour_is_two_hours(self, reports, ledger):
        """
        When clocks go back.
        """
        first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        second = first + timedelta(hours=1)
        await ledger.record([record("a", started=second), record("b", started=first)])

        hours = await groups_of(reports, ALL, Grouping.HOUR, zone=time_zone("Europe/Madrid"))

        assert [hour.name for hour in hours] == [
            "2026-10-25T02:00:00+02:00",
            "2026-10-25T02:00:00+01:00",
        ]

    @pytest.mark.parametrize(
        ("which", "sessions"),
        [
            ({"kind": SessionKind.FILE}, "dc"),
            ({"key": KeyId("key-b")}, "b"),
            ({"status": 503}, "d"),
            ({"model": "large"}, "c"),
            ({"failed": True}, "d"),
            ({"prefix": "c"}, "c"),
            ({"reason": "idle"}, "dcbae"),
            ({"reason": ""}, ""),
            ({"prefix": ""}, "dcbae"),
            ({"prefix": "_"}, ""),
            ({"prefix": "C"}, ""),
            ({"failed": False}, "cbae"),
            ({"since": NOW, "until": NOW + DAY}, "ba"),
            ({"kind": SessionKind.LIVE, "status": 503}, ""),
        ],
    )
    async def test_filters_apply_to_every_report(self, reports, ledger, which, sessions):
        """
        Hold for every report alike.
        """
        await fill(ledger)
        selection = Selection(**{"org": ORG, "since": ALL.since, "until": ALL.until, **which})

        found = await reports.page(selection)

        assert sorted(record.session for record in found) == sorted(sessions)
        assert (await reports.totals(selection)).sessions == len(sessions)
        groups = await groups_of(reports, selection, Grouping.KIND)
        assert sum((g.totals for g in groups), Totals()) == await reports.totals(selection)

    async def test_pages_are_newest_first_without_gaps(self, reports, ledger):
        """
        No session twice, also if many began at once.
        """
        await ledger.record([record(f"s{n}", started=after(n // 3)) for n in range(10)])
        seen, page = [], Page(3, newest_first=True)
        while found := await reports.page(ALL, page):
            assert len(found) <= 3
            seen += found
            page = attrs.evolve(page, after=found[-1].place)

        assert [kept.session for kept in seen] == [f"s{n}" for n in reversed(range(10))]
        assert seen[0] == record("s9", started=after(3))
        assert list(await reports.page(ALL, Page(2, newest_first=True, skip=4))) == seen[4:6]
        assert list(await reports.page(ALL, OLDEST_FIRST)) == seen[::-1]

    async def test_session_of_this_org_only(self, reports, ledger):
        await ledger.record([record("a"), record("b", org=OTHER_ORG)])

        assert await reports.session(ORG, SessionId("a")) == record("a")
        assert await reports.session(ORG, SessionId("b")) is None

    async def test_streamed_report_has_all_sessions(self, reports, ledger):
        """
        In the order of pages.
        """
        await ledger.record([record(f"s{n:04}", started=after(n)) for n in range(2300)])

        pages = [page async for page in reports.stream(ALL)]

        assert max(len(page) for page in pages) <= 1000
        sessions = [kept.session for page in pages for kept in page]
        assert sessions == [f"s{n:04}" for n in reversed(range(2300))]

    async def test_groups_compare_by_value(self, reports, ledger):
        await ledger.record([record("a", audio_ms=7), record("b", audio_ms=0)])

        assert list(await groups_of(reports, ALL, Grouping.KIND)) == [
            Group("live", Totals(2, 1, 7, 7, 0)),
        ]
