"""Billing profiles, billing terms and tax rates."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.billing_rows import customer_of, customer_to, terms_of, terms_to
from adapters.postgres.engine import reading, transaction
from adapters.postgres.entitlements import hold
from adapters.postgres.statements import execute, find_first, put_into
from adapters.postgres.tables.invoices import (
    billing_profiles,
    billing_terms,
    kept_terms,
    tax_rates,
)
from aldea_core.domain.billing.profiles import BillingProfile, BillingTerms, InvoiceTerms
from aldea_core.domain.ids import OrgId
from aldea_core.ports.billing_profiles import BillingProfiles


@final
@attrs.frozen
class SqlBillingProfiles(BillingProfiles):
    engine: AsyncEngine

    @override
    async def profile(self, org: OrgId) -> BillingProfile:
        query = sa.select(billing_profiles.c.customer).where(billing_profiles.c.org == org)
        return await find_first(self.engine, query, customer_of) or BillingProfile()

    @override
    async def set_profile(self, org: OrgId, profile: BillingProfile) -> None:
        await self._put(billing_profiles, {"org": org, "customer": customer_to(profile)})

    @override
    async def terms(self, org: OrgId) -> BillingTerms:
        known = billing_terms.c
        query = sa.select(known.tax_rate, known.payment_days).where(known.org == org)
        return await find_first(self.engine, query, BillingTerms) or BillingTerms()

    @override
    async def set_terms(self, org: OrgId, terms: BillingTerms) -> None:
        row = {"org": org, "tax_rate": terms.tax_rate, "payment_days": terms.payment_days}
        await self._put(billing_terms, row)

    @override
    async def keep(self, org: OrgId, terms: InvoiceTerms, *, at: datetime) -> None:
        row = {"org": org, "kept": at, **terms_to(terms)}
        await execute(self.engine, put_into(self.engine, kept_terms, row, by=["org"]))

    @override
    async def kept(self, org: OrgId) -> InvoiceTerms | None:
        known = kept_terms.c
        query = sa.select(known.customer, known.tax_rate, known.payment_days)
        return await find_first(self.engine, query.where(known.org == org), terms_of)

    @override
    async def forget(self, *, before: datetime) -> None:
        await execute(self.engine, kept_terms.delete().where(kept_terms.c.kept < before))

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

    async def _put(self, table: sa.Table, row: dict[str, Any]) -> None:
        async with transaction(self.engine) as connection:
            await hold(connection, row["org"])
            await connection.execute(put_into(connection, table, row, by=["org"]))
