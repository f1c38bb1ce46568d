"""Keeps libraries from loading others that are optional to them."""

import sys

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

import attrs


@attrs.frozen
class _Refusing:
    """A finder of modules that finds none of *names*, and keeps others from looking for them."""

    names: frozenset[str]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> None:
        if fullname.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{fullname} is not loaded here", name=fullname)


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Within the context, packages *names* are as if not installed, unless they are loaded already."""
    refusing = _Refusing(frozenset(names))
    sys.meta_path.insert(0, refusing)
    try:
        yield
    finally:
        sys.meta_path.remove(refusing)
