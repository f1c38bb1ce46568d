"""Answers with a printed invoice or credit note."""

import asyncio
import threading

from entrypoints.backend.resources.printed import pdf_answer


async def test_others_are_answered_while_a_pdf_is_rendered():
    was_answered = threading.Event()

    def render() -> bytes:
        return b"%PDF" if was_answered.wait(30) else b"no other was answered"

    answer = asyncio.create_task(pdf_answer(render, "invoice-1.pdf"))
    await asyncio.sleep(0)
    was_answered.set()

    assert (await answer).body == b"%PDF"
