"""A model in Deepgram's list of models."""

import uuid

from typing import Any


def model_json(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "canonical_name": name,
        "architecture": name,
        "languages": [],
        "version": "1",
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        "batch": True,
        "streaming": True,
        "formatted_output": False,
    }
