"""Password strength by a short list of common passwords. Never for real passwords."""

from collections.abc import Sequence
from typing import final

from typing_extensions import override

from aldea_core.ports.password_strength import PasswordStrength


_COMMON = {"password", "password1234", "qwertyuiop12", "123456789012", "iloveyou1234"}


@final
class FewCommonPasswords(PasswordStrength):
    @override
    async def weakness(self, password: str, known: Sequence[str]) -> str:
        words = {*_COMMON, *(word.lower() for word in known)}
        is_repeated = len(set(password)) < 3
        return "it is a common one" if password.lower() in words or is_repeated else ""
