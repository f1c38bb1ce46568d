"""
The list of models at `GET /v1/models`.

OpenAI and Deepgram use the same path for it, so each answer has the fields of both: OpenAI's
`object` and `data`, and Deepgram's `stt` and `tts`.
"""

from collections.abc import Iterable
from typing import Any

from aldea_core.protocol.deepgram.models import model_json as deepgram_model


def models_json(names: Iterable[str]) -> dict[str, Any]:
    found = [model_json(name) for name in names]
    return {"object": "list", "data": found, "stt": found, "tts": []}


def model_json(name: str) -> dict[str, Any]:
    named = {"id": name, "object": "model", "created": 0, "owned_by": "aldea"}
    return {**named, **deepgram_model(name)}
