"""Leases and usage records as Redis stores them: JSON that only Aldea reads."""

import json

from collections.abc import Iterable
from functools import lru_cache

import msgspec
import structlog

from adapters.redis.rows import (
    EPOCH,
    MICROSECOND,
    facts_of,
    json_text,
    key_of_values,
    key_text,
    moment,
)
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import KeyHash, OrgId, SessionId, TaskId
from aldea_core.domain.known_fields import known_fields
from aldea_core.domain.live.leases import Lease


log = structlog.get_logger()


def lease_text(lease: Lease) -> str:
    """
    Nine values in this order, as versions of before can read no more. Further facts are in the text
    of the key, in which they ignore them.
    """
    key = lease.key
    return json_text(
        [
            lease.session,
            key.hash,
            key.org,
            _key_text(key, lease.language, lease.model, lease.own_tags),
            lease.kind,
            lease.task,
            (lease.started - EPOCH) // MICROSECOND,
            (lease.expires - EPOCH) // MICROSECOND,
            lease.audio_ms,  # comes last: scripts correct it
        ],
    )


def lease_of(text: str) -> Lease:
    session, key_hash, org, key, kind, task, started, expires, *_, audio_ms = msgspec.json.decode(
        text
    )
    values = msgspec.json.decode(key)
    facts = facts_of(values)
    return Lease(
        SessionId(session),
        key_of_values(KeyHash(key_hash), OrgId(org), values),
        SessionKind(kind),
        TaskId(task),
        moment(started),
        moment(expires),
        audio_ms,
        language=facts.get("language", ""),
        model=facts.get("model", ""),
        own_tags=tuple(facts.get("tags", ())),
    )


def leases_of(texts: Iterable[str]) -> list[Lease]:
    """Without those that only another version can read, which settles them: they hold no others up."""
    found = []
    for text in texts:
        try:
            found.append(lease_of(text))
        except (KeyError, TypeError, ValueError):
            log.warning("lease cannot be read", size=len(text))
    return found


# Of the keys of open sessions; a seeder's millions would only drive each other out.
@lru_cache(4096)
def _key_text(key: KnownKey, language: str, model: str, tags: tuple[str, ...]) -> str:
    facts = {"language": language, "model": model, "tags": tags}
    return key_text(key, {name: fact for name, fact in facts.items() if fact} or None)


def usage_text(record: UsageRecord) -> str:
    # Written out, as in `lease_text`: each session comes here.
    started = (record.started - EPOCH) // MICROSECOND
    ended = (record.ended - EPOCH) // MICROSECOND
    return json_text({**vars(record), "started": started, "ended": ended})


def usage_of(text: str) -> UsageRecord:
    """
    Reads a usage record.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: *text* is not a usage record.
    """
    values = json.loads(text)
    values |= {
        "kind": SessionKind(values["kind"]),
        "started": moment(values["started"]),
        "ended": moment(values["ended"]),
        "tags": tuple(values["tags"]),
        "features": tuple(values.get("features", ())),  # gateways of before do not say
    }
    return UsageRecord(**known_fields(UsageRecord, values))
