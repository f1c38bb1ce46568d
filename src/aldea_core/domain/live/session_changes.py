"""What changed among open sessions between two looks."""

from collections.abc import Mapping, Sequence

import attrs

from aldea_core.domain.ids import SessionId
from aldea_core.domain.live.leases import Lease


@attrs.frozen
class SessionChanges:
    """
    Attributes:
        metered: Sessions of which more audio is counted than before, or more is known.
        ended: As they were last seen.
    """

    started: tuple[Lease, ...] = ()
    metered: tuple[Lease, ...] = ()
    ended: tuple[Lease, ...] = ()


def changes(before: Mapping[SessionId, Lease], now: Sequence[Lease]) -> SessionChanges:
    """The changes from the sessions *before* to those that are open *now*."""
    known = {lease.session for lease in now}
    return SessionChanges(
        tuple(lease for lease in now if lease.session not in before),
        tuple(
            lease
            for lease in now
            if (old := before.get(lease.session)) is not None and _shown(old) != _shown(lease)
        ),
        tuple(lease for session, lease in before.items() if session not in known),
    )


def _shown(lease: Lease) -> tuple[int, str, str]:
    """What watchers see of a session that changes while it is open."""
    return lease.audio_ms, lease.language, lease.model
