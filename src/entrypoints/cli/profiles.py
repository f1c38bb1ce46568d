"""
The backends that a person is signed in to, in one private file.

`$XDG_CONFIG_HOME/aldea/profiles.json`, else `~/.config/aldea/profiles.json`, readable by its owner only:
one profile for each backend's URL, and which of them commands use when none is named.
"""

import json
import os

from pathlib import Path
from typing import Any

import attrs

from entrypoints.cli.backend_client import Credentials
from entrypoints.cli.errors import CommandError
from entrypoints.devstack.ready import write_private


@attrs.frozen
class Profile:
    """
    What opens one backend.

    Attributes:
        token: A sign-in token, or an API key if `is_key`.
        account: The person's address, or how the key begins.
        expires: When a sign-in ends, as the backend wrote it; empty for a key.
    """

    url: str
    token: str = attrs.field(repr=False)
    is_key: bool = False
    account: str = ""
    expires: str = ""

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.url, self.token, self.is_key, self.account)


@attrs.frozen
class Profiles:
    """
    All profiles.

    Attributes:
        current: The URL of the profile that is used when none is named; empty if there is none.
    """

    known: tuple[Profile, ...] = ()
    current: str = ""

    def of(self, url: str = "") -> Profile | None:
        """The profile for *url*, else the current one."""
        wanted = url or self.current
        return next((profile for profile in self.known if profile.url == wanted), None)

    def signed_in(self, profile: Profile) -> "Profiles":
        """With *profile* as the current one, in place of an earlier one for its URL."""
        return Profiles((*self._without(profile.url), profile), profile.url)

    def signed_out(self, url: str) -> "Profiles":
        """Without the profile for *url*; then the latest of the others is the current one."""
        rest = self._without(url)
        current = self.current if self.current != url else (rest[-1].url if rest else "")
        return Profiles(rest, current)

    def _without(self, url: str) -> tuple[Profile, ...]:
        return tuple(profile for profile in self.known if profile.url != url)


def profiles_file() -> Path:
    """
    Where profiles are kept. A relative `XDG_CONFIG_HOME` is ignored, as its specification says.

    Raises:
        CommandError: The user has no home folder.
    """
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    try:
        home = Path(configured) if Path(configured).is_absolute() else Path.home() / ".config"
    except RuntimeError:  # the user of a container may have no name
        raise CommandError("there is no home folder: set HOME or XDG_CONFIG_HOME") from None
    return home / "aldea" / "profiles.json"


def read_profiles() -> Profiles:
    """
    Raises:
        CommandError: The file is damaged, or other users can read it.
    """
    try:
        path = profiles_file()
    except CommandError:
        return Profiles()
    try:
        mode = path.stat().st_mode
        document = json.loads(path.read_text())
        known = tuple(Profile(**one) for one in document["profiles"])
        profiles = Profiles(known, str(document["current"]))
    except FileNotFoundError:
        return Profiles()
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"{path} is damaged: remove it, then `aldea login`") from None
    if mode & 0o077:
        raise CommandError(f"{path} can be read by other users: chmod 600 {path}")
    return profiles


def write_profiles(profiles: Profiles) -> None:
    """
    Raises:
        OSError: The file cannot be written.
    """
    path = profiles_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    document: dict[str, Any] = {
        "current": profiles.current,
        "profiles": [attrs.asdict(profile) for profile in profiles.known],
    }
    write_private(path, document)
