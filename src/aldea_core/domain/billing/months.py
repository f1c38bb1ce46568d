"""
Calendar months in UTC: the period of quotas and invoices.

A session belongs to the month, day and hour in which it began: one rule for reports, quotas and
invoices.
"""

import re

from datetime import UTC, datetime
from typing import Self

import attrs

from typing_extensions import override

from aldea_core.domain.errors import BadRequest


@attrs.frozen(order=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, at: datetime) -> Self:
        at = at.astimezone(UTC)
        return cls(at.year, at.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Parses a month such as `2026-10`.

        Raises:
            BadRequest: *text* is no month.
        """
        found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
        if found is None or not 2000 <= int(found[1]) < 9999:
            raise BadRequest("A month is written as 2026-10.")
        return cls(int(found[1]), int(found[2]))

    @property
    def begins(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def ends(self) -> datetime:
        """The start of the next month."""
        return self.next.begins

    @property
    def next(self) -> Self:
        return type(self)(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> Self:
        return type(self)(self.year - (self.number == 1), (self.number + 10) % 12 + 1)

    @property
    def words(self) -> str:
        """Formatted for users: `October 2026`."""
        return f"{_NAMES[self.number - 1]} {self.year}"

    @override
    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
