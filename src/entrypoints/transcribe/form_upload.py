"""
Receives a form with a file.

A form's fields may come after its file, and an engine needs them before it: the file is kept until
the form is complete, in memory while it is small, else in a temporary file.
"""

import asyncio
import tempfile

from collections.abc import AsyncIterator
from typing import final

import attrs

from aldea_core.domain.errors import Unavailable
from aldea_core.domain.transcripts.models import OfferedModels, allowed_to
from aldea_core.domain.transcripts.options import FileRequest
from aldea_core.protocol.openai.form import TranscriptionForm, parse_form
from aldea_core.protocol.openai.multipart import Field, FormReader
from aldea_core.use_cases.live.transcribe import too_many_bytes


_IN_MEMORY_BYTES = 256 * 1024
_READ_BYTES = 256 * 1024
_RETRY_SECONDS = 30
# Bytes of a form beside its file.
_LARGEST_REST = 1024 * 1024


@final
class KeptFile:
    """A file of any size in little memory. Large files are written and read in other threads."""

    def __init__(self) -> None:
        self.size = 0
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 (`close` does)

    async def put(self, chunk: bytes) -> None:
        """
        Raises:
            Unavailable: The disk is full.
        """
        self.size += len(chunk)
        try:
            if self.size <= _IN_MEMORY_BYTES:
                self._file.write(chunk)
            else:
                await asyncio.to_thread(self._file.write, chunk)
        except OSError as error:
            raise Unavailable("gateway's disk", retry_after=_RETRY_SECONDS) from error

    async def chunks(self) -> AsyncIterator[bytes]:
        self._file.seek(0)
        while chunk := (
            self._file.read(_READ_BYTES)
            if self.size <= _IN_MEMORY_BYTES
            else await asyncio.to_thread(self._file.read, _READ_BYTES)
        ):
            yield chunk

    def close(self) -> None:
        self._file.close()


@attrs.define
class FormUpload:
    """
    A form that arrives.

    Args:
        body: The request's body.
        asked: The request as far as it is known before its form; its size is the form's.
        most: Bytes that the file may have.
        models: Those that may be asked for.
        allowed: Those of them that the caller's key may use; None is all.

    Attributes:
        form: Its fields, once `receive` has returned.
    """

    body: AsyncIterator[bytes] = attrs.field(repr=False)
    boundary: str
    asked: FileRequest
    most: int
    models: OfferedModels
    allowed: tuple[str, ...] | None = None
    file: KeptFile = attrs.Factory(KeptFile)
    form: TranscriptionForm = attrs.Factory(TranscriptionForm)

    async def receive(self) -> tuple[FileRequest, AsyncIterator[bytes]]:
        """
        Reads the body to its end.

        Raises:
            BadRequest: The form is malformed.
            NotAllowed: The key may not use the model.
            TooLarge: The form is too large.
            UploadInterrupted: The connection ended before the body did.
            Unavailable: The disk is full.
        """
        reader = FormReader(self.boundary)
        fields: list[Field] = []
        most = self.most + _LARGEST_REST
        if self.asked.size is not None and self.asked.size > most:
            raise too_many_bytes(self.most)
        size = 0
        async for chunk in self.body:
            size += len(chunk)
            if size > most:
                raise too_many_bytes(self.most)
            for found in reader.feed(chunk):
                if isinstance(found, Field):
                    fields.append(found)
                else:
                    await self.file.put(found)
        reader.finish()
        form = parse_form((field.name, field.value) for field in fields)
        asked = form.options(self.asked.options)
        # The answer names the language, which the URL's query may have said.
        self.form = attrs.evolve(form, language=asked.named_language)
        options = self.models.offered(allowed_to(self.allowed, asked))
        return attrs.evolve(self.asked, options=options, size=self.file.size), self.file.chunks()
