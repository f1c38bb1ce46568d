"""
Messages of the queue of org changes: `{"org_id": "…"}`, without the org's state.

The consumer reads the org's newest state, so messages may be repeated and reordered.
"""

import json
import re

from aldea_core.domain.ids import OrgId


# Ids are UUIDs; others are accepted if they are safe in Redis keys and logs.
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def org_message(org: OrgId) -> str:
    return json.dumps({"org_id": org})


def org_of_message(text: str) -> OrgId:
    """
    Raises:
        ValueError: *text* is not such a message; the error's text says why and does not quote it.
    """
    try:
        message = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        raise ValueError("the message is not JSON") from None
    match message:
        case {"org_id": str(org)}:
            return org_id_of(org)
        case _:
            raise ValueError('the message is not {"org_id": "…"}')


def org_id_of(text: object) -> OrgId:
    """
    Raises:
        ValueError: *text* is not a valid org id.
    """
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise ValueError("the org_id is none")
    return OrgId(text)
