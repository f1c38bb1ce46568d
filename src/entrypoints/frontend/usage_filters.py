"""Which usage is shown, and how: the page's address, its form and the backend's query are one thing."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Self
from urllib.parse import urlencode

import attrs


MEASURES = (("minutes", "Minutes"), ("money", "Money"), ("requests", "Requests"))
SPLITS = (
    ("key", "by key"),
    ("kind", "by kind"),
    ("model", "by model"),
    ("tag", "by tag"),
    ("status", "by result"),
)
STEPS = (("day", "by day"), ("hour", "by hour"))
KINDS = (("", "Live and files"), ("live", "Live"), ("file", "Files"))
RESULTS = (("", "Every result"), ("failed", "Nothing to bill"), ("billed", "Billed"))
PERIODS = {"7": "7 days", "30": "30 days"}
# Of more days than a week, an hour's column would be too narrow to point at.
_DAYS_BY_HOUR = 7
_LONGEST = 200


@attrs.frozen
class Filters:
    """
    Attributes:
        days: 7 or 30, until today; empty for the month, or for *since* and *until*.
        since, until: Days as texts, both included; empty for a period.
        id: The beginning of a request's id.
        cursor: Where the list of requests goes on.
    """

    days: str = ""
    since: str = ""
    until: str = ""
    key: str = ""
    kind: str = ""
    model: str = ""
    tag: str = ""
    result: str = ""
    id: str = ""
    measure: str = "minutes"
    by: str = "key"
    step: str = "day"
    cursor: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """As the page's address says; values that are none of ours are left out."""
        given = {
            field.name: query[field.name].strip()[:_LONGEST]
            for field in attrs.fields(cls)
            if query.get(field.name, "").strip()
        }
        known = {
            "days": PERIODS.keys(),
            "kind": dict(KINDS).keys(),
            "result": dict(RESULTS).keys(),
            "measure": dict(MEASURES).keys(),
            "by": dict(SPLITS).keys(),
            "step": dict(STEPS).keys(),
        }
        for name, values in known.items():
            if given.get(name) not in values:
                given.pop(name, None)
        for name in ("since", "until"):
            if name in given and _day(given[name]) is None:
                del given[name]
        return cls(**given)

    def link(self, **changes: str) -> str:
        """The page's query with *changes*, which begin at the first request again."""
        changed = attrs.evolve(self, **{"cursor": "", **changes})
        plain = attrs.asdict(type(self)())
        parts = {name: text for name, text in attrs.asdict(changed).items() if text != plain[name]}
        return f"?{urlencode(parts)}"

    def range(self, today: date) -> tuple[date, date]:
        """The first and the last day, both included."""
        if self.days:
            return today - timedelta(days=int(self.days) - 1), today
        until = _day(self.until) or today
        since = _day(self.since) or (until if self.until else today).replace(day=1)
        return min(since, until), until

    def shown(self, today: date) -> Self:
        """By day where there are too many hours."""
        since, until = self.range(today)
        has_too_many = self.step == "hour" and (until - since).days >= _DAYS_BY_HOUR
        return attrs.evolve(self, step="day") if has_too_many else self

    @property
    def is_month(self) -> bool:
        """Whether it is this month so far."""
        return not (self.days or self.since or self.until)

    @property
    def narrowing(self) -> list[str]:
        """Names of the filters that leave something out."""
        return [name for name in ("key", "kind", "model", "tag", "result", "id") if self[name]]

    def __getitem__(self, name: str) -> str:
        return str(getattr(self, name))

    def query(self, now: datetime, zone: str) -> dict[str, object]:
        """
        The backend's parameters.

        Args:
            now: In the person's zone.
        """
        since, until = self.range(now.date())
        return {
            **self.period(since, until, zone),
            "key_id": self.key,
            "kind": self.kind,
            "model": self.model,
            "tag": self.tag,
            "failed": {"failed": True, "billed": False}.get(self.result),
            "id": self.id,
        }

    @staticmethod
    def period(since: date, until: date, zone: str) -> dict[str, object]:
        return {"since": since.isoformat(), "until": until.isoformat(), "zone": zone}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
