"""Libraries that are installed only where they are used: the extras of `pyproject.toml`."""

import importlib.util

from entrypoints.settings import SettingsError


def require(module: str, *, extra: str, what: str) -> None:
    """
    Args:
        what: The setting that needs the library.

    Raises:
        SettingsError: The library is not installed; the text says how to install it.
    """
    if importlib.util.find_spec(module) is None:
        raise SettingsError(f"{what} needs the library {module}: pip install 'aldea[{extra}]'.")
