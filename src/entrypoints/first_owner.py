"""
Who is there from the first start on: an owner of an organisation, who runs the platform too, and a
key. Their password and the key are kept in a file for the next start; only hashes are in the
database, so without the file both are made anew.
"""

import json
import secrets

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import attrs

from aldea_core.domain.ids import OrgId
from aldea_core.domain.keys import KeySecret
from aldea_core.domain.people import Membership, Role
from aldea_core.use_cases.open_account import AccountDetails
from entrypoints.back_office import BackOffice
from entrypoints.container import close, prepare_database
from entrypoints.first_key import kept_key, new_key
from entrypoints.settings import Settings


EMAIL = "owner@aldea.local"


@attrs.frozen
class Owner:
    org: OrgId
    key: KeySecret
    password: str = attrs.field(repr=False)


@asynccontextmanager
async def opened_office(settings: Settings) -> AsyncIterator[BackOffice]:
    """One on a database at the newest schema, where addresses need no confirmation."""
    office = BackOffice(settings=attrs.evolve(settings, confirm_addresses=False))
    try:
        await prepare_database(office)
        yield office
    finally:
        await close(office)


async def found(office: BackOffice, file: Path) -> Owner:
    """
    Args:
        file: What was kept.
    """
    kept = await kept_key(office, file)
    password = _kept_password(file)
    users, now = office.users(), office.clock().now()
    user = await users.of_email(EMAIL)
    if user is None:
        password = secrets.token_urlsafe(12)
        await office.sign_up()(EMAIL, AccountDetails("Owner", password))
        user = await users.of_email(EMAIL)
        assert user is not None
        await users.put(attrs.evolve(user, is_operator=True, confirmed=now))
    elif not password:
        password = secrets.token_urlsafe(12)
        hashed = await office.passwords().hash(password)
        await users.put(attrs.evolve(user, password=hashed, is_operator=True))
    if kept is None:
        org = (await office.members().of_user(user.id))[0].org
        return Owner(org, await new_key(office, org), password)
    org, key = kept
    if await office.members().find(org, user.id) is None:  # it was there before people were
        await office.members().put(Membership(user.id, org, Role.OWNER, now))
    return Owner(org, key, password)


def _kept_password(file: Path) -> str:
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(file.read_text())["password"])
    return ""
