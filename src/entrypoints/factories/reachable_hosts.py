"""Which hosts may be reached on a caller's behalf: one rule for audio, callbacks and webhooks."""

from ipaddress import ip_network

from adapters.guarded_http.guard import Guard
from entrypoints.settings import Settings


def guard(settings: Settings) -> Guard:
    ours = tuple(ip_network(text) for text in settings.blocked_networks)
    return Guard(allow_private=settings.allow_private_urls, ours=ours)
