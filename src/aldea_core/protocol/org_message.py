"""
What the queue of org changes carries: `{"org_id": "…"}`, and nothing of what the org is.

Whoever receives it asks for the org's newest state, so messages may be repeated and reordered.
"""

import json
import re

from aldea_core.domain.ids import OrgId


# Ids are UUIDs; others that do no harm in keys and logs are let through.
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def org_message(org: OrgId) -> str:
    return json.dumps({"org_id": org})


def org_of_message(text: str) -> OrgId:
    """
    Raises:
        ValueError: It is no such message; the error says why and does not repeat it.
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
        ValueError: No org could be called that.
    """
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise ValueError("the org_id is none")
    return OrgId(text)
