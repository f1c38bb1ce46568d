"""
Whisper on CTranslate2: from windows to words.

faster-whisper gives the feature extraction and the tokenizer. Its own loop is not used: it pads each
window to 30 seconds, and what it finds depends on the text before.
"""

import os

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from adapters.speech.recogniser import Recognised, RecognisedWord, Task
from adapters.whisper.errors import CannotLoadModel
from adapters.whisper.guard import (
    Decoded,
    is_loop,
    is_silence,
    known_loop_begin,
    most_tokens,
    repeats,
)
from adapters.whisper.languages import likeliest
from adapters.whisper.models import languages_in
from adapters.whisper.windows import FRAMES_PER_SECOND, Window
from adapters.whisper.words import spelled, spread, words_of


_GPU_REPLICAS = 2
# The context of every Whisper: what is prompted and what is written.
_MOST_TOKENS = 448
_MOST_PROMPT_TOKENS = 223
# The models that are as good with less than 30 s of input, by width and whether they know many
# languages: tiny.en. See docs/engines.md.
_SHORT_WINDOWS = {(384, False)}
_STEP_FRAMES = 200
# Shorter audio has no feature.
_LEAST_SAMPLES = 400
# The encoder makes one output of two frames, and words are aligned to at least one.
_LEAST_FRAMES = 2


