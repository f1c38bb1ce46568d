"""
The first org and key: made once, and kept in a file for the next start.

The database holds only the key's hash, so without the file a new key is made.
"""

import json

from contextlib import suppress
from pathlib import Path

from aldea_core.domain.access.keys import ApiKey, KeyDraft, KeySecret
from aldea_core.domain.ids import OrgId
from entrypoints.containers.services import Services


async def kept_key(services: Services, file: Path) -> tuple[OrgId, KeySecret] | None:
    """The org and key in *file*; None if the key is not valid any more."""
    accounts = services.stores.accounts()
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(file.read_text())
        org = await accounts.org(OrgId(kept["org_id"]))
        secret = KeySecret.parse(kept["api_key"])
        if org is not None and secret is not None:
            now = services.stores.clock().now()
            key = await accounts.find_key(secret.hash)
            if key is not None and key.org == org.id and key.opens(at=now):
                return org.id, secret
    return None


async def new_key(services: Services, org: OrgId) -> tuple[ApiKey, KeySecret]:
    return await services.identity.create_key()(
        org, KeyDraft("First key", scopes=frozenset({"owner"}))
    )
