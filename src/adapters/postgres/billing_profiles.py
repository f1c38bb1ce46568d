"""Billing profiles, billing terms and tax rates."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.billing_rows import customer_of, customer_to
from adapters.postgres.engine import reading, transaction
from adapters.postgres.entitlements import hold
from adapters.postgres.inserts import insert_into
from adapters.postgres.tables.billing import billing_profiles, billing_terms, tax_rates
from aldea_core.domain.billing.profiles import BillingProfile, BillingTerms
from aldea_core.domain.ids import OrgId
from aldea_core.ports.billing_profiles import BillingProfiles


@final
@attrs.frozen
class SqlBillingProfiles(BillingProfiles):
    engine: AsyncEngine

    @override
    async def profile(self, org: OrgId) -> BillingProfile:
        row = await self._row(billing_profiles, org)
        return BillingProfile() if row is None else customer_of(row["customer"])

    @override
    async def set_profile(self, org: OrgId, profile: BillingProfile) -> None:
        await self._put(billing_profiles, {"org": org, "customer": customer_to(profile)})

    @override
    async def terms(self, org: OrgId) -> BillingTerms:
        row = await self._row(billing_terms, org)
        return BillingTerms() if row is None else BillingTerms(row["tax_rate"], row["payment_days"])

    @override
    async def set_terms(self, org: OrgId, terms: BillingTerms) -> None:
        row = {"org": org, "tax_rate": terms.tax_rate, "payment_days": terms.payment_days}
        await self._put(billing_terms, row)

    @override
    async def tax_rates(self) -> Mapping[str, Decimal]:
        query = tax_rates.select().order_by(tax_rates.c.country)
        async with reading(self.engine) as connection:
            return {row.country: row.rate for row in await connection.execute(query)}

    @override
    async def set_tax_rates(self, rates: Mapping[str, Decimal]) -> None:
        rows = [{"country": country, "rate": rate} for country, rate in rates.items()]
        async with transaction(self.engine) as connection:
            await connection.execute(tax_rates.delete())
            if rows:
                await connection.execute(tax_rates.insert(), rows)

    async def _row(self, table: sa.Table, org: OrgId) -> sa.RowMapping | None:
        async with reading(self.engine) as connection:
            found = await connection.execute(table.select().where(table.c.org == org))
            return found.mappings().first()

    async def _put(self, table: sa.Table, row: dict[str, Any]) -> None:
        async with transaction(self.engine) as connection:
            await hold(connection, row["org"])
            insert = insert_into(connection, table).values(row)
            await connection.execute(insert.on_conflict_do_update(index_elements=["org"], set_=row))
