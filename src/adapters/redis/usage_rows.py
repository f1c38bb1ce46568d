"""Leases and usage records as Redis stores them: JSON that only Aldea reads."""

import json

from operator import attrgetter

import attrs
import msgspec

from adapters.redis.rows import (
    EPOCH,
    MICROSECOND,
    json_text,
    key_of,
    moment,
    remembered_key_text,
)
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import KeyHash, OrgId, SessionId, TaskId
from aldea_core.domain.live.leases import Lease


def lease_text(lease: Lease) -> str:
    key = lease.key
    return json_text(
        [
            lease.session,
            key.hash,
            key.org,
            remembered_key_text(key),
            lease.kind,
            lease.task,
            (lease.started - EPOCH) // MICROSECOND,
            (lease.expires - EPOCH) // MICROSECOND,
            *((lease.language, lease.model) if lease.language or lease.model else ()),
            lease.audio_ms,  # comes last: scripts correct it
        ],
    )


def lease_of(text: str) -> Lease:
    session, key_hash, org, key, kind, task, *more = msgspec.json.decode(text)
    started, expires, *known, audio_ms = more
    language, model = known or ("", "")
    return Lease(
        SessionId(session),
        key_of(KeyHash(key_hash), OrgId(org), key),
        SessionKind(kind),
        TaskId(task),
        moment(started),
        moment(expires),
        audio_ms,
        language=language,
        model=model,
    )


_USAGE_FIELDS = tuple(field.name for field in attrs.fields(UsageRecord))
_usage_values = attrgetter(*_USAGE_FIELDS)


def usage_text(record: UsageRecord) -> str:
    values = dict(zip(_USAGE_FIELDS, _usage_values(record), strict=True))
    # Written out, as in `lease_text`: each session comes here.
    values["started"] = (record.started - EPOCH) // MICROSECOND
    values["ended"] = (record.ended - EPOCH) // MICROSECOND
    return json_text(values)


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
    # A field that only newer gateways know does not make their usage unreadable.
    return UsageRecord(**{name: values[name] for name in values if name in _USAGE_FIELDS})
