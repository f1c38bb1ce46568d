"""What the backend does with API keys and listening tokens."""

from aldea_core.use_cases.access.change_key import ChangeKey
from aldea_core.use_cases.access.find_token_key import FindTokenKey
from aldea_core.use_cases.access.issue_grant import IssueGrant
from entrypoints.containers.identity import Identity
from entrypoints.containers.people import People
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories.offered_models import offered_models_of


class Keys(Wiring):
    stores = needs(Stores)
    people = needs(People)
    identity = needs(Identity)

    change_key = wired(ChangeKey, offered_models=offered_models_of)
    find_token_key = wired(FindTokenKey)
    issue_grant = wired(IssueGrant)
