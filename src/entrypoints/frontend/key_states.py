"""A key in words: what it may do, and how it is."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from entrypoints.frontend.backend import Document


# The choices of the form, and the scopes that each means; more are chosen one by one.
PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "transcribe": ("usage:write",),
    "member": ("member",),
    "admin": ("admin",),
}
# Scopes to choose from, and what each lets a key do.
SCOPES = (
    ("usage:write", "Transcribe"),
    ("usage:read", "Read usage"),
    ("keys:read", "Read keys"),
    ("keys:write", "Change keys"),
    ("project:read", "Read organisation"),
    ("project:write", "Change organisation"),
    ("members:read", "Read members"),
    ("members:write", "Change members"),
    ("invites:read", "Read invitations"),
    ("invites:write", "Invite"),
    ("billing:read", "Read billing"),
)
_BUNDLES = {"member": "Transcribe, read usage", "admin": "Everything", "owner": "Everything"}
_SOON = timedelta(days=14)


@attrs.frozen
class KeyState:
    """
    Attributes:
        kind: The shape: ok, warn, ring or off.
        text: In a word or two.
        at: What happens or happened then, as the backend writes times; empty for nothing.
    """

    kind: str
    text: str
    at: str = ""


def may(key: Document) -> str:
    """What the key may do, in words."""
    names = dict(SCOPES)
    words = [_BUNDLES.get(scope) or names.get(scope, scope) for scope in key["scopes"]]
    text = ", ".join([words[0], *(word.lower() for word in words[1:])]) if words else "Nothing"
    return text if len(words) < 4 else f"{len(words)} permissions"


def state_of(key: Document, now: datetime) -> KeyState:
    revoked, expires = key["revoked_at"], key["expires_at"]
    if revoked and datetime.fromisoformat(revoked) <= now:
        return KeyState("off", "Revoked", revoked)
    if expires and datetime.fromisoformat(expires) <= now:
        return KeyState("off", "Expired", expires)
    if revoked:
        return KeyState("warn", "Ends soon", revoked)
    if expires and datetime.fromisoformat(expires) <= now + _SOON:
        return KeyState("warn", "Expires soon", expires)
    if not key["last_used_at"]:
        return KeyState("ring", "Not used yet")
    return KeyState("ok", "Works")
