"""
Factories for engines: the bundled one, or a pool of others.

The decoding and recognition libraries are imported with the engine: a gateway before other engines
does not load them.
"""

import os

from collections.abc import Callable
from typing import TypeAlias

import aiohttp
import structlog

from adapters.gpu_http.file import GpuHttpFile
from adapters.gpu_http.openai import OpenAiFile
from adapters.gpu_http.pool import EnginePool, PoolMember
from adapters.gpu_http.target import EngineDialect, Target
from adapters.gpu_http.traced_file import TracedFile
from adapters.memory.engines import MemoryEngine
from adapters.speech.engine import SpeechEngine
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.tracing import Tracer
from entrypoints.settings import BundledEngine, Settings


log = structlog.get_logger()

# Sessions of the engines that do not measure how many they keep pace with.
_CAPACITY = 16

Engine: TypeAlias = EnginePool | SpeechEngine | MemoryEngine


def bundled_engine(*, settings: Settings, clock: Clock) -> SpeechEngine | MemoryEngine:
    """
    Raises:
        CannotLoadModel: The settings name a model that cannot be used; the text says why.
    """
    from entrypoints.factories.bundled import chosen_engine

    choice = chosen_engine(settings)
    log.info("bundled engine", engine=choice.engine.value, about=choice.about)
    if choice.model is not None:
        from adapters.whisper.engine import whisper_engine

        return whisper_engine(
            model_dir=str(choice.model.folder),
            replicas=settings.bundled_workers,
            device=settings.whisper_device,
            compute_type=settings.whisper_compute_type,
            capacity=settings.bundled_capacity,
            max_file_seconds=settings.max_file_seconds,
            clock=clock,
        )
    if choice.engine is BundledEngine.MEMORY:
        return MemoryEngine(clock, capacity=_capacity(settings))
    from adapters.pocketsphinx.engine import pocketsphinx_engine

    return pocketsphinx_engine(
        workers=settings.bundled_workers or os.cpu_count() or 1,
        capacity=_capacity(settings),
        max_file_seconds=settings.max_file_seconds,
        clock=clock,
    )


def _capacity(settings: Settings) -> int:
    return _CAPACITY if settings.bundled_capacity is None else settings.bundled_capacity


def pool(
    urls: tuple[str, ...],
    settings: Settings,
    client: aiohttp.ClientSession,
    clock: Clock,
    randomness: Randomness,
    tracer: Tracer,
) -> EnginePool:
    engines = []
    if_traced = tracer if tracer.is_on else None
    for url in urls:
        target = Target.parse(url, settings.engine_token)
        match target.dialect:
            case EngineDialect.PUBLIC:
                plain = GpuHttpFile(target, if_traced)
                file = TracedFile(plain, target, tracer) if tracer.is_on else plain
                engines.append(PoolMember(target, True, file, settings.engine_capacity))
            case EngineDialect.OPENAI:
                openai = OpenAiFile(target, client, clock)
                engines.append(PoolMember(target, False, openai, settings.engine_capacity))
    return EnginePool(
        engines,
        client,
        clock,
        randomness,
        most_kept=settings.replay_bytes,
        tracer=if_traced,
    )


def engine(
    *,
    urls: tuple[str, ...],
    settings: Settings,
    get_bundled_engine: Callable[[], Engine],
    get_engine_client: Callable[[], aiohttp.ClientSession],
    clock: Clock,
    randomness: Randomness,
    tracer: Tracer,
) -> Engine:
    """The engines at *urls*; the bundled one if there are none."""
    if not urls:
        return get_bundled_engine()
    return pool(urls, settings, get_engine_client(), clock, randomness, tracer)
