"""
The back office's container: the gateway's parts, and beside them people, billing and the sync.

As in `container`, nothing here connects or starts.
"""

from dependency_injector import providers

from aldea_core.ports.queue import OrgQueue
from aldea_core.use_cases.rename_org import RenameOrg
from aldea_core.use_cases.sign_in import BeginSignIn, FindSignedIn
from aldea_core.use_cases.sign_up import ConfirmAddress
from entrypoints.backend.dispatch import Dispatcher
from entrypoints.backend.idempotency import Idempotency
from entrypoints.backend.topics.keys import KeyRoutes
from entrypoints.backend.topics.orgs import OrgRoutes
from entrypoints.backend.topics.people import PeopleRoutes
from entrypoints.container import Container
from entrypoints.makers import backend as api
from entrypoints.makers import people, sync


class BackOffice(Container):
    """Everything that works on the database."""

    # Sync.
    org_queue: providers.Provider[OrgQueue] = providers.Singleton(
        sync.org_queue, settings=Container.settings
    )
    org_sync_source = providers.Singleton(sync.org_sync_source, settings=Container.settings)

    # People.
    users = providers.Singleton(people.users, database=Container.database)
    members = providers.Singleton(people.members, database=Container.database)
    invitations = providers.Singleton(people.invitations, database=Container.database)
    sign_ins = providers.Singleton(people.sign_ins, database=Container.database)
    errands = providers.Singleton(people.errands, database=Container.database)
    audit = providers.Singleton(people.audit, database=Container.database)
    answers = providers.Singleton(people.answers, database=Container.database)
    attempts = providers.Singleton(people.attempts, database=Container.database)
    together = providers.Singleton(
        people.together,
        database=Container.database,
        stores=providers.List(
            Container.accounts, users, members, invitations, sign_ins, errands, audit, answers
        ),
    )
    passwords = providers.Singleton(people.passwords)
    letters = providers.Singleton(
        people.letters, settings=Container.settings, clock=Container.clock
    )
    stationery = providers.Singleton(people.stationery, settings=Container.settings)
    sign_up = providers.Singleton(
        people.sign_up,
        settings=Container.settings,
        users=users,
        members=members,
        errands=errands,
        create_org=Container.create_org,
        passwords=passwords,
        letters=letters,
        stationery=stationery,
        together=together,
        chance=Container.chance,
        clock=Container.clock,
    )
    confirm_address = providers.Singleton(
        ConfirmAddress, users=users, errands=errands, together=together, clock=Container.clock
    )
    begin_sign_in = providers.Singleton(
        BeginSignIn,
        users=users,
        sign_ins=sign_ins,
        passwords=passwords,
        chance=Container.chance,
        clock=Container.clock,
    )
    find_signed_in = providers.Singleton(
        FindSignedIn, users=users, sign_ins=sign_ins, clock=Container.clock
    )
    rename_org = providers.Singleton(RenameOrg, accounts=Container.accounts)

    # The backend API.
    throttle = providers.Singleton(
        api.throttle, settings=Container.settings, attempts=attempts, clock=Container.clock
    )
    door = providers.Singleton(
        api.door,
        settings=Container.settings,
        find_signed_in=find_signed_in,
        accounts=Container.accounts,
        members=members,
        clock=Container.clock,
    )
    idempotency = providers.Singleton(
        Idempotency, answers=answers, chance=Container.chance, clock=Container.clock
    )
    dispatch = providers.Singleton(
        Dispatcher,
        door=door,
        idempotency=idempotency,
        audit=audit,
        together=together,
        clock=Container.clock,
    )
    people_routes = providers.Singleton(
        PeopleRoutes,
        sign_up=sign_up,
        confirm_address=confirm_address,
        begin_sign_in=begin_sign_in,
        sign_ins=sign_ins,
        throttle=throttle,
        clock=Container.clock,
    )
    org_routes = providers.Singleton(
        OrgRoutes,
        accounts=Container.accounts,
        members=members,
        create_org=Container.create_org,
        rename_org=rename_org,
        clock=Container.clock,
    )
    key_routes = providers.Singleton(
        KeyRoutes,
        accounts=Container.accounts,
        create_key=Container.create_key,
        revoke_key=Container.revoke_key,
        rotate_key=Container.rotate_key,
        clock=Container.clock,
    )
    # One line a topic; their order is that of the documentation.
    topics = providers.List(people_routes, org_routes, key_routes)
    backend = providers.Singleton(
        api.backend,
        settings=Container.settings,
        topics=topics,
        dispatch=dispatch,
        chance=Container.chance,
        clock=Container.clock,
        metrics=Container.metrics,
    )

    # Billing.
