"""Add endpoints of webhooks, change them, and replace their secrets."""

from collections.abc import Iterable
from datetime import timedelta

import attrs

from aldea_core.domain.errors import BadRequest, Conflict, existing
from aldea_core.domain.ids import EndpointId, OrgId
from aldea_core.domain.notifications.events import UNSUBSCRIBED, EventType
from aldea_core.domain.notifications.signing import RANDOM_BYTES, SigningSecret
from aldea_core.domain.notifications.webhooks import LONGEST_OVERLAP, Endpoint
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.webhook_sender import WebhookSender
from aldea_core.ports.webhooks import Endpoints


# The most endpoints that an org may have.
MOST_ENDPOINTS = 20


@attrs.frozen
class AddEndpoint:
    """Adds an endpoint. Its secret is shown to the caller now, and never again."""

    endpoints: Endpoints
    webhook_sender: WebhookSender
    randomness: Randomness
    clock: Clock

    async def __call__(
        self, org: OrgId, url: str, *, events: Iterable[EventType] = (), description: str = ""
    ) -> Endpoint:
        """
        Args:
            events: The types it gets; empty for all.

        Raises:
            BadRequest: The URL is not allowed, or an event cannot be subscribed to.
            Conflict: The org has too many endpoints.
        """
        if len(await self.endpoints.of_org(org)) >= MOST_ENDPOINTS:
            raise Conflict(f"An organisation has at most {MOST_ENDPOINTS} endpoints.")
        await _check_url(self.webhook_sender, url)
        endpoint = Endpoint(
            EndpointId(self.randomness.uuid()),
            org,
            url,
            self.clock.now(),
            SigningSecret.mint(self.randomness.bytes(RANDOM_BYTES)),
            _subscribable(events),
            description,
        )
        await self.endpoints.put(endpoint)
        return endpoint


@attrs.frozen
class ChangeEndpoint:
    endpoints: Endpoints
    webhook_sender: WebhookSender

    async def __call__(
        self,
        org: OrgId,
        endpoint: EndpointId,
        *,
        url: str | None = None,
        events: Iterable[EventType] | None = None,
        description: str | None = None,
        is_enabled: bool | None = None,
    ) -> Endpoint:
        """
        Changes what is given. An endpoint that is enabled again counts as working, and gets its
        pending deliveries.

        Raises:
            BadRequest: The URL is not allowed, or an event cannot be subscribed to.
            NotFound: The org has no such endpoint.
        """
        known = await found(self.endpoints, org, endpoint)
        changed = known
        if url is not None and url != known.url:
            await _check_url(self.webhook_sender, url)
            changed = attrs.evolve(changed, url=url, failing_since=None)
        if events is not None:
            changed = attrs.evolve(changed, events=_subscribable(events))
        if description is not None:
            changed = attrs.evolve(changed, description=description)
        if is_enabled is not None and is_enabled != known.is_enabled:
            changed = attrs.evolve(changed, is_enabled=is_enabled, failing_since=None)
        await self.endpoints.put(changed)
        return changed


@attrs.frozen
class RotateSecret:
    endpoints: Endpoints
    randomness: Randomness
    clock: Clock

    async def __call__(self, org: OrgId, endpoint: EndpointId, *, overlap: timedelta) -> Endpoint:
        """
        Gives the endpoint a new secret. Until *overlap* is over, the one before signs as well.

        Raises:
            BadRequest: The overlap is too long.
            NotFound: The org has no such endpoint.
            Conflict: There is an overlap already: the secret that its receiver has would end at once.
        """
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise BadRequest("An overlap is at most seven days.", field="overlap_seconds")
        known, now = await found(self.endpoints, org, endpoint), self.clock.now()
        if overlap and len(known.secrets(at=now)) > 1:
            raise Conflict(
                "The secret was replaced already, and the old one still signs: with an overlap of 0 "
                "both end now."
            )
        secret = SigningSecret.mint(self.randomness.bytes(RANDOM_BYTES))
        changed = known.rotated(secret, at=now, overlap=overlap)
        await self.endpoints.put(changed)
        return changed


async def found(endpoints: Endpoints, org: OrgId, endpoint: EndpointId) -> Endpoint:
    """
    Raises:
        NotFound: The org has no such endpoint.
    """
    return existing(await endpoints.find(org, endpoint), "The organisation has no such endpoint.")


async def _check_url(sender: WebhookSender, url: str) -> None:
    try:
        await sender.check(url)
    except BadRequest as error:
        raise BadRequest(str(error), field="url") from None


def _subscribable(events: Iterable[EventType]) -> frozenset[EventType]:
    wanted = frozenset(events)
    if wanted & UNSUBSCRIBED:
        raise BadRequest("A test is sent on request alone.", field="events")
    return wanted
