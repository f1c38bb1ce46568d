"""Numbers, money and times as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from markupsafe import Markup

from aldea_core.domain.billing.money import decimal, digits


_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name in the IANA database; UTC if there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, OSError):  # a name that is none, or one that is a folder
        return ZoneInfo("UTC")


@attrs.frozen
class Formats:
    """
    Args:
        zone: Whose days and hours are shown.
        now: For times that are relative.
    """

    zone: ZoneInfo
    now: datetime

    def whole(self, number: float) -> str:
        return f"{round(number):,}"

    def number(self, value: float) -> str:
        """Four digits, or all of a whole number that has more; no power of ten."""
        return f"{value:,.0f}" if value >= 1000 else f"{Decimal(f'{value:.4g}'):f}"

    def duration(self, milliseconds: float) -> str:
        """How long something took or waited: 400 ms, 4.0 s, 1,200 min."""
        if milliseconds < 1000:
            return f"{milliseconds:.0f} ms"
        if milliseconds < 60_000:
            return f"{milliseconds / 1000:.1f} s"
        return f"{milliseconds / 60_000:,.0f} min"

    def minutes(self, milliseconds: int) -> str:
        """Whole minutes; below one with two digits."""
        minutes = Decimal(milliseconds) / 60_000
        return f"{minutes:.2f}" if 0 < minutes < 1 else f"{minutes:,.0f}"

    def length(self, milliseconds: int) -> str:
        """Audio as 0:28 or 1:02:03."""
        seconds = round(milliseconds / 1000)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

    def span(self, seconds: float) -> str:
        """A length of time in its largest unit: 20 minutes, 4 hours, 7 days."""
        for name, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
            if seconds >= length:
                return counted(round(seconds / length), name)
        return counted(round(seconds), "second")

    def money(self, minor: int, currency: str) -> str:
        """
        Args:
            minor: In the currency's smallest unit.
        """
        sign = "-" if minor < 0 else ""
        return f"{sign}{_symbol(currency)}{decimal(abs(minor), currency):,f}"

    def amount(self, minor: int, currency: str) -> str:
        """An amount as a field of a form has it: 250.00."""
        return f"{decimal(minor, currency):f}"

    def price(self, text: str, currency: str) -> str:
        """A price with all of its digits, but at least the currency's own."""
        amount = Decimal(text)
        whole = f"{amount.normalize():f}"
        decimals = max(digits(currency), len(whole.partition(".")[2]))
        return f"{_symbol(currency)}{amount:,.{decimals}f}"

    def share(self, part: float, whole: float) -> float:
        """In per cent, at most 100; for widths."""
        return round(min(100.0, 100 * part / whole), 2) if whole > 0 else 100.0

    def moment(self, text: str | None, otherwise: str = "") -> Markup:
        """A `time` element: relative below an hour, else the time of day or the date."""
        if not text:
            return Markup("{}").format(otherwise)
        at = self._local(text)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            text, self._exact(at), self._near(at)
        )

    def time(self, text: str) -> Markup:
        """The time of day today, else date and time: 26 Nov, 18:40."""
        at = self._local(text)
        shown = f"{at:%H:%M:%S}" if at.date() == self.today else f"{self._short(at)}, {at:%H:%M}"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            text, self._exact(at), shown
        )

    def clock(self) -> str:
        """The time of day now."""
        return f"{self.now.astimezone(self.zone):%H:%M:%S}"

    def day(self, text: str | None) -> str:
        """26 November 2026; without the year if it is this one."""
        return self._date(self._local(text)) if text else ""

    def month(self, text: str) -> str:
        """2026-11 as November 2026."""
        year, _, month = text.partition("-")
        return f"{_MONTHS[int(month) - 1]} {year}"

    def month_name(self, at: datetime | None = None) -> str:
        """November. Months are those of UTC, as invoices are."""
        return _MONTHS[(at or self.now).astimezone(UTC).month - 1]

    @property
    def place(self) -> str:
        """What the zone is called: Madrid, or UTC."""
        return self.zone.key.rpartition("/")[2].replace("_", " ")

    @property
    def today(self) -> date:
        """The day that it is in the zone."""
        return self.now.astimezone(self.zone).date()

    def _local(self, text: str) -> datetime:
        return datetime.fromisoformat(text).astimezone(self.zone)

    def _exact(self, at: datetime) -> str:
        return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M:%S}, {self.place}"

    def _near(self, at: datetime) -> str:
        passed = self.now - at
        if timedelta(0) <= passed < timedelta(seconds=60):
            return f"{int(passed.total_seconds())} s ago"
        if timedelta(0) <= passed < timedelta(hours=1):
            return f"{int(passed.total_seconds() // 60)} min ago"
        return f"{at:%H:%M}" if at.date() == self.today else self._date(at)

    def _short(self, at: datetime) -> str:
        """26 Nov, for the columns of tables."""
        year = "" if at.year == self.now.astimezone(self.zone).year else f" {at.year}"
        return f"{at.day} {_MONTHS[at.month - 1][:3]}{year}"

    def _date(self, at: datetime) -> str:
        year = "" if at.year == self.now.astimezone(self.zone).year else f" {at.year}"
        return f"{at.day} {_MONTHS[at.month - 1]}{year}"


def line_words(line: Any) -> str:
    """What a line charges for."""
    kind = {"fee": "Monthly fee", "live": "Live", "file": "Files"}.get(line["kind"], line["kind"])
    return f"{kind}, {line['model']}" if line["model"] else kind


def counted(number: int, name: str) -> str:
    """1 day, 2 days."""
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def _symbol(currency: str) -> str:
    return _SYMBOLS.get(currency, f"{currency} ")
