"""What the forms of API keys ask for, and what the backend is asked for then."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from entrypoints.frontend.backend import Document, Refused
from entrypoints.frontend.key_states import PERMISSIONS
from entrypoints.frontend.typed_numbers import whole_units
from entrypoints.frontend.visit import Visit


FIELDS = ("name", "may", "tags", "models", "sessions", "rate", "minutes", "expiry", "date")
EXPIRIES = (("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("date", "On a date"))
# Fields of the forms, by the backend's names.
_NAMES = {
    "limits.concurrent_sessions": "sessions",
    "limits.requests_per_minute": "rate",
    "limits.quota_ms": "minutes",
    "expires_at": "date",
}
_WHOLE_NUMBERS = (("sessions", "concurrent_sessions"), ("rate", "requests_per_minute"))
_MINUTE_MS = 60_000


class WrongFieldsError(Exception):
    """What was typed cannot be sent to the backend: a message for each field."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__()
        self.fields = fields


def typed_in(visit: Visit) -> dict[str, str]:
    """What a sent form has in its fields."""
    return {name: visit.form.get(name, "") for name in FIELDS}


def typed_of(key: Document, zone: ZoneInfo) -> dict[str, str]:
    """*key* as the form of its change shows it."""
    limits = key["limits"]
    minutes = limits["quota_ms"]
    last_day = _last_day(key, zone)
    return {
        "name": str(key["name"]),
        "may": "",
        "tags": ", ".join(key["tags"]),
        "models": ", ".join(key["models"] or ()),
        "sessions": _number(limits["concurrent_sessions"]),
        "rate": _number(limits["requests_per_minute"]),
        "minutes": "" if minutes is None else f"{(Decimal(minutes) / _MINUTE_MS).normalize():f}",
        "expiry": "" if last_day is None else "date",
        "date": "" if last_day is None else last_day.isoformat(),
    }


def new_key(visit: Visit, typed: Mapping[str, str]) -> Document:
    """
    What the backend is asked to make.

    Raises:
        WrongFieldsError: A field is no number or no date.
    """
    wrong: dict[str, str] = {}
    limits = _limits(typed, wrong)
    expires = _expires(visit, typed, wrong)
    scopes = PERMISSIONS.get(typed["may"]) or visit.several.get("scope", [])
    if not scopes:
        wrong["may"] = "Choose what the key may do."
    if wrong:
        raise WrongFieldsError(wrong)
    body: dict[str, Any] = {"name": typed["name"], "scopes": list(scopes), "limits": limits}
    if tags := _listed(typed["tags"]):
        body["tags"] = tags
    if models := _listed(typed["models"]):
        body["models"] = models
    if expires is not None:
        body["expires_at"] = expires
    return body


def changed_key(visit: Visit, typed: Mapping[str, str], key: Document) -> Document:
    """
    What the backend is asked to change of *key*. The expiry is left out if it stays.

    Raises:
        WrongFieldsError: A field is no number or no date.
    """
    wrong: dict[str, str] = {}
    body: dict[str, Any] = {
        "name": typed["name"],
        "tags": _listed(typed["tags"]),
        "models": _listed(typed["models"]) or None,
        "limits": _limits(typed, wrong),
    }
    shown = typed_of(key, visit.f.zone)
    if any(typed[name] != shown[name] for name in ("expiry", "date")):
        body["expires_at"] = _expires(visit, typed, wrong)
    if wrong:
        raise WrongFieldsError(wrong)
    return body


def fields_of(refused: Refused) -> dict[str, str]:
    """What the backend finds wrong, by the forms' names of fields."""
    return refused.by_field("name", _NAMES)


def _limits(typed: Mapping[str, str], wrong: dict[str, str]) -> dict[str, int | None]:
    limits: dict[str, int | None] = {}
    for field, name in _WHOLE_NUMBERS:
        if typed[field]:
            limits[name] = _whole(typed[field], wrong, field)
    if typed["minutes"]:
        limits["quota_ms"] = _ms_of(typed["minutes"], wrong)
    return limits


def _whole(text: str, wrong: dict[str, str], field: str) -> int | None:
    try:
        return whole_units(text)
    except ValueError:
        wrong[field] = "Must be a whole number."
        return None


def _ms_of(minutes: str, wrong: dict[str, str]) -> int | None:
    try:
        return whole_units(minutes, _MINUTE_MS)
    except ValueError:
        wrong["minutes"] = "Must be a number of minutes, as 1500."
        return None


def _expires(visit: Visit, typed: Mapping[str, str], wrong: dict[str, str]) -> str | None:
    """The end of a day of the person's zone, so that the same form sent again asks for the same."""
    today = visit.f.today
    match typed["expiry"]:
        case "30" | "90" as days:
            day = today + timedelta(days=int(days))
        case "date":
            try:
                day = date.fromisoformat(typed["date"])
            except ValueError:
                wrong["date"] = "Must be a date, as 2027-01-31."
                return None
            if day == date.max:  # its end is beyond all times
                wrong["date"] = f"Must be before {date.max}, or never."
                return None
            if day <= today:
                now = visit.f.day(visit.f.now.isoformat())
                wrong["date"] = f"Expiry must be after today, {now}."
                return None
        case _:
            return None
    return datetime.combine(day + timedelta(days=1), time(), visit.f.zone).isoformat()


def _last_day(key: Document, zone: ZoneInfo) -> date | None:
    """The day at whose end *key* expires, in the person's zone."""
    if not key["expires_at"]:
        return None
    return (
        datetime.fromisoformat(key["expires_at"]).astimezone(zone) - timedelta(seconds=1)
    ).date()


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _listed(text: str) -> list[str]:
    return [part for part in text.replace(",", " ").split() if part]
