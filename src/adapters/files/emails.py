"""Writes emails to files, for people who try Aldea without a mail server."""

import asyncio
import os
import re

from pathlib import Path
from typing import final

from typing_extensions import override

from adapters.system.private import private_folder
from aldea_core.domain.access.emails import Email
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.clock import Clock
from aldea_core.ports.emails import EmailSender


# What is in the folder of emails.
OURS = ("*.txt", "*.part")


@final
class FileEmails(EmailSender):
    """
    Args:
        folder: Folder of the files. Only its owner can read it, since emails contain tokens.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._posted = 0

    @override
    async def send(self, email: Email) -> None:
        try:
            await asyncio.to_thread(self._write, email)
        except OSError as error:
            why = f"{self._folder}: {error.strerror}"
            raise Unavailable("folder of emails", why=why) from error

    def _write(self, email: Email) -> None:
        private_folder(self._folder, ours=OURS)
        self._posted += 1
        to = re.sub(r"[^A-Za-z0-9@.-]", "_", email.to)
        name = f"{self._clock.now():%Y%m%d-%H%M%S}-{os.getpid()}-{self._posted:04}-{to}.txt"
        path = self._folder / name
        unfinished = path.with_suffix(".part")
        unfinished.touch(mode=0o600)
        unfinished.write_text(f"To: {email.to}\nSubject: {email.subject}\n\n{email.text}")
        unfinished.rename(path)
