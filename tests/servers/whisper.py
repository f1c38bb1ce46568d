"""A Whisper model of a few kilobytes with random weights: real code, meaningless words."""

import json

from pathlib import Path

import numpy as np
import tokenizers

from ctranslate2.specs import WhisperSpec
from ctranslate2.specs.model_spec import LayerSpec
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel


_WIDTH = 16
_HEADS = 2
_MELS = 80
_FRAMES = 1500  # half of 30 s at 100 frames a second
_TOKENS = 448


def make_model(directory: Path) -> None:
    """Writes a model that faster-whisper can load from *directory* alone."""
    directory.mkdir(parents=True, exist_ok=True)
    vocabulary = _vocabulary()
    spec = WhisperSpec(1, _HEADS, 1, _HEADS)
    _fill(spec, len(vocabulary), np.random.default_rng(5))
    spec.register_vocabulary(vocabulary)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [vocabulary.index("<|endoftext|>")]
    spec.config.alignment_heads = [[0, 0]]
    spec.config.lang_ids = []
    spec.validate()
    spec.save(str(directory))
    tokens = {token: n for n, token in enumerate(vocabulary)}
    tokenizer = tokenizers.Tokenizer(BPE(tokens, []))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    tokenizer.add_special_tokens([token for token in vocabulary if token.startswith("<|")])
    tokenizer.save(str(directory / "tokenizer.json"))
    assert json.loads((directory / "config.json").read_text())["alignment_heads"]


def _vocabulary() -> list[str]:
    emails = sorted(ByteLevel.alphabet())
    specials = [
        "endoftext",
        "startoftranscript",
        "en",
        "translate",
        "transcribe",
        "startoflm",
        "startofprev",
        "nospeech",
        "notimestamps",
    ]
    times = [f"<|{n * 0.02:.2f}|>" for n in range(1501)]
    return [*emails, *(f"<|{name}|>" for name in specials), *times]


def _fill(spec: WhisperSpec, words: int, rng: np.random.Generator) -> None:
    def random(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.3, shape).astype(np.float32)

    def norm(layer: LayerSpec) -> None:
        layer.gamma, layer.beta = np.ones(_WIDTH, np.float32), np.zeros(_WIDTH, np.float32)

    def linear(layer: LayerSpec, out: int, into: int) -> None:
        layer.weight, layer.bias = random(out, into), np.zeros(out, np.float32)

    def block(layer: LayerSpec) -> None:
        norm(layer.self_attention.layer_norm)
        linear(layer.self_attention.linear[0], 3 * _WIDTH, _WIDTH)
        linear(layer.self_attention.linear[1], _WIDTH, _WIDTH)
        norm(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, 4 * _WIDTH, _WIDTH)
        linear(layer.ffn.linear_1, _WIDTH, 4 * _WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    for conv, into in ((encoder.conv1, _MELS), (encoder.conv2, _WIDTH)):
        conv.weight, conv.bias = random(_WIDTH, into, 3), np.zeros(_WIDTH, np.float32)
    encoder.position_encodings.encodings = random(_FRAMES, _WIDTH)
    norm(encoder.layer_norm)
    block(encoder.layer[0])
    decoder.embeddings.weight = random(words, _WIDTH)
    decoder.position_encodings.encodings = random(_TOKENS, _WIDTH)
    norm(decoder.layer_norm)
    decoder.projection.weight = decoder.embeddings.weight
    block(decoder.layer[0])
    attention = decoder.layer[0].attention
    norm(attention.layer_norm)
    linear(attention.linear[0], _WIDTH, _WIDTH)
    linear(attention.linear[1], 2 * _WIDTH, _WIDTH)
    linear(attention.linear[2], _WIDTH, _WIDTH)
