"""Factories for billing."""

from typing import TYPE_CHECKING

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.credit_notes import MemoryCreditNotes
from adapters.memory.invoices import MemoryInvoices
from adapters.memory.payments import NoPayments
from adapters.memory.plans import MemoryPlans
from adapters.memory.refusals import MemoryRefusalLedger
from adapters.memory.reports import MemoryUsageReports
from adapters.memory.usage import MemoryUsageLedger
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.credit_notes import CreditNotes
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.payments import Payments
from aldea_core.ports.refusals import RefusalLedger
from aldea_core.ports.reports import UsageReports
from aldea_core.ports.usage import UsageLedger
from entrypoints.runtime.extras import require
from entrypoints.settings import Settings


if TYPE_CHECKING:
    from adapters.postgres.engine import Database
    from adapters.postgres.plans import SqlPlans


def plans(*, database: "Database | None", accounts: Accounts) -> "MemoryPlans | SqlPlans":
    if database is None:
        assert isinstance(accounts, MemoryAccounts)
        return MemoryPlans(accounts)
    from adapters.postgres.plans import SqlPlans

    return SqlPlans(database)


def invoices(*, database: "Database | None", ledger: UsageLedger) -> Invoices:
    if database is None:
        assert isinstance(ledger, MemoryUsageLedger)
        return MemoryInvoices(ledger)
    from adapters.postgres.invoices import SqlInvoices

    return SqlInvoices(database)


def reports(*, database: "Database | None", ledger: UsageLedger) -> UsageReports:
    if database is None:
        assert isinstance(ledger, MemoryUsageLedger)
        return MemoryUsageReports(ledger)
    from adapters.postgres.reports import SqlUsageReports

    return SqlUsageReports(database)


def refusals(*, database: "Database | None") -> RefusalLedger:
    if database is None:
        return MemoryRefusalLedger()
    from adapters.postgres.refusals import SqlRefusalLedger

    return SqlRefusalLedger(database)


def credit_notes(*, database: "Database | None") -> CreditNotes:
    if database is None:
        return MemoryCreditNotes()
    from adapters.postgres.credit_notes import SqlCreditNotes

    return SqlCreditNotes(database)


def payments(*, settings: Settings) -> Payments:
    if not settings.stripe_key:
        return NoPayments()
    require("stripe", extra="stripe", what="ALDEA_STRIPE_KEY")
    from adapters.stripe.payments import StripePayments, connect

    client = connect(settings.stripe_key, settings.stripe_url)
    return StripePayments(client, settings.stripe_webhook_secret)
