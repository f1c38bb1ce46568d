"""
Who is there from the first start on: an owner of an organisation, who runs the platform too, and a
key. Their password and the key are kept in a file for the next start; only hashes are in the
database, so without the file both are made anew.
"""

import json
import secrets

from contextlib import suppress
from pathlib import Path

import attrs

from aldea_core.domain.ids import OrgId
from aldea_core.domain.keys import KeySecret
from entrypoints.back_office import BackOffice
from entrypoints.first_key import kept_key, new_key


EMAIL = "owner@aldea.local"


@attrs.frozen
class Owner:
    org: OrgId
    key: KeySecret
    password: str = attrs.field(repr=False)


async def first_owner(office: BackOffice, file: Path) -> Owner:
    """
    Args:
        office: One where addresses need no confirmation.
        file: What was kept.
    """
    kept = await kept_key(office, file)
    password = _kept_password(file)
    user = await office.users().of_email(EMAIL)
    if kept is not None and password and user is not None:
        return Owner(*kept, password)
    password = secrets.token_urlsafe(12)
    if user is None:
        await office.sign_up()(EMAIL, password, "Owner", "My organisation")
        user = await office.users().of_email(EMAIL)
        assert user is not None
    hashed = await office.passwords().hash(password)
    await office.users().put(attrs.evolve(user, password=hashed, is_operator=True))
    org = (await office.members().of_user(user.id))[0].org
    return Owner(org, await new_key(office, org), password)


def _kept_password(file: Path) -> str:
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(file.read_text())["password"])
    return ""
