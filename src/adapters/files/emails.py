"""Writes emails to files, for people who try Aldea without a mail server."""

import os
import re

from pathlib import Path
from typing import final

import structlog

from typing_extensions import override

from adapters.system.private import private_folder
from aldea_core.domain.access.emails import Email
from aldea_core.ports.clock import Clock
from aldea_core.ports.emails import EmailSender


log = structlog.get_logger()


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
    def post(self, email: Email) -> None:
        try:
            self._write(email)
        except OSError as error:  # an email that cannot be written is lost
            folder = str(self._folder)
            log.error("letter not written", folder=folder, reason=error.strerror)  # noqa: TRY400

    def _write(self, email: Email) -> None:
        private_folder(self._folder, ours=("*.txt",))
        self._posted += 1
        to = re.sub(r"[^A-Za-z0-9@.-]", "_", email.to)
        name = f"{self._clock.now():%Y%m%d-%H%M%S}-{os.getpid()}-{self._posted:04}-{to}.txt"
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_text(f"To: {email.to}\nSubject: {email.subject}\n\n{email.text}")
