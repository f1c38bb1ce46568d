"""Decodes a file by the demuxers of live audio."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO

import attrs
import numpy as np

from adapters.speech.damage import Damage
from adapters.speech.joined_files import SeveralFiles
from adapters.speech.live_audio import Block, ContainedAudio
from adapters.speech.recogniser import SAMPLE_RATE
from adapters.speech.samples import Resampler, Samples, mixed
from aldea_core.domain.errors import EmptyAudio, UndecodableAudio


_READ_BYTES = 2**16
# No other stream waits while it is passed over, which takes seconds.
_MOST_GARBAGE = 4 * 2**20


def as_live(
    file: BinaryIO, *, multichannel: bool, on_damage: Callable[[Damage], None]
) -> Iterator[Samples]:
    """
    Yields samples at 16 kHz of shape (samples, channels), mixed to one channel unless *multichannel*.

    Args:
        on_damage: Called once when all was read, if there were samples.

    Raises:
        UndecodableAudio: No sample can be decoded.
        SeveralFiles: Another file follows that cannot be decoded.
        EmptyAudio: The file contains no audio.
    """
    blocks = _blocks(file, multichannel=multichannel, on_damage=on_damage)
    yield from _resampled(blocks if multichannel else map(_mixed, blocks))


def _blocks(
    file: BinaryIO, *, multichannel: bool, on_damage: Callable[[Damage], None]
) -> Iterator[Block]:
    audio = ContainedAudio(multichannel=multichannel, most_garbage=_MOST_GARBAGE)
    file.seek(0)
    found = is_cut_short = False
    try:
        for block in chain(chain.from_iterable(map(audio.feed, _pieces(file))), audio.finish()):
            found = True
            yield block
    except (UndecodableAudio, EmptyAudio) as error:
        if not found:
            raise
        if audio.is_after_another:
            raise SeveralFiles from error
        is_cut_short = True
    if found:
        on_damage(attrs.evolve(audio.damage, is_cut_short=is_cut_short))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(_READ_BYTES), b"")


def _mixed(block: Block) -> Block:
    return Block(mixed(block.samples), block.rate)


def _resampled(blocks: Iterable[Block]) -> Iterator[Samples]:
    """Their rate and channels may change, as where files are joined."""
    resamplers: list[Resampler] = []
    before = (SAMPLE_RATE, 0)
    for block in blocks:
        shape = (block.rate, block.samples.shape[1])
        if shape != before:
            yield from _columns(resampler.flush() for resampler in resamplers)
            rate, channels = before = shape
            resamplers = [Resampler(rate) for _ in range(channels if rate != SAMPLE_RATE else 0)]
        if resamplers:
            yield from _columns(
                resampler.feed(np.ascontiguousarray(block.samples[:, n]))
                for n, resampler in enumerate(resamplers)
            )
        else:
            yield block.samples
    yield from _columns(resampler.flush() for resampler in resamplers)


def _columns(channels: Iterable[bytes]) -> Iterator[Samples]:
    """Samples of shape (samples, channels), if there are any."""
    columns = [np.frombuffer(channel, np.int16) for channel in channels]
    if columns and len(columns[0]):
        yield np.stack(columns, axis=1)
