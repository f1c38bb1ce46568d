"""Sends webhooks to the endpoints of orgs."""

import asyncio

from collections.abc import Sequence
from typing import final

import attrs

from typing_extensions import override

from adapters.guarded_http.client import GuardedClient
from aldea_core.domain.errors import AldeaError, BadRequest
from aldea_core.ports.clock import Clock
from aldea_core.ports.webhook_sender import Post, PostOutcome, WebhookSender


# All of an attempt, so that an endpoint that answers slowly holds up others for this long at most.
SECONDS = 10.0
_MOST_READ = 1024


@final
@attrs.frozen
class WebWebhookSender(WebhookSender):
    """
    Args:
        allow_http: Whether endpoints need no https: for local use only.
        seconds: Timeout of an attempt.
    """

    client: GuardedClient
    clock: Clock
    allow_http: bool = False
    seconds: float = SECONDS

    @override
    async def check(self, url: str) -> None:
        parsed = self.client.check(url)
        if parsed.scheme != "https" and not self.allow_http:
            raise BadRequest("The URL must begin with https://.")

    @override
    async def send(self, posts: Sequence[Post]) -> Sequence[PostOutcome]:
        return await asyncio.gather(*(self._send(post) for post in posts))

    async def _send(self, post: Post) -> PostOutcome:
        began = self.clock.monotonic()
        answered, problem, response = None, "", ""
        try:
            async with asyncio.timeout(self.seconds):
                await self.check(post.url)
                async with self.client.request(
                    "POST",
                    post.url,
                    body=post.body,
                    headers=dict(post.headers),
                    redirects=0,
                ) as answer:
                    answered = answer.status
                    if not 200 <= answered < 300:
                        problem = f"It answers {answered}."
                        response = _text(await answer.content.read(_MOST_READ))
        except TimeoutError:
            problem = "It took too long."
        except AldeaError as error:
            problem = str(error)
        except Exception:  # noqa: BLE001 (what breaks off in the middle of an answer)
            problem = "Its answer broke off."
        took_ms = round((self.clock.monotonic() - began) * 1000)
        return PostOutcome(answered, problem, took_ms, response)

    async def close(self) -> None:
        await self.client.close()


def _text(body: bytes) -> str:
    """Printable text of what may be anything: databases take no NUL."""
    text = body.decode(errors="replace")
    return "".join(
        each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for each in text
    )
