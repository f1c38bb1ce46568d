"""Passkeys, in memory; and devices without cryptography, for tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, final

import attrs

from typing_extensions import override

from aldea_core.domain.access.passkeys import Credential, Passkey
from aldea_core.domain.access.people import User
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import PasskeyId, UserId
from aldea_core.ports.passkeys import Passkeys, PasskeyVerifier


@final
class MemoryPasskeys(Passkeys):
    def __init__(self) -> None:
        self._passkeys: dict[PasskeyId, Passkey] = {}

    @override
    async def add(self, passkey: Passkey) -> bool:
        if await self.of_credential(passkey.credential.id) is not None:
            return False
        self._passkeys[passkey.id] = passkey
        return True

    @override
    async def of_user(self, user: UserId) -> Sequence[Passkey]:
        mine = (known for known in self._passkeys.values() if known.user == user)
        return sorted(mine, key=lambda known: (known.created, known.id))

    @override
    async def of_credential(self, credential: str) -> Passkey | None:
        known = self._passkeys.values()
        return next((one for one in known if one.credential.id == credential), None)

    @override
    async def note_use(self, passkey: PasskeyId, count: int, *, at: datetime) -> None:
        known = self._passkeys.get(passkey)
        if known is not None:
            credential = attrs.evolve(known.credential, count=count)
            self._passkeys[passkey] = attrs.evolve(known, credential=credential, last_used=at)

    @override
    async def remove(self, user: UserId, passkey: PasskeyId) -> bool:
        known = self._passkeys.get(passkey)
        if known is None or known.user != user:
            return False
        del self._passkeys[passkey]
        return True

    @override
    async def remove_all(self, user: UserId) -> None:
        self._passkeys = {id_: one for id_, one in self._passkeys.items() if one.user != user}


@final
class PlainPasskeyVerifier(PasskeyVerifier):
    """An answer repeats the challenge, and says what the device did."""

    @override
    def registration(
        self, user: User, challenge: bytes, known: Sequence[Passkey]
    ) -> Mapping[str, Any]:
        return {"challenge": challenge.hex(), "known": [one.credential.id for one in known]}

    @override
    def registered(self, answer: Mapping[str, Any], challenge: bytes) -> Credential:
        _check(answer, challenge)
        return Credential(answer["id"], b"key", 0)

    @override
    def request(self, challenge: bytes, known: Sequence[Passkey]) -> Mapping[str, Any]:
        return {"challenge": challenge.hex(), "known": [one.credential.id for one in known]}

    @override
    def used(
        self,
        answer: Mapping[str, Any],
        challenge: bytes,
        credential: Credential,
        *,
        is_user_verified: bool,
    ) -> int:
        _check(answer, challenge)
        count = int(answer["count"])
        if count <= credential.count or (is_user_verified and not answer["is_verified"]):
            raise BadRequest("This passkey was not accepted.", field="credential")
        return count


def _check(answer: Mapping[str, Any], challenge: bytes) -> None:
    if answer.get("challenge") != challenge.hex():
        raise BadRequest("This passkey was not accepted.", field="credential")