@final
class Decoder:
    """
    Args:
        directory: Has the model.
        replicas: Batches decoded at once, by as many threads that call `decode`; 0: one a core, or
            two on a GPU.
        device: cpu, cuda, or auto.
        compute_type: As CTranslate2 names it; auto: int8 on a CPU, float16 on a GPU.
    """

    def __init__(self, directory: str, *, replicas: int, device: str, compute_type: str) -> None:
        try:
            import ctranslate2  # noqa: PLC0415 (an optional extra)
            import tokenizers  # noqa: PLC0415 (comes with it)

            from faster_whisper.feature_extractor import FeatureExtractor  # noqa: PLC0415
        except ImportError as error:
            raise CannotLoadModel(
                "Whisper needs the extra `whisper`: pip install 'aldea[whisper]'",
            ) from error
        if device == "auto":
            device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        self.is_cpu = device == "cpu"
        self.replicas = replicas or ((os.cpu_count() or 1) if self.is_cpu else _GPU_REPLICAS)
        if compute_type == "auto":
            compute_type = "int8" if self.is_cpu else "float16"
        self._view = ctranslate2.StorageView
        self._model = ctranslate2.models.Whisper(
            directory,
            device=device,
            compute_type=compute_type,
            inter_threads=self.replicas,
            intra_threads=1,
        )
        file = Path(directory) / "tokenizer.json"
        if not file.is_file():
            raise CannotLoadModel(f"There is no tokenizer.json in {directory}.")
        self._tokens = tokenizers.Tokenizer.from_file(str(file))
        self._extractor = FeatureExtractor(feature_size=self._model.n_mels)
        self._tokenizer = cache(self._new_tokenizer)
        self.is_multilingual: bool = self._model.is_multilingual
        self.languages = languages_in(directory) or frozenset()
        self.allows_short_windows = self._kind() in _SHORT_WINDOWS

    def _kind(self) -> tuple[int, bool]:
        """The encoder's width, and whether the model knows many languages."""
        silence = np.zeros((1, self._model.n_mels, _STEP_FRAMES), np.float32)
        return self._encoded(silence).shape[2], self.is_multilingual

    def decode(self, windows: Sequence[Window]) -> list[Recognised]:
        """
        What is said in *windows*, which have the same shape.

        The windows do not affect one another.
        """
        features = np.stack([self._features(window) for window in windows])
        encoded = self._encoded(features)
        languages = self._languages(encoded, windows[0].task)
        recognised = [Recognised()] * len(windows)
        for language in dict.fromkeys(name for name, _ in languages):
            rows = [n for n, (name, _) in enumerate(languages) if name == language]
            part = encoded if len(rows) == len(windows) else self._encoded(features[rows])
            group = self._decode_group([windows[n] for n in rows], part, language)
            for n, one in zip(rows, group, strict=True):
                confidence = languages[n][1]
                recognised[n] = attrs.evolve(one, language=language, language_confidence=confidence)
        return recognised

    def _decode_group(
        self, windows: Sequence[Window], encoded: Any, language: str
    ) -> list[Recognised]:
        """The same for windows of one language."""
        tokenizer = self._tokenizer(language)
        prompt = self._prompt(tokenizer, windows[0].task)
        decoded = self._generate(windows, encoded, prompt, tokenizer)
        full = [
            n
            for n, window in enumerate(windows)
            if window.has_times and _is_full(decoded[n], prompt)
        ]
        kept = list(decoded)
        for n, window in enumerate(windows):
            if is_loop(decoded[n], window.seconds) and n not in full:
                kept[n] = (
                    self._again(window, tokenizer)
                    if window.has_times
                    # An interim result is not worth the time: the next one has other audio.
                    else _without_loop(decoded[n], tokenizer)
                )
            if is_silence(kept[n]):
                kept[n] = attrs.evolve(kept[n], tokens=(), text="")
        if not windows[0].has_times:
            return [
                Recognised(_as_interim(tokenizer, one, window))
                for one, window in zip(kept, windows, strict=True)
            ]
        # A batch must not have rows without tokens: they get one that is not looked at.
        tokens = [list(one.tokens) or [tokenizer.encode(".")[0]] for one in kept]
        frames = [min(window.frames, self._frames(window)) for window in windows]
        aligned = self._model.align(encoded, tokenizer.sot_sequence, tokens, frames)
        recognised = [
            Recognised(words_of(tokenizer, one.tokens, alignment, window.seconds))
            if one.tokens
            else Recognised()
            for one, alignment, window in zip(kept, aligned, windows, strict=True)
        ]
        for n in full:
            recognised[n] = self._in_halves(windows[n], language)
        return recognised

    def _in_halves(self, window: Window, language: str) -> Recognised:
        """What is said in a window of which Whisper can write a part only."""
        words: list[RecognisedWord] = []
        begin = 0.0
        for half in window.halves():
            encoded = self._encoded(self._features(half)[None])
            (recognised,) = self._decode_group([half], encoded, language)
            words += [
                attrs.evolve(word, start=word.start + begin, end=word.end + begin)
                for word in recognised.words
            ]
            begin += half.seconds
        return Recognised(words)

    def _again(self, window: Window, tokenizer: Any) -> Decoded:
        """
        Decodes a window that made the decoder repeat itself, with ever more care: without its keyterms,
        which it may have repeated.
        """
        full = attrs.evolve(window, is_short=False, task=attrs.evolve(window.task, keyterms=()))
        prompt = self._prompt(tokenizer, full.task)
        encoded = self._encoded(self._features(full)[None])
        (decoded,) = self._generate([full], encoded, prompt, tokenizer)
        if not is_loop(decoded, window.seconds):
            return decoded
        (decoded,) = self._generate(
            [full], encoded, prompt, tokenizer, repetition_penalty=1.1, no_repeat_ngram_size=4
        )
        return _without_loop(decoded, tokenizer)

    def _generate(
        self,
        windows: Sequence[Window],
        encoded: Any,
        prompt: list[int],
        tokenizer: Any,
        **options: Any,
    ) -> list[Decoded]:
        language = tokenizer.language_code
        most = max(most_tokens(window.seconds, language) for window in windows)
        most = min(most, _MOST_TOKENS - len(prompt))
        results = self._model.generate(
            encoded,
            [prompt] * len(windows),
            beam_size=windows[0].beam,
            # CTranslate2 lets the prompt and new tokens be as long, and new tokens half as long.
            max_length=most + max(most, len(prompt)),
            suppress_tokens=self._suppressed(tokenizer),
            return_scores=True,
            return_no_speech_prob=True,
            **options,
        )
        decoded = []
        for window, result in zip(windows, results, strict=True):
            ids = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
            # A longer window in the batch may have let this one run on.
            tokens = ids[: most_tokens(window.seconds, language)]
            mean = result.scores[0] * len(ids) / (len(ids) + 1)
            text = tokenizer.decode(tokens)
            decoded.append(Decoded(tokens, text, mean, result.no_speech_prob, language))
        return decoded

    def _frames(self, window: Window) -> int:
        return max(_LEAST_FRAMES, int(window.seconds * FRAMES_PER_SECOND))

    def _features(self, window: Window) -> "np.ndarray[Any, Any]":
        samples = window.samples()
        if len(samples) < _LEAST_SAMPLES:
            samples = np.pad(samples, (0, _LEAST_SAMPLES - len(samples)))
        features = self._extractor(samples, padding=0)[:, : window.frames]
        padding = window.frames - features.shape[1]
        return np.pad(features, ((0, 0), (0, padding))).astype(np.float32)

    def _encoded(self, features: "np.ndarray[Any, Any]") -> Any:
        return self._model.encode(self._view.from_array(np.ascontiguousarray(features)))

    def _languages(self, encoded: Any, task: Task) -> list[tuple[str, float | None]]:
        """The language of each window, and how sure it is if it was detected."""
        count = encoded.shape[0]
        if task.language != "auto":
            return [(task.language.partition("-")[0].lower(), None)] * count
        if not self.is_multilingual:
            return [("en", None)] * count
        wanted = {name.partition("-")[0].lower() for name in task.candidates} & self.languages
        return [
            likeliest([(name.strip("<|>"), float(sure)) for name, sure in found], wanted)
            for found in self._model.detect_language(encoded)
        ]

    def _new_tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer  # noqa: PLC0415

        multilingual = self.is_multilingual
        return Tokenizer(self._tokens, multilingual, task="transcribe", language=language)

    def _prompt(self, tokenizer: Any, task: Task) -> list[int]:
        words = tokenizer.encode(" " + ", ".join(task.keyterms)) if task.keyterms else []
        before = [tokenizer.sot_prev, *words[:_MOST_PROMPT_TOKENS]] if words else []
        return [*before, *tokenizer.sot_sequence, tokenizer.no_timestamps]

    def _suppressed(self, tokenizer: Any) -> list[int]:
        control = (
            tokenizer.transcribe,
            tokenizer.translate,
            tokenizer.sot,
            tokenizer.sot_prev,
            tokenizer.sot_lm,
            tokenizer.no_speech,
        )
        return sorted({*tokenizer.non_speech_tokens, *(t for t in control if t is not None)})

    def rehearse(self, window: Window, *, tokens: int) -> None:
        """Does the work of a window with a sentence of *tokens*, whatever is in it."""
        tokenizer = self._tokenizer("en")
        sentence = [tokenizer.encode(".")[0]] * tokens
        encoded = self._encoded(self._features(window)[None])
        prompt = self._prompt(tokenizer, window.task)
        # A forced prefix is decoded step by step, like a sentence.
        forced = [*prompt, *sentence]
        self._model.generate(encoded, [forced], beam_size=window.beam, max_length=len(forced) + 1)
        if window.has_times:
            self._model.align(encoded, tokenizer.sot_sequence, [sentence], window.frames)


def _as_interim(tokenizer: Any, decoded: Decoded, window: Window) -> list[RecognisedWord]:
    words = [word.text for word in spelled(tokenizer, decoded.tokens)]
    return spread(words, window.seconds)


def _is_full(decoded: Decoded, prompt: Sequence[int]) -> bool:
    """Whether the context ended before the speech did."""
    return len(decoded.tokens) >= _MOST_TOKENS - len(prompt) and not repeats(decoded)


def _without_loop(decoded: Decoded, tokenizer: Any) -> Decoded:
    """What was written before a phrase was repeated over and over."""
    if (begin := known_loop_begin(decoded.tokens)) is None:
        return decoded
    tokens = decoded.tokens[:begin]
    return attrs.evolve(decoded, tokens=tokens, text=tokenizer.decode(tokens))
