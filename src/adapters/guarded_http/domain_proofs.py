"""Proofs that domains publish on their web servers, as RFC 8615 has it."""

from typing import final

import attrs

from typing_extensions import override

from adapters.guarded_http.client import GuardedClient
from aldea_core.domain.errors import AldeaError
from aldea_core.ports.identity_providers import DomainProofs


_MOST_BYTES = 4096


@final
@attrs.frozen
class WebDomainProofs(DomainProofs):
    """
    Args:
        url: Of a domain's proof.
    """

    client: GuardedClient
    url: str = "https://{domain}/.well-known/aldea-domain-proof.txt"

    @override
    async def holds(self, domain: str, proof: str) -> bool:
        """Follows no redirect: many sites have some whose target others may write."""
        read = b""
        try:
            url = self.url.format(domain=domain)
            async with self.client.request("GET", url, redirects=0) as response:
                if response.status != 200:
                    return False
                async for chunk in response.content.iter_chunked(_MOST_BYTES):
                    read += chunk
                    if len(read) >= _MOST_BYTES:
                        break
        except AldeaError:
            return False
        except Exception:  # noqa: BLE001 (what breaks off in the middle of an answer)
            return False
        return proof in read.decode(errors="replace").split()

    async def close(self) -> None:
        await self.client.close()
