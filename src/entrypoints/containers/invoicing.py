"""Makes, issues and settles invoices, and watches what is spent."""

from aldea_core.use_cases.billing.change_invoice import ChangeInvoice
from aldea_core.use_cases.billing.credit_invoice import CreditInvoice
from aldea_core.use_cases.billing.find_payer import FindPayer
from aldea_core.use_cases.billing.find_terms import FindTerms
from aldea_core.use_cases.billing.make_invoices import MakeDueInvoices, MakeInvoice, MakeInvoices
from aldea_core.use_cases.billing.settle_invoice import (
    IssueInvoice,
    PayInvoice,
    ProcessPaymentNotice,
    VoidInvoice,
)
from aldea_core.use_cases.billing.watch_usage import WatchUsage
from entrypoints.containers.billing import Billing
from entrypoints.containers.identity import Identity
from entrypoints.containers.people import People
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import billing as factories


class Invoicing(Wiring):
    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)
    billing = needs(Billing)

    find_terms = wired(FindTerms)
    find_payer = wired(FindPayer)
    credit_notes = wired(factories.credit_notes)
    credit_invoice = wired(CreditInvoice)
    payments = wired(factories.payments)
    make_invoice = wired(MakeInvoice)
    make_invoices = wired(MakeInvoices)
    make_due_invoices = wired(MakeDueInvoices)
    change_invoice = wired(ChangeInvoice)
    issue_invoice = wired(IssueInvoice)
    pay_invoice = wired(PayInvoice)
    void_invoice = wired(VoidInvoice)
    process_payment_notice = wired(ProcessPaymentNotice)
    watch_usage = wired(WatchUsage, subscriptions="plans")
