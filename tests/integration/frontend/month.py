"""A month of usage as an organisation with three applications has it, for pictures of its pages."""

import asyncio
import random

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import attrs

from tests.integration.frontend.pages import call, change
from tests.servers.up import Up

from adapters.postgres.engine import connect
from adapters.postgres.usage import SqlUsageLedger
from adapters.system.clock import SystemClock
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import KeyId, OrgId, SessionId


ORG, PERSON = "Puerto Norte", "Marta Ruiz"
_DAYS = 31


@attrs.frozen
class _Application:
    """
    Attributes:
        sessions: On a working day.
        minutes: Of a session, on average.
    """

    name: str
    tags: Sequence[str]
    kind: SessionKind
    sessions: int
    minutes: float
    language: str


_APPLICATIONS = (
    _Application("Driver app", ("drivers", "prod"), SessionKind.LIVE, 40, 1.8, "es"),
    _Application("Dispatch desk", ("dispatch", "prod"), SessionKind.LIVE, 14, 6.0, "es"),
    _Application("Call archive", ("archive",), SessionKind.FILE, 9, 11.0, "en"),
)
# Status, reason, and of a hundred requests how many.
_FAILURES = ((1011, "engine_gone", 0.4), (1008, "not_audio", 0.4), (1006, "", 0.6))


def furnish_month(running: Up) -> list[str]:
    """Names the organisation and its owner, makes keys, and records the month; the keys' secrets."""
    org = f"/v1/orgs/{running.org_id}"
    change(running, "PATCH", org, {"name": ORG})
    change(running, "PATCH", "/v1/me", {"name": PERSON})
    made = [
        call(running, "POST", f"{org}/keys", {"name": one.name, "tags": list(one.tags)})
        for one in _APPLICATIONS
    ]
    change(running, "PUT", f"{org}/spending-cap", {"amount": 4000})
    ids = [one["api_key"]["id"] for one in made]
    asyncio.run(_record(running, list(_records(running.org_id, ids))))
    return [one["key"] for one in made]


async def _record(running: Up, records: list[UsageRecord]) -> None:
    engine = connect(f"sqlite:///{running.data / 'aldea.db'}")
    try:
        await SqlUsageLedger(engine).record(records)
    finally:
        await engine.dispose()


def _records(org: str, keys: Sequence[str]) -> Iterator[UsageRecord]:
    randomness = random.Random(26)
    now = SystemClock().now()
    for days_ago in range(_DAYS):
        day = (now - timedelta(days=days_ago)).replace(hour=7, minute=0)
        share = 0.15 if day.weekday() >= 5 else 0.8 + 0.4 * randomness.random()
        for key, application in zip(keys, _APPLICATIONS, strict=True):
            for _ in range(round(application.sessions * share)):
                started = day + timedelta(seconds=randomness.randrange(11 * 3600))
                if started < now - timedelta(minutes=15):
                    yield _one(org, key, application, started, randomness)


def _one(
    org: str, key: str, application: _Application, started: datetime, randomness: random.Random
) -> UsageRecord:
    is_live = application.kind is SessionKind.LIVE
    status, reason, audio_ms = (1000 if is_live else 200), "", 0
    at = 100 * randomness.random()
    for failure, why, share in _FAILURES if is_live else ():
        if 0 <= at < share:
            status, reason = failure, why
        at -= share
    if not reason:
        audio_ms = round(60_000 * randomness.expovariate(1 / application.minutes)) + 4000
    took = timedelta(milliseconds=audio_ms if is_live else audio_ms / 30)
    return UsageRecord(
        SessionId(str(UUID(int=randomness.getrandbits(128), version=4))),
        OrgId(org),
        KeyId(key),
        application.kind,
        started,
        started + min(took, timedelta(minutes=10)),
        audio_ms,
        status=status,
        model="general",
        language=application.language,
        tags=tuple(application.tags),
        reason=reason,
        first_word_ms=randomness.randrange(240, 420) if is_live and audio_ms else None,
        features=("punctuate", "smart_format"),
    )
