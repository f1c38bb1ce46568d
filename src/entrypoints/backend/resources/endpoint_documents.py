"""What routes of webhook endpoints take and answer."""

import enum

from typing import Annotated

import msgspec

from msgspec import UNSET, Meta, UnsetType
from typing_extensions import override

from aldea_core.domain.notifications.events import UNSUBSCRIBED, EventType
from aldea_core.domain.notifications.webhooks import LONGEST_OVERLAP, Delivery, Endpoint
from entrypoints.backend.pipeline.routes import Document, Wanted
from entrypoints.backend.pipeline.texts import Moment, Text, whole
from entrypoints.backend.resources.webhook_documents import DeliveryDocument


Subscribable = enum.Enum(  # type: ignore[misc]
    "Subscribable", {each.name: each.value for each in EventType if each not in UNSUBSCRIBED}
)
_Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern=whole("[!-~]+", "Must be of ASCII characters without spaces."),
        description="Begins with https://; on port 443, 80, 8080 or 8443 of a public address.",
    ),
]
_Events = Annotated[
    tuple[Subscribable, ...], Meta(max_length=50, description="Empty: all, later ones too.")
]


class EndpointDocument(Document, frozen=True, kw_only=True):
    """An endpoint, without its secret."""

    id: str
    url: str
    description: str
    events: Annotated[list[str], Meta(description="Empty: all, later ones too.")]
    is_enabled: Annotated[bool, Meta(description="Whether anything is sent to it.")]
    created_at: Moment
    failing_since_at: Annotated[
        Moment | None,
        Meta(description="The first failed attempt since it last accepted one."),
    ]
    old_secret_expires_at: Annotated[
        Moment | None, Meta(description="Until then the secret before signs, too.")
    ]
    last_delivery: Annotated[DeliveryDocument | None, Meta(description="The newest one.")]

    @classmethod
    def of(cls, endpoint: Endpoint, last: Delivery | None) -> "EndpointDocument":
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            description=endpoint.description,
            events=sorted(type_.value for type_ in endpoint.events),
            is_enabled=endpoint.is_enabled,
            created_at=endpoint.created,
            failing_since_at=endpoint.failing_since,
            old_secret_expires_at=endpoint.old_secret_expires,
            last_delivery=None if last is None else DeliveryDocument.of(last),
        )

    @override
    def as_compared(self) -> "EndpointDocument":
        return msgspec.structs.replace(self, failing_since_at=None, last_delivery=None)


class EndpointList(Document, frozen=True, kw_only=True):
    items: list[EndpointDocument]
    next: str | None


class MadeEndpoint(Document, frozen=True, kw_only=True):
    """An endpoint with its secret, which is shown only now."""

    secret: Annotated[str, Meta(description="Verifies signatures: `whsec_` and base64.")]
    endpoint: EndpointDocument


class NewEndpoint(Wanted, frozen=True, kw_only=True):
    url: _Url
    events: _Events = ()
    description: Text = ""


class EndpointChange(Wanted, frozen=True, kw_only=True):
    """What is absent stays as it is."""

    url: _Url | UnsetType = UNSET
    events: _Events | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    is_enabled: bool | UnsetType = UNSET


class SecretRotation(Wanted, frozen=True, kw_only=True):
    overlap_seconds: Annotated[
        int,
        Meta(
            ge=0,
            le=int(LONGEST_OVERLAP.total_seconds()),
            description="How long the secret before signs, too.",
        ),
    ] = 86_400
