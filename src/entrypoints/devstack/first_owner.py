"""
Makes the first owner: a user who owns an org and is an operator too, and an API key. The password
and the key are kept in a file for the next start; the database holds only hashes, so without the
file both are made anew.
"""

import json
import secrets

from contextlib import suppress
from pathlib import Path

import attrs

from aldea_core.domain.access.audit import Actor, ActorKind, AuditEntry, Facts, facts_of
from aldea_core.domain.access.keys import KeySecret
from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.ids import OrgId
from aldea_core.use_cases.access.open_account import AccountDetails
from entrypoints.containers.services import Services
from entrypoints.devstack.first_key import kept_key, new_key


EMAIL = "owner@aldea.local"


@attrs.frozen
class Owner:
    org: OrgId
    key: KeySecret
    password: str = attrs.field(repr=False)


async def bootstrap_owner(services: Services, file: Path) -> Owner:
    """
    Makes the owner, its org and its key, or finds those of an earlier start.

    Args:
        file: What an earlier start wrote.
    """
    kept = await kept_key(services, file)
    password = _kept_password(file)
    users, now = services.people.users(), services.stores.clock().now()
    user = await users.of_email(EMAIL)
    if user is None:
        password = secrets.token_urlsafe(12)
        opened = await services.identity.sign_up()(EMAIL, AccountDetails("Owner", password))
        assert opened is not None, "no address is confirmed here"
        user = opened.user
        await users.put(attrs.evolve(user, is_operator=True, confirmed=now))
        await _note(services, "operator.added", None, user.id)
        if opened.org is not None:
            facts = {"name": opened.org.name}
            await _note(services, "org.created", opened.org.id, opened.org.id, facts)
    elif not password:
        password = secrets.token_urlsafe(12)
        hashed = await services.people.passwords().hash(password)
        await users.put(attrs.evolve(user, password=hashed, is_operator=True))
    if kept is None:
        org = (await services.people.members().of_user(user.id))[0].org
        key, secret = await new_key(services, org)
        await _note(services, "key.created", org, key.id, facts_of(key))
        return Owner(org, secret, password)
    org, secret = kept
    if (
        await services.people.members().find(org, user.id) is None
    ):  # the org is older than its owner
        await services.people.members().put(Membership(user.id, org, Role.OWNER, now))
        await _note(services, "member.joined", org, user.id, {"role": Role.OWNER.value})
    return Owner(org, secret, password)


def _kept_password(file: Path) -> str:
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(file.read_text())["password"])
    return ""


async def _note(
    services: Services, action: str, org: OrgId | None, target: str, after: Facts | None = None
) -> None:
    """Writes to the audit log what the first start made."""
    actor, now = Actor(ActorKind.SYSTEM, name="first start"), services.stores.clock().now()
    await services.people.audit().write(
        [AuditEntry(now, actor, action, org, target, after=after or {})]
    )
