"""Identity providers of orgs, and the domains that they have proven."""

from collections.abc import Mapping
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.tables.sign_in_methods import identity_providers, provider_domains
from aldea_core.domain.access.identity_providers import IdentityProvider, ProviderEndpoints
from aldea_core.domain.ids import OrgId
from aldea_core.domain.known_fields import known_fields
from aldea_core.ports.identity_providers import IdentityProviders


@final
@attrs.frozen
class SqlIdentityProviders(IdentityProviders):
    engine: AsyncEngine

    @override
    async def put(self, provider: IdentityProvider) -> bool:
        async with transaction(self.engine) as connection:
            try:
                async with connection.begin_nested():
                    await _remove(connection, provider.org)
                    await connection.execute(identity_providers.insert().values(_row(provider)))
                    for domain in provider.proven:
                        row = {"domain": domain, "org": provider.org}
                        await connection.execute(provider_domains.insert().values(row))
            except IntegrityError:  # another org's
                return False
            return True

    @override
    async def of_org(self, org: OrgId) -> IdentityProvider | None:
        async with reading(self.engine) as connection:
            query = identity_providers.select().where(identity_providers.c.org == org)
            row: Mapping[Any, Any] | None = (await connection.execute(query)).mappings().first()
            if row is None:
                return None
            domains = sa.select(provider_domains.c.domain).where(provider_domains.c.org == org)
            proven = (await connection.execute(domains)).scalars().all()
        return IdentityProvider(
            **known_fields(IdentityProvider, row),
            endpoints=ProviderEndpoints(
                row["authorization_endpoint"], row["token_endpoint"], row["keys_endpoint"]
            ),
            proven=tuple(sorted(proven)),
        )

    @override
    async def of_domain(self, domain: str) -> IdentityProvider | None:
        query = sa.select(provider_domains.c.org).where(provider_domains.c.domain == domain)
        async with reading(self.engine) as connection:
            org = (await connection.execute(query)).scalar_one_or_none()
        return None if org is None else await self.of_org(OrgId(org))

    @override
    async def remove(self, org: OrgId) -> bool:
        async with transaction(self.engine) as connection:
            return await _remove(connection, org)


async def _remove(connection: AsyncConnection, org: OrgId) -> bool:
    await connection.execute(provider_domains.delete().where(provider_domains.c.org == org))
    removed = identity_providers.delete().where(identity_providers.c.org == org)
    return bool((await connection.execute(removed)).rowcount)


def _row(provider: IdentityProvider) -> dict[str, object]:
    row = attrs.asdict(provider, recurse=False)
    del row["endpoints"], row["proven"]
    return {
        **row,
        "authorization_endpoint": provider.endpoints.authorization,
        "token_endpoint": provider.endpoints.token,
        "keys_endpoint": provider.endpoints.keys,
    }
