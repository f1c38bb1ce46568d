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
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # not even the package around it
        found = None
    if found is None:
        raise SettingsError(f"{what} needs the library {module}: pip install 'aldea[{extra}]'.")
