"""What operators of the platform do."""

from aldea_core.use_cases.access.begin_view import BeginView
from aldea_core.use_cases.access.change_status import ChangeStatus
from aldea_core.use_cases.access.create_org_for import CreateOrgFor, InviteOwner
from aldea_core.use_cases.access.reset_second_factor import ResetSecondFactor
from aldea_core.use_cases.billing.reset_limits import ResetLimits
from aldea_core.use_cases.sync.sample_engines import SampleEngines
from aldea_core.use_cases.sync.show_state import ShowState
from entrypoints.containers.billing import Billing
from entrypoints.containers.identity import Identity
from entrypoints.containers.people import People
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import backend


class Operators(Wiring):
    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)
    billing = needs(Billing)

    begin_view = wired(BeginView)
    change_status = wired(ChangeStatus)
    invite_owner = wired(InviteOwner)
    create_org_for = wired(CreateOrgFor)
    reset_limits = wired(ResetLimits)
    reset_second_factor = wired(ResetSecondFactor)
    probes = wired(backend.probes)
    sample_engines = wired(SampleEngines)
    show_state = wired(ShowState, sweep_seconds=lambda settings: settings.reconcile_seconds)
