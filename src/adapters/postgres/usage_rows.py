"""Maps rows of usage to domain values, and back."""

from typing import Any

import attrs

from sqlalchemy import RowMapping

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import KeyId, OrgId, SessionId
from aldea_core.domain.transcripts.models import name_of


def usage_of(row: RowMapping) -> UsageRecord:
    return UsageRecord(
        SessionId(row["session"]),
        OrgId(row["org"]),
        KeyId(row["key"]),
        SessionKind(row["kind"]),
        row["started"],
        row["ended"],
        row["audio_ms"],
        row["channels"],
        row["status"],
        row["model"],
        row["language"],
        tuple(row["tags"]),
        row["final"],
        row["reason"],
        row["first_word_ms"],
        tuple(row["features"]),
        row["callbacks"],
        row["callback_delivered"],
    )


def usage_to(record: UsageRecord) -> dict[str, Any]:
    values = attrs.asdict(record, recurse=False)
    return {
        **values,
        "kind": record.kind.value,
        # A row that the database refused would hold up the usage that comes after it.
        "model": name_of(record.model),
        "tags": list(record.tags),
        "features": list(record.features),
    }
