"""Finalizes of a stream that has moved to another engine."""

from aldea_core.domain.live.finalizes import Finalizes
from aldea_core.domain.transcripts.transcripts import Alternative, Result


def answer(channel: int) -> Result:
    return Result(0.0, 1.0, Alternative(), channel, 2, is_final=True, from_finalize=True)


def test_each_channel_answers_a_repeated_finalize():
    """
    None of these answers is for the client, whose own Finalize is answered after them.
    """
    finalizes = Finalizes()
    finalizes.repeat([None])
    finalizes.ask(None)

    assert [finalizes.is_repeated(answer(channel)) for channel in (0, 1, 0, 1)] == [
        *(True, True),
        *(False, False),
    ]
    assert not finalizes.answer(answer(0))
    assert finalizes.answer(answer(1))


def test_usual_result_answers_nothing():
    finalizes = Finalizes()
    finalizes.repeat([None])

    assert not finalizes.is_repeated(Result(0.0, 1.0, Alternative()))
