"""API keys and entitlements of orgs, and the documented keys beside them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, final

import attrs
import structlog

from typing_extensions import override

from adapters.redis.client import RedisClient, Script, ScriptCall, run_all
from adapters.redis.damage import ask_each, is_intact
from adapters.redis.documented import KEPT_SECONDS, Publication, owner_key, publish
from adapters.redis.fill_marks import is_filled
from adapters.redis.invalidations import CHANNEL
from adapters.redis.rows import (
    CAPPED_FIELD,
    ENTITLEMENT_FIELDS,
    UNREADABLE,
    entitlement_fields,
    entitlements_of,
    key_of,
    key_text,
    lines_of,
)
from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements, OrgStatus
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import KeyHash, OrgId
from aldea_core.ports.keystore import Keystore, OrgMirror, Unreadable


log = structlog.get_logger()

_T = TypeVar("_T")

_PUT = Script.load("put")
KEY_FIELD = "key:"
REMOVED_FIELD = "removed"
_MOST_OWNERS = 200_000
_ENTITLEMENTS = (*ENTITLEMENT_FIELDS, CAPPED_FIELD, REMOVED_FIELD)


def mirror_key(org: OrgId) -> str:
    return f"mirror:{{{org}}}"


@final
@attrs.frozen
class RedisKeystore(Keystore, OrgMirror):
    """
    The org's mirror decides which keys are valid. One script replaces a mirror atomically.
    `apikey:<hash>` only names the org whose mirror to read, so an outdated documented key never
    authenticates.
    """

    client: RedisClient
    _owners: dict[KeyHash, OrgId] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def caller(self, key_hash: KeyHash) -> Caller | None:
        org = await self._owner(key_hash)
        if org is None:
            await self._check_filled()
            return None
        mirror = mirror_key(org)
        text, *values = await self.client.ask(
            mirror, "HMGET", mirror, f"{KEY_FIELD}{key_hash}", *_ENTITLEMENTS
        )
        try:
            entitlements = _entitlements(values)
            key = None if text is None else key_of(key_hash, org, text)
        except UNREADABLE as error:
            raise Unavailable("keystore", why=f"what it holds of org {org} is damaged") from error
        if entitlements is None:
            await self._check_filled()
            return None
        return None if key is None else Caller(key, entitlements)

    async def _check_filled(self) -> None:
        """
        Checked when a key or an org is not found.

        Raises:
            Unavailable: Redis is still being filled, so the key may be missing for now.
        """
        if not await is_filled(self.client):
            raise Unavailable(
                "keystore", why="Redis is empty, and is being filled from the database"
            )

    async def _owner(self, key_hash: KeyHash) -> OrgId | None:
        """The org of a key. The result is cached, because a key never moves to another org."""
        known = self._owners.get(key_hash)
        if known is not None:
            return known
        name = owner_key(key_hash)
        found = await self.client.ask(name, "GET", name)
        if found is None:
            return None
        return self._remember(key_hash, OrgId(found))

    def _remember(self, key_hash: KeyHash, org: OrgId) -> OrgId:
        if len(self._owners) >= _MOST_OWNERS:
            self._owners.pop(next(iter(self._owners)))
        self._owners[key_hash] = org
        return org

    @override
    async def keys(self, hashes: Iterable[KeyHash]) -> Mapping[KeyHash, KnownKey | Unreadable]:
        # A known owner is not asked for: it may be on a node that is away, when the org's is not.
        owners = {key_hash: self._owners.get(key_hash) for key_hash in hashes}
        unknown = [key_hash for key_hash, org in owners.items() if org is None]
        said = await ask_each(self.client, [("GET", owner_key(key_hash)) for key_hash in unknown])
        keys: dict[KeyHash, KnownKey | Unreadable] = {}
        for key_hash, owner in zip(unknown, said, strict=True):
            if not is_intact(owner, key=key_hash[:8]):
                keys[key_hash] = Unreadable()
            elif owner is not None:
                owners[key_hash] = self._remember(key_hash, OrgId(owner))
        by_org: dict[OrgId, list[KeyHash]] = {}
        for key_hash, org in owners.items():
            if org is not None:
                by_org.setdefault(org, []).append(key_hash)
        found = await ask_each(
            self.client,
            [
                ("HMGET", mirror_key(org), *(f"{KEY_FIELD}{key_hash}" for key_hash in theirs))
                for org, theirs in by_org.items()
            ],
        )
        for (org, theirs), texts in zip(by_org.items(), found, strict=True):
            if not is_intact(texts, org_id=org):
                keys |= dict.fromkeys(theirs, Unreadable())
                continue
            for key_hash, text in zip(theirs, texts, strict=True):
                if text is not None:
                    keys[key_hash] = _readable(org, key_of, key_hash, org, text) or Unreadable()
        return keys

    @override
    async def entitlements_of_orgs(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, Entitlements]:
        wanted = list(dict.fromkeys(orgs))
        found = await ask_each(
            self.client, [("HMGET", mirror_key(org), *_ENTITLEMENTS) for org in wanted]
        )
        return {
            org: entitlements
            for org, values in zip(wanted, found, strict=True)
            if is_intact(values, org_id=org)
            and (entitlements := _readable(org, _entitlements, values)) is not None
        }

    @override
    async def put(self, snapshot: OrgSnapshot) -> bool:
        return await self.put_all([snapshot]) == 1

    @override
    async def put_all(self, snapshots: Sequence[OrgSnapshot]) -> int:
        calls = [_put(snapshot) for snapshot in snapshots]
        taken = await run_all(self.client, calls)
        newest = [snapshot for snapshot, was in zip(snapshots, taken, strict=True) if was]
        await publish(self.client, [Publication.of(snapshot) for snapshot in newest])
        return len(newest)

    @override
    async def remove(self, org: OrgId, version: int) -> bool:
        # A tombstone stays, so that a late snapshot does not restore the org.
        fields = {REMOVED_FIELD: "1"}
        taken = await run_all(self.client, [_replace(org, version, fields, gone=True)])
        if not taken[0]:
            return False
        await publish(self.client, [Publication(org, version)])
        return True


def _readable(org: OrgId, read: Callable[..., _T], *values: Any) -> _T | None:
    """What *read* makes of *values*; None if they are damaged: other orgs are asked for beside."""
    try:
        return read(*values)
    except UNREADABLE as error:
        log.warning("mirror cannot be read", org_id=org, reason=type(error).__name__)
        return None


def _entitlements(values: Sequence[str | None]) -> Entitlements | None:
    """The entitlements in *values*, which are the values of the mirror's fields `_ENTITLEMENTS`."""
    fields = dict(zip(_ENTITLEMENTS, values, strict=True))
    version = fields["version"]
    if version is None:
        return None
    if fields[REMOVED_FIELD] is not None:
        return Entitlements(status=OrgStatus.SUSPENDED, version=int(version))
    return entitlements_of(fields)


def _put(snapshot: OrgSnapshot) -> ScriptCall:
    fields = entitlement_fields(snapshot.entitlements)
    fields.pop("version")
    if snapshot.entitlements.is_capped:
        fields[CAPPED_FIELD] = "1"
    fields |= {f"{KEY_FIELD}{key.hash}": key_text(key) for key in snapshot.keys}
    return _replace(snapshot.org, snapshot.entitlements.version, fields)


def _replace(
    org: OrgId, version: int, fields: Mapping[str, str], *, gone: bool = False
) -> ScriptCall:
    args = [version, org, CHANNEL, KEPT_SECONDS if gone else "", lines_of(fields)]
    return ScriptCall(_PUT, [mirror_key(org)], args)
