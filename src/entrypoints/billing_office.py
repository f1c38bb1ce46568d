"""
The part of the back office's container about money: plans, invoices, payments and reports.

As in `container`, nothing here connects or starts.
"""

from dependency_injector import providers

from aldea_core.use_cases.access.record_refusals import RecordRefusals
from aldea_core.use_cases.billing.add_plan import AddPlan
from aldea_core.use_cases.billing.archive_plan import ArchivePlan
from aldea_core.use_cases.billing.change_plan import ChangePlan
from aldea_core.use_cases.billing.find_plans import FindPlans
from aldea_core.use_cases.billing.fit_caps import FitCap, FitCaps, SetCap
from aldea_core.use_cases.billing.make_invoices import MakeDueInvoices, MakeInvoice, MakeInvoices
from aldea_core.use_cases.billing.settle_invoice import (
    IssueInvoice,
    PayInvoice,
    ProcessPaymentNotice,
    VoidInvoice,
)
from aldea_core.use_cases.billing.show_charges import ShowCharges
from aldea_core.use_cases.billing.show_costs import ShowCosts
from aldea_core.use_cases.billing.show_plans import ShowPlans
from entrypoints.backend.deepgram.billing import ProjectBilling
from entrypoints.backend.deepgram.keys import ProjectKeys
from entrypoints.backend.deepgram.people import ProjectPeople
from entrypoints.backend.deepgram.usage import ProjectUsage
from entrypoints.backend.payments import PaymentNotices
from entrypoints.backend.resources.costs import CostRoutes
from entrypoints.backend.resources.plans import PlanRoutes
from entrypoints.backend.resources.refusals import RefusalRoutes
from entrypoints.backend.resources.spending import SpendingRoutes
from entrypoints.backend.resources.usage import UsageRoutes
from entrypoints.container import Container
from entrypoints.factories import billing
from entrypoints.people_office import PeopleOffice


class BillingOffice(PeopleOffice):
    """Billing's stores and use cases, and the backend's resources about billing."""

    plans = providers.Singleton(
        billing.plans, database=Container.database, accounts=Container.accounts
    )
    invoices = providers.Singleton(
        billing.invoices, database=Container.database, ledger=Container.ledger
    )
    reports = providers.Singleton(
        billing.reports, database=Container.database, ledger=Container.ledger
    )
    refusal_ledger = providers.Singleton(billing.refusal_ledger, database=Container.database)
    record_refusals = providers.Singleton(
        RecordRefusals, leases=Container.leases, ledger=refusal_ledger, clock=Container.clock
    )
    payments = providers.Singleton(billing.payments, settings=Container.settings)

    find_plans = providers.Singleton(
        FindPlans, accounts=Container.accounts, plans=plans, subscriptions=plans
    )
    show_plans = providers.Singleton(ShowPlans, plans=plans)
    add_plan = providers.Singleton(
        AddPlan, plans=plans, accounts=Container.accounts, clock=Container.clock
    )
    archive_plan = providers.Singleton(ArchivePlan, plans=plans, clock=Container.clock)
    fit_cap = providers.Singleton(
        FitCap,
        subscriptions=plans,
        invoices=invoices,
        find_plans=find_plans,
        clock=Container.clock,
    )
    fit_caps = providers.Singleton(
        FitCaps,
        subscriptions=plans,
        ledger=Container.ledger,
        fit_cap=fit_cap,
        clock=Container.clock,
    )
    set_cap = providers.Singleton(SetCap, subscriptions=plans, fit_cap=fit_cap)
    change_plan = providers.Singleton(
        ChangePlan,
        plans=plans,
        subscriptions=plans,
        find_plans=find_plans,
        fit_cap=fit_cap,
        clock=Container.clock,
    )
    show_charges = providers.Singleton(
        ShowCharges, invoices=invoices, find_plans=find_plans, clock=Container.clock
    )
    make_invoice = providers.Singleton(
        MakeInvoice,
        invoices=invoices,
        find_plans=find_plans,
        randomness=Container.randomness,
        clock=Container.clock,
    )
    make_invoices = providers.Singleton(
        MakeInvoices, walk_orgs=PeopleOffice.walk_orgs, make_invoice=make_invoice
    )
    make_due_invoices = providers.Singleton(
        MakeDueInvoices, make_invoices=make_invoices, clock=Container.clock
    )
    issue_invoice = providers.Singleton(
        IssueInvoice,
        invoices=invoices,
        accounts=Container.accounts,
        payments=payments,
        clock=Container.clock,
    )
    pay_invoice = providers.Singleton(
        PayInvoice,
        invoices=invoices,
        accounts=Container.accounts,
        payments=payments,
        clock=Container.clock,
    )
    void_invoice = providers.Singleton(
        VoidInvoice,
        invoices=invoices,
        accounts=Container.accounts,
        payments=payments,
        clock=Container.clock,
    )
    process_payment_notice = providers.Singleton(
        ProcessPaymentNotice, payments=payments, invoices=invoices, clock=Container.clock
    )

    plan_routes = providers.Singleton(
        PlanRoutes,
        plans=plans,
        show_plans=show_plans,
        add_plan=add_plan,
        archive_plan=archive_plan,
        change_plan=change_plan,
        show_charges=show_charges,
    )
    spending_routes = providers.Singleton(
        SpendingRoutes, subscriptions=plans, set_cap=set_cap, show_charges=show_charges
    )
    invoice_routes = providers.Singleton(
        billing.invoice_routes,
        settings=Container.settings,
        invoices=invoices,
        accounts=Container.accounts,
        make_invoice=make_invoice,
        issue_invoice=issue_invoice,
        pay_invoice=pay_invoice,
        void_invoice=void_invoice,
    )
    show_costs = providers.Singleton(ShowCosts, reports=reports, find_plans=find_plans)
    cost_routes = providers.Singleton(CostRoutes, show_costs=show_costs, clock=Container.clock)
    usage_routes = providers.Singleton(UsageRoutes, reports=reports, clock=Container.clock)
    refusal_routes = providers.Singleton(
        RefusalRoutes, refusals=refusal_ledger, clock=Container.clock
    )

    # Deepgram's API, and the payment provider's webhook.
    payment_notices = providers.Singleton(
        PaymentNotices, process_payment_notice=process_payment_notice
    )
    projects = providers.Singleton(
        billing.projects,
        settings=Container.settings,
        rename_org=PeopleOffice.rename_org,
        subscriptions=plans,
        show_charges=show_charges,
    )
    project_keys = providers.Singleton(
        ProjectKeys,
        accounts=Container.accounts,
        create_key=Container.create_key,
        revoke_key=Container.revoke_key,
        clock=Container.clock,
    )
    project_people = providers.Singleton(
        ProjectPeople,
        users=PeopleOffice.users,
        members=PeopleOffice.members,
        invitations=PeopleOffice.invitations,
        invite=PeopleOffice.invite,
        withdraw=PeopleOffice.withdraw_invitation,
        change_role=PeopleOffice.change_role,
        remove_member=PeopleOffice.remove_member,
        clock=Container.clock,
    )
    project_usage = providers.Singleton(ProjectUsage, reports=reports, clock=Container.clock)
    project_billing = providers.Singleton(
        ProjectBilling, show_costs=show_costs, clock=Container.clock
    )
    deepgram_resources = providers.List(
        projects, project_keys, project_people, project_usage, project_billing
    )
    sub_apis = providers.List(payment_notices)
