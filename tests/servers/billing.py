"""Billing use cases on memory adapters."""

from datetime import UTC, datetime

from tests.contract.values import record

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.alerts import MemoryAlerts
from adapters.memory.billing_profiles import MemoryBillingProfiles
from adapters.memory.clock import ManualClock
from adapters.memory.credit_notes import MemoryCreditNotes
from adapters.memory.events import MemoryEvents
from adapters.memory.invoices import MemoryInvoices
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.members import MemoryMembers
from adapters.memory.org_search import MemoryOrgSearch
from adapters.memory.payments import MemoryPayments
from adapters.memory.plans import MemoryPlans
from adapters.memory.randomness import SeededRandomness
from adapters.memory.reports import MemoryUsageReports
from adapters.memory.transaction import MemoryTransaction
from adapters.memory.usage import MemoryUsageLedger
from adapters.memory.users import MemoryUsers
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.billing.months import Month
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.billing.add_plan import AddPlan
from aldea_core.use_cases.billing.change_invoice import ChangeInvoice
from aldea_core.use_cases.billing.change_plan import ChangePlan
from aldea_core.use_cases.billing.find_payer import FindPayer
from aldea_core.use_cases.billing.find_plans import FindPlans
from aldea_core.use_cases.billing.find_terms import FindTerms
from aldea_core.use_cases.billing.fit_caps import FitCap, FitCaps, SetCap
from aldea_core.use_cases.billing.make_invoices import MakeDueInvoices, MakeInvoice, MakeInvoices
from aldea_core.use_cases.billing.settle_invoice import (
    IssueInvoice,
    PayInvoice,
    ProcessPaymentNotice,
    VoidInvoice,
)
from aldea_core.use_cases.billing.show_charges import ShowCharges
from aldea_core.use_cases.billing.watch_usage import WatchUsage
from aldea_core.use_cases.notifications.record_event import RecordEvent
from aldea_core.use_cases.notifications.watch_keys import WatchKeys
from aldea_core.use_cases.sync.sync_orgs import SyncOrg
from aldea_core.use_cases.sync.walk_orgs import WalkOrgs


OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
IN_OCTOBER = datetime(2026, 10, 12, 9, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 12, 9, tzinfo=UTC)
MINUTE = 60_000


class BillingWorld:
    """It is the twelfth of October."""

    def __init__(self) -> None:
        self.clock = ManualClock(IN_OCTOBER)
        self.randomness = SeededRandomness()
        self.accounts = MemoryAccounts()
        self.plans = MemoryPlans(self.accounts)
        self.ledger = MemoryUsageLedger()
        self.invoices = MemoryInvoices(self.ledger)
        self.credit_notes = MemoryCreditNotes()
        self.reports = MemoryUsageReports(self.ledger)
        self.payments = MemoryPayments()
        self.keystore = MemoryKeystore()
        self.create_org = CreateOrg(self.accounts, self.randomness, self.clock)
        self.sync_org = SyncOrg(self.accounts, self.keystore, self.clock)
        self.find_plans = FindPlans(self.accounts, self.plans, self.plans)
        self.billing_profiles = MemoryBillingProfiles(self.accounts)
        self.find_terms = FindTerms(self.billing_profiles)
        self.make_invoice = MakeInvoice(
            self.invoices, self.find_plans, self.find_terms, self.randomness, self.clock
        )
        self.walk_orgs = WalkOrgs(MemoryOrgSearch(self.accounts))
        self.make_invoices = MakeInvoices(
            self.walk_orgs, self.accounts, self.invoices, self.make_invoice
        )
        self.make_due_invoices = MakeDueInvoices(self.make_invoices, self.clock)
        self.events = MemoryEvents()
        self.alerts = MemoryAlerts()
        self.record_event = RecordEvent(self.events, self.randomness, self.clock)
        self.change_invoice = ChangeInvoice(
            self.accounts,
            self.invoices,
            self.credit_notes,
            MemoryTransaction([self.events]),
            self.record_event,
            self.find_terms,
        )
        self.members, self.users = MemoryMembers(), MemoryUsers()
        self.find_payer = FindPayer(self.accounts, self.members, self.users)
        settled_by = self.payments, self.change_invoice, self.clock
        self.issue = IssueInvoice(self.invoices, self.credit_notes, self.find_payer, *settled_by)
        self.pay = PayInvoice(self.invoices, self.find_payer, *settled_by)
        self.void = VoidInvoice(self.invoices, self.find_payer, *settled_by)
        self.process_notice = ProcessPaymentNotice(
            self.payments, self.invoices, self.change_invoice, self.record_event, self.clock
        )
        self.show_charges = ShowCharges(self.invoices, self.find_plans, self.clock)
        self.fit_cap = FitCap(self.plans, self.invoices, self.find_plans, self.clock)
        self.fit_caps = FitCaps(self.plans, self.ledger, self.fit_cap, self.clock)
        self.set_cap = SetCap(self.plans, self.fit_cap)
        self.watch_usage = WatchUsage(
            self.walk_orgs,
            self.ledger,
            self.plans,
            self.show_charges,
            self.alerts,
            self.record_event,
            self.clock,
        )
        self.watch_keys = WatchKeys(self.accounts, self.record_event, self.clock)
        self.add_plan = AddPlan(self.plans, self.accounts, self.clock)
        self.change_plan = ChangePlan(
            self.plans, self.plans, self.find_plans, self.fit_cap, self.clock
        )

    async def use(self, org: Org, session: str, minutes: float, **more) -> None:
        values = {"started": self.clock.now(), "org": org.id, **more}
        await self.ledger.record([record(session, audio_ms=round(minutes * MINUTE), **values)])

    async def at_the_gateway(self, org: Org) -> Limits:
        """What a gateway knows of the org's limits, once that is synced."""
        await self.sync_org(org.id)
        return (await self.keystore.entitlements_of_orgs([org.id]))[org.id].limits
