"""Show an org's usage by one or two groupings, with what each group costs and without gaps in time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from functools import partial
from typing import TypeAlias

import attrs

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.money import exact_cost
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import Cell, Grouping, Selection, Totals, time_names
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.reports import UsageReports
from aldea_core.use_cases.billing.find_plans import FindPlans, PlanHistory


_Sums: TypeAlias = dict[tuple[str, ...], tuple[Totals, Decimal]]

_MOST_GROUPS = 20_000
# With the hours, days, weeks and months that have none: one upload may have 500 tags, and a table by tag
# and hour as many rows for each.
_MOST_ROWS = 100_000
_FREE = Decimal(0)
_NOTHING = Totals(), _FREE


@attrs.frozen
class CostedGroup:
    """
    Usage of one group, and its cost.

    Attributes:
        name: See `reports.Group`.
        label: The name of the key, if it is grouped by key and the org has the key still.
        cost: In the currency's unit, exact, at the prices of each month's plan, before its fee and
            what that includes; None if the groups have prices in several currencies.
        groups: The groups of the second grouping within it; None if there is one grouping.
    """

    name: str
    label: str
    totals: Totals
    cost: Decimal | None
    groups: tuple["CostedGroup", ...] | None = None


@attrs.frozen
class UsageTable:
    """
    Attributes:
        groups: In order of their names, or of time.
        currency: "" if there are several.
    """

    groups: tuple[CostedGroup, ...]
    totals: Totals
    cost: Decimal | None
    currency: str


@attrs.frozen
class ShowGroups:
    reports: UsageReports
    find_plans: FindPlans
    accounts: Accounts

    async def __call__(
        self, which: Selection, by: Sequence[Grouping], *, zone: tzinfo = UTC
    ) -> UsageTable:
        """
        Hours, days, weeks and months without usage are there too; other groups are not. A session
        with several tags is in the group of each, and counts once in what contains those groups.

        Raises:
            BadRequest: There are too many groups.
            NotFound: There is no such org.
        """
        history = await self.find_plans(which.org)
        levels = await self._levels(which, by, zone, models=history.models_with_prices)
        times = [
            time_names(which.since, which.until, one, zone) if one.is_time else [] for one in by
        ]
        if len(levels[-1]) > _MOST_GROUPS or _rows(levels[-1], times) > _MOST_ROWS:
            raise BadRequest("There are too many groups: ask for a shorter time.", field="by")
        months = {cell.month for cell in levels[-1]} or {Month.of(which.since)}
        currencies = {history.plan(month).currency for month in months}
        table = _Table(
            by,
            _all_sums(levels, history),
            times,
            await self._labels(which.org, by, levels[-1]),
            is_priced=len(currencies) == 1,
        )
        whole = table.group(())
        currency = currencies.pop() if len(currencies) == 1 else ""
        return UsageTable(whole.groups or (), whole.totals, whole.cost, currency)

    async def _levels(
        self, which: Selection, by: Sequence[Grouping], zone: tzinfo, *, models: Collection[str]
    ) -> list[Sequence[Cell]]:
        """
        The cells of everything, of the groups, and of the groups within those. What adds up to what
        contains it is read once.
        """
        cells = partial(self.reports.cells, which, zone=zone, models=models)
        deepest = await cells(by)
        levels = [
            # By tag a session is in several cells, which do not add up to what contains them.
            await cells(by[:depth]) if Grouping.TAG in by[depth:] else deepest
            for depth in range(len(by))
        ]
        return [*levels, deepest]

    async def _labels(
        self, org: OrgId, by: Sequence[Grouping], cells: Sequence[Cell]
    ) -> Mapping[KeyId, str]:
        if Grouping.KEY not in by:
            return {}
        depth = by.index(Grouping.KEY)
        return await self.accounts.key_names(org, {KeyId(cell.names[depth]) for cell in cells})


def _rows(cells: Sequence[Cell], times: Sequence[Sequence[str]]) -> int:
    """How many groups a table has, with those that have no usage."""
    rows = [1]
    for depth, names in enumerate(times, start=1):
        inner = len({cell.names[:depth] for cell in cells}) if not names else rows[-1] * len(names)
        rows.append(inner)
    return sum(rows)


def _all_sums(levels: Sequence[Sequence[Cell]], history: PlanHistory) -> list[_Sums]:
    """Usage and cost by the names of each level, of which the last one is the deepest."""
    sums = _sums(levels[-1], history)
    found = [sums]
    for depth in reversed(range(len(levels) - 1)):
        is_same = levels[depth] is levels[depth + 1]
        sums = _added(
            ((names[:depth], totals, cost) for names, totals, cost in _items(sums))
            if is_same
            else _items(_sums(levels[depth], history))
        )
        found.insert(0, sums)
    return found


def _sums(cells: Iterable[Cell], history: PlanHistory) -> _Sums:
    """Usage and cost by all names of the cells."""
    prices: dict[tuple[Month, str], dict[SessionKind, Decimal]] = {}
    costed = []
    for cell in cells:
        of = (cell.month, cell.model)
        if of not in prices:
            plan = history.plan(cell.month)
            prices[of] = {kind: plan.price(kind, cell.model).a_minute for kind in SessionKind}
        costed.append((cell.names, cell.totals, _cost(cell.totals, prices[of])))
    return _added(costed)


def _cost(totals: Totals, prices: Mapping[SessionKind, Decimal]) -> Decimal:
    costs = [exact_cost(audio_ms, prices[kind]) for kind, audio_ms in totals.audio_by_kind]
    return sum(costs[1:], costs[0]) if costs else _FREE


def _items(sums: _Sums) -> Iterator[tuple[tuple[str, ...], Totals, Decimal]]:
    return ((names, totals, cost) for names, (totals, cost) in sums.items())


def _added(parts: Iterable[tuple[tuple[str, ...], Totals, Decimal]]) -> _Sums:
    sums: _Sums = {}
    for names, more, added in parts:
        known = sums.get(names)
        sums[names] = (more, added) if known is None else (known[0] + more, known[1] + added)
    return sums


@attrs.frozen
class _Table:
    """
    Attributes:
        sums: By names: of everything, of the groups, and of the groups within those.
        times: Of each grouping by time, the names of all its groups.
        labels: Names of keys by their ids.
        within: Of each group, the names of those within it, where they are not times.
    """

    by: Sequence[Grouping]
    sums: Sequence[_Sums]
    times: Sequence[Sequence[str]]
    labels: Mapping[KeyId, str]
    is_priced: bool
    within: dict[tuple[str, ...], list[str]] = attrs.field(init=False)

    @within.default
    def _find_within(self) -> dict[tuple[str, ...], list[str]]:
        found: dict[tuple[str, ...], list[str]] = {}
        for times, sums in zip(self.times, self.sums[1:], strict=True):
            for names in sorted(sums) if not times else ():
                found.setdefault(names[:-1], []).append(names[-1])
        return found

    def group(self, names: tuple[str, ...]) -> CostedGroup:
        depth = len(names)
        totals, cost = self.sums[depth].get(names, _NOTHING)
        groups = None
        if depth < len(self.by):
            inner = self.times[depth] or self.within.get(names, [])
            groups = tuple(self.group((*names, name)) for name in inner)
        is_key = depth > 0 and self.by[depth - 1] is Grouping.KEY
        return CostedGroup(
            names[-1] if names else "",
            self.labels.get(KeyId(names[-1]), "") if is_key else "",
            totals,
            cost if self.is_priced else None,
            groups,
        )
