"""What orgs set about alerts, in memory."""

from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.ids import OrgId, UserId
from aldea_core.domain.notifications.alerts import AlertSettings
from aldea_core.ports.alerts import Alerts


@final
@attrs.define(slots=False)
class MemoryAlerts(Alerts):
    _settings: dict[OrgId, AlertSettings] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def settings(self, org: OrgId) -> AlertSettings:
        return self._settings.get(org, AlertSettings())

    @override
    async def set_thresholds(self, org: OrgId, thresholds: tuple[int, ...]) -> None:
        self._settings[org] = attrs.evolve(await self.settings(org), thresholds=thresholds)

    @override
    async def set_emails(self, org: OrgId, user: UserId, *, are_wanted: bool) -> None:
        known = await self.settings(org)
        without = known.without_emails - {user} if are_wanted else known.without_emails | {user}
        self._settings[org] = attrs.evolve(known, without_emails=without)
