"""
Password strength by zxcvbn (Wheeler, USENIX Security 2016), which knows tens of thousands of common
passwords, names and words, their usual variations, dates, and rows of a keyboard.
"""

import asyncio
import re

from collections.abc import Sequence
from typing import final

from typing_extensions import override

from aldea_core.ports.password_strength import PasswordStrength


# Score 3: enough while sign-ins are rate-limited, according to its authors' study.
_GUESSES = 10**8
# zxcvbn's limit. More characters do not make a password easier to guess.
_LONGEST = 72
_OURS = "aldea"


@final
class ZxcvbnStrength(PasswordStrength):
    @override
    async def weakness(self, password: str, known: Sequence[str]) -> str:
        return await asyncio.to_thread(_weakness, password, known)


def _weakness(password: str, known: Sequence[str]) -> str:
    from zxcvbn import zxcvbn  # noqa: PLC0415 (its lists are loaded with the first password)

    words = [word for text in (_OURS, *known) for word in (text, *re.findall(r"\w+", text))]
    judged = zxcvbn(password[:_LONGEST], words)
    if judged["guesses"] >= _GUESSES:
        return ""
    warning = judged["feedback"]["warning"].rstrip(".")
    return warning[:1].lower() + warning[1:] or "it would be guessed soon"
