"""Plans, spending caps, the store of invoices, and reports."""

from aldea_core.use_cases.access.record_refusals import RecordRefusals
from aldea_core.use_cases.billing.add_plan import AddPlan
from aldea_core.use_cases.billing.archive_plan import ArchivePlan
from aldea_core.use_cases.billing.change_plan import ChangePlan
from aldea_core.use_cases.billing.find_plans import FindPlans
from aldea_core.use_cases.billing.fit_caps import FitCap, FitCaps, SetCap
from aldea_core.use_cases.billing.show_charges import ShowCharges
from aldea_core.use_cases.billing.show_costs import ShowCosts
from aldea_core.use_cases.billing.show_groups import ShowGroups
from aldea_core.use_cases.billing.show_overview import ShowOverview
from aldea_core.use_cases.billing.show_plans import ShowPlans
from aldea_core.use_cases.billing.show_requests import ShowRequests
from entrypoints.containers.identity import Identity
from entrypoints.containers.people import People
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import billing


class Billing(Wiring):
    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)

    plans = wired(billing.plans)
    find_plans = wired(FindPlans, subscriptions="plans")
    show_plans = wired(ShowPlans)
    add_plan = wired(AddPlan)
    archive_plan = wired(ArchivePlan)
    change_plan = wired(ChangePlan, subscriptions="plans")

    fit_cap = wired(FitCap, subscriptions="plans")
    fit_caps = wired(FitCaps, subscriptions="plans")
    set_cap = wired(SetCap, subscriptions="plans")

    invoices = wired(billing.invoices)

    reports = wired(billing.reports)
    show_charges = wired(ShowCharges)
    show_costs = wired(ShowCosts)
    refusals = wired(billing.refusals)
    show_groups = wired(ShowGroups)
    show_requests = wired(ShowRequests)
    show_overview = wired(ShowOverview, subscriptions="plans")
    record_refusals = wired(RecordRefusals, ledger="refusals")
